// Finds texts whose colour is too near to what is behind them, by WCAG's formula for AA.
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}

function behind(node) {
  for (let each = node; each !== null; each = each.parentElement) {
    const colour = rgba(getComputedStyle(each).backgroundColor);
    if (colour[3] === 255) {
      return colour;
    }
  }
  return [255, 255, 255, 255];
}

function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map(each => each / 255)
    .map(each => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(node) {
  const [light, dark] = [luminance(rgba(getComputedStyle(node).color)), luminance(behind(node))].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const texts = [...document.querySelectorAll('body *')].filter(node => node.checkVisibility()
  && [...node.childNodes].some(child => child.nodeType === Node.TEXT_NODE && child.textContent.trim() !== ''));
return [String(texts.length), ...texts.filter(node => ratio(node) < 4.5)
  .map(node => `${node.tagName} "${node.textContent.trim().slice(0, 40)}" has ${ratio(node).toFixed(2)}`)];

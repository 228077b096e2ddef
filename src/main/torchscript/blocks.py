# Building blocks. Shapes: t tokens of the whole batch, n pairs, d model width.

# The prepared weights, as the module keeps them.
def bound(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  prepared = __torch__.prepare(w)
  own: Dict[str, Tensor] = {}
  for name in prepared.keys():
    t = prepared[name]
    if ops.prim.is_cuda(t):
      own[name] = t
    else:
      # A tensor on the CPU may still lie in the mapped checkpoint, which goes away.
      own[name] = torch.clone(t)
  return own

# How many bytes tensors take together.
def bytes_of(tensors: Dict[str, Tensor]) -> int:
  total = 0
  for name in tensors.keys():
    t = tensors[name]
    total = total + torch.numel(t) * torch.element_size(t)
  return total

# A copy of the packed batch beside the weights; the transfer does not wait for work already queued.
def beside(packed: Tensor, weight: Tensor) -> Tensor:
  if ops.prim.is_cuda(weight):
    return torch.to(torch.pin_memory(packed), ops.prim.device(weight), 3, True, False)
  return packed

# The matrix multiplications' type; heads and everything prefixed "head." stay float32.
def cast(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out: Dict[str, Tensor] = {}
  for name in w.keys():
    if torch.startswith(name, "head."):
      out[name] = torch.to(w[name], __torch__.wide_type())
    else:
      out[name] = torch.to(w[name], __torch__.compute_type())
  return __torch__.one_row(out)

# Some families have none.
def bias(w: Dict[str, Tensor], p: str) -> Optional[Tensor]:
  if torch.__contains__(w, p + ".bias"):
    return w[p + ".bias"]
  return None

# (t, d) -> (t, d); the statistics are float32 in the kernel, whatever x is.
def layer_norm(x: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return torch.layer_norm(x, [x.size(-1)], w[p + ".weight"], __torch__.bias(w, p), __torch__.norm_epsilon(), True)

# Erf GELU is never replaced by its tanh approximation, nor the other way round.
def activate(x: Tensor) -> Tensor:
  return __torch__.activated(x, __torch__.activation())

def activated(x: Tensor, name: str) -> Tensor:
  if name == "gelu":
    return torch.gelu(x)
  if name == "gelu_tanh":
    return torch.gelu(x, approximate="tanh")
  return torch.relu(x)

# Neighbours of equal length, as triples (first pair, pairs, tokens each).
def runs(packed: Tensor, n: int) -> List[int]:
  out: List[int] = []
  first = 0
  length = int(packed[3])
  for i in range(1, n):
    tokens = int(packed[3 + i]) - int(packed[2 + i])
    if tokens != length:
      out.append(first)
      out.append(i - first)
      out.append(length)
      first = i
      length = tokens
  out.append(first)
  out.append(n - first)
  out.append(length)
  return out

# Whether attention runs as one packed kernel (CUDA, 16 bits) rather than run by run.
def packs(x: Tensor) -> bool:
  return ops.prim.is_cuda(x) and ops.prim.dtype(x) != __torch__.wide_type()

# Attention inside each pair. q is (t, heads, width), or (n, heads, width) when only each pair's first token asks;
# k and v are (t, heads, width). Returns (rows of q, heads * width).
def attention(q: Tensor, k: Tensor, v: Tensor, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  return __torch__.attend(q, k, v, borders, longest, equal, False, -1)

# As attention, where all tokens ask: causal hides what comes after a token, a window from 0 on what is further away.
def attend(q: Tensor, k: Tensor, v: Tensor, borders: Tensor, longest: int, equal: List[int], causal: bool, window: int) -> Tensor:
  rows = q.size(0)
  heads = q.size(1)
  width = q.size(2)
  if __torch__.packs(q):
    ask = borders
    longest_ask = longest
    if rows != k.size(0):
      ask = torch.arange(0, rows + 1, 1, dtype=3, layout=None, device=ops.prim.device(q), pin_memory=None)
      longest_ask = 1
    # The kernel takes widths in steps of 8; zeros change no product.
    extra = (8 - width % 8) % 8
    if extra > 0:
      q = torch.constant_pad_nd(q, [0, extra])
      k = torch.constant_pad_nd(k, [0, extra])
      v = torch.constant_pad_nd(v, [0, extra])
    o = torch._flash_attention_forward(q, k, v, ask, borders, longest_ask, longest, __torch__.attention_dropout(q), causal, False, scale=1. / torch.sqrt(width), window_size_left=window, window_size_right=window)[0]
    if extra > 0:
      o = torch.slice(o, 2, 0, width)
    return torch.reshape(o, [rows, heads * width])
  parts: List[Tensor] = []
  asks: List[int] = []
  tokens: List[int] = []
  for i in range(len(equal) // 3):
    tokens.append(equal[3 * i + 1] * equal[3 * i + 2])
    if rows == k.size(0):
      asks.append(tokens[i])
    else:
      asks.append(equal[3 * i + 1])
  # One split: the gradients of many slices would each be as long as the batch.
  qs = torch.split_with_sizes(q, asks)
  ks = torch.split_with_sizes(k, tokens)
  vs = torch.split_with_sizes(v, tokens)
  for i in range(len(equal) // 3):
    pairs = equal[3 * i + 1]
    length = equal[3 * i + 2]
    a = torch.transpose(torch.view(qs[i], [pairs, -1, heads, width]), 1, 2)
    b = torch.transpose(torch.view(ks[i], [pairs, length, heads, width]), 1, 2)
    c = torch.transpose(torch.view(vs[i], [pairs, length, heads, width]), 1, 2)
    near: Optional[Tensor] = None
    if window >= 0 and length > window + 1:
      index = torch.arange(0, length, 1, dtype=3, layout=None, device=ops.prim.device(q), pin_memory=None)
      near = torch.le(torch.abs(torch.unsqueeze(index, 1) - index), window)
    o = __torch__.attended(a, b, c, near, __torch__.attention_dropout(q), causal)
    parts.append(torch.reshape(torch.transpose(o, 1, 2), [asks[i], heads * width]))
  return torch.cat(parts, 0)

# The packed batch beside the weights: borders (n + 1), ids (t), positions (t), segments (t).
def parts(packed: Tensor, weight: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
  n = int(packed[0])
  t = int(packed[2 + n])
  batch = __torch__.beside(packed, weight)
  borders = torch.slice(batch, 0, 2, 3 + n)
  ids = torch.slice(batch, 0, 3 + n, 3 + n + t)
  positions = torch.slice(batch, 0, 3 + n + t, 3 + n + 2 * t)
  segments = torch.slice(batch, 0, 3 + n + 2 * t, 3 + n + 3 * t)
  return (borders, ids, positions, segments)

# A head of two labels ranks by how far the second is ahead of the first: one row, and one score as everywhere.
def one_row(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  for name in ["head.score.weight", "head.score.bias"]:
    if torch.__contains__(w, name):
      rows = w[name]
      if rows.size(0) == 2:
        w[name] = torch.slice(rows, 0, 1, 2) - torch.slice(rows, 0, 0, 1)
  return w

# Rotary position embedding (Su et al., https://arxiv.org/abs/2104.09864): cosines and sines of every token's angles,
# (t,) -> (t, 1, width) each, float32, the same for both halves of a head.
def rotation(positions: Tensor, width: int, theta: float) -> Tuple[Tensor, Tensor]:
  steps = torch.arange(0, width, 2, dtype=7, layout=None, device=ops.prim.device(positions), pin_memory=None)
  angles = torch.unsqueeze(torch.to(positions, 7), 1) * torch.pow(theta, steps / -width)
  angles = torch.unsqueeze(torch.cat([angles, angles], 1), 1)
  return (torch.to(torch.cos(angles), __torch__.wide_type()), torch.to(torch.sin(angles), __torch__.wide_type()))

# (t, heads, width) -> (t, heads, width): pairs are elements half a head apart; computed in float32.
def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  half = x.size(-1) // 2
  turned = torch.cat([torch.neg(torch.slice(x, 2, half, 2 * half)), torch.slice(x, 2, 0, half)], 2)
  return torch.to(x * cos + turned * sin, ops.prim.dtype(x))

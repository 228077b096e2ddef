# Mamba-2: Dao and Gu, https://arxiv.org/abs/2405.21060, as transformers' Mamba2Model and mamba_ssm compute it. The
# residual, A, dt, cumulative sums and states are float32.

# (rows, inner), (rows, inner) -> (rows, inner): what goes into the layer's projection.
def gated(y: Tensor, z: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return __torch__.rms_norm(y * torch.silu(torch.to(z, __torch__.wide_type())), w[p + "gate.weight"])

# (t, d) -> what the tokens read from the states (t, inner), and its gate (t, inner)
def mix(x: Tensor, w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], longest: int, layout: Tensor, counts: List[int], mode: int) -> Tuple[Tensor, Tensor]:
  inner = w[p + "gate.weight"].size(0)
  heads = w[p + "a"].size(0)
  conv = w[p + "conv.weight"].size(1)
  state = (conv - inner) // 2
  t = x.size(0)
  y = __torch__.linear(__torch__.rms_norm(x, w[p + "norm.weight"]), w, p + "in")
  z = torch.slice(y, 1, 0, inner)
  xbc = __torch__.causal_conv(torch.slice(y, 1, inner, inner + conv), w, p, batch, longest, mode)
  dt = torch.softplus(torch.to(torch.slice(y, 1, inner + conv, inner + conv + heads), __torch__.wide_type()) + w[p + "dt.bias"])
  dt = torch.clamp(dt, __torch__.dt_least(), __torch__.dt_most())
  v = torch.reshape(torch.slice(xbc, 1, 0, inner), [t, heads, inner // heads])
  b = torch.slice(xbc, 1, inner, inner + state)
  c = torch.slice(xbc, 1, inner + state, conv)
  h = __torch__.entering(w, p, batch, v, mode)
  o, h, = __torch__.ssd(v, dt, w[p + "a"], b, c, h, layout, counts, __torch__.chunk())
  h = __torch__.leaving(w, p, batch, h, mode)
  o = o + v * torch.unsqueeze(w[p + "d"], 1)
  return (torch.reshape(o, [t, inner]), z)

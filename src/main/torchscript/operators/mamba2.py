# Mamba-2: Dao and Gu, https://arxiv.org/abs/2405.21060, as transformers' Mamba2Model and mamba_ssm compute it, by the
# operators of src/main/cuda. The residual, A, dt, cumulative sums and states are float32.

# (t, d) -> (t, inner)
def mix(h: Tensor, w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], longest: int, layout: Tuple[Tensor, List[int]], mode: int) -> Tensor:
  inner = w[p + "gate.weight"].size(0)
  heads = w[p + "a"].size(0)
  conv = w[p + "conv.weight"].size(1)
  state = (conv - inner) // 2
  t = h.size(0)
  # Splits, whose gradients are one concatenation; that of a slice is as large as the whole.
  parts = torch.split_with_sizes(__torch__.linear(h, w, p + "in"), [inner, conv, heads], 1)
  xbc = __torch__.causal_conv(parts[1], w, p, batch, longest, mode)
  dt = torch.softplus(torch.to(parts[2], __torch__.wide_type()) + w[p + "dt.bias"])
  dt = torch.clamp(dt, __torch__.dt_least(), __torch__.dt_most())
  mixed = torch.split_with_sizes(torch.to(xbc, __torch__.wide_type()), [inner, state, state], 1)
  v = torch.reshape(mixed[0], [t, heads, inner // heads])
  before = __torch__.entering(w, p, batch, v, mode)
  rows, counts, = layout
  o, after, = __torch__.ssd(v, dt, w[p + "a"], mixed[1], mixed[2], before, rows, counts, __torch__.chunk())
  if mode == 1:
    written = __torch__.leaving(w, p, batch, after, mode)
  o = torch.reshape(o + v * torch.unsqueeze(w[p + "d"], 1), [t, inner])
  return ops.streamrank.gated_rms_norm(o, parts[0], w[p + "gate.weight"], __torch__.norm_epsilon())

def layout(packed: Tensor, w: Dict[str, Tensor]) -> Tuple[Tensor, List[int]]:
  return __torch__.chunk_layout(packed, w["embeddings.weight"], __torch__.chunk())

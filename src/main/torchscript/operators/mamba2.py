# Mamba-2: Dao and Gu, https://arxiv.org/abs/2405.21060, as transformers' Mamba2Model and mamba_ssm compute it, by the
# operators of src/main/cuda. The residual, A, dt, cumulative sums and states are float32.

# (t, d) -> (t, inner)
def mix(h: Tensor, w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], longest: int, layout: Tuple[Tensor, List[int]], mode: int) -> Tensor:
  inner = w[p + "gate.weight"].size(0)
  heads = w[p + "a"].size(0)
  conv = w[p + "conv.weight"].size(1)
  state = (conv - inner) // 2
  # Splits, whose gradients are one concatenation; that of a slice is as large as the whole.
  parts = torch.split_with_sizes(__torch__.linear(h, w, p + "in"), [inner, conv, heads], 1)
  xbc = __torch__.causal_conv(parts[1], w, p, batch, longest, mode)
  mixed = torch.split_with_sizes(xbc, [inner, state, state], 1)
  v = torch.view(mixed[0], [h.size(0), heads, inner // heads])
  states, rows, = __torch__.before(w, "state." + p + "h", batch, mode)
  y, after, = ops.streamrank.ssd(v, parts[2], w[p + "a"], mixed[1], mixed[2], w[p + "d"], w[p + "dt.bias"], batch["borders"], longest, __torch__.dt_least(), __torch__.dt_most(), states, rows, mode == 1)
  if mode == 1:
    written = __torch__.leaving(w, p, batch, after, mode)
  return ops.streamrank.gated_rms_norm(y, parts[0], w[p + "gate.weight"], __torch__.norm_epsilon())

# The operator needs none.
def layout(packed: Tensor, w: Dict[str, Tensor]) -> Tuple[Tensor, List[int]]:
  none: List[int] = []
  return (packed, none)

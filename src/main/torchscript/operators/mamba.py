# Mamba: Gu and Dao, https://arxiv.org/abs/2312.00752, as transformers' MambaModel and mamba_ssm compute it, by the
# operators of src/main/cuda. The residual, A, dt and states are float32.

# (t, d) -> (t, inner)
def mix(h: Tensor, w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], longest: int, layout: Tuple[Tensor, List[int]], mode: int) -> Tensor:
  a = w[p + "a"]
  inner = a.size(0)
  state = a.size(1)
  rank = w[p + "dt.weight"].size(1)
  # Splits, whose gradients are one concatenation; that of a slice is as large as the whole.
  parts = torch.split_with_sizes(__torch__.linear(h, w, p + "in"), [inner, inner], 1)
  v = __torch__.causal_conv(parts[0], w, p, batch, longest, mode)
  steered = torch.split_with_sizes(__torch__.linear(v, w, p + "x"), [rank, state, state], 1)
  dt = torch.linear(steered[0], w[p + "dt.weight"])
  states, rows, = __torch__.before(w, "state." + p + "h", batch, mode)
  y, after, = ops.streamrank.selective_scan(v, dt, a, steered[1], steered[2], w[p + "d"], w[p + "dt.bias"], parts[1], batch["borders"], states, rows, mode == 1)
  if mode == 1:
    written = __torch__.leaving(w, p, batch, after, mode)
  return y

# The scan needs none.
def layout(packed: Tensor, w: Dict[str, Tensor]) -> Tuple[Tensor, List[int]]:
  none: List[int] = []
  return (packed, none)

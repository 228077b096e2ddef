# Of each head a matrix.
def state_shape(w: Dict[str, Tensor], p: str) -> List[int]:
  inner = w[p + "gate.weight"].size(0)
  heads = w[p + "a"].size(0)
  return [heads, inner // heads, (w[p + "conv.weight"].size(1) - inner) // 2]

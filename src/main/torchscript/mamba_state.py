# Of each channel so many numbers.
def state_shape(w: Dict[str, Tensor], p: str) -> List[int]:
  return [w[p + "a"].size(0), w[p + "a"].size(1)]

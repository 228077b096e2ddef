# What post-norm encoders do row by row beside their products: sums that are normalised, and the feed-forward layer.
# Shapes: t tokens of the whole batch, d model width.

# (t,), (t,), (t,) -> (t, d): normalised; positions and segments add nothing where the family has none.
def embedded(w: Dict[str, Tensor], ids: Tensor, positions: Tensor, segments: Tensor) -> Tensor:
  x = torch.embedding(w["embeddings.word.weight"], ids)
  if torch.__contains__(w, "embeddings.position.weight"):
    x = x + torch.embedding(w["embeddings.position.weight"], positions)
  if torch.__contains__(w, "embeddings.segment.weight"):
    x = x + __torch__.row_of_few(w["embeddings.segment.weight"], segments)
  return __torch__.dropped(__torch__.layer_norm(x, w, "embeddings.norm"))

def residual(x: Tensor, a: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return __torch__.layer_norm(x + __torch__.dropped(__torch__.linear(a, w, p + "output")), w, p + "norm")

def feedforward(x: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  y = __torch__.linear(__torch__.linear_activated(x, w, p + "up", __torch__.activation()), w, p + "down")
  return __torch__.layer_norm(x + __torch__.dropped(y), w, p + "norm")

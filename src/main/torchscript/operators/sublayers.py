# What post-norm encoders do row by row beside their products, by the operators of src/main/cuda: each sum is normalised in
# one pass, and so is GELU with its bias. Shapes: t tokens of the whole batch, d model width.

# (t,), (t,), (t,) -> (t, d): normalised; positions and segments add nothing where the family has none.
def embedded(w: Dict[str, Tensor], ids: Tensor, positions: Tensor, segments: Tensor) -> Tensor:
  words = w["embeddings.word.weight"]
  if torch.is_grad_enabled():
    # Tables have gradients of their own kinds.
    x = torch.embedding(words, ids)
    if torch.__contains__(w, "embeddings.position.weight"):
      x = x + torch.embedding(w["embeddings.position.weight"], positions)
    if torch.__contains__(w, "embeddings.segment.weight"):
      x = x + __torch__.row_of_few(w["embeddings.segment.weight"], segments)
    x = __torch__.layer_norm(x, w, "embeddings.norm")
  else:
    place = __torch__.table(w, "embeddings.position.weight")
    segment = __torch__.table(w, "embeddings.segment.weight")
    x = ops.streamrank.embed_layer_norm(ids, positions, segments, words, place, segment, w["embeddings.norm.weight"], w["embeddings.norm.bias"], __torch__.norm_epsilon())
  return __torch__.dropped(x)

# Some families lack one.
def table(w: Dict[str, Tensor], name: str) -> Optional[Tensor]:
  if torch.__contains__(w, name):
    return w[name]
  return None

# (t, d), (t, d) -> (t, d)
def residual(x: Tensor, a: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return __torch__.added(x, __torch__.dropped(__torch__.linear(a, w, p + "output")), w, p)

# (t, d) -> (t, d)
def feedforward(x: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  if __torch__.activation() == "gelu":
    up = ops.streamrank.bias_gelu(torch.linear(x, w[p + "up.weight"]), w[p + "up.bias"])
  else:
    up = __torch__.activate(__torch__.linear(x, w, p + "up"))
  return __torch__.added(x, __torch__.dropped(__torch__.linear(up, w, p + "down")), w, p)

def added(x: Tensor, y: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return ops.streamrank.add_layer_norm(x, y, w[p + "norm.weight"], w[p + "norm.bias"], __torch__.norm_epsilon())

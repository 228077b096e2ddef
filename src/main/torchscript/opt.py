# OPT: decoder with learned positions; the 350M one has its norms after the residual sums, and embeddings narrower than
# the model. Zhang et al., https://arxiv.org/abs/2205.01068, as transformers' OPTForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  for i in range(__torch__.layers()):
    out = __torch__.fuse(out, "layer." + str(i) + ".attention.", ["query", "key", "value"], "qkv")
  return out

def run(w: Dict[str, Tensor], packed: Tensor, mode: int) -> Tensor:
  batch = __torch__.batch(packed, w, mode)
  heads = __torch__.heads()
  before = __torch__.norm_before()
  x = torch.embedding(w["embeddings.weight"], batch["ids"])
  if torch.__contains__(w, "embeddings.in.weight"):
    x = __torch__.linear(x, w, "embeddings.in")
  x = x + torch.embedding(w["embeddings.position.weight"], batch["positions"])
  width = x.size(1) // heads
  shape = __torch__.shape(packed, x, mode)
  last = __torch__.layers() - 1
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, last + 1)):
    p = "layer." + str(i) + "."
    x = __torch__.before_layer(x, w, i)
    y = x
    if before:
      y = __torch__.layer_norm(x, w, p + "attention.norm")
    parts = torch.unbind(torch.view(__torch__.linear(y, w, p + "attention.qkv"), [-1, 3, heads, width]), 1)
    q = parts[0]
    k = parts[1]
    v = parts[2]
    k = __torch__.seen(k, w, p + "keys", batch, mode)
    v = __torch__.seen(v, w, p + "values", batch, mode)
    if i == last:
      x = __torch__.last_tokens(x, batch["borders"])
      q = __torch__.last_tokens(q, batch["borders"])
      a = __torch__.causal_attention(q, k, v, batch["alone"], batch["keys"], __torch__.alone(shape))
    else:
      a = __torch__.causal_attention(q, k, v, batch["borders"], batch["keys"], shape)
    x = x + __torch__.dropped(__torch__.linear(a, w, p + "attention.output"))
    y = x
    if before:
      y = __torch__.layer_norm(x, w, p + "feedforward.norm")
    else:
      x = __torch__.layer_norm(x, w, p + "attention.norm")
      y = x
    y = __torch__.linear(__torch__.activate(__torch__.linear(y, w, p + "feedforward.up")), w, p + "feedforward.down")
    x = x + __torch__.dropped(y)
    if not before:
      x = __torch__.layer_norm(x, w, p + "feedforward.norm")
  if __torch__.ends_early(w):
    return x
  if torch.__contains__(w, "norm.weight"):
    x = __torch__.layer_norm(x, w, "norm")
  if torch.__contains__(w, "embeddings.out.weight"):
    x = __torch__.linear(x, w, "embeddings.out")
  return __torch__.head(x, w)

def tables(w: Dict[str, Tensor], rows: int, device: Device) -> Dict[str, Tensor]:
  return __torch__.tables_of(w, rows, __torch__.heads(), w["layer.0.attention.output.weight"].size(1) // __torch__.heads(), device)

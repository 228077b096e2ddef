# OPT: decoder with learned positions; the 350M one has its norms after the residual sums, and embeddings narrower than
# the model. Zhang et al., https://arxiv.org/abs/2205.01068, as transformers' OPTForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  for i in range(__torch__.layers()):
    out = __torch__.fuse(out, "layer." + str(i) + ".attention.", ["query", "key", "value"], "qkv")
  return out

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  borders, ids, positions, segments, = __torch__.parts(packed, w["embeddings.weight"])
  longest = int(packed[1])
  heads = __torch__.heads()
  before = __torch__.norm_before()
  x = torch.embedding(w["embeddings.weight"], ids)
  if torch.__contains__(w, "embeddings.in.weight"):
    x = __torch__.linear(x, w, "embeddings.in")
  x = x + torch.embedding(w["embeddings.position.weight"], positions)
  width = x.size(1) // heads
  equal = __torch__.equal_runs(packed, x)
  last = __torch__.layers() - 1
  for i in range(last + 1):
    p = "layer." + str(i) + "."
    y = x
    if before:
      y = __torch__.layer_norm(x, w, p + "attention.norm")
    qkv = torch.view(__torch__.linear(y, w, p + "attention.qkv"), [-1, 3, heads, width])
    q = torch.select(qkv, 1, 0)
    k = torch.select(qkv, 1, 1)
    v = torch.select(qkv, 1, 2)
    if i == last:
      x = __torch__.last_tokens(x, borders)
      a = __torch__.last_attention(__torch__.last_tokens(q, borders), k, v, borders, longest, equal)
    else:
      a = __torch__.causal_attention(q, k, v, borders, longest, equal)
    x = x + __torch__.linear(a, w, p + "attention.output")
    y = x
    if before:
      y = __torch__.layer_norm(x, w, p + "feedforward.norm")
    else:
      x = __torch__.layer_norm(x, w, p + "attention.norm")
      y = x
    x = x + __torch__.linear(__torch__.activate(__torch__.linear(y, w, p + "feedforward.up")), w, p + "feedforward.down")
    if not before:
      x = __torch__.layer_norm(x, w, p + "feedforward.norm")
  if torch.__contains__(w, "norm.weight"):
    x = __torch__.layer_norm(x, w, "norm")
  if torch.__contains__(w, "embeddings.out.weight"):
    x = __torch__.linear(x, w, "embeddings.out")
  return __torch__.head(x, w)

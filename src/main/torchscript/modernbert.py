# ModernBERT: pre-norm encoder without position table, rotary attention, global in some layers and near by in the others,
# gated feed-forward layers, a head over [CLS] or over the mean of all tokens.
# Warner et al., https://arxiv.org/abs/2412.13663, as transformers' ModernBertForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  return __torch__.cast(w)

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  n = int(packed[0])
  longest = int(packed[1])
  borders, ids, positions, segments = __torch__.parts(packed, w["embeddings.word.weight"])
  x = __torch__.layer_norm(torch.embedding(w["embeddings.word.weight"], ids), w, "embeddings.norm")
  equal: List[int] = []
  if not __torch__.packs(x):
    equal = __torch__.runs(packed, n)
  heads = __torch__.heads()
  width = x.size(1) // heads
  global_cos, global_sin = __torch__.rotation(positions, width, __torch__.global_theta())
  local_cos, local_sin = __torch__.rotation(positions, width, __torch__.local_theta())
  kinds = __torch__.layer_kinds()
  last = __torch__.layers() - 1
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, last + 1)):
    p = "layer." + str(i) + "."
    x = __torch__.before_layer(x, w, i)
    h = x
    if i > 0:
      h = __torch__.layer_norm(x, w, p + "attention.norm")
    parts = torch.unbind(torch.view(__torch__.linear(h, w, p + "attention.qkv"), [-1, 3, heads, width]), 1)
    q = parts[0]
    k = parts[1]
    v = parts[2]
    if kinds[i] == "g":
      a = __torch__.attention(__torch__.rotated(q, global_cos, global_sin), __torch__.rotated(k, global_cos, global_sin), v, borders, longest, equal)
    else:
      a = __torch__.attend(__torch__.rotated(q, local_cos, local_sin), __torch__.rotated(k, local_cos, local_sin), v, borders, longest, equal, False, __torch__.window())
    if i == last and __torch__.pooling() == "cls":
      # Only the first tokens go on.
      first = torch.slice(borders, 0, 0, n)
      x = torch.index_select(x, 0, first)
      a = torch.index_select(a, 0, first)
    x = __torch__.modernbert_rest(x, a, w, p)
  if __torch__.ends_early(w):
    return x
  x = __torch__.layer_norm(torch.to(x, __torch__.wide_type()), w, "head.final")
  if __torch__.pooling() == "mean":
    x = torch.segment_reduce(x, "mean", offsets=borders, axis=0, unsafe=True)
  h = __torch__.activated(__torch__.linear(x, w, "head.dense"), __torch__.head_activation())
  return torch.squeeze(__torch__.linear(__torch__.layer_norm(h, w, "head.norm"), w, "head.score"), 1)

# What follows attention, row by row.
def modernbert_rest(x: Tensor, a: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  x = x + __torch__.linear(a, w, p + "attention.output")
  h = __torch__.linear(__torch__.layer_norm(x, w, p + "feedforward.norm"), w, p + "feedforward.up")
  halves = torch.split(h, h.size(1) // 2, 1)
  h = __torch__.activate(halves[0]) * halves[1]
  return x + __torch__.linear(h, w, p + "feedforward.down")

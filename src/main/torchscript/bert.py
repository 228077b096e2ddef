# BERT: post-norm encoder, learned positions and segments, tanh pooler over [CLS], one-row classifier.
# Devlin et al., https://arxiv.org/abs/1810.04805, as transformers' BertForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  for i in range(__torch__.layers()):
    p = "layer." + str(i) + ".attention."
    for part in [".weight", ".bias"]:
      out[p + "qkv" + part] = torch.cat([out[p + "query" + part], out[p + "key" + part], out[p + "value" + part]], 0)
      for name in ["query", "key", "value"]:
        torch.Delete(out, p + name + part)
  return out

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  n = int(packed[0])
  longest = int(packed[1])
  t = int(packed[2 + n])
  batch = __torch__.beside(packed, w["embeddings.word.weight"])
  borders = torch.slice(batch, 0, 2, 3 + n)
  first = torch.slice(borders, 0, 0, n)
  ids = torch.slice(batch, 0, 3 + n, 3 + n + t)
  positions = torch.slice(batch, 0, 3 + n + t, 3 + n + 2 * t)
  segments = torch.slice(batch, 0, 3 + n + 2 * t, 3 + n + 3 * t)
  x = torch.embedding(w["embeddings.word.weight"], ids) + torch.embedding(w["embeddings.position.weight"], positions) + torch.embedding(w["embeddings.segment.weight"], segments)
  x = __torch__.layer_norm(x, w, "embeddings.norm")
  equal: List[int] = []
  if not __torch__.packs(x):
    equal = __torch__.runs(packed, n)
  last = __torch__.layers() - 1
  for i in range(last):
    x = __torch__.bert_layer(x, w, "layer." + str(i) + ".", borders, longest, equal)
  x = __torch__.bert_last_layer(x, w, "layer." + str(last) + ".", first, borders, longest, equal)
  h = torch.tanh(__torch__.linear(torch.to(x, 6), w, "head.pooler"))
  return torch.squeeze(__torch__.linear(h, w, "head.score"), 1)

# (t, d) -> (t, d)
def bert_layer(x: Tensor, w: Dict[str, Tensor], p: str, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  heads = __torch__.heads()
  qkv = torch.view(__torch__.linear(x, w, p + "attention.qkv"), [-1, 3, heads, x.size(-1) // heads])
  a = __torch__.attention(torch.select(qkv, 1, 0), torch.select(qkv, 1, 1), torch.select(qkv, 1, 2), borders, longest, equal)
  return __torch__.bert_rest(x, a, w, p)

# (t, d) -> (n, d): only the first tokens go on, so only they ask, and only they pass the feed-forward layer.
def bert_last_layer(x: Tensor, w: Dict[str, Tensor], p: str, first: Tensor, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  heads = __torch__.heads()
  d = x.size(-1)
  weight = w[p + "attention.qkv.weight"]
  bias = w[p + "attention.qkv.bias"]
  head = torch.index_select(x, 0, first)
  q = torch.linear(head, torch.slice(weight, 0, 0, d), torch.slice(bias, 0, 0, d))
  kv = torch.linear(x, torch.slice(weight, 0, d, 3 * d), torch.slice(bias, 0, d, 3 * d))
  kv = torch.view(kv, [-1, 2, heads, d // heads])
  a = __torch__.attention(torch.view(q, [-1, heads, d // heads]), torch.select(kv, 1, 0), torch.select(kv, 1, 1), borders, longest, equal)
  return __torch__.bert_rest(head, a, w, p)

# What follows attention, row by row.
def bert_rest(x: Tensor, a: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  x = __torch__.layer_norm(x + __torch__.linear(a, w, p + "attention.output"), w, p + "attention.norm")
  y = __torch__.linear(__torch__.activate(__torch__.linear(x, w, p + "feedforward.up")), w, p + "feedforward.down")
  return __torch__.layer_norm(x + y, w, p + "feedforward.norm")

# GPT-NeoX, of which Pythia is one: rotary positions on part of each head, attention and feed-forward layer side by side.
# Black et al., https://arxiv.org/abs/2204.06745, as transformers' GPTNeoXForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  out["rotary"] = __torch__.frequencies(w["embeddings.weight"])
  return out

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  borders, ids, positions, segments, = __torch__.parts(packed, w["embeddings.weight"])
  longest = int(packed[1])
  heads = __torch__.heads()
  x = torch.embedding(w["embeddings.weight"], ids)
  width = x.size(1) // heads
  equal = __torch__.equal_runs(packed, x)
  cos, sin, = __torch__.angles(positions, w["rotary"])
  last = __torch__.layers() - 1
  for i in range(last + 1):
    p = "layer." + str(i) + "."
    qkv = __torch__.linear(__torch__.layer_norm(x, w, p + "attention.norm"), w, p + "attention.qkv")
    # Each head's three parts lie together.
    qkv = torch.view(qkv, [-1, heads, 3 * width])
    q = __torch__.rotate(torch.slice(qkv, 2, 0, width), cos, sin)
    k = __torch__.rotate(torch.slice(qkv, 2, width, 2 * width), cos, sin)
    v = torch.slice(qkv, 2, 2 * width, 3 * width)
    if i == last:
      x = __torch__.last_tokens(x, borders)
      a = __torch__.last_attention(__torch__.last_tokens(q, borders), k, v, borders, longest, equal)
    else:
      a = __torch__.causal_attention(q, k, v, borders, longest, equal)
    a = __torch__.linear(a, w, p + "attention.output")
    seen = x
    if not __torch__.parallel_residual():
      seen = x + a
    y = __torch__.activate(__torch__.linear(__torch__.layer_norm(seen, w, p + "feedforward.norm"), w, p + "feedforward.up"))
    x = x + a + __torch__.linear(y, w, p + "feedforward.down")
  return __torch__.head(__torch__.layer_norm(x, w, "norm"), w)

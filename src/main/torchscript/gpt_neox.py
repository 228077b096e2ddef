# GPT-NeoX, of which Pythia is one: rotary positions on part of each head, attention and feed-forward layer side by side.
# Black et al., https://arxiv.org/abs/2204.06745, as transformers' GPTNeoXForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  out["rotary"] = __torch__.frequencies(w["embeddings.weight"])
  return out

def run(w: Dict[str, Tensor], packed: Tensor, mode: int) -> Tensor:
  batch = __torch__.batch(packed, w, mode)
  heads = __torch__.heads()
  x = torch.embedding(w["embeddings.weight"], batch["ids"])
  width = x.size(1) // heads
  shape = __torch__.shape(packed, x, mode)
  cos, sin, = __torch__.angles(batch["positions"], w["rotary"])
  last = __torch__.layers() - 1
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, last + 1)):
    p = "layer." + str(i) + "."
    x = __torch__.before_layer(x, w, i)
    qkv = __torch__.linear(__torch__.layer_norm(x, w, p + "attention.norm"), w, p + "attention.qkv")
    # Each head's three parts lie together.
    parts = torch.split(torch.view(qkv, [-1, heads, 3 * width]), width, 2)
    q = __torch__.rotate(parts[0], cos, sin)
    k = __torch__.rotate(parts[1], cos, sin)
    v = parts[2]
    k = __torch__.seen(k, w, p + "keys", batch, mode)
    v = __torch__.seen(v, w, p + "values", batch, mode)
    if i == last:
      x = __torch__.last_tokens(x, batch["borders"])
      q = __torch__.last_tokens(q, batch["borders"])
      a = __torch__.causal_attention(q, k, v, batch["alone"], batch["keys"], __torch__.alone(shape))
    else:
      a = __torch__.causal_attention(q, k, v, batch["borders"], batch["keys"], shape)
    a = __torch__.linear(a, w, p + "attention.output")
    seen = x
    if not __torch__.parallel_residual():
      seen = x + a
    y = __torch__.activate(__torch__.linear(__torch__.layer_norm(seen, w, p + "feedforward.norm"), w, p + "feedforward.up"))
    x = x + a + __torch__.linear(y, w, p + "feedforward.down")
  if __torch__.ends_early(w):
    return x
  return __torch__.head(__torch__.layer_norm(x, w, "norm"), w)

def tables(w: Dict[str, Tensor], rows: int, device: Device) -> Dict[str, Tensor]:
  return __torch__.tables_of(w, rows, __torch__.heads(), w["layer.0.attention.output.weight"].size(1) // __torch__.heads(), device)

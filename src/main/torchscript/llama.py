# Llama: pre-norm decoder with rotary positions, shared key and value heads and gated feed-forward layers. Touvron et al.,
# https://arxiv.org/abs/2302.13971, as transformers' LlamaForSequenceClassification computes it. Qwen2 adds biases, Qwen3
# normalises queries and keys head by head.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  for i in range(__torch__.layers()):
    p = "layer." + str(i) + "."
    out = __torch__.fuse(out, p + "attention.", ["query", "key", "value"], "qkv")
    out = __torch__.fuse(out, p + "feedforward.", ["gate", "up"], "both")
  out["rotary"] = __torch__.frequencies(w["embeddings.weight"])
  return out

def run(w: Dict[str, Tensor], packed: Tensor, mode: int) -> Tensor:
  batch = __torch__.batch(packed, w, mode)
  heads = __torch__.heads()
  kv_heads = __torch__.kv_heads()
  width = __torch__.head_width()
  x = torch.embedding(w["embeddings.weight"], batch["ids"])
  shape = __torch__.shape(packed, x, mode)
  cos, sin, = __torch__.angles(batch["positions"], w["rotary"])
  last = __torch__.layers() - 1
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, last + 1)):
    p = "layer." + str(i) + "."
    x = __torch__.before_layer(x, w, i)
    qkv = __torch__.linear(__torch__.rms_norm(x, w[p + "attention.norm.weight"]), w, p + "attention.qkv")
    parts = torch.split_with_sizes(torch.view(qkv, [-1, heads + 2 * kv_heads, width]), [heads, kv_heads, kv_heads], 1)
    q = parts[0]
    k = parts[1]
    v = parts[2]
    if torch.__contains__(w, p + "attention.query_norm.weight"):
      q = __torch__.rms_norm(q, w[p + "attention.query_norm.weight"])
      k = __torch__.rms_norm(k, w[p + "attention.key_norm.weight"])
    q = __torch__.rotate(q, cos, sin)
    k = __torch__.rotate(k, cos, sin)
    k = __torch__.seen(k, w, p + "keys", batch, mode)
    v = __torch__.seen(v, w, p + "values", batch, mode)
    if i == last:
      x = __torch__.last_tokens(x, batch["borders"])
      q = __torch__.last_tokens(q, batch["borders"])
      a = __torch__.causal_attention(q, k, v, batch["alone"], batch["keys"], __torch__.alone(shape))
    else:
      a = __torch__.causal_attention(q, k, v, batch["borders"], batch["keys"], shape)
    x = x + __torch__.linear(a, w, p + "attention.output")
    both = __torch__.linear(__torch__.rms_norm(x, w[p + "feedforward.norm.weight"]), w, p + "feedforward.both")
    halves = torch.split(both, both.size(1) // 2, 1)
    y = torch.silu(halves[0]) * halves[1]
    x = x + __torch__.linear(y, w, p + "feedforward.down")
  if __torch__.ends_early(w):
    return x
  return __torch__.head(__torch__.rms_norm(x, w["norm.weight"]), w)

def tables(w: Dict[str, Tensor], rows: int, device: Device) -> Dict[str, Tensor]:
  return __torch__.tables_of(w, rows, __torch__.kv_heads(), __torch__.head_width(), device)

# A stack of recurrent layers over float32 residuals. A family gives mix(...), what the tokens read from the states with
# their gate, and gated(...), which puts the two together.

# (t, c) -> (t, c) in float32, silu applied: a depthwise convolution over each token and those before it in its pair.
# The weight is (taps, c), the last tap the token's own.
def causal_conv(x: Tensor, w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], longest: int, mode: int) -> Tensor:
  weight = w[p + "conv.weight"]
  taps = weight.size(0)
  t = x.size(0)
  y = x * torch.select(weight, 0, taps - 1)
  if torch.__contains__(w, p + "conv.bias"):
    y = y + w[p + "conv.bias"]
  for j in range(1, taps):
    if j < longest:
      back = torch.constant_pad_nd(torch.slice(x, 0, 0, t - j), [0, 0, j, 0])
      own = torch.masked_fill(back, torch.unsqueeze(batch["positions"] < j, 1), 0.)
      y = y + own * torch.select(weight, 0, taps - 1 - j)
  if mode == 1:
    ends = torch.index_select(x, 0, batch["ends"]) * batch["there"]
    written = __torch__.keep(w["state." + p + "tail"], batch["rows"], torch.view(ends, [-1, taps - 1, x.size(1)]))
  if mode == 2:
    tail = __torch__.kept(w["state." + p + "tail"], batch["rows"], x)
    for i in range(taps - 1):
      # A pair's i-th token sees the tail's last taps - 1 - i rows.
      seen = torch.index_select(torch.slice(tail, 1, i, taps - 1), 0, batch["pairs." + str(i)])
      seen = torch.sum(seen * torch.slice(weight, 0, 0, taps - 1 - i), [1])
      y = torch.index_add(y, 0, batch["tokens." + str(i)], seen)
  return torch.silu(y)

# What the layers need of a batch, beside the weights: borders (n + 1), ids (t), positions (t) within the pair. In mode 1
# rows (n), ends, which are each pair's last tokens as the tail of its convolution ((taps - 1) n), and whether they are
# there; in mode 2 rows (n), and for each i below taps - 1 the pairs that have an i-th token, and these tokens.
def batch(packed: Tensor, w: Dict[str, Tensor], mode: int) -> Dict[str, Tensor]:
  n = int(packed[0])
  t = int(packed[2 + n])
  moved = __torch__.beside(packed, w["embeddings.weight"])
  out: Dict[str, Tensor] = {}
  out["borders"] = torch.slice(moved, 0, 2, 3 + n)
  out["ids"] = torch.slice(moved, 0, 3 + n, 3 + n + t)
  out["positions"] = torch.slice(moved, 0, 3 + n + t, 3 + n + 2 * t)
  if mode == 0:
    return out
  out["rows"] = __torch__.table_rows(packed, moved, w["state.layer.0.tail"], 0, n)
  before = w["layer.0.conv.weight"].size(0) - 1
  if mode == 1:
    begin = torch.unsqueeze(torch.slice(out["borders"], 0, 0, n), 1)
    end = torch.unsqueeze(torch.slice(out["borders"], 0, 1, n + 1), 1)
    ends = end - before + torch.arange(0, before, 1, dtype=3, layout=None, device=ops.prim.device(moved), pin_memory=None)
    out["there"] = torch.to(torch.reshape(ends >= begin, [-1, 1]), __torch__.wide_type())
    out["ends"] = torch.reshape(torch.clamp_min(ends, 0), [-1])
  if mode == 2:
    begins = torch.slice(packed, 0, 2, 2 + n)
    lengths = torch.slice(packed, 0, 3, 3 + n) - begins
    for i in range(before):
      pairs = torch.squeeze(torch.nonzero(lengths > i), 1)
      tokens = torch.index_select(begins, 0, pairs) + i
      both = __torch__.beside(torch.cat([torch.to(pairs, 3), tokens], 0), w["embeddings.weight"])
      out["pairs." + str(i)] = torch.to(torch.slice(both, 0, 0, pairs.size(0)), 4)
      out["tokens." + str(i)] = torch.to(torch.slice(both, 0, pairs.size(0), 2 * pairs.size(0)), 4)
  return out

def run(w: Dict[str, Tensor], packed: Tensor, mode: int) -> Tensor:
  batch = __torch__.batch(packed, w, mode)
  layout, counts, = __torch__.chunk_layout(packed, w["embeddings.weight"], __torch__.chunk())
  longest = int(packed[1])
  x = torch.to(torch.embedding(w["embeddings.weight"], batch["ids"]), __torch__.wide_type())
  last = __torch__.layers() - 1
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, last + 1)):
    p = "layer." + str(i) + "."
    x = __torch__.before_layer(x, w, i)
    y, z, = __torch__.mix(x, w, p, batch, longest, layout, counts, mode)
    if i == last:
      # Only the last tokens go on, and no later layer looks back.
      x = __torch__.last_tokens(x, batch["borders"])
      y = __torch__.last_tokens(y, batch["borders"])
      z = __torch__.last_tokens(z, batch["borders"])
    x = x + __torch__.linear(__torch__.gated(y, z, w, p), w, p + "out")
  if __torch__.ends_early(w):
    return x
  return __torch__.head(__torch__.rms_norm(x, w["norm.weight"]), w)

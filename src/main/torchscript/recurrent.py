# Blocks of the state space families. The batch is cut into chunks of q tokens, every pair beginning a chunk of its own:
# k chunks, the last of a pair filled up with tokens that change nothing (time step 0). All lengths are known on the CPU,
# so nothing waits for the device.

# Returns one index buffer beside the weights, [each token's row in the chunks (t), pairs (k), chunks (k)], and how many
# pairs have an r-th chunk. Pairs and chunks are listed rank by rank: all first chunks, then all second ones.
def chunk_layout(packed: Tensor, weight: Tensor, q: int) -> Tuple[Tensor, List[int]]:
  n = int(packed[0])
  t = int(packed[2 + n])
  begins = torch.to(torch.slice(packed, 0, 2, 2 + n), 4)
  lengths = torch.to(torch.slice(packed, 0, 3, 3 + n), 4) - begins
  chunks = torch.floor_divide(lengths + (q - 1), q)
  first = torch.cumsum(chunks, 0) - chunks
  shift = torch.repeat_interleave(first * q - begins, lengths)
  rows = shift + torch.arange(0, t, 1, dtype=4, layout=None, device=torch.device("cpu"), pin_memory=None)
  counts: List[int] = []
  pairs: List[Tensor] = []
  places: List[Tensor] = []
  for r in range(int(torch.max(chunks))):
    live = torch.squeeze(torch.nonzero(chunks > r), 1)
    counts.append(live.size(0))
    pairs.append(live)
    places.append(torch.index_select(first, 0, live) + r)
  every = torch.cat([rows, torch.cat(pairs, 0), torch.cat(places, 0)], 0)
  return (torch.to(__torch__.beside(torch.to(every, 3), weight), 4), counts)

# (t, ...) -> (k, q, ...), zeros where no token is
def align(x: Tensor, rows: Tensor, k: int, q: int) -> Tensor:
  flat = torch.reshape(x, [x.size(0), -1])
  chunks = torch.index_copy(torch.new_zeros(flat, [k * q, flat.size(1)]), 0, rows, flat)
  return torch.view(chunks, [k, q, -1])

# Hands states from chunk to chunk: h (n, ...) before each pair, what each chunk adds (k, ...), and by what factor a state
# survives it (k, ...). Returns the states after each pair and those before each chunk.
def carry(h: Tensor, added: Tensor, factor: Tensor, pairs: Tensor, places: Tensor, counts: List[int]) -> Tuple[Tensor, Tensor]:
  entering: List[Tensor] = []
  at = 0
  for r in range(len(counts)):
    live = torch.slice(pairs, 0, at, at + counts[r])
    here = torch.slice(places, 0, at, at + counts[r])
    before = torch.index_select(h, 0, live)
    entering.append(before)
    h = torch.index_copy(h, 0, live, before * torch.index_select(factor, 0, here) + torch.index_select(added, 0, here))
    at = at + counts[r]
  return (h, torch.index_copy(torch.zeros_like(added), 0, places, torch.cat(entering, 0)))

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

# Tables of the states of so many sequences: what the recurrence knows, and the tail of the convolution.
def tables(w: Dict[str, Tensor], rows: int, device: Device) -> Dict[str, Tensor]:
  out: Dict[str, Tensor] = {}
  for i in range(__torch__.layers()):
    p = "layer." + str(i) + "."
    conv = w[p + "conv.weight"]
    out["state." + p + "tail"] = torch.empty([rows, conv.size(0) - 1, conv.size(1)], dtype=__torch__.wide_type(), layout=None, device=device, pin_memory=None)
    out["state." + p + "h"] = torch.empty([rows] + __torch__.state_shape(w, p), dtype=__torch__.wide_type(), layout=None, device=device, pin_memory=None)
  return out

# The states before each pair.
def entering(w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], like: Tensor, mode: int) -> Tensor:
  if mode == 2:
    return __torch__.kept(w["state." + p + "h"], batch["rows"], like)
  n = batch["borders"].size(0) - 1
  return torch.new_zeros(like, [n] + __torch__.state_shape(w, p))

def leaving(w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], h: Tensor, mode: int) -> Tensor:
  if mode == 1:
    return __torch__.keep(w["state." + p + "h"], batch["rows"], h)
  return h

# What both families prepare alike: decay rates from their logarithms and taps first, in float32.
def prepare_recurrent(w: Dict[str, Tensor], float32: List[str]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  for i in range(__torch__.layers()):
    p = "layer." + str(i) + "."
    for name in float32:
      if torch.__contains__(w, p + name):
        out[p + name] = torch.to(w[p + name], __torch__.wide_type())
    out[p + "a"] = torch.neg(torch.exp(torch.to(w[p + "a_log"], __torch__.wide_type())))
    torch.Delete(out, p + "a_log")
    taps = torch.transpose(torch.squeeze(torch.to(w[p + "conv.weight"], __torch__.wide_type()), 1), 0, 1)
    out[p + "conv.weight"] = torch.contiguous(taps)
  return out

# A stack of recurrent layers over float32 residuals. A family gives mix(...), what the tokens read from the states with
# their gate, gated(...), which puts the two together, and state_shape(w, p), the shape of a layer's state of one sequence.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  return __torch__.prepare_recurrent(w, ["dt.bias", "d", "conv.bias"])

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

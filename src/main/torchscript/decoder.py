# Blocks of the causal families with attention. What such a model knows of a token is its keys and values in every layer,
# so a table has a row for each token.
#
# The packed batch's rest is in mode 1 [rows (t)] and in mode 2 [key borders (n + 1), rows (r), places of the rows among
# the keys (r), places of the own tokens' keys (t)]: r rows are read, and a pair's keys are its rows and then its own.

# What the layers need of a batch, beside the weights: borders (n + 1), ids (t), positions (t), keys (n + 1), which are the
# borders of each pair's keys, alone (n + 1), the borders where one token a pair asks; and rows, places and own as above.
def batch(packed: Tensor, w: Dict[str, Tensor], mode: int) -> Dict[str, Tensor]:
  n = int(packed[0])
  t = int(packed[2 + n])
  rest = 3 + n + 3 * t
  moved = __torch__.beside(packed, w["embeddings.weight"])
  out: Dict[str, Tensor] = {}
  out["borders"] = torch.slice(moved, 0, 2, 3 + n)
  out["ids"] = torch.slice(moved, 0, 3 + n, 3 + n + t)
  out["positions"] = torch.slice(moved, 0, 3 + n + t, 3 + n + 2 * t)
  out["alone"] = torch.arange(0, n + 1, 1, dtype=3, layout=None, device=ops.prim.device(moved), pin_memory=None)
  out["keys"] = out["borders"]
  if mode == 1:
    out["rows"] = __torch__.table_rows(packed, moved, w["state.layer.0.keys"], 0, t)
  if mode == 2:
    r = int(packed[rest + n]) - t
    out["keys"] = torch.slice(moved, 0, rest, rest + n + 1)
    out["rows"] = __torch__.table_rows(packed, moved, w["state.layer.0.keys"], n + 1, r)
    out["places"] = torch.to(torch.slice(moved, 0, rest + n + 1 + r, rest + n + 1 + 2 * r), 4)
    out["own"] = torch.to(torch.slice(moved, 0, rest + n + 1 + 2 * r, rest + n + 1 + 2 * r + t), 4)
  return out

# The most tokens and the most keys of a pair; then, where attention goes run by run, neighbours of equal numbers of both,
# as triples (pairs, tokens, keys each).
def shape(packed: Tensor, x: Tensor, mode: int) -> List[int]:
  n = int(packed[0])
  borders = torch.slice(packed, 0, 2, 3 + n)
  keys = borders
  if mode == 2:
    rest = 3 + n + 3 * int(packed[2 + n])
    keys = torch.slice(packed, 0, rest, rest + n + 1)
  tokens = torch.slice(borders, 0, 1, n + 1) - torch.slice(borders, 0, 0, n)
  known = torch.slice(keys, 0, 1, n + 1) - torch.slice(keys, 0, 0, n)
  out = [int(packed[1]), int(torch.max(known))]
  if not __torch__.packs(x):
    first = 0
    for i in range(1, n + 1):
      ends = i == n
      if not ends:
        ends = int(tokens[i]) != int(tokens[first]) or int(known[i]) != int(known[first])
      if ends:
        out.append(i - first)
        out.append(int(tokens[first]))
        out.append(int(known[first]))
        first = i
  return out

# A batch's shape where one token a pair asks.
def alone(shape: List[int]) -> List[int]:
  out = [1, shape[1]]
  for i in range(len(shape) // 3):
    out.append(shape[3 * i + 2])
    out.append(1)
    out.append(shape[3 * i + 4])
  return out

# The keys, or values, that the batch's pairs see: in mode 1 those of the tokens, which are kept, in mode 2 what was kept
# of each pair's leading tokens and then the tokens' own.
def seen(x: Tensor, w: Dict[str, Tensor], name: str, batch: Dict[str, Tensor], mode: int) -> Tensor:
  if mode == 1:
    kept = __torch__.keep(w["state." + name], batch["rows"], x)
  if mode == 2:
    before = __torch__.kept(w["state." + name], batch["rows"], x)
    all = torch.new_empty(x, [before.size(0) + x.size(0), x.size(1), x.size(2)])
    all = torch.index_copy_(all, 0, batch["places"], before)
    x = torch.index_copy_(all, 0, batch["own"], x)
  return x

# Attention inside each pair, no token seeing a later one: the pair's last token asks last. q is (rows, heads, width) and
# lies between the borders ask, k and v may have fewer heads and lie between the borders keys. Returns (rows, heads * width).
def causal_attention(q: Tensor, k: Tensor, v: Tensor, ask: Tensor, keys: Tensor, shape: List[int]) -> Tensor:
  heads = q.size(1)
  width = q.size(2)
  if __torch__.packs(q):
    # The kernel takes widths in steps of 8; zeros change no product.
    extra = (8 - width % 8) % 8
    if extra > 0:
      q = torch.constant_pad_nd(q, [0, extra])
      k = torch.constant_pad_nd(k, [0, extra])
      v = torch.constant_pad_nd(v, [0, extra])
    o = torch._flash_attention_forward(q, k, v, ask, keys, shape[0], shape[1], __torch__.attention_dropout(q), True, False, scale=1. / torch.sqrt(width))[0]
    if extra > 0:
      o = torch.slice(o, 2, 0, width)
    return torch.reshape(o, [-1, heads * width])
  k = __torch__.spread(k, heads)
  v = __torch__.spread(v, heads)
  parts: List[Tensor] = []
  rows: List[int] = []
  sizes: List[int] = []
  for i in range((len(shape) - 2) // 3):
    rows.append(shape[3 * i + 2] * shape[3 * i + 3])
    sizes.append(shape[3 * i + 2] * shape[3 * i + 4])
  # One split: the gradients of many slices would each be as long as the batch.
  qs = torch.split_with_sizes(q, rows)
  ks = torch.split_with_sizes(k, sizes)
  vs = torch.split_with_sizes(v, sizes)
  for i in range((len(shape) - 2) // 3):
    pairs = shape[3 * i + 2]
    tokens = shape[3 * i + 3]
    known = shape[3 * i + 4]
    a = torch.transpose(torch.view(qs[i], [pairs, tokens, heads, width]), 1, 2)
    b = torch.transpose(torch.view(ks[i], [pairs, known, heads, width]), 1, 2)
    c = torch.transpose(torch.view(vs[i], [pairs, known, heads, width]), 1, 2)
    earlier: Optional[Tensor] = None
    if tokens > 1 and tokens < known:
      every = torch.ones([tokens, known], dtype=11, layout=None, device=ops.prim.device(q), pin_memory=None)
      earlier = torch.tril(every, known - tokens)
    o = torch.scaled_dot_product_attention(a, b, c, earlier, __torch__.attention_dropout(q), tokens == known)
    parts.append(torch.reshape(torch.transpose(o, 1, 2), [rows[i], heads * width]))
  return torch.cat(parts, 0)

# Tables of the keys and values of so many tokens.
def tables_of(w: Dict[str, Tensor], rows: int, heads: int, width: int, device: Device) -> Dict[str, Tensor]:
  out: Dict[str, Tensor] = {}
  for i in range(__torch__.layers()):
    for part in ["keys", "values"]:
      out["state.layer." + str(i) + "." + part] = torch.empty([rows, heads, width], dtype=__torch__.compute_type(), layout=None, device=device, pin_memory=None)
  return out

# Cosines and sines (t, 1, pairs of dimensions) of the tokens' rotary angles, float32.
# Su et al., https://arxiv.org/abs/2104.09864
def angles(positions: Tensor, frequencies: Tensor) -> Tuple[Tensor, Tensor]:
  turned = torch.unsqueeze(torch.unsqueeze(torch.to(positions, 6), 1) * frequencies, 1)
  return (torch.cos(turned), torch.sin(turned))

# (t, heads, width) -> same: the first half of the rotated dimensions turns with the second half, the rest stays.
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
  half = cos.size(2)
  a = torch.slice(x, 2, 0, half)
  b = torch.slice(x, 2, half, 2 * half)
  y = torch.cat([a * cos - b * sin, b * cos + a * sin], 2)
  y = torch.to(y, ops.prim.dtype(x))
  if x.size(2) > 2 * half:
    return torch.cat([y, torch.slice(x, 2, 2 * half, x.size(2))], 2)
  return y

# The rotary frequencies beside the weights.
def frequencies(weight: Tensor) -> Tensor:
  return torch.tensor(__torch__.rotary_frequencies(), dtype=6, device=ops.prim.device(weight))

# Key or value heads, each repeated for the query heads that share it.
def spread(x: Tensor, heads: int) -> Tensor:
  shared = heads // x.size(1)
  if shared == 1:
    return x
  wide = torch.expand(torch.unsqueeze(x, 2), [x.size(0), x.size(1), shared, x.size(2)])
  return torch.reshape(wide, [x.size(0), heads, x.size(2)])

# Matrices of the same input as one: out[p + into] replaces out[p + part].
def fuse(out: Dict[str, Tensor], p: str, parts: List[str], into: str) -> Dict[str, Tensor]:
  for kind in [".weight", ".bias"]:
    if torch.__contains__(out, p + parts[0] + kind):
      found: List[Tensor] = []
      for part in parts:
        found.append(out[p + part + kind])
        torch.Delete(out, p + part + kind)
      out[p + into + kind] = torch.cat(found, 0)
  return out

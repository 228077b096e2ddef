# DeBERTa-v2 and v3: post-norm encoder whose attention adds what content and relative position say of each other, a head
# over [CLS]. He et al., https://arxiv.org/abs/2006.03654 and https://arxiv.org/abs/2111.09543, as transformers'
# DebertaV2ForSequenceClassification computes it.

# Relative positions meet content only through each layer's projections, so their keys and queries are made once.
def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.fused(w)
  for name in w.keys():
    if torch.startswith(name, "relative.") or torch.find(name, ".attention.position.") >= 0:
      torch.Delete(out, name)
  compute = __torch__.compute_type()
  relative = torch.to(w["relative.weight"], __torch__.wide_type())
  if torch.__contains__(w, "relative.norm.weight"):
    relative = torch.layer_norm(relative, [relative.size(1)], torch.to(w["relative.norm.weight"], __torch__.wide_type()), torch.to(w["relative.norm.bias"], __torch__.wide_type()), __torch__.norm_epsilon(), True)
  for i in range(__torch__.layers()):
    p = "layer." + str(i) + ".attention."
    if __torch__.content_to_position():
      out[p + "relative.key"] = torch.to(__torch__.projected(relative, w, p, "key"), compute)
    if __torch__.position_to_content():
      out[p + "relative.query"] = torch.to(__torch__.projected(relative, w, p, "query"), compute)
  out["relative.row"] = torch.to(__torch__.relative_rows(), ops.prim.device(relative))
  return out

# (rows, d) -> (heads, width, rows), by the layer's own projection of positions, or by the content's where they share it.
def projected(relative: Tensor, w: Dict[str, Tensor], p: str, name: str) -> Tensor:
  q = p + name
  if torch.__contains__(w, p + "position." + name + ".weight"):
    q = p + "position." + name
  y = torch.linear(relative, torch.to(w[q + ".weight"], __torch__.wide_type()), torch.to(w[q + ".bias"], __torch__.wide_type()))
  heads = __torch__.heads()
  return torch.contiguous(torch.permute(torch.view(y, [y.size(0), heads, y.size(1) // heads]), [1, 2, 0]))

# The embedding's row for every distance from -(positions - 1) on: near distances have their own, further ones share one
# by the logarithm. On the CPU and in float32, so that rounding up agrees with training on every device.
def relative_rows() -> Tensor:
  most = __torch__.positions() - 1
  span = __torch__.span()
  distance = torch.arange(-most, most + 1, 1, dtype=4, layout=None, device=torch.device("cpu"), pin_memory=None)
  rows = distance
  if __torch__.buckets() > 0:
    middle = __torch__.buckets() // 2
    far = torch.abs(distance)
    scale = torch.log(torch.to(torch.tensor((__torch__.farthest() - 1) / middle), 6))
    steps = torch.ceil(torch.log(torch.to(torch.clamp(far, middle), 6) / middle) / scale * (middle - 1)) + middle
    rows = torch.where(torch.le(far, middle), distance, torch.to(steps, 4) * torch.sign(distance))
  return torch.clamp(rows + span, 0, 2 * span - 1)

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  n = int(packed[0])
  borders, ids, positions, segments = __torch__.parts(packed, w["embeddings.word.weight"])
  x = __torch__.embedded(w, ids, positions, segments)
  groups = __torch__.alike(packed, n)
  layout = __torch__.layout(w, packed, borders, positions, groups)
  heads = __torch__.heads()
  last = __torch__.layers() - 1
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, last + 1)):
    p = "layer." + str(i) + "."
    x = __torch__.before_layer(x, w, i)
    qkv = torch.view(__torch__.linear(x, w, p + "attention.qkv"), [-1, 3, heads, x.size(1) // heads])
    a = __torch__.disentangled(qkv, w, p + "attention.relative.", groups, layout)
    if i == last:
      # Only the first tokens go on.
      first = torch.slice(borders, 0, 0, n)
      x = torch.index_select(x, 0, first)
      a = torch.index_select(a, 0, first)
    x = __torch__.postnorm_rest(x, a, w, p)
  if __torch__.ends_early(w):
    return x
  h = __torch__.activated(__torch__.linear(torch.to(x, __torch__.wide_type()), w, "head.pooler"), __torch__.head_activation())
  return torch.squeeze(__torch__.linear(__torch__.dropped(h), w, "head.score"), 1)

# Neighbours of like length (an eighth of the tokens or less is padding) and bounded size, as triples (first pair, pairs,
# longest).
def alike(packed: Tensor, n: int) -> List[int]:
  bound = 67108864 // __torch__.heads()
  out: List[int] = []
  first = 0
  shortest = int(packed[3])
  longest = shortest
  for i in range(1, n):
    tokens = int(packed[3 + i]) - int(packed[2 + i])
    if 8 * tokens > 9 * shortest or (i - first + 1) * tokens * tokens > bound:
      out.append(first)
      out.append(i - first)
      out.append(longest)
      first = i
      shortest = tokens
    longest = tokens
  out.append(first)
  out.append(n - first)
  out.append(longest)
  return out

# Where each group's tokens are and what its distances mean, the same for all layers. Four tensors a group: the padded
# tokens (pairs * length), the rows of their distances (length, length), what lies beyond a pair's end (pairs, 1, 1,
# length), and where its own tokens are among the padded ones.
def layout(w: Dict[str, Tensor], packed: Tensor, borders: Tensor, positions: Tensor, groups: List[int]) -> List[Tensor]:
  t = positions.size(0)
  out: List[Tensor] = []
  for g in range(len(groups) // 3):
    first = groups[3 * g]
    pairs = groups[3 * g + 1]
    length = groups[3 * g + 2]
    steps = torch.arange(0, length, 1, dtype=3, layout=None, device=ops.prim.device(positions), pin_memory=None)
    token = torch.unsqueeze(torch.slice(borders, 0, first, first + pairs), 1) + steps
    end = torch.unsqueeze(torch.slice(borders, 0, first + 1, first + pairs + 1), 1)
    out.append(torch.clamp(torch.reshape(token, [-1]), None, t - 1))
    distance = torch.unsqueeze(steps, 1) - steps + (__torch__.positions() - 1)
    out.append(torch.take(w["relative.row"], torch.to(distance, 4)))
    out.append(torch.unsqueeze(torch.unsqueeze(torch.ge(token, end), 1), 1))
    own = torch.slice(positions, 0, int(packed[2 + first]), int(packed[2 + first + pairs]))
    pair = torch.cumsum(torch.eq(own, 0), 0, dtype=3) - 1
    out.append(pair * length + own)
  return out

# (t, 3, heads, width) -> (t, d)
def disentangled(qkv: Tensor, w: Dict[str, Tensor], p: str, groups: List[int], layout: List[Tensor]) -> Tensor:
  heads = qkv.size(2)
  width = qkv.size(3)
  kinds = 1 + int(__torch__.content_to_position()) + int(__torch__.position_to_content())
  scale = 1. / torch.sqrt(width * kinds)
  parts: List[Tensor] = []
  for g in range(len(groups) // 3):
    pairs = groups[3 * g + 1]
    length = groups[3 * g + 2]
    row = layout[4 * g + 1]
    padded = torch.view(torch.index_select(qkv, 0, layout[4 * g]), [pairs, length, 3, heads, width])
    padded = torch.permute(padded, [2, 0, 3, 1, 4])
    q = torch.select(padded, 0, 0) * scale
    k = torch.select(padded, 0, 1)
    s = torch.matmul(q, torch.transpose(k, 2, 3))
    shape = [pairs, heads, length, length]
    if __torch__.content_to_position():
      s = s + torch.gather(torch.matmul(q, w[p + "key"]), 3, torch.expand(row, shape))
    if __torch__.position_to_content():
      asked = torch.matmul(k * scale, w[p + "query"])
      s = s + torch.transpose(torch.gather(asked, 3, torch.expand(torch.transpose(row, 0, 1), shape)), 2, 3)
    s = torch.softmax(torch.masked_fill(torch.to(s, __torch__.wide_type()), layout[4 * g + 2], -1.e30), 3)
    o = torch.matmul(torch.to(s, ops.prim.dtype(qkv)), torch.select(padded, 0, 2))
    o = torch.reshape(torch.transpose(o, 1, 2), [pairs * length, heads * width])
    parts.append(torch.index_select(o, 0, layout[4 * g + 3]))
  return torch.cat(parts, 0)

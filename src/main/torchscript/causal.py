# Blocks of the causal families. Shapes: t tokens of the whole batch, n pairs, d model width.

# Over the last dimension, with float32 statistics, in the weight's type. Zhang and Sennrich, https://arxiv.org/abs/1910.07467
def rms_norm(x: Tensor, weight: Tensor) -> Tensor:
  y = torch.to(x, 6)
  y = y * torch.rsqrt(torch.mean(y * y, [-1], True) + __torch__.norm_epsilon())
  return torch.to(y, ops.prim.dtype(weight)) * weight

# (t, d) -> (n, d): each pair's last token
def last_tokens(x: Tensor, borders: Tensor) -> Tensor:
  return torch.index_select(x, 0, torch.slice(borders, 0, 1, borders.size(0)) - 1)

# (n, d) -> (n), in float32
def head(x: Tensor, w: Dict[str, Tensor]) -> Tensor:
  return torch.squeeze(__torch__.linear(torch.to(x, 6), w, "head.score"), 1)

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

# Attention inside each pair, no token seeing a later one. q is (t, heads, width), k and v may have fewer heads.
# Returns (t, heads * width).
def causal_attention(q: Tensor, k: Tensor, v: Tensor, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  heads = q.size(1)
  width = q.size(2)
  if __torch__.packs(q):
    # The kernel takes widths in steps of 8; zeros change no product.
    extra = (8 - width % 8) % 8
    if extra > 0:
      q = torch.constant_pad_nd(q, [0, extra])
      k = torch.constant_pad_nd(k, [0, extra])
      v = torch.constant_pad_nd(v, [0, extra])
    o = torch._flash_attention_forward(q, k, v, borders, borders, longest, longest, 0., True, False, scale=1. / torch.sqrt(width))[0]
    return torch.reshape(torch.slice(o, 2, 0, width), [-1, heads * width])
  k = __torch__.spread(k, heads)
  v = __torch__.spread(v, heads)
  parts: List[Tensor] = []
  token = 0
  for i in range(len(equal) // 3):
    pairs = equal[3 * i + 1]
    length = equal[3 * i + 2]
    end = token + pairs * length
    a = torch.transpose(torch.view(torch.slice(q, 0, token, end), [pairs, length, heads, width]), 1, 2)
    b = torch.transpose(torch.view(torch.slice(k, 0, token, end), [pairs, length, heads, width]), 1, 2)
    c = torch.transpose(torch.view(torch.slice(v, 0, token, end), [pairs, length, heads, width]), 1, 2)
    o = torch.scaled_dot_product_attention(a, b, c, None, 0., True)
    parts.append(torch.reshape(torch.transpose(o, 1, 2), [pairs * length, heads * width]))
    token = end
  return torch.cat(parts, 0)

# The last layer's: q is (n, heads, width), of the last tokens only, and they may see their whole pair.
# Returns (n, heads * width).
def last_attention(q: Tensor, k: Tensor, v: Tensor, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  if not __torch__.packs(q):
    k = __torch__.spread(k, q.size(1))
    v = __torch__.spread(v, q.size(1))
  return __torch__.attention(q, k, v, borders, longest, equal)

# Neighbours of equal length, where attention goes run by run.
def equal_runs(packed: Tensor, x: Tensor) -> List[int]:
  equal: List[int] = []
  if not __torch__.packs(x):
    equal = __torch__.runs(packed, int(packed[0]))
  return equal

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

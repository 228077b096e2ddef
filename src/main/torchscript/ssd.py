# State space duality in matrix products. Per token and head: h = exp(dt a) h + dt x b', y = h c.
# x (t, heads, width), dt (t, heads), a (heads), b and c (t, state), h before each pair (n, heads, width, state), float32.
# Returns y (t, heads, width) and h after each pair.
def ssd(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, h: Tensor, layout: Tensor, counts: List[int], q: int) -> Tuple[Tensor, Tensor]:
  t = x.size(0)
  heads = x.size(1)
  k = (layout.size(0) - t) // 2
  rows = torch.slice(layout, 0, 0, t)
  bs = __torch__.align(b, rows, k, q)
  cs = __torch__.align(c, rows, k, q)
  xs = torch.view(__torch__.align(x * torch.unsqueeze(dt, 2), rows, k, q), [k, q, heads, -1])
  s = torch.cumsum(__torch__.align(dt * a, rows, k, q), 1)
  # Inside a chunk, i reads j. Rounding could lift a difference above 0, and exp must not see what lies after i.
  later = torch.triu(torch.ones([q, q], dtype=11, layout=None, device=ops.prim.device(x), pin_memory=None), 1)
  along = torch.transpose(s, 1, 2)
  decay = torch.clamp_max(torch.unsqueeze(along, 3) - torch.unsqueeze(along, 2), 0.)
  decay = torch.exp(torch.masked_fill(decay, later, float("-inf")))
  weights = torch.unsqueeze(torch.bmm(cs, torch.transpose(bs, 1, 2)), 1) * decay
  y = torch.transpose(torch.matmul(weights, torch.transpose(xs, 1, 2)), 1, 2)
  # From chunk to chunk: all heads in one product, as b and c are theirs in common.
  end = torch.slice(s, 1, q - 1, q)
  kept = xs * torch.unsqueeze(torch.exp(torch.clamp_max(end - s, 0.)), 3)
  added = torch.bmm(torch.transpose(torch.reshape(kept, [k, q, -1]), 1, 2), bs)
  added = torch.view(added, [k, heads, -1, b.size(1)])
  factor = torch.unsqueeze(torch.unsqueeze(torch.exp(torch.squeeze(end, 1)), 2), 3)
  pairs = torch.slice(layout, 0, t, t + k)
  places = torch.slice(layout, 0, t + k, t + 2 * k)
  after, entering, = __torch__.carry(h, added, factor, pairs, places, counts)
  read = torch.bmm(cs, torch.transpose(torch.reshape(entering, [k, -1, b.size(1)]), 1, 2))
  y = y + torch.view(read, [k, q, heads, -1]) * torch.unsqueeze(torch.exp(s), 3)
  y = torch.reshape(y, [k * q, heads, -1])
  return (torch.index_select(y, 0, rows), after)

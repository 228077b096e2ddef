# Mamba: Gu and Dao, https://arxiv.org/abs/2312.00752, as transformers' MambaModel and mamba_ssm compute it. The
# residual, A, dt and states are float32.

# (rows, inner), (rows, inner) -> (rows, inner): what goes into the layer's projection.
def gated(y: Tensor, z: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return torch.to(y * torch.silu(torch.to(z, __torch__.wide_type())), __torch__.compute_type())

# (t, d) -> what the tokens read from the states (t, inner), and its gate (t, inner)
def mix(x: Tensor, w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], longest: int, layout: Tensor, counts: List[int], mode: int) -> Tuple[Tensor, Tensor]:
  a = w[p + "a"]
  inner = a.size(0)
  state = a.size(1)
  rank = w[p + "dt.weight"].size(1)
  y = __torch__.linear(__torch__.rms_norm(x, w[p + "norm.weight"]), w, p + "in")
  z = torch.slice(y, 1, inner, 2 * inner)
  v = __torch__.causal_conv(torch.slice(y, 1, 0, inner), w, p, batch, longest, mode)
  dtbc = __torch__.linear(torch.to(v, __torch__.compute_type()), w, p + "x")
  dt = torch.linear(torch.slice(dtbc, 1, 0, rank), w[p + "dt.weight"])
  dt = torch.softplus(torch.to(dt, __torch__.wide_type()) + w[p + "dt.bias"])
  b = torch.to(torch.slice(dtbc, 1, rank, rank + state), __torch__.wide_type())
  c = torch.to(torch.slice(dtbc, 1, rank + state, rank + 2 * state), __torch__.wide_type())
  h = __torch__.entering(w, p, batch, v, mode)
  o, h, = __torch__.scan(v, dt, a, b, c, h, layout, counts, __torch__.chunk())
  h = __torch__.leaving(w, p, batch, h, mode)
  return (o + v * w[p + "d"], z)

# Selective scan. Per token and channel: h = exp(dt a) h + dt x b, y = h c. All chunks step together, first each from an
# empty state; then what they inherit is added. Nothing is divided, so nothing can overflow.
# x and dt (t, inner), a (inner, state), b and c (t, state), h before each pair (n, inner, state), float32.
# Returns y (t, inner) and h after each pair.
def scan(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, h: Tensor, layout: Tensor, counts: List[int], q: int) -> Tuple[Tensor, Tensor]:
  t = x.size(0)
  k = (layout.size(0) - t) // 2
  rows = torch.slice(layout, 0, 0, t)
  steps = __torch__.align(dt, rows, k, q)
  xs = __torch__.align(x * dt, rows, k, q)
  bs = __torch__.align(b, rows, k, q)
  cs = torch.unsqueeze(__torch__.align(c, rows, k, q), 3)
  added = torch.new_zeros(x, [k, a.size(0), a.size(1)])
  own: List[Tensor] = []
  for i in range(q):
    decay = torch.exp(torch.unsqueeze(torch.select(steps, 1, i), 2) * a)
    added = added * decay + torch.unsqueeze(torch.select(xs, 1, i), 2) * torch.unsqueeze(torch.select(bs, 1, i), 1)
    own.append(torch.matmul(added, torch.select(cs, 1, i)))
  since = torch.cumsum(steps, 1)
  factor = torch.exp(torch.unsqueeze(torch.select(since, 1, q - 1), 2) * a)
  pairs = torch.slice(layout, 0, t, t + k)
  places = torch.slice(layout, 0, t + k, t + 2 * k)
  after, entering, = __torch__.carry(h, added, factor, pairs, places, counts)
  inherited: List[Tensor] = []
  for i in range(q):
    decay = torch.exp(torch.unsqueeze(torch.select(since, 1, i), 2) * a)
    inherited.append(torch.matmul(entering * decay, torch.select(cs, 1, i)))
  y = torch.stack(own, 1) + torch.stack(inherited, 1)
  return (torch.index_select(torch.reshape(y, [k * q, -1]), 0, rows), after)

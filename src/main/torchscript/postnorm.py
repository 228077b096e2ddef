# What post-norm encoders share: layers that normalise after each residual, the first token's state.
# Shapes: t tokens of the whole batch, n pairs, d model width.

# Compute types, with query, key and value as one matrix in every layer.
def fused(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  for i in range(__torch__.layers()):
    __torch__.fuse(out, "layer." + str(i) + ".attention.")
  return out

# Puts a layer's query, key and value one below the other, in the dictionary itself.
def fuse(out: Dict[str, Tensor], p: str) -> NoneType:
  for part in [".weight", ".bias"]:
    out[p + "qkv" + part] = torch.cat([out[p + "query" + part], out[p + "key" + part], out[p + "value" + part]], 0)
    for name in ["query", "key", "value"]:
      torch.Delete(out, p + name + part)

# (t, d) -> (n, d): each pair's first token after all layers.
def first_states(x: Tensor, w: Dict[str, Tensor], packed: Tensor, borders: Tensor) -> Tensor:
  n = int(packed[0])
  longest = int(packed[1])
  first = torch.slice(borders, 0, 0, n)
  equal: List[int] = []
  if not __torch__.packs(x):
    equal = __torch__.runs(packed, n)
  last = __torch__.layers() - 1
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, last)):
    x = __torch__.before_layer(x, w, i)
    x = __torch__.postnorm_layer(x, w, "layer." + str(i) + ".", borders, longest, equal)
  if __torch__.ends_early(w):
    return x
  x = __torch__.before_layer(x, w, last)
  return __torch__.postnorm_last_layer(x, w, "layer." + str(last) + ".", first, borders, longest, equal)

# (t, d) -> (t, d)
def postnorm_layer(x: Tensor, w: Dict[str, Tensor], p: str, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  return __torch__.postnorm_rest(x, __torch__.within(x, w, p + "attention.", borders, longest, equal, False), w, p)

# (t, d) -> (n, d): only the first tokens go on, so only they ask, and only they pass the feed-forward layer.
def postnorm_last_layer(x: Tensor, w: Dict[str, Tensor], p: str, first: Tensor, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  head = torch.index_select(x, 0, first)
  return __torch__.postnorm_rest(head, __torch__.across(head, x, w, p + "attention.", borders, longest, equal), w, p)

# Attention among all tokens of each pair, (t, d) -> (t, d)
def within(x: Tensor, w: Dict[str, Tensor], p: str, borders: Tensor, longest: int, equal: List[int], causal: bool) -> Tensor:
  heads = __torch__.heads()
  qkv = torch.view(__torch__.linear(x, w, p + "qkv"), [-1, 3, heads, x.size(1) // heads])
  parts = torch.unbind(qkv, 1)
  return __torch__.attend(parts[0], parts[1], parts[2], borders, longest, equal, causal, -1)

# Attention of some tokens to all of their pair, (t or n, d), (t, d) -> (t or n, d)
def across(x: Tensor, whole: Tensor, w: Dict[str, Tensor], p: str, borders: Tensor, longest: int, equal: List[int]) -> Tensor:
  heads = __torch__.heads()
  d = x.size(1)
  weight = w[p + "qkv.weight"]
  bias = w[p + "qkv.bias"]
  q = torch.linear(x, torch.slice(weight, 0, 0, d), torch.slice(bias, 0, 0, d))
  kv = torch.linear(whole, torch.slice(weight, 0, d, 3 * d), torch.slice(bias, 0, d, 3 * d))
  parts = torch.unbind(torch.view(kv, [-1, 2, heads, d // heads]), 1)
  return __torch__.attention(torch.view(q, [-1, heads, d // heads]), parts[0], parts[1], borders, longest, equal)

# What follows attention, row by row.
def postnorm_rest(x: Tensor, a: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return __torch__.feedforward(__torch__.residual(x, a, w, p + "attention."), w, p + "feedforward.")

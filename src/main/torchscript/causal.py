# Blocks of the causal families. Shapes: t tokens of the whole batch, n pairs, d model width.

# The packed batch beside the weights: borders (n + 1), ids (t), positions (t).
def unpack(packed: Tensor, weight: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
  n = int(packed[0])
  t = int(packed[2 + n])
  batch = __torch__.beside(packed, weight)
  borders = torch.slice(batch, 0, 2, 3 + n)
  ids = torch.slice(batch, 0, 3 + n, 3 + n + t)
  positions = torch.slice(batch, 0, 3 + n + t, 3 + n + 2 * t)
  return (borders, ids, positions)

# (t, in) -> (t, out), with a bias where the checkpoint has one
def project(x: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  if torch.__contains__(w, p + ".bias"):
    return torch.linear(x, w[p + ".weight"], w[p + ".bias"])
  return torch.linear(x, w[p + ".weight"])

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
  return torch.squeeze(__torch__.project(torch.to(x, 6), w, "head.score"), 1)

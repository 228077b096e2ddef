# Blocks of the causal families. Shapes: t tokens of the whole batch, n pairs, d model width.
#
# After the parts that every family's batch has, the packed batch holds in mode 1 and 2 the rows of the tables that are
# written or read, and in mode 2 of a family with attention more; see decoder.py.

# From the start to the scores, as training does too.
def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  return __torch__.run(w, packed, 0)

# So many rows of the packed batch's rest, from an offset into it, beside the tables.
def table_rows(packed: Tensor, moved: Tensor, table: Tensor, offset: int, count: int) -> Tensor:
  at = 3 + int(packed[0]) + 3 * int(packed[2 + int(packed[0])]) + offset
  if ops.prim.is_cuda(table):
    return torch.to(torch.slice(moved, 0, at, at + count), 4)
  return torch.to(torch.slice(packed, 0, at, at + count), 4)

def keep(table: Tensor, rows: Tensor, value: Tensor) -> Tensor:
  return torch.index_copy_(table, 0, rows, torch.to(value, ops.prim.device(table), ops.prim.dtype(table)))

# Rows of a table, beside the weights.
def kept(table: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
  return torch.to(torch.index_select(table, 0, rows), ops.prim.device(weight))

# Over the last dimension, with float32 statistics, in the weight's type. Zhang and Sennrich, https://arxiv.org/abs/1910.07467
def rms_norm(x: Tensor, weight: Tensor) -> Tensor:
  y = torch.to(x, __torch__.wide_type())
  y = y * torch.rsqrt(torch.mean(y * y, [-1], True) + __torch__.norm_epsilon())
  return torch.to(y, ops.prim.dtype(weight)) * weight

# (t, d) -> (n, d): each pair's last token
def last_tokens(x: Tensor, borders: Tensor) -> Tensor:
  return torch.index_select(x, 0, torch.slice(borders, 0, 1, borders.size(0)) - 1)

# (n, d) -> (n), in float32
def head(x: Tensor, w: Dict[str, Tensor]) -> Tensor:
  return torch.squeeze(__torch__.linear(torch.to(x, __torch__.wide_type()), w, "head.score"), 1)

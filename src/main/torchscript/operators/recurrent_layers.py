# A stack of recurrent layers over float32 residuals, by the operators of src/main/cuda. A family gives mix(...): from a
# layer's normed input (t, d) to what goes into its projection, (t, inner).

# What the layers need of a batch, beside the weights: borders (n + 1), ids (t), and rows (n) in modes 1 and 2.
def batch(packed: Tensor, w: Dict[str, Tensor], mode: int) -> Dict[str, Tensor]:
  n = int(packed[0])
  t = int(packed[2 + n])
  moved = __torch__.beside(packed, w["embeddings.weight"])
  out: Dict[str, Tensor] = {}
  out["borders"] = torch.slice(moved, 0, 2, 3 + n)
  out["ids"] = torch.slice(moved, 0, 3 + n, 3 + n + t)
  if mode != 0:
    out["rows"] = __torch__.table_rows(packed, moved, w["state.layer.0.tail"], 0, n)
  return out

# What came before each pair, and which rows of it are meant, where it lies beside the weights: nothing is copied then.
def before(w: Dict[str, Tensor], name: str, batch: Dict[str, Tensor], mode: int) -> Tuple[Optional[Tensor], Optional[Tensor]]:
  states: Optional[Tensor] = None
  rows: Optional[Tensor] = None
  if mode == 2:
    table = w[name]
    if ops.prim.is_cuda(table):
      states = table
      rows = batch["rows"]
    else:
      states = __torch__.kept(table, batch["rows"], batch["borders"])
  return (states, rows)

# (t, c) -> (t, c): a depthwise convolution over each token and those before it in its pair, silu applied.
def causal_conv(x: Tensor, w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], longest: int, mode: int) -> Tensor:
  weight = w[p + "conv.weight"]
  bias: Optional[Tensor] = None
  if torch.__contains__(w, p + "conv.bias"):
    bias = w[p + "conv.bias"]
  tail, rows, = __torch__.before(w, "state." + p + "tail", batch, mode)
  if mode == 1:
    ends = ops.streamrank.conv_tail(x, batch["borders"], weight.size(0), tail, rows)
    written = __torch__.keep(w["state." + p + "tail"], batch["rows"], ends)
  return ops.streamrank.conv_silu(x, weight, bias, batch["borders"], longest, tail, rows)

def run(w: Dict[str, Tensor], packed: Tensor, mode: int) -> Tensor:
  batch = __torch__.batch(packed, w, mode)
  layout = __torch__.layout(packed, w)
  longest = int(packed[1])
  x = torch.to(torch.embedding(w["embeddings.weight"], batch["ids"]), __torch__.wide_type())
  first = __torch__.first_layer(w)
  last = __torch__.layers() - 1
  # Where something happens between layers, a norm does not reach across.
  apart = __torch__.layers_apart(w)
  h = x
  if not apart:
    h = ops.streamrank.rms_norm(x, w["layer.0.norm.weight"], __torch__.norm_epsilon())
  for i in range(first, __torch__.end_layer(w, last + 1)):
    p = "layer." + str(i) + "."
    x = __torch__.before_layer(x, w, i)
    if apart:
      h = ops.streamrank.rms_norm(x, w[p + "norm.weight"], __torch__.norm_epsilon())
    y = __torch__.mix(h, w, p, batch, longest, layout, mode)
    if i == last:
      # Only the last tokens go on, and no later layer looks back.
      x = __torch__.last_tokens(x, batch["borders"])
      y = __torch__.last_tokens(y, batch["borders"])
    y = __torch__.linear(y, w, p + "out")
    if apart or i == last:
      x = x + y
    else:
      x, h, = ops.streamrank.add_rms_norm(x, y, w["layer." + str(i + 1) + ".norm.weight"], __torch__.norm_epsilon())
  if __torch__.ends_early(w):
    return x
  return __torch__.head(__torch__.rms_norm(x, w["norm.weight"]), w)

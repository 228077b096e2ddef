# Products on a CPU that serves, by oneDNN alone: matrices lie from the start as its kernels read them, and activations are
# applied while a result is still in registers. No gradients.

# What a batch on the CPU is about, which the layout is made for; it holds for any.
def usual_rows() -> int:
  return 4096

# Matrices that layers multiply by as a whole. The last layer takes its queries apart from keys and values.
def laid_out(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  apart = "layer." + str(__torch__.layers() - 1) + ".attention.qkv.weight"
  for name in w.keys():
    t = w[name]
    whole = torch.endswith(name, ".weight") and torch.startswith(name, "layer.") and name != apart
    if whole and torch.dim(t) == 2:
      w[name] = ops.mkldnn._reorder_linear_weight(t, __torch__.usual_rows())
  return w

def linear(x: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return __torch__.pointwise(x, w[p + ".weight"], __torch__.bias(w, p), "none", "")

def linear_activated(x: Tensor, w: Dict[str, Tensor], p: str, name: str) -> Tensor:
  if name == "gelu":
    return __torch__.pointwise(x, w[p + ".weight"], __torch__.bias(w, p), "gelu", "none")
  if name == "gelu_tanh":
    return __torch__.pointwise(x, w[p + ".weight"], __torch__.bias(w, p), "gelu", "tanh")
  return __torch__.pointwise(x, w[p + ".weight"], __torch__.bias(w, p), "relu", "")

def pointwise(x: Tensor, weight: Tensor, bias: Optional[Tensor], after: str, algorithm: str) -> Tensor:
  if ops.prim.is_mkldnn(weight):
    return ops.mkldnn._linear_pointwise(x, weight, bias, after, annotate(List[Optional[number]], []), algorithm)
  y = torch.linear(x, weight, bias)
  if after == "gelu":
    return torch.gelu(y, approximate=algorithm)
  if after == "relu":
    return torch.relu(y)
  return y

# Longer pairs would need more memory for their products than they save time.
def longest_whole() -> int:
  return 512

# Its 16-bit kernel computes in small blocks and float32; the whole products of a short pair use the 16-bit instructions.
def attended(q: Tensor, k: Tensor, v: Tensor, near: Optional[Tensor], dropout: float, causal: bool) -> Tensor:
  wide = __torch__.wide_type()
  if ops.prim.dtype(q) == wide or causal or torch.__isnot__(near, None) or k.size(2) > __torch__.longest_whole():
    return torch.scaled_dot_product_attention(q, k, v, near, dropout, causal)
  s = torch.matmul(q * (1. / torch.sqrt(q.size(3))), torch.transpose(k, 2, 3))
  return torch.matmul(torch.to(torch.softmax(s, 3, wide), ops.prim.dtype(q)), v)

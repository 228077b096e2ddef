# Products with a layer's matrices, as every device computes them; onednn/products.py stands here on a CPU that serves.

# The bound weights, laid out for the products.
def laid_out(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  return w

# (t, in) -> (t, out)
def linear(x: Tensor, w: Dict[str, Tensor], p: str) -> Tensor:
  return torch.linear(x, w[p + ".weight"], __torch__.bias(w, p))

# The same with an activation after it.
def linear_activated(x: Tensor, w: Dict[str, Tensor], p: str, name: str) -> Tensor:
  return __torch__.activated(__torch__.linear(x, w, p), name)

# Attention of pairs of one length, (pairs, heads, tokens, width) each.
def attended(q: Tensor, k: Tensor, v: Tensor, near: Optional[Tensor], dropout: float, causal: bool) -> Tensor:
  return torch.scaled_dot_product_attention(q, k, v, near, dropout, causal)

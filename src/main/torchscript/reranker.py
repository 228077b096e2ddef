# The module every family shares: weights bound once, then packed batches in and scores out.
#
# A family gives two functions:
#   prepare(w)       canonical float weights -> what the forward pass reads (compute type, fused matrices)
#   score(w, packed) prepared weights, packed batch -> one float32 score a pair, on the weights' device
# Both are pure and differentiable: training keeps float32 master weights and calls prepare at every step.
# The worker adds one function a configuration value (layers(), heads(), ...) when it assembles the archive, and two types:
# compute_type(), which matrices are multiplied in, and wide_type(), of all that must not be rounded so far. serving.py
# stands where training puts what it does between and within layers.
#
# packed, int32 on the CPU: [pairs, longest, borders (pairs + 1), ids (t), positions (t), segments (t)]

class Reranker(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : Optional[Dict[str, Tensor]]

  # Returns how many bytes the bound weights take.
  def bind(self: __torch__.Reranker, w: Dict[str, Tensor]) -> Tensor:
    own = __torch__.bound(w)
    bytes = __torch__.bytes_of(own)
    self.weights = __torch__.laid_out(own)
    return torch.tensor(bytes)

  def forward(self: __torch__.Reranker, packed: Tensor) -> Tensor:
    w = unchecked_cast(Dict[str, Tensor], self.weights)
    return torch.to(__torch__.score(w, packed), torch.device("cpu"))

# Asks a library of operators which it has.

class Reranker(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : Optional[Dict[str, Tensor]]

  def forward(self: __torch__.Reranker, nothing: Tensor) -> Tensor:
    return torch.tensor(ops.streamrank.version())

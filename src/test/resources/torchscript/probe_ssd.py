# Mamba-2's recurrence alone, for RecurrenceTest: outputs and final states in one row.
class Reranker(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : Optional[Dict[str, Tensor]]

  def forward(self: __torch__.Reranker, packed: Tensor, x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, h: Tensor) -> Tensor:
    layout, counts, = __torch__.chunk_layout(packed, x, __torch__.chunk())
    y, after, = __torch__.ssd(x, dt, a, b, c, h, layout, counts, __torch__.chunk())
    return torch.cat([torch.flatten(y), torch.flatten(after)], 0)

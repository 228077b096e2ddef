# The module of the causal families, which read from left to right: reranker.py's, and a memory. What a model knows after
# a pair's leading tokens can be kept in rows of tables, and other pairs with the same leading tokens go on from there.
#
# A causal family gives
#   prepare(w)                    as every family
#   run(w, packed, mode)          one float32 score a pair; mode 0 from the start, mode 1 from the start and keep what is
#                                 known at the end, mode 2 go on from what was kept
#   tables(w, rows, device)       empty tables of so many rows, by names that begin with "state."
# The tables lie among the prepared weights. Their rows are the caller's business; one is never written while it is read.

class Reranker(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : Optional[Dict[str, Tensor]]

  # Returns how many bytes the bound weights take.
  def bind(self: __torch__.Reranker, w: Dict[str, Tensor]) -> Tensor:
    own = __torch__.bound(w)
    self.weights = own
    return torch.tensor(__torch__.bytes_of(own))

  # request, int32 on the CPU: [rows, whether they lie on the CPU rather than beside the weights]. Returns their bytes.
  def reserve(self: __torch__.Reranker, request: Tensor) -> Tensor:
    w = unchecked_cast(Dict[str, Tensor], self.weights)
    device = ops.prim.device(w["embeddings.weight"])
    if int(request[1]) == 1:
      device = torch.device("cpu")
    reserved = __torch__.tables(w, int(request[0]), device)
    for name in reserved.keys():
      w[name] = reserved[name]
    return torch.tensor(__torch__.bytes_of(reserved))

  def forward(self: __torch__.Reranker, packed: Tensor) -> Tensor:
    return self.pass_over(packed, 0)

  # The batch's sequences are leading tokens; what is known after each goes into its rows. The scores mean nothing.
  def remember(self: __torch__.Reranker, packed: Tensor) -> Tensor:
    return self.pass_over(packed, 1)

  # The batch's sequences are what follows the leading tokens whose rows it names.
  def proceed(self: __torch__.Reranker, packed: Tensor) -> Tensor:
    return self.pass_over(packed, 2)

  def pass_over(self: __torch__.Reranker, packed: Tensor, mode: int) -> Tensor:
    w = unchecked_cast(Dict[str, Tensor], self.weights)
    return torch.to(__torch__.run(w, packed, mode), torch.device("cpu"))

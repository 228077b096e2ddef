# Where a text lies among others: the mean of its tokens' last states, brought to length 1, so that the product of two is
# the cosine between them. Reimers and Gurevych, https://arxiv.org/abs/1908.10084
#
# It reads BERT's layers and those of its kin by the family's own sources; a ranking head plays no part.

class Reranker(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  weights : Optional[Dict[str, Tensor]]
  held : Optional[Tensor]

  def bind(self: __torch__.Reranker, w: Dict[str, Tensor]) -> Tensor:
    torch.set_grad_enabled(False)
    own = __torch__.bound(w)
    self.weights = own
    return torch.tensor(__torch__.bytes_of(own))

  # (n, d) float32, in the packed order.
  def forward(self: __torch__.Reranker, packed: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    w = unchecked_cast(Dict[str, Tensor], self.weights)
    return torch.to(__torch__.embed(w, packed), torch.device("cpu"))

  # Keeps the texts, (m, d), that nearest(...) looks among.
  def hold(self: __torch__.Reranker, texts: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    w = unchecked_cast(Dict[str, Tensor], self.weights)
    self.held = torch.clone(torch.to(texts, ops.prim.device(w["embeddings.word.weight"]), 6))
    return torch.tensor(0)

  # Rows of the nearest texts to each of (n, d), the nearest first: (n, count), as float64.
  def nearest(self: __torch__.Reranker, texts: Tensor, count: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    held = unchecked_cast(Tensor, self.held)
    products = torch.matmul(torch.to(texts, ops.prim.device(held), 6), torch.t(held))
    found = torch.topk(products, int(count[0]), 1)
    return torch.to(torch.to(found[1], torch.device("cpu")), 7)

def embed(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  borders, ids, positions, segments = __torch__.parts(packed, w["embeddings.word.weight"])
  x = __torch__.embedded(w, ids, positions, segments)
  n = int(packed[0])
  equal: List[int] = []
  if not __torch__.packs(x):
    equal = __torch__.runs(packed, n)
  for i in range(__torch__.layers()):
    x = __torch__.postnorm_layer(x, w, "layer." + str(i) + ".", borders, int(packed[1]), equal)
  lengths = torch.slice(borders, 0, 1, n + 1) - torch.slice(borders, 0, 0, n)
  mean = torch.segment_reduce(torch.to(x, __torch__.wide_type()), "mean", lengths=lengths, unsafe=True)
  return mean / torch.clamp_min(torch.norm(mean, 2, [1], True), 1e-12)

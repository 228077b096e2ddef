# RoBERTa and XLM-R: BERT's layers, positions counted from beyond the padding id, a two-layer head over <s>.
# Liu et al., https://arxiv.org/abs/1907.11692, as transformers' RobertaForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  return __torch__.fused(w)

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  borders, ids, positions, segments = __torch__.parts(packed, w["embeddings.word.weight"])
  positions = __torch__.padding_skipped(ids, positions)
  x = __torch__.first_states(__torch__.embedded(w, ids, positions, segments), w, packed, borders)
  if __torch__.ends_early(w):
    return x
  h = torch.tanh(__torch__.linear(torch.to(x, __torch__.wide_type()), w, "head.dense"))
  return torch.squeeze(__torch__.linear(__torch__.dropped(h), w, "head.score"), 1)

# A text may spell the padding token: it keeps the padding's position, and the tokens after it count on without it.
# (t,), (t,) -> (t,)
def padding_skipped(ids: Tensor, positions: Tensor) -> Tensor:
  padding = __torch__.padding()
  counts = torch.to(torch.ne(ids, padding), 3)
  until = torch.cumsum(counts, 0, dtype=3)
  index = torch.arange(0, ids.size(0), 1, dtype=3, layout=None, device=ops.prim.device(ids), pin_memory=None)
  start = index - positions + (padding + 1)
  return counts * (until - torch.index_select(until - counts, 0, start)) + padding

# DistilBERT: BERT's layers without segments, a ReLU head over [CLS].
# Sanh et al., https://arxiv.org/abs/1910.01108, as transformers' DistilBertForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  return __torch__.fused(w)

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  borders, ids, positions, segments = __torch__.parts(packed, w["embeddings.word.weight"])
  x = __torch__.first_states(__torch__.embedded(w, ids, positions, segments), w, packed, borders)
  if __torch__.ends_early(w):
    return x
  h = torch.relu(__torch__.linear(torch.to(x, __torch__.wide_type()), w, "head.dense"))
  return torch.squeeze(__torch__.linear(__torch__.dropped(h), w, "head.score"), 1)

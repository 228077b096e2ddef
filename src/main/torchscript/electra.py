# ELECTRA: BERT's layers over embeddings that may be narrower than the model, a GELU head over [CLS].
# Clark et al., https://arxiv.org/abs/2003.10555, as transformers' ElectraForSequenceClassification computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  return __torch__.fused(w)

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  borders, ids, positions, segments = __torch__.parts(packed, w["embeddings.word.weight"])
  x = __torch__.embedded(w, ids, positions, segments)
  if torch.__contains__(w, "embeddings.project.weight"):
    x = __torch__.linear(x, w, "embeddings.project")
  x = __torch__.first_states(x, w, packed, borders)
  if __torch__.ends_early(w):
    return x
  h = torch.gelu(__torch__.linear(torch.to(x, __torch__.wide_type()), w, "head.dense"))
  return torch.squeeze(__torch__.linear(__torch__.dropped(h), w, "head.score"), 1)

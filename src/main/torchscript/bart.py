# BART: post-norm encoder and decoder over the same tokens, the decoder's one to the right, a two-layer head over the
# decoder's last token. Lewis et al., https://arxiv.org/abs/1910.13461, as transformers' BartForSequenceClassification
# computes it.

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  out = __torch__.fused(w)
  for i in range(__torch__.decoder_layers()):
    for name in [".attention.", ".cross."]:
      __torch__.fuse(out, "decoder." + str(i) + name)
  return out

def score(w: Dict[str, Tensor], packed: Tensor) -> Tensor:
  n = int(packed[0])
  longest = int(packed[1])
  borders, ids, positions, segments = __torch__.parts(packed, w["embeddings.word.weight"])
  memory = __torch__.placed(w, ids, positions, "embeddings.")
  equal: List[int] = []
  if not __torch__.packs(memory):
    equal = __torch__.runs(packed, n)
  for i in range(__torch__.first_layer(w), __torch__.end_layer(w, __torch__.layers())):
    memory = __torch__.before_layer(memory, w, i)
    memory = __torch__.postnorm_layer(memory, w, "layer." + str(i) + ".", borders, longest, equal)
  if __torch__.ends_early(w):
    return memory
  # The decoder goes as one layer, as all of its own layers see what the encoder made.
  memory = __torch__.before_layer(memory, w, __torch__.layers())
  x = __torch__.placed(w, __torch__.shifted(ids, positions), positions, "decoder.")
  last = __torch__.decoder_layers() - 1
  for i in range(last + 1):
    p = "decoder." + str(i) + "."
    if i == last:
      # Only the last tokens go on, and they see all of their pair.
      head = torch.index_select(x, 0, torch.slice(borders, 0, 1, n + 1) - 1)
      a = __torch__.across(head, x, w, p + "attention.", borders, longest, equal)
      x = head
    else:
      a = __torch__.within(x, w, p + "attention.", borders, longest, equal, True)
    x = __torch__.residual(x, a, w, p + "attention.")
    a = __torch__.across(x, memory, w, p + "cross.", borders, longest, equal)
    x = __torch__.feedforward(__torch__.residual(x, a, w, p + "cross."), w, p + "feedforward.")
  h = torch.tanh(__torch__.linear(torch.to(x, __torch__.wide_type()), w, "head.dense"))
  return torch.squeeze(__torch__.linear(__torch__.dropped(h), w, "head.score"), 1)

# (t,), (t,) -> (t, d): encoder and decoder share the words.
def placed(w: Dict[str, Tensor], ids: Tensor, positions: Tensor, p: str) -> Tensor:
  x = torch.embedding(w["embeddings.word.weight"], ids) * __torch__.embedding_scale()
  return __torch__.dropped(__torch__.layer_norm(x + torch.embedding(w[p + "position.weight"], positions), w, p + "norm"))

# Each pair's tokens one to the right, behind the start token: (t,), (t,) -> (t,)
def shifted(ids: Tensor, positions: Tensor) -> Tensor:
  return torch.masked_fill(torch.roll(ids, [1], [0]), torch.eq(positions, __torch__.first_position()), __torch__.start())

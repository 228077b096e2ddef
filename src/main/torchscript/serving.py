# What training does in a forward pass and serving does not; training puts a file of its own in place of this one.

# Random zeros in what a sublayer adds.
def dropped(x: Tensor) -> Tensor:
  return x

# The share of attention weights set to zero.
def attention_dropout(q: Tensor) -> float:
  return 0.

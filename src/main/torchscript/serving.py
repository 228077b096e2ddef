# What training does in a forward pass and serving does not; training puts a file of its own in place of this one.

# Random zeros in what a sublayer adds.
def dropped(x: Tensor) -> Tensor:
  return x

# Rows of a table that has few.
def row_of_few(table: Tensor, rows: Tensor) -> Tensor:
  return torch.embedding(table, rows)

# The share of attention weights set to zero.
def attention_dropout(q: Tensor) -> float:
  return 0.

# A pass may go through some layers alone: the first of them, and where it ends.
def first_layer(w: Dict[str, Tensor]) -> int:
  return 0

def end_layer(w: Dict[str, Tensor], layers: int) -> int:
  return layers

# What goes into a layer.
def before_layer(x: Tensor, w: Dict[str, Tensor], i: int) -> Tensor:
  return x

# Whether the pass ends with what goes into a layer, which it returns, instead of scores.
def ends_early(w: Dict[str, Tensor]) -> bool:
  return False

# Whether anything happens between layers, so that no operation may reach across.
def layers_apart(w: Dict[str, Tensor]) -> bool:
  return False

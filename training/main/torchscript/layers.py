# Activations recomputed layer by layer: the first pass keeps what goes into each layer and forgets what happens in it;
# then, from the last to the first, each layer runs again and hands its gradient on. Chen et al.,
# https://arxiv.org/abs/1604.06174
#
# A pass over prepared weights may also find among them "seed", the request of the pass; "record", where it shall keep
# what goes into layers as "into.0" and so on; "from" and "to", the layers it shall go through.

def first_layer(w: Dict[str, Tensor]) -> int:
  if torch.__contains__(w, "from"):
    return int(w["from"])
  return 0

def end_layer(w: Dict[str, Tensor], layers: int) -> int:
  if torch.__contains__(w, "to"):
    return int(w["to"])
  return layers

def ends_early(w: Dict[str, Tensor]) -> bool:
  return torch.__contains__(w, "to")

def layers_apart(w: Dict[str, Tensor]) -> bool:
  return torch.__contains__(w, "record") or torch.__contains__(w, "from") or torch.__contains__(w, "to")

def before_layer(x: Tensor, w: Dict[str, Tensor], i: int) -> Tensor:
  if torch.__contains__(w, "seed"):
    torch.manual_seed(int(w["seed"][0]) + i + 1)
  if torch.__contains__(w, "record"):
    w["into." + str(i)] = torch.requires_grad_(torch.detach(x), True)
    return w["into." + str(i)]
  if torch.__contains__(w, "from"):
    if int(w["from"]) == i:
      return w["into." + str(i)]
  return x

# The objective, and its gradient by the vector that the weights w were prepared from.
def by_layers(w: Dict[str, Tensor], flat: Tensor, packed: Tensor, goal: Tensor, request: Tensor, weighed: bool) -> Tuple[Tensor, Tensor]:
  own: Dict[str, Tensor] = {}
  names: List[str] = []
  leaves: List[Tensor] = []
  for name in w.keys():
    own[name] = w[name]
    if ops.prim.requires_grad(w[name]):
      own[name] = torch.requires_grad_(torch.detach(w[name]), True)
      names.append(name)
      leaves.append(own[name])
  own["record"] = packed
  found: Dict[str, Tensor] = {}
  loss = __torch__.objective(__torch__.score(own, packed), goal, request, weighed)
  torch.Delete(own, "record")
  layer = 0
  while torch.__contains__(own, "into." + str(layer + 1)):
    layer = layer + 1
  # The last layer and the head are still there.
  pulled = __torch__.gathered(found, names, leaves, loss, own["into." + str(layer)], None)
  loss = torch.detach(loss)
  while layer > 0:
    torch.Delete(own, "into." + str(layer))
    layer = layer - 1
    own["from"] = torch.tensor(layer)
    own["to"] = torch.tensor(layer + 1)
    pulled = __torch__.gathered(found, names, leaves, __torch__.score(own, packed), own["into." + str(layer)], pulled)
  # What comes before the first layer: nothing of it need be trained.
  torch.Delete(own, "from")
  own["to"] = torch.tensor(0)
  if torch.__contains__(own, "seed"):
    torch.manual_seed(int(request[0]))
  x = __torch__.score(own, packed)
  if ops.prim.requires_grad(x):
    pulled = __torch__.gathered(found, names, leaves, x, x, pulled)
  outputs: List[Tensor] = []
  pulls: List[Optional[Tensor]] = []
  for name in found.keys():
    outputs.append(w[name])
    pulls.append(found[name])
  return (loss, unchecked_cast(Tensor, torch.grad(outputs, [flat], pulls)[0]))

# Adds up gradients of the leaves that an output depends on, and returns that of what went in.
def gathered(found: Dict[str, Tensor], names: List[str], leaves: List[Tensor], output: Tensor, into: Tensor, pulled: Optional[Tensor]) -> Tensor:
  inputs: List[Tensor] = []
  for leaf in leaves:
    inputs.append(leaf)
  inputs.append(into)
  pulls: List[Optional[Tensor]] = []
  pulls.append(pulled)
  gradients = torch.grad([output], inputs, pulls, None, False, True)
  for i in range(len(names)):
    gradient = gradients[i]
    if gradient is not None:
      known = unchecked_cast(Tensor, gradient)
      if torch.__contains__(found, names[i]):
        known = known + found[names[i]]
      found[names[i]] = known
  return unchecked_cast(Tensor, gradients[len(names)])

# The module that trains. The forward pass is the family's own, prepare(w) and score(w, packed), as serving runs it; here
# are its gradients and what is done with them. Everything stays on the weights' device: the caller sends batches and gets
# a few numbers a step.
#
# All trained weights lie one after the other in one vector of the wide type, each begun at a multiple of 16 numbers, and
# so do their gradients and what the optimizer keeps of them: whatever is done to all weights is one operation. A pass
# takes the vector apart into matrices, and prepare(w) casts them, so that gradients arrive in the wide type.
#
# State: 0 "weights", 1 "gradients", 2 "first" and 3 "second" (AdamW's moments), 4 "average" (of weights), 5 "steps" taken.

class Reranker(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  shapes : Optional[Dict[str, List[int]]]
  fixed : Optional[Dict[str, Tensor]]
  state : Optional[Dict[str, Tensor]]

  # plan, float64 on the CPU: [trained weights, classes, then of each class where in the vector it begins and ends, the
  # factor of its learning rate, and its decay]. order() names all weights, trained ones first and by their classes: a
  # dictionary from outside comes in any order.
  # Returns how many bytes it all takes.
  def bind(self: __torch__.Reranker, plan: Tensor, w: Dict[str, Tensor]) -> Tensor:
    shapes: Dict[str, List[int]] = {}
    fixed: Dict[str, Tensor] = {}
    state: Dict[str, Tensor] = {}
    parts: List[Tensor] = []
    for name in __torch__.order():
      t = torch.to(w[name], __torch__.wide_type())
      if len(shapes) < int(plan[0]):
        shapes[name] = torch.size(t)
        flat = torch.reshape(t, [-1])
        parts.append(torch.constant_pad_nd(flat, [0, __torch__.gap(flat.size(0))]))
      else:
        fixed[name] = torch.clone(t)
    weights = torch.cat(parts, 0)
    state["gradients"] = torch.zeros_like(weights)
    state["first"] = torch.zeros_like(weights)
    state["second"] = torch.zeros_like(weights)
    if __torch__.averages():
      state["average"] = torch.clone(weights)
    state["loss"] = torch.new_zeros(weights, [1])
    state["steps"] = torch.new_zeros(weights, [1])
    state["plan"] = torch.clone(plan)
    state["told"] = torch.zeros([2, 4], dtype=7, layout=None, device=torch.device("cpu"), pin_memory=ops.prim.is_cuda(weights))
    state["weights"] = torch.requires_grad_(weights, True)
    self.shapes = shapes
    self.fixed = fixed
    self.state = state
    return torch.tensor(__torch__.bytes_of(state) + __torch__.bytes_of(fixed))

  # Scores without randomness, as serving gives them, in the packed order.
  def forward(self: __torch__.Reranker, packed: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    return torch.to(__torch__.score(self.prepared(), packed), torch.device("cpu"))

  # The sum of the groups' losses, without randomness, float64.
  def assess(self: __torch__.Reranker, packed: Tensor, groups: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    loss = __torch__.total_loss(__torch__.score(self.prepared(), packed), groups)
    return torch.to(torch.to(torch.reshape(loss, [1]), 7), torch.device("cpu"))

  # Begins random numbers anew on all devices of the process. request, float64 on the CPU: [seed].
  def sow(self: __torch__.Reranker, request: Tensor) -> Tensor:
    torch.manual_seed(int(request[0]))
    return torch.tensor(0)

  # Draws so many numbers and forgets them: what this device draws next is not what another draws that began as it did.
  # request, int32: [how many].
  def skip(self: __torch__.Reranker, request: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    drawn = torch.zeros_like(state["loss"])
    for i in range(int(request[0])):
      drawn = torch.uniform_(drawn)
    return drawn

  # Adds the gradients of a micro-batch's loss. groups as losses.py says; request, float64 on the CPU: [random seed,
  # factor of the loss].
  def accumulate(self: __torch__.Reranker, packed: Tensor, groups: Tensor, request: Tensor) -> Tensor:
    return self.add_loss(self.backward(packed, groups, request, False))

  # The scores that accumulate(...) would see, random zeros and all, for groups that no micro-batch holds.
  def rehearse(self: __torch__.Reranker, packed: Tensor, request: Tensor) -> Tensor:
    torch.set_grad_enabled(True)
    w = __torch__.sown(self.prepared(), request)
    if __torch__.recompute():
      # Between layers nothing is kept for gradients.
      w["record"] = request
    return torch.to(torch.detach(__torch__.score(w, packed)), torch.device("cpu"))

  # The loss of given scores, and after it the loss's gradient by each of them, float64.
  def judge(self: __torch__.Reranker, scores: Tensor, groups: Tensor) -> Tensor:
    torch.set_grad_enabled(True)
    s = torch.requires_grad_(torch.clone(torch.to(scores, __torch__.wide_type())), True)
    loss = __torch__.total_loss(s, groups)
    gradient = unchecked_cast(Tensor, torch.grad([loss], [s])[0])
    return torch.to(torch.cat([torch.reshape(torch.detach(loss), [1]), gradient], 0), 7)

  # Adds the gradients of scores, each weighed by what judge(...) gave for it times the loss's factor; request as in
  # accumulate(...), its factor unused.
  def pull(self: __torch__.Reranker, packed: Tensor, weighed: Tensor, request: Tensor) -> Tensor:
    return self.backward(packed, weighed, request, True)

  # Counts a loss that pull(...) knows only by its gradients.
  def count(self: __torch__.Reranker, loss: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    return self.add_loss(torch.to(loss, ops.prim.device(state["loss"]), __torch__.wide_type()))

  # Clips the gradients, changes the weights by AdamW (optimizer.py), averages them, and begins anew. settings, float64
  # on the CPU: [learning rate, beta1, beta2, epsilon, largest norm, decay of the average, largest loss, number]. Where the
  # loss is larger, or loss or gradients are not finite, nothing is changed. Nothing of it waits for the device: told(...)
  # says later what the step met.
  def step(self: __torch__.Reranker, settings: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    loss = state["loss"]
    norm = torch.reshape(torch.norm(state["gradients"]), [1])
    good = torch.logical_and(torch.isfinite(norm), torch.isfinite(loss))
    good = torch.logical_and(good, torch.le(loss, float(settings[6])))
    bad = torch.to(torch.logical_not(good), 6)
    # Divided by this, a longer gradient is as long as allowed; PyTorch's clip_grad_norm_ adds the same.
    clipped = torch.mul_(state["gradients"], torch.clamp_max(torch.reciprocal(norm + 1e-06) * float(settings[4]), 1.))
    changed = __torch__.adamw(state, settings, bad)
    if __torch__.averages():
      share = torch.to(1. - bad, ops.prim.dtype(norm)) * (1. - float(settings[5]))
      averaged = torch.lerp_(state["average"], state["weights"], share)
    met = torch.cat([torch.to(loss, 7), torch.to(norm, 7), torch.to(bad, 7)], 0)
    number = torch.full_like(norm, float(settings[7]), dtype=7)
    # Copies arrive in their order: once the number is there, the others are. The next step has a place of its own.
    told = torch.select(state["told"], 0, int(settings[7]) % 2)
    copied = torch.copy_(torch.slice(told, 0, 0, 3), met, True)
    copied = torch.copy_(torch.slice(told, 0, 3, 4), number, True)
    return self.forget(settings)

  # Of the last step of odd or even number that is over, float64: [loss, norm before clipping, whether nothing was
  # changed, number]. request, int32: [1 for odd, 0 for even]. The copy from a GPU may arrive while this reads: numbers
  # that were read beside a step's own for the first time may be of another step.
  def told(self: __torch__.Reranker, request: Tensor) -> Tensor:
    state = unchecked_cast(Dict[str, Tensor], self.state)
    return torch.clone(torch.select(state["told"], 0, int(request[0])))

  # 1 if a state is all numbers, 0 where any is infinite or none. request, int32: [state, 0, its size].
  def finite(self: __torch__.Reranker, request: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    whole = self.at(request)
    # The largest of numbers of which one is none is none.
    both = torch.logical_and(torch.isfinite(torch.max(whole)), torch.isfinite(torch.min(whole)))
    return torch.to(torch.to(both, 4), torch.device("cpu"))

  # Puts the average of the weights in their place, and them in its.
  def swap(self: __torch__.Reranker, nothing: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    weights = torch.clone(state["weights"])
    written = torch.copy_(state["weights"], state["average"])
    written = torch.copy_(state["average"], weights)
    return torch.tensor(0)

  # Forgets gradients and loss gathered since the last step.
  def forget(self: __torch__.Reranker, nothing: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    none = torch.zero_(state["gradients"])
    none = torch.zero_(state["loss"])
    return torch.tensor(0)

  # A whole state where it is, for other devices to read. request, int32: [state, 0, its size].
  def share(self: __torch__.Reranker, request: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    return self.at(request)

  # Sums a part of a state over all devices, in their order, into this device's. parts has that state of each device,
  # whole. request, int32: [state, first number, the one after the last].
  def sum_up(self: __torch__.Reranker, request: Tensor, parts: List[Tensor]) -> Tensor:
    torch.set_grad_enabled(False)
    own = self.at(request)
    sum = torch.zeros_like(own)
    for part in parts:
      there = torch.slice(part, 0, int(request[1]), int(request[2]))
      sum = torch.add_(sum, torch.to(there, ops.prim.device(own), __torch__.wide_type()))
    written = torch.copy_(own, sum)
    return torch.tensor(0)

  # Takes a part of a state from another device: the only one of parts, whole.
  def take(self: __torch__.Reranker, request: Tensor, parts: List[Tensor]) -> Tensor:
    torch.set_grad_enabled(False)
    written = torch.copy_(self.at(request), torch.slice(parts[0], 0, int(request[1]), int(request[2])))
    return torch.tensor(0)

  # The sum of the weights' bits, by which devices are told apart.
  def checksum(self: __torch__.Reranker, nothing: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    bits = torch.view_copy(torch.detach(state["weights"]), dtype=3)
    return torch.to(torch.sum(bits, dtype=4), torch.device("cpu"))

  # request, int32: [state, first number, the one after the last]. A copy on the CPU.
  def get(self: __torch__.Reranker, request: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    return torch.clone(torch.to(self.at(request), torch.device("cpu")))

  def put(self: __torch__.Reranker, request: Tensor, value: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    written = torch.copy_(self.at(request), value)
    return torch.tensor(0)

  # A frozen weight, by its place among them. A copy on the CPU.
  def get_fixed(self: __torch__.Reranker, place: Tensor) -> Tensor:
    fixed = unchecked_cast(Dict[str, Tensor], self.fixed)
    return torch.clone(torch.to(torch.reshape(torch.list(fixed.values())[int(place)], [-1]), torch.device("cpu")))

  def at(self: __torch__.Reranker, request: Tensor) -> Tensor:
    state = unchecked_cast(Dict[str, Tensor], self.state)
    names = ["weights", "gradients", "first", "second", "average", "steps", "loss"]
    return torch.slice(state[names[int(request[0])]], 0, int(request[1]), int(request[2]))

  def prepared(self: __torch__.Reranker) -> Dict[str, Tensor]:
    state = unchecked_cast(Dict[str, Tensor], self.state)
    shapes = unchecked_cast(Dict[str, List[int]], self.shapes)
    fixed = unchecked_cast(Dict[str, Tensor], self.fixed)
    return __torch__.prepare(__torch__.unfolded(state["weights"], shapes, fixed))

  # Adds the gradients of a loss, or of weighed scores, and returns it.
  def backward(self: __torch__.Reranker, packed: Tensor, goal: Tensor, request: Tensor, weighed: bool) -> Tensor:
    torch.set_grad_enabled(True)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    w = __torch__.sown(self.prepared(), request)
    if __torch__.recompute():
      loss, gradient, = __torch__.by_layers(w, state["weights"], packed, goal, request, weighed)
    else:
      loss = __torch__.objective(__torch__.score(w, packed), goal, request, weighed)
      gradient = unchecked_cast(Tensor, torch.grad([loss], [state["weights"]])[0])
    torch.set_grad_enabled(False)
    sum = torch.add_(state["gradients"], gradient)
    return torch.detach(loss)

  def add_loss(self: __torch__.Reranker, loss: Tensor) -> Tensor:
    torch.set_grad_enabled(False)
    state = unchecked_cast(Dict[str, Tensor], self.state)
    sum = torch.add_(state["loss"], loss)
    return torch.tensor(0)

# How many numbers of the vector are left out behind so many.
def gap(size: int) -> int:
  return (16 - size % 16) % 16

# The vector's matrices by their names, and the fixed ones. The gradient of all of them is one concatenation.
def unfolded(flat: Tensor, shapes: Dict[str, List[int]], fixed: Dict[str, Tensor]) -> Dict[str, Tensor]:
  sizes: List[int] = []
  for name in shapes.keys():
    size = 1
    for dimension in shapes[name]:
      size = size * dimension
    sizes.append(size)
    sizes.append(__torch__.gap(size))
  parts = torch.split_with_sizes(flat, sizes)
  out: Dict[str, Tensor] = {}
  for name in shapes.keys():
    out[name] = torch.view(parts[2 * len(out)], shapes[name])
  for name in fixed.keys():
    out[name] = fixed[name]
  return out

# What is made small: the loss, or the sum of scores weighed by what goal says.
def objective(scores: Tensor, goal: Tensor, request: Tensor, weighed: bool) -> Tensor:
  if weighed:
    return torch.sum(scores * __torch__.beside_scores(goal, scores))
  return __torch__.total_loss(scores, goal) * float(request[1])

# Prepared weights with the seed of a pass, which begins random numbers anew in every layer: so each can be repeated. A
# pass whose seed is below 0 goes on where its device's random numbers are, and cannot be repeated.
def sown(w: Dict[str, Tensor], request: Tensor) -> Dict[str, Tensor]:
  if __torch__.hidden_dropout() > 0. or __torch__.attention_zeros() > 0.:
    if int(request[0]) >= 0:
      w["seed"] = request
      torch.manual_seed(int(request[0]))
  return w

# Random zeros in what a sublayer adds, wherever gradients flow. Whether they are wanted at all cannot be asked: the
# compiler would take the first answer for good. Srivastava et al., https://jmlr.org/papers/v15/srivastava14a.html
def dropped(x: Tensor) -> Tensor:
  if __torch__.hidden_dropout() > 0. and ops.prim.requires_grad(x):
    return torch.dropout(x, __torch__.hidden_dropout(), True)
  return x

# The share of attention weights set to zero.
def attention_dropout(q: Tensor) -> float:
  if ops.prim.requires_grad(q):
    return __torch__.attention_zeros()
  return 0.

# Rows of a table that has few. The gradient of an embedding adds up the tokens of each row one after the other, which takes
# long where two rows share all tokens; that of a product does not. One row and zeros add up to that row. The columns are a
# multiple of 8, as fast products want them.
def row_of_few(table: Tensor, rows: Tensor) -> Tensor:
  few = table.size(0)
  if few > 8:
    return torch.embedding(table, rows)
  columns = torch.arange(0, 8, 1, dtype=3, layout=None, device=ops.prim.device(rows), pin_memory=None)
  chosen = torch.to(torch.eq(torch.unsqueeze(rows, 1), columns), ops.prim.dtype(table))
  return torch.matmul(chosen, torch.constant_pad_nd(table, [0, 0, 0, 8 - few]))

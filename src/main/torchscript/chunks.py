# Recurrences in chunks, by PyTorch's own operations. The batch is cut into chunks of q tokens, every pair beginning a
# chunk of its own: k chunks, the last of a pair filled up with tokens that change nothing (time step 0). All lengths are
# known on the CPU, so nothing waits for the device.

# Returns one index buffer beside the weights, [each token's row in the chunks (t), pairs (k), chunks (k)], and how many
# pairs have an r-th chunk. Pairs and chunks are listed rank by rank: all first chunks, then all second ones.
def chunk_layout(packed: Tensor, weight: Tensor, q: int) -> Tuple[Tensor, List[int]]:
  n = int(packed[0])
  t = int(packed[2 + n])
  begins = torch.to(torch.slice(packed, 0, 2, 2 + n), 4)
  lengths = torch.to(torch.slice(packed, 0, 3, 3 + n), 4) - begins
  chunks = torch.floor_divide(lengths + (q - 1), q)
  first = torch.cumsum(chunks, 0) - chunks
  shift = torch.repeat_interleave(first * q - begins, lengths)
  rows = shift + torch.arange(0, t, 1, dtype=4, layout=None, device=torch.device("cpu"), pin_memory=None)
  counts: List[int] = []
  pairs: List[Tensor] = []
  places: List[Tensor] = []
  for r in range(int(torch.max(chunks))):
    live = torch.squeeze(torch.nonzero(chunks > r), 1)
    counts.append(live.size(0))
    pairs.append(live)
    places.append(torch.index_select(first, 0, live) + r)
  every = torch.cat([rows, torch.cat(pairs, 0), torch.cat(places, 0)], 0)
  return (torch.to(__torch__.beside(torch.to(every, 3), weight), 4), counts)

# (t, ...) -> (k, q, ...), zeros where no token is
def align(x: Tensor, rows: Tensor, k: int, q: int) -> Tensor:
  flat = torch.reshape(x, [x.size(0), -1])
  chunks = torch.index_copy(torch.new_zeros(flat, [k * q, flat.size(1)]), 0, rows, flat)
  return torch.view(chunks, [k, q, -1])

# Hands states from chunk to chunk: h (n, ...) before each pair, what each chunk adds (k, ...), and by what factor a state
# survives it (k, ...). Returns the states after each pair and those before each chunk.
def carry(h: Tensor, added: Tensor, factor: Tensor, pairs: Tensor, places: Tensor, counts: List[int]) -> Tuple[Tensor, Tensor]:
  entering: List[Tensor] = []
  at = 0
  for r in range(len(counts)):
    live = torch.slice(pairs, 0, at, at + counts[r])
    here = torch.slice(places, 0, at, at + counts[r])
    before = torch.index_select(h, 0, live)
    entering.append(before)
    h = torch.index_copy(h, 0, live, before * torch.index_select(factor, 0, here) + torch.index_select(added, 0, here))
    at = at + counts[r]
  return (h, torch.index_copy(torch.zeros_like(added), 0, places, torch.cat(entering, 0)))

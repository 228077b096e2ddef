# Blocks of the state space families: what is kept between sequences, and what is prepared. recurrent_layers.py has the
# layers. A family gives state_shape(w, p), the shape of a layer's state of one sequence.

# Tables of the states of so many sequences: what the recurrence knows, and the tail of the convolution.
def tables(w: Dict[str, Tensor], rows: int, device: Device) -> Dict[str, Tensor]:
  out: Dict[str, Tensor] = {}
  for i in range(__torch__.layers()):
    p = "layer." + str(i) + "."
    conv = w[p + "conv.weight"]
    out["state." + p + "tail"] = torch.empty([rows, conv.size(0) - 1, conv.size(1)], dtype=__torch__.wide_type(), layout=None, device=device, pin_memory=None)
    out["state." + p + "h"] = torch.empty([rows] + __torch__.state_shape(w, p), dtype=__torch__.wide_type(), layout=None, device=device, pin_memory=None)
  return out

# The states before each pair.
def entering(w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], like: Tensor, mode: int) -> Tensor:
  if mode == 2:
    return __torch__.kept(w["state." + p + "h"], batch["rows"], like)
  n = batch["borders"].size(0) - 1
  return torch.new_zeros(like, [n] + __torch__.state_shape(w, p))

def leaving(w: Dict[str, Tensor], p: str, batch: Dict[str, Tensor], h: Tensor, mode: int) -> Tensor:
  if mode == 1:
    return __torch__.keep(w["state." + p + "h"], batch["rows"], h)
  return h

# What both families prepare alike: decay rates from their logarithms and taps first, in float32.
def prepare_recurrent(w: Dict[str, Tensor], float32: List[str]) -> Dict[str, Tensor]:
  out = __torch__.cast(w)
  for i in range(__torch__.layers()):
    p = "layer." + str(i) + "."
    for name in float32:
      if torch.__contains__(w, p + name):
        out[p + name] = torch.to(w[p + name], __torch__.wide_type())
    out[p + "a"] = torch.neg(torch.exp(torch.to(w[p + "a_log"], __torch__.wide_type())))
    torch.Delete(out, p + "a_log")
    taps = torch.transpose(torch.squeeze(torch.to(w[p + "conv.weight"], __torch__.wide_type()), 1), 0, 1)
    out[p + "conv.weight"] = torch.contiguous(taps)
  return out

def prepare(w: Dict[str, Tensor]) -> Dict[str, Tensor]:
  return __torch__.prepare_recurrent(w, ["dt.bias", "d", "conv.bias"])

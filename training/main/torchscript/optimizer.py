# AdamW: Loshchilov and Hutter, https://arxiv.org/abs/1711.05101, by libtorch's own kernel, which torch.optim.AdamW(fused=True)
# calls. The weights lie in one vector, so a step is one pass for each class of weights. Where bad, float32 on the weights'
# device, is 1, nothing changes: the host need not know.

# state and settings as in trainer.py. Returns the weights.
def adamw(state: Dict[str, Tensor], settings: Tensor, bad: Tensor) -> Tensor:
  steps = torch.add_(state["steps"], 1. - torch.to(bad, ops.prim.dtype(state["steps"])))
  plan = state["plan"]
  for i in range(int(plan[1])):
    begin = int(plan[2 + 4 * i])
    end = int(plan[3 + 4 * i])
    torch._fused_adamw_(__torch__.part_of(state["weights"], begin, end), __torch__.part_of(state["gradients"], begin, end), __torch__.part_of(state["first"], begin, end), __torch__.part_of(state["second"], begin, end), annotate(List[Tensor], []), [steps], lr=float(settings[0]) * float(plan[4 + 4 * i]), beta1=float(settings[1]), beta2=float(settings[2]), weight_decay=float(plan[5 + 4 * i]), eps=float(settings[3]), amsgrad=False, maximize=False, grad_scale=None, found_inf=bad)
  return state["weights"]

# A list that is appended to is one whose tensors the compiler expects to be written to; what is done to those of a list
# literal it may leave out.
def part_of(table: Tensor, begin: int, end: int) -> List[Tensor]:
  out: List[Tensor] = []
  out.append(torch.slice(table, 0, begin, end))
  return out

# AdamW: Loshchilov and Hutter, https://arxiv.org/abs/1711.05101, as torch.optim.AdamW computes it. The weights lie in one
# vector, so a step is a few operations however many weights there are.

# state and settings as in trainer.py. Returns the weights.
def adamw(state: Dict[str, Tensor], settings: Tensor) -> Tensor:
  beta1 = float(settings[1])
  beta2 = float(settings[2])
  gradients = state["gradients"]
  count = float(torch.add_(state["steps"], 1.))
  first = torch.lerp_(state["first"], gradients, 1. - beta1)
  second = torch.addcmul_(torch.mul_(state["second"], beta2), gradients, gradients, value=1. - beta2)
  weights = state["weights"]
  correction1 = 1. - torch.pow(beta1, count)
  root = torch.sqrt(1. - torch.pow(beta2, count))
  plan = state["plan"]
  for i in range(int(plan[1])):
    begin = int(plan[2 + 4 * i])
    end = int(plan[3 + 4 * i])
    rate = float(settings[0]) * float(plan[4 + 4 * i])
    part = torch.mul_(torch.slice(weights, 0, begin, end), 1. - rate * float(plan[5 + 4 * i]))
    scale = torch.sqrt(torch.slice(second, 0, begin, end))
    scale = torch.add_(torch.div_(scale, root), float(settings[3]))
    part = torch.addcdiv_(part, torch.slice(first, 0, begin, end), scale, value=-(rate / correction1))
  return weights

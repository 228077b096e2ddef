# Losses over groups: a query's documents, scored. groups, float32 on the CPU, is (3, g, k): each document's place in the
# packed order, or -1 where the group is shorter; its label, larger is better; its teacher's score. A loss takes scores,
# labels and teacher (g, k) and where documents are (g, k), and gives one value a group; everything in the wide type.

# The sum over all groups of the losses that settings give a weight.
def total_loss(scores: Tensor, groups: Tensor) -> Tensor:
  given = __torch__.beside_scores(groups, scores)
  place = torch.select(given, 0, 0)
  there = torch.ge(place, 0.)
  index = torch.to(torch.clamp_min(place, 0.), 4)
  s = torch.view(torch.index_select(scores, 0, torch.reshape(index, [-1])), torch.size(index))
  labels = torch.select(given, 0, 1)
  teacher = torch.select(given, 0, 2)
  total = torch.new_zeros(s, [s.size(0)])
  if __torch__.softmax_weight() > 0.:
    total = total + __torch__.softmax_loss(s, labels, there) * __torch__.softmax_weight()
  if __torch__.kl_weight() > 0.:
    total = total + __torch__.kl_loss(s, teacher, there, __torch__.temperature()) * __torch__.kl_weight()
  if __torch__.margin_weight() > 0.:
    total = total + __torch__.margin_loss(s, labels, teacher, there) * __torch__.margin_weight()
  if __torch__.lambda_weight() > 0.:
    total = total + __torch__.lambda_loss(s, labels, there, __torch__.lambda_mu()) * __torch__.lambda_weight()
  if __torch__.pointwise_weight() > 0.:
    total = total + __torch__.pointwise_loss(s, labels, there) * __torch__.pointwise_weight()
  return torch.sum(total)

# Beside the scores, in their type.
def beside_scores(x: Tensor, scores: Tensor) -> Tensor:
  if ops.prim.is_cuda(scores):
    return torch.to(torch.pin_memory(x), ops.prim.device(scores), ops.prim.dtype(scores), True, False)
  return torch.to(x, ops.prim.dtype(scores))

# Where no document is there stands a score that no softmax sees.
def padded(s: Tensor, there: Tensor) -> Tensor:
  return torch.masked_fill(s, torch.logical_not(there), -1.e30)

# Softmax cross-entropy, the target spread over the documents by their labels: with one relevant document the localized
# contrastive loss of Gao et al., https://arxiv.org/abs/2101.08751, with several ListNet's top-one loss, Cao et al.,
# https://doi.org/10.1145/1273496.1273513, on labels instead of their exponentials.
def softmax_loss(s: Tensor, labels: Tensor, there: Tensor) -> Tensor:
  labels = labels * torch.to(there, ops.prim.dtype(s))
  target = labels / torch.sum(labels, [1], True)
  return torch.logsumexp(__torch__.padded(s, there), [1]) - torch.sum(target * s, [1])

# Kullback-Leibler divergence from the teacher's softmax, both at a temperature, times its square so that gradients keep
# their size. Hinton et al., https://arxiv.org/abs/1503.02531
def kl_loss(s: Tensor, teacher: Tensor, there: Tensor, temperature: float) -> Tensor:
  wanted = torch.log_softmax(__torch__.padded(teacher, there) / temperature, 1)
  given = torch.log_softmax(__torch__.padded(s, there) / temperature, 1)
  return torch.sum(torch.exp(wanted) * (wanted - given), [1]) * (temperature * temperature)

# Ordered pairs of documents of which the first has the higher label, (g, k, k).
def preferred(labels: Tensor, there: Tensor) -> Tensor:
  both = torch.logical_and(torch.unsqueeze(there, 2), torch.unsqueeze(there, 1))
  return torch.logical_and(both, torch.gt(torch.unsqueeze(labels, 2), torch.unsqueeze(labels, 1)))

# (g, k) -> (g, k, k): how far each document is ahead of each.
def ahead(x: Tensor) -> Tensor:
  return torch.unsqueeze(x, 2) - torch.unsqueeze(x, 1)

# Margin-MSE: the mean square of how far margins between relevant and other documents are from the teacher's.
# Hofstaetter et al., https://arxiv.org/abs/2010.02666
def margin_loss(s: Tensor, labels: Tensor, teacher: Tensor, there: Tensor) -> Tensor:
  pairs = torch.to(__torch__.preferred(labels, there), ops.prim.dtype(s))
  off = (__torch__.ahead(s) - __torch__.ahead(teacher)) * pairs
  return torch.sum(off * off, [1, 2]) / torch.clamp_min(torch.sum(pairs, [1, 2]), 1.)

# NDCG-Loss2++ of the LambdaLoss framework, sigma 1: pairs weighted by what their ranks mean for nDCG.
# Wang et al., https://doi.org/10.1145/3269206.3271784
def lambda_loss(s: Tensor, labels: Tensor, there: Tensor, mu: float) -> Tensor:
  known = torch.detach(__torch__.padded(s, there))
  order = torch.argsort(known, stable=True, dim=1, descending=True)
  rank = torch.to(torch.argsort(order, stable=True, dim=1, descending=False) + 1, ops.prim.dtype(s))
  gain = (torch.exp2(labels) - 1.) * torch.to(there, ops.prim.dtype(s))
  best, indices, = torch.sort(gain, 1, True)
  place = torch.arange(1, s.size(1) + 1, 1, dtype=ops.prim.dtype(s), layout=None, device=ops.prim.device(s), pin_memory=None)
  ideal = torch.sum(best / torch.log2(place + 1.), [1], True)
  gain = gain / torch.clamp_min(ideal, 1.e-12)
  discount = 1. / torch.log2(rank + 1.)
  apart = torch.abs(__torch__.ahead(rank))
  delta = torch.abs(1. / torch.log2(torch.clamp_min(apart, 1.) + 1.) - 1. / torch.log2(torch.clamp_min(apart, 1.) + 2.))
  weight = (torch.abs(__torch__.ahead(discount)) + delta * mu) * torch.abs(__torch__.ahead(gain))
  weight = weight * torch.to(__torch__.preferred(labels, there), ops.prim.dtype(s))
  return torch.sum(weight * torch.softplus(torch.neg(__torch__.ahead(s))), [1, 2]) / 0.6931471805599453

# Binary cross-entropy of each document by itself, the mean of a group; labels are probabilities.
def pointwise_loss(s: Tensor, labels: Tensor, there: Tensor) -> Tensor:
  each = (torch.softplus(s) - torch.clamp(labels, 0., 1.) * s) * torch.to(there, ops.prim.dtype(s))
  return torch.sum(each, [1]) / torch.sum(torch.to(there, ops.prim.dtype(s)), [1])

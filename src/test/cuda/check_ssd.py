#!/usr/bin/env python3
"""Checks the operator streamrank::ssd, forward and backward, against a recurrence in float64, and times it.

    check_ssd.py LIBRARY [--device cuda|cpu] [--parts forms,large,script,times] [--only TEXT] [--seed N]

LIBRARY is what src/main/cuda/build.sh built, or with --device cpu what src/test/cuda/build_emulated.sh did. Needs
Python's torch, of the libtorch that the library was built for. Every run draws fresh inputs; memory that the operator
allocates holds NaN until it writes there. Prints the error of each result and gradient relative to the reference's
norm, and ends with status 1 if one is too large or if two runs differ.

Parts: forms (shapes, lengths, optional arguments), large (lengths up to 2,000), script (called from TorchScript), times
(beside the time that its bytes alone would take), memory (small sizes only, for compute-sanitizer).
"""

import argparse
import math
import statistics
import sys
import time

import torch

BOUNDS = {torch.float32: 1e-4, torch.bfloat16: 1e-2}

# Sums over all tokens of a head, whose parts mostly cancel.
SUMS = ["da", "ddt_bias"]
SUMS_BOUND = 0.1
NAMES = ["x", "dt", "a", "b", "c", "d", "dt_bias", "before"]

# An H200 copies this many bytes a second, read and written.
COPY_RATE = 4.3e12


class Case:
    """Random inputs. x, b and c are slices of one matrix and dt one of another, as a model has them."""

    def __init__(self, lengths, heads=3, groups=1, width=64, state=128, wide=False, before=True, after=True,
                 table=False, limits=(0.0, math.inf), device="cpu"):
        self.lengths, self.limits, self.after = lengths, limits, after
        t, n = sum(lengths), len(lengths)
        kind = torch.float32 if wide else torch.bfloat16
        inner, shared = heads * width, groups * state

        def randn(*shape):
            return torch.randn(*shape, device=device)

        mixed = torch.nn.functional.silu(randn(t, inner + 2 * shared)).to(kind)
        self.x = mixed[:, :inner].view(t, heads, width)
        self.b = mixed[:, inner:inner + shared].view(t, groups, state)
        self.c = mixed[:, inner + shared:].view(t, groups, state)
        if groups == 1:
            self.b, self.c = self.b.squeeze(1), self.c.squeeze(1)
        self.dt = randn(t, heads + 8).to(kind)[:, 3:3 + heads]
        self.dt_bias = torch.rand(heads, device=device) * 4.0 - 5.0
        self.a = -torch.exp(torch.rand(heads, device=device) * 2.7)
        self.d = randn(heads)
        self.rows = torch.randperm(n, device=device) + 1 if table else None
        self.before = randn(n + 2 * table, heads, width, state) if before else None
        self.dy = randn(t, inner).to(kind)
        self.dh = randn(n, heads, width, state) if after else None
        self.borders = torch.tensor([0] + torch.tensor(lengths).cumsum(0).tolist(), dtype=torch.int32).to(device)

    def leaves(self, cast, gradients=True):
        values = [getattr(self, name) for name in NAMES]
        return [None if v is None else cast(v.detach()).requires_grad_(gradients) for v in values]

    def call(self, operator, leaves):
        return operator(*leaves[:7], self.borders, max(self.lengths), *self.limits, leaves[7], self.rows, self.after)


def recurrence(case, x, dt, a, b, c, d, dt_bias, before):
    """y and the states after each sequence, token by token."""
    t, heads, width = x.shape
    b, c = b.view(t, -1, b.shape[-1]), c.view(t, -1, c.shape[-1])
    groups = b.shape[1]
    dt = torch.nn.functional.softplus(dt + dt_bias).clamp(*case.limits)
    decay = torch.exp(dt * a)
    ys, ends, at = [], [], 0
    for i, length in enumerate(case.lengths):
        row = i if case.rows is None else int(case.rows[i])
        h = x.new_zeros(heads, width, b.shape[2]) if before is None else before[row]
        for token in range(at, at + length):
            bs = b[token].repeat_interleave(heads // groups, 0)
            cs = c[token].repeat_interleave(heads // groups, 0)
            h = decay[token][:, None, None] * h + (dt[token][:, None] * x[token])[:, :, None] * bs[:, None, :]
            ys.append((h @ cs[:, :, None]).squeeze(2) + d[:, None] * x[token])
        ends.append(h)
        at += length
    return torch.stack(ys).reshape(t, heads * width), torch.stack(ends)


def reference(case, gradients, where=None):
    def there(x):
        return x.double().to(where or x.device)

    leaves = case.leaves(there)
    with torch.set_grad_enabled(gradients):
        y, h = recurrence(case, *leaves)
        out = {"y": y.detach()}
        loss = (y * there(case.dy)).sum()
        if case.after:
            out["after"] = h.detach()
            loss = loss + (h * there(case.dh)).sum()
        if gradients:
            loss.backward()
            out.update({"d" + name: leaf.grad for name, leaf in zip(NAMES, leaves) if leaf is not None})
    return out


def run(case, operator, gradients):
    leaves = case.leaves(lambda v: v, gradients)
    y, h = case.call(operator, leaves)
    out = {"y": y.detach()}
    if case.after:
        out["after"] = h.detach()
    if gradients:
        results = [(y, case.dy)] + ([(h, case.dh)] if case.after else [])
        torch.autograd.backward([r for r, _ in results], [g for _, g in results])
        out.update({"d" + name: leaf.grad for name, leaf in zip(NAMES, leaves) if leaf is not None})
    return out


def error(out, ref):
    if out.shape != ref.shape or not torch.isfinite(out).all():
        return math.inf
    return float((out.double().to(ref.device) - ref).norm() / ref.norm().clamp_min(1e-30))


def check(label, operator, case, where=None):
    gradients = case.rows is None
    ref = reference(case, gradients, where)
    out = run(case, operator, gradients)
    again = run(case, operator, gradients)
    errors = {name: error(out[name], ref[name]) for name in ref}
    same = all(torch.equal(out[name], again[name]) for name in out)
    good = same and all(e <= (SUMS_BOUND if name in SUMS else BOUNDS[case.x.dtype]) for name, e in errors.items())
    told = " ".join(f"{name} {e:.1e}" for name, e in errors.items())
    print(f"{'ok  ' if good else 'FAIL'} {label:34} {told}{'' if same else ' two runs differ'}", flush=True)
    return good


FORMS = {
    "float32": dict(lengths=[1, 5, 17], heads=2, width=32, state=64, wide=True),
    "float32, 128 by 128": dict(lengths=[3, 9], heads=2, groups=2, width=128, wide=True, before=False),
    "float32, a table": dict(lengths=[3, 2], heads=2, width=32, state=64, wide=True, table=True),
    "narrow heads in bfloat16": dict(lengths=[4, 7], heads=2, width=32, state=64),
    "lengths around a chunk": dict(lengths=[1, 63, 64, 65, 130], heads=3),
    "no states": dict(lengths=[88, 20, 128, 129], heads=3, before=False, after=False),
    "states after": dict(lengths=[88, 20], heads=3, before=False),
    "states before": dict(lengths=[20, 188], heads=3, after=False),
    "4 heads, an empty sequence": dict(lengths=[70, 0, 1], heads=4),
    "2 groups of 2, state 64": dict(lengths=[200, 7], heads=4, groups=2, state=64),
    "a table": dict(lengths=[100, 30, 7], heads=3, table=True),
    "cut steps": dict(lengths=[100], heads=3, limits=(0.01, 0.1)),
    "few long ones": dict(lengths=[700, 30], heads=3, state=64),
    "nothing but decay": dict(lengths=[1] * 40, heads=5),
}
LARGE = {
    "24 heads": dict(lengths=[1, 127, 128, 129, 63, 64, 65, 500, 2000, 88, 88, 3], heads=24),
    "24 heads, long": dict(lengths=[2500, 1, 1100], heads=24),
    "24 heads, no states": dict(lengths=[88] * 20 + [512, 2000], heads=24, before=False, after=False),
    "12 heads, state 64": dict(lengths=[500, 88, 1, 1000], heads=12, state=64),
    "32 heads in float32": dict(lengths=[200, 88, 1], heads=32, wide=True),
}
MEMORY = ["lengths around a chunk", "no states", "2 groups of 2, state 64", "narrow heads in bfloat16", "a table"]


def script(operator, device):
    """The same through TorchScript, with gradients."""
    class Module(torch.nn.Module):
        def forward(self, x, dt, a, b, c, d, dt_bias, borders, longest: int):
            return torch.ops.streamrank.ssd(
                x, dt, a, b, c, d, dt_bias, borders, longest, 0.0, 1e9, None, None, False)[0]

    module = torch.jit.script(Module())
    case = Case([88, 20], before=False, after=False, limits=(0.0, 1e9), device=device)
    leaves = case.leaves(lambda v: v)
    direct = run(case, operator, True)
    for _ in range(3):
        y = module(*leaves[:7], case.borders, 88)
        gradients = torch.autograd.grad(y, leaves[:7], case.dy)
    good = torch.equal(y, direct["y"]) and all(
        torch.equal(g, direct["d" + name]) for g, name in zip(gradients, NAMES))
    print(f"{'ok  ' if good else 'FAIL'} from TorchScript")
    return good


def median_time(action, device, repeats=30):
    times = []
    for i in range(repeats + 5):
        if device == "cuda":
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            for j in range(8):
                action(i + j)
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end) * 1e-3 / 8)
        else:
            begin = time.perf_counter()
            action(i)
            times.append(time.perf_counter() - begin)
    return statistics.median(times[5:])


def profile(*actions):
    """The kernels' microseconds."""
    activities = [torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as seen:
        for action in actions:
            for _ in range(5):
                action()
        torch.cuda.synchronize()
    for event in sorted(seen.key_averages(), key=lambda e: -e.device_time_total)[:8]:
        print(f"    {event.device_time_total / event.count:8.1f} x {event.count // 5}  {event.key[:100]}")


def times(operator, device, only, tokens=65536, heads=24, state=128):
    inner = heads * 64
    floor = (4 * inner + 4 * state + 2 * heads) / COPY_RATE * 1e9
    back = (6 * inner + 8 * state + 4 * heads) / COPY_RATE * 1e9
    print(f"nanoseconds a token, {heads} heads of 64 and states of {state}")
    print(f"its bytes alone: forward {floor:.2f}, backward {back:.2f}")
    for length in [88, 512, 2048]:
        if only not in str(length):
            continue
        lengths = [length] * (tokens // length)
        t = sum(lengths)
        for before in [False, True]:
            cases = [Case(lengths, heads, state=state, before=before, after=before, device=device) for _ in range(2)]
            plain = [case.leaves(lambda v: v, False) for case in cases]
            forward = median_time(lambda i: cases[i % 2].call(operator, plain[i % 2]), device)
            grown = [case.leaves(lambda v: v) for case in cases]
            results = [case.call(operator, leaves) for case, leaves in zip(cases, grown)]

            def backward(i):
                case, leaves, (y, h) = cases[i % 2], grown[i % 2], results[i % 2]
                outputs, weights = ([y, h], [case.dy, case.dh]) if before else ([y], [case.dy])
                torch.autograd.grad(outputs, [v for v in leaves if v is not None], weights, retain_graph=True)

            behind = median_time(backward, device)
            print(f"length {length:5}{' with states' if before else '':12} forward {forward / t * 1e9:6.2f}"
                  f"  backward {behind / t * 1e9:6.2f}", flush=True)
            if device == "cuda":
                profile(lambda: backward(0), lambda: cases[0].call(operator, plain[0]))
    for lengths in [[4096], [4096, 4096], [1024] * 8]:
        if only not in str(lengths[0]):
            continue
        case = Case(lengths, heads, state=state, before=False, after=False, device=device)
        plain = case.leaves(lambda v: v, False)
        forward = median_time(lambda i: case.call(operator, plain), device)
        grown = case.leaves(lambda v: v)
        y, _ = case.call(operator, grown)
        inputs = [v for v in grown if v is not None]
        behind = median_time(lambda i: torch.autograd.grad([y], inputs, [case.dy], retain_graph=True), device)
        t = sum(lengths)
        print(f"{len(lengths)} of {lengths[0]:5}: forward {forward / t * 1e9:6.2f}"
              f"  backward {behind / t * 1e9:6.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--parts", default="forms,script")
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    torch.ops.load_library(given.library)
    operator = torch.ops.streamrank.ssd
    seed = given.seed if given.seed is not None else int(time.time())
    torch.manual_seed(seed)
    print(f"seed {seed}, {given.device}, torch {torch.__version__}")
    parts = given.parts.split(",")
    good = True
    if "times" not in parts:
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = True
    chosen = {}
    if "forms" in parts:
        chosen.update(FORMS)
    if "large" in parts:
        chosen.update(LARGE)
    if "memory" in parts:
        chosen.update({name: FORMS[name] for name in MEMORY})
    for name, form in chosen.items():
        if given.only in name:
            case = Case(**form, device=given.device)
            good &= check(name, operator, case, "cpu" if "memory" in parts else None)
    if "script" in parts:
        good &= script(operator, given.device)
    if "times" in parts:
        times(operator, given.device, given.only)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

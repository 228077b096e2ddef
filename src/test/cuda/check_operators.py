#!/usr/bin/env python3
"""Checks the CUDA operators of the state space families against plain recurrences in float64, and times them.

    check_operators.py LIBRARY [--device cuda|cpu] [--parts forms,many,same,times] [--seed N]

LIBRARY is what src/main/cuda/build.sh built, or with --device cpu what src/test/cuda/build_emulated.sh did. Needs Python's
torch, of the libtorch that the library was built for. Every run draws fresh inputs, in float32 and in bfloat16; memory
that an operator allocates holds NaN until it writes there. Prints the error of each result and gradient relative to the
reference, and ends with status 1 if one is too large.

Parts: small (a little of everything, for compute-sanitizer), forms (shapes, lengths, optional arguments), many (more sequences than the chip has room for), same (two runs give
the same bits), times (each operator beside the time that its bytes alone would take).
"""

import argparse
import sys
import time

import torch

BOUNDS = {torch.float32: 2e-5, torch.bfloat16: 6e-3}
STATE = 16

# An H200 copies this many bytes a second, read and written.
COPY_RATE = 4.3e12

LENGTHS = [
    [1],
    [1, 2, 3, 4, 1],
    [16, 32, 15, 17, 1, 33],
    [100, 3, 64, 65],
    [257, 1, 40],
]

failures = []


def report(what, name, got, wanted):
    bound = BOUNDS[got.dtype] if got.dtype in BOUNDS else BOUNDS[torch.float32]
    got = got.detach().double()
    wanted = wanted.detach().double()
    norm = wanted.norm()
    error = ((got - wanted).norm() / norm if norm > 0 else got.norm()).item() if wanted.numel() else 0.0
    good = error <= bound and got.shape == wanted.shape
    print(f"{'ok  ' if good else 'FAIL'} {what:60} {name:10} {error:.2e}")
    if not good:
        failures.append(f"{what} {name} {error:.2e}, allowed {bound:.0e}")


class Batch:
    """Sequences of given lengths, packed, and where their tokens lie in a padded batch."""

    def __init__(self, lengths, device):
        self.lengths = lengths
        self.device = device
        self.n = len(lengths)
        self.t = sum(lengths)
        self.longest = max(lengths)
        sizes = torch.tensor(lengths)
        self.borders = torch.cat([torch.zeros(1, dtype=torch.int64), sizes.cumsum(0)]).int().to(device)
        sequence = torch.repeat_interleave(torch.arange(self.n), sizes)
        position = torch.arange(self.t) - self.borders[:-1].cpu().long()[sequence]
        self.place = (sequence * self.longest + position).to(device)

    def padded(self, x):
        """(t, ...) -> (n, longest, ...), zeros where no token is."""
        out = torch.zeros((self.n * self.longest,) + x.shape[1:], dtype=x.dtype, device=x.device)
        return out.index_copy(0, self.place, x).view((self.n, self.longest) + x.shape[1:])

    def packed(self, x):
        return x.reshape((self.n * self.longest,) + x.shape[2:]).index_select(0, self.place)


def leaf(values, dtype):
    return values.to(dtype).requires_grad_(True)


def wide(tensors):
    """The same values in float64, to be differentiated by themselves."""
    return [None if x is None else x.detach().double().requires_grad_(True) for x in tensors]


def compare(what, names, results, references, inputs, wide_inputs):
    """Compares results, and the gradients of a random weighing of them."""
    weights = [torch.randn_like(y) for y in results]
    for name, got, wanted in zip(names[0], results, references):
        report(what, name, got, wanted)
    given = [x for x in inputs if x is not None]
    wanted_of = [x for x in wide_inputs if x is not None]
    got = torch.autograd.grad(results, given, weights)
    wanted = torch.autograd.grad(references, wanted_of, [w.double() for w in weights])
    for name, left, right in zip([n for n, x in zip(names[1], inputs) if x is not None], got, wanted):
        report(what, "d" + name, left, right)


def conv_reference(batch, x, weight, bias, tail):
    taps, channels = weight.shape
    before = torch.zeros(batch.n, taps - 1, channels, dtype=x.dtype, device=x.device) if tail is None else tail
    line = torch.cat([before, batch.padded(x)], 1)
    total = sum(line[:, k : k + batch.longest] * weight[k] for k in range(taps))
    total = total if bias is None else total + bias
    return batch.packed(torch.nn.functional.silu(total))


def check_conv(lengths, channels, taps, dtype, device, strided, with_bias, with_tail):
    batch = Batch(lengths, device)
    what = f"conv {len(lengths)} to {batch.longest} x {channels}, {taps} taps, {str(dtype)[6:]}"
    what += f"{' strided' if strided else ''}{' bias' if with_bias else ''}{' tail' if with_tail else ''}"
    room = torch.randn(batch.t, channels * 2 + 8 if strided else channels, device=device).to(dtype)
    x = (room[:, 8 : 8 + channels] if strided else room).detach().requires_grad_(True)
    weight = leaf(torch.randn(taps, channels, device=device) / taps, torch.float32)
    bias = leaf(torch.randn(channels, device=device), torch.float32) if with_bias else None
    tail = None
    if with_tail:
        tail = leaf(torch.randn(batch.n, taps - 1, channels, device=device).to(dtype), torch.float32)
    y = torch.ops.streamrank.conv_silu(x, weight, bias, batch.borders, batch.longest, tail, None)
    inputs = [x, weight, bias, tail]
    doubles = wide(inputs)
    compare(what, (["y"], ["x", "weight", "bias", "tail"]), [y], [conv_reference(batch, *doubles)], inputs, doubles)
    with torch.no_grad():
        if with_tail:
            order = torch.randperm(batch.n + 3, device=device)[: batch.n]
            table = torch.randn(batch.n + 3, taps - 1, channels, device=device).index_copy(0, order, tail)
            again = torch.ops.streamrank.conv_silu(x, weight, bias, batch.borders, batch.longest, table, order)
            report(what, "y by rows", again, y)
        after = torch.ops.streamrank.conv_tail(x, batch.borders, taps, tail, None)
        line = x.new_zeros(batch.n, taps - 1, channels).float() if tail is None else tail
        ends = []
        for s in range(batch.n):
            own = torch.cat([line[s], x[batch.borders[s] : batch.borders[s + 1]].float()])
            ends.append(own[own.shape[0] - taps + 1 :])
        report(what, "after", after, torch.stack(ends))


def scan_reference(batch, x, dt, a, b, c, d, dt_bias, z, before):
    xs, bs, cs = batch.padded(x), batch.padded(b), batch.padded(c)
    steps = batch.padded(torch.nn.functional.softplus(dt + dt_bias))
    h = torch.zeros(batch.n, *a.shape, dtype=x.dtype, device=x.device) if before is None else before
    read = []
    for i in range(batch.longest):
        step = steps[:, i, :, None]
        h = torch.exp(step * a) * h + step * xs[:, i, :, None] * bs[:, i, None, :]
        read.append((h * cs[:, i, None, :]).sum(2))
    y = batch.packed(torch.stack(read, 1)) + d * x
    return (y if z is None else y * torch.nn.functional.silu(z)), h


def check_scan(lengths, channels, dtype, device, strided, gated, with_before, with_after):
    batch = Batch(lengths, device)
    what = f"scan {len(lengths)} to {batch.longest} x {channels}, {str(dtype)[6:]}"
    what += f"{' strided' if strided else ''}{' gated' if gated else ''}"
    what += f"{' before' if with_before else ''}{' after' if with_after else ''}"

    def rows(width, offset):
        room = torch.randn(batch.t, width * 2 + 8, device=device).to(dtype)
        return (room[:, offset : offset + width] if strided else room[:, :width].contiguous()).detach()

    x = rows(channels, 8).requires_grad_(True)
    # Some steps are so large that their softplus is the identity, some so small that it is the exponential.
    dt = (rows(channels, 0) * 3 - 2 + 30 * (torch.rand(batch.t, channels, device=device) > 0.98)).to(dtype)
    dt = dt.requires_grad_(True)
    a = leaf(-torch.exp(torch.rand(channels, STATE, device=device) * 4 - 1), torch.float32)
    b = rows(STATE, 3).requires_grad_(True)
    c = rows(STATE, 5).requires_grad_(True)
    d = leaf(torch.randn(channels, device=device), torch.float32)
    dt_bias = leaf(torch.randn(channels, device=device), torch.float32)
    z = rows(channels, 8).requires_grad_(True) if gated else None
    before = leaf(torch.randn(batch.n, channels, STATE, device=device), torch.float32) if with_before else None
    y, after = torch.ops.streamrank.selective_scan(
        x, dt, a, b, c, d, dt_bias, z, batch.borders, before, None, with_after
    )
    inputs = [x, dt, a, b, c, d, dt_bias, z, before]
    doubles = wide(inputs)
    wanted_y, wanted_after = scan_reference(batch, *doubles)
    results, references = ([y, after], [wanted_y, wanted_after]) if with_after else ([y], [wanted_y])
    names = (["y", "after"], ["x", "dt", "a", "b", "c", "d", "dt_bias", "z", "before"])
    compare(what, names, results, references, inputs, doubles)
    with torch.no_grad():
        again, _ = torch.ops.streamrank.selective_scan(
            x, dt, a, b, c, d, dt_bias, z, batch.borders, before, None, with_after
        )
        report(what, "no grad", again, y)
        if with_before:
            order = torch.randperm(batch.n + 3, device=device)[: batch.n]
            table = torch.randn(batch.n + 3, channels, STATE, device=device).index_copy(0, order, before)
            again, _ = torch.ops.streamrank.selective_scan(
                x, dt, a, b, c, d, dt_bias, z, batch.borders, table, order, with_after
            )
            report(what, "y by rows", again, y)


def norm_reference(x, weight, epsilon):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + epsilon) * weight


def check_norm(rows, width, dtype, device):
    what = f"norm {rows} x {width}, {str(dtype)[6:]}"
    epsilon = 1e-5
    x = leaf(torch.randn(rows, width, device=device) * 3, torch.float32)
    delta = leaf(torch.randn(rows, width, device=device), dtype)
    weight = leaf(torch.randn(width, device=device), dtype)
    y = torch.ops.streamrank.rms_norm(x, weight, epsilon)
    doubles = wide([x, weight])
    compare("rms_" + what, (["y"], ["x", "weight"]), [y], [norm_reference(*doubles, epsilon)], [x, weight], doubles)
    total, y = torch.ops.streamrank.add_rms_norm(x, delta, weight, epsilon)
    doubles = wide([x, delta, weight])
    wanted = doubles[0] + doubles[1]
    references = [wanted, norm_reference(wanted, doubles[2], epsilon)]
    names = (["sum", "y"], ["x", "delta", "weight"])
    compare("add_rms_" + what, names, [total, y], references, [x, delta, weight], doubles)
    for y_type in {torch.float32, dtype}:
        room = torch.randn(rows, width + 16, device=device).to(dtype)
        z = room[:, 8 : 8 + width].detach().requires_grad_(True)
        y = leaf(torch.randn(rows, width, device=device), y_type)
        out = torch.ops.streamrank.gated_rms_norm(y, z, weight, epsilon)
        doubles = wide([y, z, weight])
        references = [norm_reference(doubles[0] * torch.nn.functional.silu(doubles[1]), doubles[2], epsilon)]
        name = f"gated_rms_{what} of {str(y_type)[6:]}"
        compare(name, (["y"], ["y", "z", "weight"]), [out], references, [y, z, weight], doubles)


def check_forms(device):
    for dtype in [torch.float32, torch.bfloat16]:
        for i, lengths in enumerate(LENGTHS):
            channels = [8, 264, 64, 24, 136][i]
            for taps in [4] if i != 1 else [2, 3, 5, 8]:
                check_conv(lengths, channels, taps, dtype, device, i % 2 == 1, i % 3 != 2, i % 2 == 0)
            check_scan(lengths, channels, dtype, device, i % 2 == 1, i % 3 != 2, i % 2 == 0, i % 4 != 1)
        for rows, width in [(1, 8), (7, 264), (5, 768), (3, 1024), (6, 1536), (2, 3072), (3, 8192)]:
            check_norm(rows, width, dtype, device)


def check_small(device):
    for dtype in [torch.float32, torch.bfloat16]:
        check_conv([35, 1, 18], 264, 4, dtype, device, True, True, True)
        check_scan([35, 1, 18], 136, dtype, device, True, True, True, True)
        check_scan([1 + i % 18 for i in range(540)], 8, dtype, device, True, True, False, True)
        check_norm(5, 264, dtype, device)
        check_norm(3, 1536, dtype, device)


def check_many(device):
    """Enough sequences that a channel has a thread of its own, and several sequences a block in the backward pass."""
    for dtype in [torch.float32, torch.bfloat16]:
        lengths = [1 + i % 19 for i in range(540)]
        check_scan(lengths, 8, dtype, device, True, True, True, True)
        check_conv(lengths, 8, 4, dtype, device, True, True, True)
        if device == "cuda":
            lengths = sorted(torch.randint(1, 300, (150,)).tolist())
            check_scan(lengths, 768, dtype, device, True, True, False, False)
            check_conv(lengths, 1792, 4, dtype, device, True, True, False)
            check_norm(5000, 768, dtype, device)
            check_norm(5000, 1536, dtype, device)


def check_same(device):
    torch.manual_seed(torch.seed())
    batch = Batch([40, 1, 90, 17] * (20 if device == "cuda" else 1), device)
    channels = 256 if device == "cuda" else 64
    x = torch.randn(batch.t, channels, device=device).bfloat16().requires_grad_(True)
    dt = torch.randn(batch.t, channels, device=device).bfloat16().requires_grad_(True)
    steered = torch.randn(batch.t, 2 * STATE, device=device).bfloat16().requires_grad_(True)
    a = leaf(-torch.exp(torch.rand(channels, STATE, device=device)), torch.float32)
    weight = leaf(torch.randn(4, channels, device=device), torch.float32)
    scale = leaf(torch.ones(channels, device=device), torch.bfloat16)
    flat = leaf(torch.randn(channels, device=device), torch.float32)
    inputs = [x, dt, steered, a, weight, scale, flat]

    def run():
        v = torch.ops.streamrank.conv_silu(x, weight, flat, batch.borders, batch.longest, None, None)
        y, _ = torch.ops.streamrank.selective_scan(
            v, dt, a, steered[:, :STATE], steered[:, STATE:], flat, flat, x, batch.borders, None, None, False
        )
        h, n = torch.ops.streamrank.add_rms_norm(y.float(), v, scale, 1e-5)
        out = torch.ops.streamrank.gated_rms_norm(n, x, scale, 1e-5)
        return [out, h] + list(torch.autograd.grad((out.float() * h).sum(), inputs))

    first, second = run(), run()
    same = all(torch.equal(left, right) for left, right in zip(first, second))
    print(f"{'ok  ' if same else 'FAIL'} two runs give the same bits")
    if not same:
        failures.append("two runs differ")


def timed(call, repeats=20):
    """The median time of a call in seconds, and of its second half of runs the spread."""
    for _ in range(3):
        call()
    torch.cuda.synchronize()
    times = []
    for _ in range(repeats):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        call()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) / 1e3)
    times.sort()
    return times[len(times) // 2]


def line(name, tokens, seconds, bytes_moved):
    floor = bytes_moved / COPY_RATE
    each = seconds / tokens * 1e9
    print(
        f"{name:48} {seconds * 1e6:9.1f} us {each:7.2f} ns/token  floor {floor * 1e6:8.1f} us  {floor / seconds:5.0%} of"
        " the copy rate"
    )


def time_operators():
    torch.use_deterministic_algorithms(False)
    ops = torch.ops.streamrank
    device = "cuda"
    packings = {
        "512 x 88": [88] * 512,
        "64 x 512": [512] * 64,
        "8 x 512": [512] * 8,
        "1 x 4096": [4096],
        "2048 x 16": [16] * 2048,
    }
    for label, lengths in packings.items():
        batch = Batch(lengths, device)
        t, d, e, n = batch.t, 768, 1536, STATE
        print(f"\n{label}: {t} tokens, bfloat16, model width {d}")
        both = torch.randn(t, 2 * e, device=device).bfloat16()
        x, z = both[:, :e], both[:, e:]
        weight = torch.randn(4, e, device=device)
        bias = torch.randn(e, device=device)
        steered = torch.randn(t, 80, device=device).bfloat16()
        b, c = steered[:, 48:64], steered[:, 64:80]
        dt = (torch.randn(t, e, device=device) - 3).bfloat16()
        a = -torch.exp(torch.rand(e, n, device=device) * 3)
        residual = torch.randn(t, d, device=device)
        delta = torch.randn(t, d, device=device).bfloat16()
        scale = torch.ones(d, device=device).bfloat16()
        scale_wide = torch.ones(e, device=device).bfloat16()
        v = torch.randn(t, e, device=device).bfloat16()
        with torch.no_grad():
            conv = lambda: ops.conv_silu(x, weight, bias, batch.borders, batch.longest, None, None)
            scan = lambda: ops.selective_scan(v, dt, a, b, c, bias, bias, z, batch.borders, None, None, False)
            line("conv_silu", t, timed(conv), t * e * 4)
            line("selective_scan", t, timed(scan), t * (e * 8 + 64))
            line("add_rms_norm", t, timed(lambda: ops.add_rms_norm(residual, delta, scale, 1e-5)), t * d * 12)
            line("gated_rms_norm", t, timed(lambda: ops.gated_rms_norm(v, z, scale_wide, 1e-5)), t * e * 6)
        if len(lengths) < 8:
            continue
        grad = torch.randn(t, e, device=device).bfloat16()
        small = torch.randn(t, d, device=device).bfloat16()
        leaves = [y.detach().requires_grad_(True) for y in (x, weight, bias)]
        y = ops.conv_silu(*leaves, batch.borders, batch.longest, None, None)
        line("conv_silu backward", t, timed(lambda: torch.autograd.grad(y, leaves, grad, retain_graph=True)), t * e * 6)
        leaves = [y.detach().requires_grad_(True) for y in (v, dt, a, b, c, bias, bias.clone(), z)]
        first = lambda: ops.selective_scan(*leaves, batch.borders, None, None, False)
        line("selective_scan keeping states", t, timed(first), t * (e * 8 + 64 + e * 4))
        y, _ = first()
        back = lambda: torch.autograd.grad(y, leaves, grad, retain_graph=True)
        line("selective_scan backward", t, timed(back), t * (e * 14 + 128 + e * 4))
        leaves = [y.detach().requires_grad_(True) for y in (residual, delta, scale)]
        y = ops.add_rms_norm(*leaves, 1e-5)
        back = lambda: torch.autograd.grad(y, leaves, (residual, small), retain_graph=True)
        line("add_rms_norm backward", t, timed(back), t * d * (4 + 2 + 4 + 4 + 2))
        leaves = [y.detach().requires_grad_(True) for y in (v, z, scale_wide)]
        y = ops.gated_rms_norm(*leaves, 1e-5)
        back = lambda: torch.autograd.grad(y, leaves, grad, retain_graph=True)
        line("gated_rms_norm backward", t, timed(back), t * e * 10)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("library")
    arguments.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    arguments.add_argument("--parts", default="forms,many,same,times")
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 2**31)
    given = arguments.parse_args()
    torch.ops.load_library(given.library)
    torch.manual_seed(given.seed)
    print(f"operators {torch.ops.streamrank.version()}, torch {torch.__version__}, {given.device}, seed {given.seed}")
    # Memory that is allocated empty then holds NaN.
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    parts = given.parts.split(",")
    if "small" in parts:
        check_small(given.device)
    if "forms" in parts:
        check_forms(given.device)
    if "many" in parts:
        check_many(given.device)
    if "same" in parts:
        check_same(given.device)
    if "times" in parts and given.device == "cuda":
        time_operators()
    print("\n".join(["", f"{len(failures)} failed:"] + failures if failures else ["", "all good"]))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

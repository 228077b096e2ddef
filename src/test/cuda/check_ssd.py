"""Checks the operator streamrank::ssd, forward and backward, against a recurrence in float64.

    python check_ssd.py emulated              the kernels' own source as host code, small sizes; needs g++, no GPU
    python check_ssd.py cuda LIBRARY [times]  the operator in a built library; times: then also how long it takes

Requirements: torch (any build for `emulated`, one with CUDA for `cuda`).
"""

import ctypes
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

import torch

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE.parent.parent / "main" / "cuda"
NAMES = ["x", "dt", "dt_bias", "a", "b", "c", "d", "h0"]


class Case:
    """Random inputs. x, b and c are slices of one matrix and dt one of another, as a model gives them."""

    def __init__(self, lengths, heads=3, groups=1, width=64, state=128, wide=False, h0=True, dh=True, seed=0,
                 limits=(0.0, math.inf), device="cpu", odd=False):
        g = torch.Generator().manual_seed(seed)
        def randn(*shape):
            return torch.randn(*shape, generator=g)
        self.lengths, self.heads, self.groups, self.width, self.state = lengths, heads, groups, width, state
        self.limits, self.wide = limits, wide
        t, n = sum(lengths), len(lengths)
        kind = torch.float32 if wide else torch.bfloat16
        inner = heads * width
        self.mixed = (torch.nn.functional.silu(randn(t, inner + 2 * groups * state + (3 if odd else 0)))).to(kind)
        self.projected = randn(t, heads + 8).to(kind)
        self.dt_bias = torch.rand(heads, generator=g) * 4.0 - 5.0
        self.a = -torch.exp(torch.rand(heads, generator=g) * 2.7)
        self.d = randn(heads)
        self.h0 = randn(n, heads, width, state) if h0 else None
        self.dy = randn(t, inner).to(kind)
        self.dh = randn(n, heads, width, state) if dh else None
        self.borders = torch.tensor([0] + list(torch.tensor(lengths).cumsum(0)), dtype=torch.int32)
        for name in ["mixed", "projected", "dt_bias", "a", "d", "h0", "dy", "dh", "borders"]:
            value = getattr(self, name)
            setattr(self, name, None if value is None else value.to(device))
        self.x = self.mixed[:, :inner].view(t, heads, width)
        self.b = self.mixed[:, inner:inner + groups * state].view(t, groups, state)
        self.c = self.mixed[:, inner + groups * state:inner + 2 * groups * state].view(t, groups, state)
        self.dt = self.projected[:, 3:3 + heads]

    def leaves(self, cast):
        return [None if getattr(self, n) is None else cast(getattr(self, n).detach()).requires_grad_() for n in NAMES]


def recurrence(x, dt, dt_bias, a, b, c, d, h0, lengths, limits):
    """y and the states after each sequence, token by token."""
    t, heads, width = x.shape
    groups = b.shape[1]
    dt = torch.nn.functional.softplus(dt + dt_bias).clamp(*limits)
    ys, ends, at = [], [], 0
    for i, length in enumerate(lengths):
        h = x.new_zeros(heads, width, b.shape[2]) if h0 is None else h0[i]
        for token in range(at, at + length):
            bs = b[token].repeat_interleave(heads // groups, 0)
            cs = c[token].repeat_interleave(heads // groups, 0)
            h = torch.exp(dt[token] * a)[:, None, None] * h
            h = h + (dt[token][:, None] * x[token])[:, :, None] * bs[:, None, :]
            ys.append((h * cs[:, None, :]).sum(2) + d[:, None] * x[token])
        ends.append(h)
        at += length
    return torch.stack(ys).reshape(t, heads * width), torch.stack(ends)


def reference(case):
    leaves = case.leaves(lambda v: v.double().cpu())
    y, h = recurrence(*leaves, case.lengths, case.limits)
    loss = (y * case.dy.double().cpu()).sum()
    if case.dh is not None:
        loss = loss + (h * case.dh.double().cpu()).sum()
    loss.backward()
    out = {"y": y.detach(), "h": h.detach()}
    for name, leaf in zip(NAMES, leaves):
        if leaf is not None:
            out["d" + name] = leaf.grad
    return out


class Emulated:
    """The kernels as host code."""

    def __init__(self):
        class Shape(ctypes.Structure):
            _fields_ = [(n, ctypes.c_int) for n in
                        ["tokens", "sequences", "heads", "groups", "width", "state", "longest"]]
        p, l, f = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float
        class Inputs(ctypes.Structure):
            _fields_ = ([("shape", Shape)] + [(n, p) for n in ["borders", "x", "b", "c", "dt"]]
                        + [(n, l) for n in ["x_row", "b_row", "c_row", "dt_row"]]
                        + [("wide", ctypes.c_bool), ("dt_wide", ctypes.c_bool)]
                        + [(n, p) for n in ["dt_bias", "a", "d", "h0"]] + [("dt_least", f), ("dt_most", f)])
        class Outputs(ctypes.Structure):
            _fields_ = [("y", p), ("h", p)]
        class Gradients(ctypes.Structure):
            _fields_ = [(n, p) for n in ["dy", "dh", "dx", "db", "dc", "ddt", "heads", "dh0"]]
        self.Shape, self.Inputs, self.Outputs, self.Gradients = Shape, Inputs, Outputs, Gradients
        self.folder = tempfile.TemporaryDirectory()
        objects = []
        for source in sorted(SOURCES.glob("ssd*.cu")) + [HERE / "ssd_emulated.cc"]:
            objects.append(f"{self.folder.name}/{source.name}.o")
            subprocess.run(["g++", "-std=c++17", "-O2", "-fPIC", "-Wno-unknown-pragmas", "-DSSD_EMULATED",
                            f"-I{SOURCES}", f"-I{HERE}", "-x", "c++", "-c", str(source), "-o", objects[-1]], check=True)
        subprocess.run(["g++", "-shared", *objects, "-o", f"{self.folder.name}/ssd.so"], check=True)
        self.library = ctypes.CDLL(f"{self.folder.name}/ssd.so")

    def run(self, case, capability=90, states=True):
        t, n = sum(case.lengths), len(case.lengths)
        def at(v):
            return None if v is None else v.data_ptr()
        def poisoned(*shape, like):
            return torch.full(shape, math.nan, dtype=like.dtype)
        shape = self.Shape(t, n, case.heads, case.groups, case.width, case.state, max(case.lengths))
        inputs = self.Inputs(
            shape, at(case.borders), at(case.x), at(case.b), at(case.c), at(case.dt), case.x.stride(0), case.b.stride(0),
            case.c.stride(0), case.dt.stride(0), case.wide, case.wide, at(case.dt_bias), at(case.a), at(case.d),
            at(case.h0), *case.limits)
        out = {"y": poisoned(t, case.heads * case.width, like=case.x)}
        if states:
            out["h"] = poisoned(n, case.heads, case.width, case.state, like=case.a)
        error = self.library.emulated_forward(
            ctypes.byref(inputs), ctypes.byref(self.Outputs(at(out["y"]), at(out.get("h")))), capability, 3)
        assert error == 0, error
        for name in ["x", "b", "c", "dt"]:
            out["d" + name] = poisoned(*getattr(case, name).shape, like=getattr(case, name))
        heads = poisoned(3, case.heads, like=case.a)
        if case.h0 is not None:
            out["dh0"] = poisoned(*case.h0.shape, like=case.h0)
        gradients = self.Gradients(at(case.dy), at(case.dh), *[at(out.get(k)) for k in ["dx", "db", "dc", "ddt"]],
                                   at(heads), at(out.get("dh0")))
        error = self.library.emulated_backward(ctypes.byref(inputs), ctypes.byref(gradients), capability, 3)
        assert error == 0, error
        out["ddt_bias"], out["da"], out["dd"] = heads
        return out


class Cuda:
    """The operator of a library, called from TorchScript."""

    def __init__(self, library):
        torch.ops.load_library(library)
        self.ssd = torch.ops.streamrank.ssd

    def call(self, case, leaves, states=True):
        x, dt, dt_bias, a, b, c, d, h0 = leaves
        return self.ssd(x, dt, dt_bias, a, b, c, d, h0, case.borders, max(case.lengths), *case.limits, states)

    def run(self, case, capability=90, states=True):
        leaves = case.leaves(lambda v: v)
        y, h = self.call(case, leaves, states)
        out = {"y": y.detach()}
        grads = [case.dy]
        if states:
            out["h"] = h.detach()
            grads.append(torch.zeros_like(h) if case.dh is None else case.dh)
        torch.autograd.backward([y, h][:len(grads)], grads)
        for name, leaf in zip(NAMES, leaves):
            if leaf is not None:
                out["d" + name] = leaf.grad
        return out


def error(out, ref):
    out, ref = out.double().cpu().reshape(ref.shape), ref.double()
    if not torch.isfinite(out).all():
        return math.inf
    return float((out - ref).norm() / ref.norm().clamp_min(1e-30))


def check(runner, label, case, capability=90, states=True):
    """Errors relative to the reference's norm; float32 within 1e-4, bfloat16 within 2e-2."""
    if not states:
        case.dh = None
    ref = reference(case)
    out = runner.run(case, capability, states)
    again = runner.run(case, capability, states)
    bound = 1e-4 if case.wide or capability == 0 and case.wide else 2e-2
    errors = {k: error(out[k], ref[k]) for k in out}
    same = all(torch.equal(out[k], again[k]) for k in out)
    ok = same and all(e <= bound for e in errors.values())
    print(f"{'ok  ' if ok else 'BAD '} {label:34s} " + " ".join(f"{k} {e:.1e}" for k, e in errors.items())
          + ("" if same else " two runs differ"), flush=True)
    return ok


def emulated(only=""):
    runner = Emulated()
    cases = [
        ("float32", dict(lengths=[1, 5, 17], heads=2, groups=1, width=32, state=64, wide=True)),
        ("float32, width and state 128", dict(lengths=[3, 9], heads=2, groups=2, width=128, wide=True, h0=False)),
        ("recurrence in bfloat16", dict(lengths=[4, 7], heads=2, width=32, state=64)),
        ("lengths around a chunk", dict(lengths=[1, 63, 64, 65, 130], heads=3)),
        ("no states", dict(lengths=[88, 20, 128, 129], heads=3, h0=False)),
        ("no states but the last gradient", dict(lengths=[88, 20], heads=3, h0=False)),
        ("4 heads, an empty sequence", dict(lengths=[70, 1], heads=4)),
        ("2 groups of 2, state 64", dict(lengths=[200, 7], heads=4, groups=2, state=64)),
        ("cut steps", dict(lengths=[100], heads=3, limits=(0.01, 0.1))),
        ("long enough to be split", dict(lengths=[700, 30], heads=1, state=64)),
    ]
    good = True
    for i, (label, case) in enumerate(cases):
        if only in label:
            good &= check(runner, label, Case(seed=i, **case), states="no states" != label)
    return good


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "emulated":
        sys.exit(0 if emulated(*sys.argv[2:]) else 1)

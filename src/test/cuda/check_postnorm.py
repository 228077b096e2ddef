#!/usr/bin/env python3
"""Checks the CUDA operators of post-norm transformers against float64, and times them and what stands around them.

    check_postnorm.py LIBRARY [--device cuda|cpu] [--parts forms,same,model,times,layers] [--seed N]

LIBRARY and what is needed are as for check_operators.py beside this file, and so are the reports.

Parts: small (a little of everything, for compute-sanitizer), forms (shapes, gradients, optional arguments), same (two runs
give the same bits), model (a BERT assembled from src/main/torchscript with and without operators, values and gradients),
times (each operator beside PyTorch's own operations and the time that its bytes alone would take), layers (where a layer's
time goes: products, attention, the rest; and the feed-forward layer in chunks of rows that fit into the cache).
"""

import argparse
import pathlib
import struct
import sys
import tempfile
import time
import zipfile

import torch
from check_operators import COPY_RATE, compare, failures, leaf, report, timed, wide

F = torch.nn.functional
SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "main" / "torchscript"
EPSILON = 1e-12


def norm_reference(x, delta, weight, bias):
    return F.layer_norm(x + delta, x.shape[-1:], weight, bias, EPSILON)


def check_norm(rows, width, dtype, device, far=0.0):
    what = f"add_layer_norm {rows} x {width}, {str(dtype)[6:]}{' far from zero' if far else ''}"
    x = leaf(torch.randn(rows, width, device=device) * 2 + far, dtype)
    delta = leaf(torch.randn(rows, width, device=device), dtype)
    weight = leaf(torch.randn(width, device=device), dtype)
    bias = leaf(torch.randn(width, device=device), dtype)
    inputs = [x, delta, weight, bias]
    y = torch.ops.streamrank.add_layer_norm(*inputs, EPSILON)
    doubles = wide(inputs)
    compare(what, (["y"], ["x", "delta", "weight", "bias"]), [y], [norm_reference(*doubles)], inputs, doubles)
    with torch.no_grad():
        report(what, "no grad", torch.ops.streamrank.add_layer_norm(*inputs, EPSILON), y)


def check_embeddings(tokens, width, dtype, device, with_positions, with_segments):
    what = f"embed_layer_norm {tokens} x {width}, {str(dtype)[6:]}"
    what += f"{' positions' if with_positions else ''}{' segments' if with_segments else ''}"
    tables = [torch.randn(rows, width, device=device).to(dtype) for rows in (50, 30, 2)]
    numbers = [torch.randint(0, rows, (tokens,), dtype=torch.int32, device=device) for rows in (50, 30, 2)]
    weight, bias = (torch.randn(width, device=device).to(dtype) for _ in range(2))
    given = [True, with_positions, with_segments]
    optional = [table if there else None for table, there in zip(tables, given)]
    with torch.no_grad():
        y = torch.ops.streamrank.embed_layer_norm(*numbers, *optional, weight, bias, EPSILON)
        total = sum(table.double()[rows.long()] for table, rows, there in zip(tables, numbers, given) if there)
        report(what, "y", y, F.layer_norm(total, [width], weight.double(), bias.double(), EPSILON))


def check_gelu(rows, width, dtype, device, with_bias):
    what = f"bias_gelu {rows} x {width}, {str(dtype)[6:]}{' bias' if with_bias else ''}"
    x = leaf(torch.randn(rows, width, device=device) * 2.5, dtype)
    bias = leaf(torch.randn(width, device=device), dtype) if with_bias else None
    y = torch.ops.streamrank.bias_gelu(x, bias)
    doubles = wide([x, bias])
    total = doubles[0] + doubles[1] if with_bias else doubles[0]
    compare(what, (["y"], ["x", "bias"]), [y], [F.gelu(total)], [x, bias], doubles)


def check_gelu_everywhere(device):
    """Each bfloat16 number between -20 and 20, against float64: as near as rounding, or nearly."""
    x = torch.arange(-32768, 32768, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    x = x[x.float().abs() <= 20]
    x = x[: x.numel() // 8 * 8].view(-1, 8).to(device)
    y = torch.ops.streamrank.bias_gelu(x, None).double()
    wanted = F.gelu(x.double())
    # Half a unit in the last place of bfloat16 is 2^-8 of the number at most.
    error = ((y - wanted).abs() / (wanted.abs() * 2**-8 + 1e-6)).max().item()
    good = error < 1.05
    print(f"{'ok  ' if good else 'FAIL'} gelu of each bfloat16 number: {error:.3f} of what rounding makes, at most")
    if not good:
        failures.append(f"gelu of a bfloat16 number is off by {error:.3f} roundings")


def check_forms(device):
    for dtype in [torch.float32, torch.bfloat16]:
        for rows, width in [(1, 8), (7, 264), (5, 384), (9, 768), (3, 1024), (6, 1536), (2, 3072), (3, 8192), (70, 128)]:
            check_norm(rows, width, dtype, device)
        for rows, width in [(1, 8), (7, 264), (5, 1536), (18, 3072), (33, 768), (2100, 16)]:
            check_gelu(rows, width, dtype, device, rows != 7)
        for tokens, width in [(1, 8), (13, 384), (40, 768), (3, 1536)]:
            for parts in [(True, True), (True, False), (False, False)]:
                check_embeddings(tokens, width, dtype, device, *parts)
    check_norm(20, 768, torch.float32, device, far=100.0)
    check_gelu_everywhere(device)
    if device == "cuda":
        for dtype in [torch.float32, torch.bfloat16]:
            for width in [384, 768, 1024]:
                check_norm(5000, width, dtype, device)
                check_gelu(5000, 4 * width, dtype, device, True)


def check_small(device):
    for dtype in [torch.float32, torch.bfloat16]:
        check_norm(5, 264, dtype, device)
        check_norm(3, 1536, dtype, device)
        check_gelu(18, 264, dtype, device, True)
        check_embeddings(7, 384, dtype, device, True, True)


def check_same(device):
    rows = 3000 if device == "cuda" else 60
    x = leaf(torch.randn(rows, 384, device=device), torch.bfloat16)
    delta = leaf(torch.randn(rows, 384, device=device), torch.bfloat16)
    weight, bias = (leaf(torch.randn(384, device=device), torch.bfloat16) for _ in range(2))

    def run():
        y = torch.ops.streamrank.add_layer_norm(x, delta, weight, bias, EPSILON)
        y = torch.ops.streamrank.bias_gelu(y, bias)
        return [y] + list(torch.autograd.grad(y.float().sum(), [x, delta, weight, bias]))

    same = all(torch.equal(left, right) for left, right in zip(run(), run()))
    print(f"{'ok  ' if same else 'FAIL'} two runs give the same bits")
    if not same:
        failures.append("two runs differ")


def module(operators, compute, layers, heads, activation):
    """A BERT as the worker assembles it (io.streamrank.model.TorchArchive)."""
    text = ""
    for name in ["reranker.py", "products.py", "blocks.py", "postnorm.py", "sublayers.py", "bert.py", "serving.py"]:
        fast = SOURCES / "operators" / name
        text += (fast if operators and fast.exists() else SOURCES / name).read_text() + "\n"
    for name, kind, value in [
        ("layers", "int", layers),
        ("heads", "int", heads),
        ("activation", "str", f'"{activation}"'),
        ("norm_epsilon", "float", EPSILON),
        ("compute_type", "int", compute),
        ("wide_type", "int", 6),
    ]:
        text += f"def {name}() -> {kind}:\n  return {value}\n\n"

    def named(word):
        return b"X" + struct.pack("<I", len(word)) + word.encode()

    pickled = b"\x80\x02c__torch__\nReranker\n)\x81}(" + named("training") + b"\x89" + named("weights") + b"Nub."
    with tempfile.NamedTemporaryFile(suffix=".pt") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("reranker/data.pkl", pickled)
            archive.writestr("reranker/code/__torch__.py", text)
            archive.writestr("reranker/constants.pkl", b"\x80\x02).")
            archive.writestr("reranker/version", "3\n")
        file.flush()
        return torch.jit.load(file.name)


def bert_weights(layers, width, inner, device, spread=0.08):
    def draw(*shape):
        return torch.randn(*shape, device=device) * spread

    w = {"embeddings.word.weight": draw(100, width), "embeddings.position.weight": draw(64, width)}
    w |= {"embeddings.segment.weight": draw(2, width), "head.pooler.weight": draw(width, width)}
    w |= {"head.pooler.bias": draw(width), "head.score.weight": draw(1, width), "head.score.bias": draw(1)}
    norms = ["embeddings.norm"]
    for i in range(layers):
        p = f"layer.{i}."
        for part in ["query", "key", "value", "output"]:
            w |= {f"{p}attention.{part}.weight": draw(width, width), f"{p}attention.{part}.bias": draw(width)}
        w |= {p + "feedforward.up.weight": draw(inner, width), p + "feedforward.up.bias": draw(inner)}
        w |= {p + "feedforward.down.weight": draw(width, inner), p + "feedforward.down.bias": draw(width)}
        norms += [p + "attention.norm", p + "feedforward.norm"]
    for name in norms:
        w |= {name + ".weight": 1 + draw(width), name + ".bias": draw(width)}
    return w


def packed_batch(lengths):
    borders = [0]
    for length in lengths:
        borders.append(borders[-1] + length)
    ids = torch.randint(0, 100, (borders[-1],)).tolist()
    positions = [i for length in lengths for i in range(length)]
    segments = [int(i * 2 > length) for length in lengths for i in range(length)]
    numbers = [len(lengths), max(lengths)] + borders + ids + positions + segments
    return torch.tensor(numbers, dtype=torch.int32)


def check_model(device):
    """Scores and gradients with operators are as near to float32 as those without, and in float32 the same."""
    lengths = [3, 3, 5, 9, 17, 17, 24, 40]
    weights = bert_weights(2, 64, 256, device)
    batch = packed_batch(lengths)
    names = list(weights)
    for activation in ["gelu", "relu"]:
        found = {}
        for compute in (6, 15):
            for fast in (False, True):
                each = module(fast, compute, 2, 4, activation)
                with torch.no_grad():
                    each.bind(weights)
                    scores = each.forward(batch).double()
                grown = {name: value.clone().requires_grad_(True) for name, value in weights.items()}
                each.bind(grown)
                total = each.forward(batch).sum()
                gradients = torch.autograd.grad(total, [grown[name] for name in names])
                found[compute, fast] = [scores] + [gradient.double() for gradient in gradients]
        exact = found[6, False]

        def errors(key):
            """Of the scores and of all gradients together, by norms."""
            apart = [((a - b) ** 2).sum().item() for a, b in zip(found[key], exact)]
            size = [(a**2).sum().item() for a in exact]
            return (apart[0] / size[0]) ** 0.5, (sum(apart[1:]) / sum(size[1:])) ** 0.5

        for compute, name in [(6, "float32"), (15, "bfloat16")]:
            own, plain = errors((compute, True)), errors((compute, False))
            good = all(x <= 2 * y + 1e-5 for x, y in zip(own, plain))
            print(
                f"{'ok  ' if good else 'FAIL'} model, {activation}, {name}: scores {own[0]:.1e} from float32, gradients"
                f" {own[1]:.1e}; without operators {plain[0]:.1e} and {plain[1]:.1e}"
            )
            if not good:
                failures.append(f"model {activation} {name}: {own} {plain}")


def told(name, seconds, rows, bytes_moved, other=None):
    floor = bytes_moved / COPY_RATE
    text = f"{name:44} {seconds * 1e6:8.1f} us {seconds / rows * 1e9:6.2f} ns/token, {floor / seconds:4.0%} of the copy rate"
    print(text + (f"; PyTorch {other * 1e6:8.1f} us, {other / seconds:.2f} times" if other else ""))


def time_operators():
    torch.use_deterministic_algorithms(False)
    ops = torch.ops.streamrank
    t = 65536
    for d in [384, 768]:
        print(f"\n{t} tokens of width {d}, bfloat16")
        x, delta, dy = (torch.randn(t, d, device="cuda").bfloat16() for _ in range(3))
        weight, bias = (torch.randn(d, device="cuda").bfloat16() for _ in range(2))
        wide_x, wide_dy = (torch.randn(t, 4 * d, device="cuda").bfloat16() for _ in range(2))
        wide_bias = torch.randn(4 * d, device="cuda").bfloat16()
        words, places, kinds = (torch.randn(n, d, device="cuda").bfloat16() for n in (30522, 512, 2))
        ids, positions, segments = (torch.randint(0, n, (t,), device="cuda").int() for n in (30522, 88, 2))
        with torch.no_grad():
            own = timed(lambda: ops.add_layer_norm(x, delta, weight, bias, EPSILON))
            other = timed(lambda: F.layer_norm(x + delta, [d], weight, bias, EPSILON))
            told("add_layer_norm", own, t, t * d * 6, other)
            own = timed(lambda: ops.bias_gelu(wide_x, wide_bias))
            told("bias_gelu", own, t, t * d * 16, timed(lambda: F.gelu(wide_x)))
            own = timed(lambda: ops.embed_layer_norm(ids, positions, segments, words, places, kinds, weight, bias, EPSILON))
            other = timed(
                lambda: F.layer_norm(
                    F.embedding(ids, words) + F.embedding(positions, places) + F.embedding(segments, kinds),
                    [d], weight, bias, EPSILON,
                )
            )
            told("embed_layer_norm", own, t, t * d * 4, other)
        leaves = [each.detach().requires_grad_(True) for each in (x, delta, weight, bias)]

        def back(y, given):
            return timed(lambda: torch.autograd.grad(y, leaves, given, retain_graph=True))

        own = back(ops.add_layer_norm(*leaves, EPSILON), dy)
        other = back(F.layer_norm(leaves[0] + leaves[1], [d], leaves[2], leaves[3], EPSILON), dy)
        told("add_layer_norm backward", own, t, t * d * 8, other)
        leaves = [each.detach().requires_grad_(True) for each in (wide_x, wide_bias)]
        own = back(ops.bias_gelu(*leaves), wide_dy)
        told("bias_gelu backward", own, t, t * d * 24, back(F.gelu(leaves[0] + leaves[1]), wide_dy))


def time_layers():
    """Of one layer on sequences of 88 tokens, each part alone, and the sum beside what the whole layer takes."""
    ops = torch.ops.streamrank
    for d, heads, t in [(384, 12, 65472), (768, 12, 65472)]:
        print(f"\na layer of width {d}, {t} tokens in sequences of 88, bfloat16")

        def draw(*shape):
            return (torch.randn(*shape, device="cuda") * 0.05).bfloat16()

        x, up_x, a = draw(t, d), draw(t, 4 * d), draw(t, d)
        weights = {"qkv": (3 * d, d), "output": (d, d), "up": (4 * d, d), "down": (d, 4 * d)}
        w = {name: (draw(*shape), draw(shape[0])) for name, shape in weights.items()}
        norm = (draw(d), draw(d), EPSILON)
        borders = torch.arange(0, t + 1, 88, device="cuda").int()
        qkv = draw(t, 3, heads, d // heads)

        def attend(packed):
            q, k, v = packed.unbind(1)
            return torch.ops.aten._flash_attention_forward(q, k, v, borders, borders, 88, 88, 0.0, False, False)[0]

        def plain(x):
            made = attend(F.linear(x, *w["qkv"]).view(t, 3, heads, -1)).reshape(t, d)
            x = F.layer_norm(x + F.linear(made, *w["output"]), [d], *norm)
            return F.layer_norm(x + F.linear(F.gelu(F.linear(x, *w["up"])), *w["down"]), [d], *norm)

        def fused(x):
            made = attend(F.linear(x, *w["qkv"]).view(t, 3, heads, -1)).reshape(t, d)
            x = ops.add_layer_norm(x, F.linear(made, *w["output"]), *norm)
            up = ops.bias_gelu(F.linear(x, w["up"][0]), w["up"][1])
            return ops.add_layer_norm(x, F.linear(up, *w["down"]), *norm)

        def chunked(x, rows):
            out = torch.empty_like(x)
            for first in range(0, t, rows):
                part = x[first : first + rows]
                up = ops.bias_gelu(F.linear(part, w["up"][0]), w["up"][1])
                torch.addmm(w["down"][1], up, w["down"][0].t(), out=out[first : first + rows])
            return out

        with torch.no_grad():
            total = 0.0
            for name, (rows, columns) in weights.items():
                given = up_x if name == "down" else x
                for bias in ["with bias", "without"]:
                    seconds = timed(lambda: F.linear(given, w[name][0], w[name][1] if bias == "with bias" else None))
                    rate = 2 * t * rows * columns / seconds / 1e12
                    print(f"{name + ' ' + bias:44} {seconds * 1e6:8.1f} us {seconds / t * 1e9:6.2f} ns/token, {rate:.0f} TFLOP/s")
                total += seconds
            told("attention", (seconds := timed(lambda: attend(qkv))), t, t * d * 8)
            total += seconds
            told("add_layer_norm, twice", (seconds := 2 * timed(lambda: ops.add_layer_norm(x, a, *norm))), t, t * d * 12)
            total += seconds
            told("bias_gelu", (seconds := timed(lambda: ops.bias_gelu(up_x, w["up"][1]))), t, t * d * 16)
            total += seconds
            for name, call in [("layer, PyTorch's own operations", plain), ("layer, operators", fused)]:
                seconds = timed(lambda: call(x))
                print(f"{name:44} {seconds * 1e6:8.1f} us {seconds / t * 1e9:6.2f} ns/token")
            print(f"{'its parts alone':44} {total * 1e6:8.1f} us {total / t * 1e9:6.2f} ns/token")
            for rows in [2048, 4096, 8192, 16384, t]:
                seconds = timed(lambda: chunked(x, rows))
                print(f"{f'feed-forward, {rows} rows at a time':44} {seconds * 1e6:8.1f} us {seconds / t * 1e9:6.2f} ns/token")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("library")
    arguments.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    arguments.add_argument("--parts", default="forms,same,model,times,layers")
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 2**31)
    given = arguments.parse_args()
    torch.ops.load_library(given.library)
    torch.manual_seed(given.seed)
    print(f"operators {torch.ops.streamrank.version()}, torch {torch.__version__}, {given.device}, seed {given.seed}")
    # Memory that is allocated empty then holds NaN.
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    parts = given.parts.split(",")
    for name, check in [("small", check_small), ("forms", check_forms), ("same", check_same), ("model", check_model)]:
        if name in parts:
            check(given.device)
    if given.device == "cuda":
        torch.use_deterministic_algorithms(False)
        for name, measure in [("times", time_operators), ("layers", time_layers)]:
            if name in parts:
                measure()
    print("\n".join(["", f"{len(failures)} failed:"] + failures if failures else ["", "all good"]))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

"""Training pairs per second: Streamrank's trainer beside a PyTorch loop over transformers, on one machine in one call.

Both train the same models (MiniLM-L6 and BERT-base, random weights of real size, MiniLM's vocabulary) on the same pairs:
groups of one positive and 7 negatives, 128 groups a step, softmax loss over a group, AdamW, clipping to norm 1, dropout
0.1 in sublayers and in attention. Streamrank reads texts from a file and tokenizes them while it trains, with
io.streamrank.benchmarks.TrainingSpeed. The PyTorch loop finds them tokenized, sorted by length, padded and in pinned
memory, and never waits for a loss: scaled dot-product attention, bfloat16 autocast, fused AdamW, and the best of several
sizes of micro-batches, up to the whole step at once. Both have the same setting of libtorch's allocator, which each tells
as it found it, and as many timed steps at least.

Needs torch, transformers and tokenizers, and what Streamrank needs: a Java 17 whose class path is given as --class-path, and
DJL's variables for a GPU's libtorch, as benchmarks/README.md says.
"""

import argparse
import gzip
import json
import os
import pathlib
import platform
import random
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "squad11-train"
TOKENIZER = ROOT / "models" / "minilm-l6-reranker" / "tokenizer.json"
DOCUMENTS = 8
MODELS = {
    "minilm-l6": dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "bert-base": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
    "tiny": dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128),
}

# Read by libtorch on both sides when it begins; Streamrank's process inherits it.
ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF"

# What is computed in which type: not the same, as autocast keeps more in float32.
ARITHMETIC = {
    "pytorch": "torch.autocast to bfloat16: products, attention, GELU, pooler and head in bfloat16; embeddings, LayerNorm, "
    "residual sums, scores and loss in float32",
    "streamrank": "products, attention, GELU, embeddings, LayerNorm (its statistics in float32) and residual sums in "
    "bfloat16; pooler, head, scores and loss in float32",
    "both": "weights, their gradients and AdamW in float32",
    "cpu": "float32 throughout on both sides",
}


def say(*words):
    print(*words, flush=True)


def make_models(names, work):
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    for name in names:
        torch.manual_seed(1)
        config = BertConfig(vocab_size=30522, num_labels=1, **MODELS[name])
        BertForSequenceClassification(config).save_pretrained(work / name)
        shutil.copy(TOKENIZER, work / name / "tokenizer.json")


def make_lists(tokenizer, tokens, groups, file):
    """Labelled lists whose pairs have so many tokens in the mean, spread as passages are."""
    with gzip.open(SAMPLE / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        corpus = [json.loads(line) for line in lines]
    place = {document["id"]: i for i, document in enumerate(corpus)}
    with open(SAMPLE / "queries.tsv", encoding="utf-8") as lines:
        queries = dict(line.rstrip("\n").split("\t", 1) for line in lines)
    judged = []
    with open(SAMPLE / "qrels.trec", encoding="utf-8") as lines:
        for line in lines:
            query, _, document, grade = line.split()
            if int(grade) > 0 and query in queries and document in place:
                judged.append((queries[query], place[document]))
    words = [word for document in corpus[:200] for word in document["text"].split()]
    tokens_per_word = len(tokenizer.encode(" ".join(words)).ids) / len(words)
    query_tokens = sum(len(tokenizer.encode(query).ids) for query, _ in judged[:200]) / 200 + 1
    wanted = (tokens - query_tokens) / tokens_per_word
    draw = random.Random(tokens)

    def text(first):
        count = max(4, round(draw.gammavariate(5, wanted / 5)))
        found = []
        while len(found) < count:
            found += corpus[first % len(corpus)]["text"].split()
            first += 1
        return " ".join(found[:count])

    with open(file, "w", encoding="utf-8") as out:
        for i in range(groups):
            query, positive = judged[i % len(judged)]
            negatives = draw.sample(range(len(corpus)), DOCUMENTS - 1)
            texts = [text(j) for j in [positive] + negatives]
            out.write(json.dumps({"query": query, "positives": texts[:1], "negatives": texts[1:]}) + "\n")


def tokenized(tokenizer, file, max_length):
    tokenizer.enable_truncation(max_length, strategy="only_second")
    pairs = []
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            group = json.loads(line)
            pairs += [(group["query"], text) for text in group["positives"] + group["negatives"]]
    return [(e.ids, e.type_ids) for e in tokenizer.encode_batch(pairs)]


def padded_batches(pairs, per_step, size, cuda):
    """Steps of so many pairs, each sorted by length and cut into padded micro-batches."""
    import torch

    steps = []
    for first in range(0, len(pairs) - per_step + 1, per_step):
        step = pairs[first : first + per_step]
        order = sorted(range(per_step), key=lambda i: len(step[i][0]))
        parts = []
        for begin in range(0, per_step, size):
            chosen = [step[i] for i in order[begin : begin + size]]
            longest = max(len(ids) for ids, _ in chosen)
            part = torch.zeros(3, len(chosen), longest, dtype=torch.long)
            for row, (ids, types) in enumerate(chosen):
                part[0, row, : len(ids)] = torch.tensor(ids)
                part[1, row, : len(ids)] = torch.tensor(types)
                part[2, row, : len(ids)] = 1
            parts.append(part.pin_memory() if cuda else part)
        back = torch.empty(per_step, dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(per_step)
        steps.append((parts, back, sum(len(ids) for ids, _ in step)))
    return steps


def pytorch(folder, pairs, sizes, options):
    import torch
    from transformers import BertForSequenceClassification

    device = options.device
    per_step = options.groups * DOCUMENTS
    cuda = device == "cuda"
    model = BertForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
    model = model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def wait():
        if cuda:
            torch.cuda.synchronize()

    def step(batch):
        parts, back, _ = batch
        scores = []
        with torch.autocast(device, torch.bfloat16, enabled=cuda):
            for part in parts:
                ids, types, mask = part.to(device, non_blocking=True)
                scores.append(model(input_ids=ids, token_type_ids=types, attention_mask=mask).logits[:, 0])
        scores = torch.cat(scores).float()[back.to(device)].view(-1, DOCUMENTS)
        loss = (torch.logsumexp(scores, 1) - scores[:, 0]).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def timed(batches, seconds, least):
        # Each batch has lengths of its own: before its memory was had once, PyTorch would be timed asking for it.
        for batch in batches:
            step(batch)
        wait()
        began = time.perf_counter()
        steps = tokens = 0
        while steps < least or time.perf_counter() - began < seconds:
            # A few steps at a time, so that waiting costs nothing.
            for batch in [batches[(steps + i) % len(batches)] for i in range(3)]:
                step(batch)
                tokens += batch[2]
            steps += 3
            wait()
        took = time.perf_counter() - began
        return dict(
            pairs_per_second=round(steps * per_step / took),
            tokens_per_second=round(tokens / took),
            milliseconds_per_step=took / steps * 1000,
            mean_tokens=tokens / steps / per_step,
            steps=steps,
        )

    def measured(some, size, seconds, least):
        """What timed(...) says, or nothing where the memory is too small."""
        try:
            return timed(padded_batches(some, per_step, size, cuda), seconds, least)
        except torch.OutOfMemoryError:
            pass
        # Only now does nothing hold what the failed step had.
        optimizer.zero_grad()
        torch.cuda.empty_cache()
        return None

    tried = {size: measured(pairs[: 3 * per_step], size, options.tries, 3) for size in sizes}
    speed = {size: each["pairs_per_second"] if each else "out of memory" for size, each in tried.items()}
    fits = sorted((size for size in sizes if tried[size]), key=lambda size: -speed[size])
    for best in fits:
        # The longest batch of all may be none of those tried.
        result = measured(pairs, best, options.seconds, options.steps)
        if result:
            return dict(result, micro_batch_pairs=best, tried=speed, allocator=os.environ.get(ALLOCATOR))
        speed[best] = "out of memory"
    return dict(failed="out of memory", tried=speed)


def streamrank(options, work, runs):
    output = work / "ours.json"
    command = [options.java, *options.java_options.split(), "-cp", options.class_path]
    command += ["io.streamrank.benchmarks.TrainingSpeed", "--output", str(output)]
    command += ["--device", "gpu" if options.device == "cuda" else options.device]
    command += ["--micro-batch-tokens", options.micro_batch_tokens, "--groups", str(options.groups)]
    command += ["--max-length", str(options.max_length), "--seconds", str(options.seconds), "--warm-up", str(options.warm_up)]
    command += ["--steps", str(options.steps)]
    for name, model, lists in runs:
        command += ["--run", f"{name}={model},{lists}"]
    try:
        subprocess.run(command, timeout=options.timeout, check=False)
    except subprocess.TimeoutExpired:
        say("streamrank: out of time")
    return json.loads(output.read_text()) if output.exists() else []


def environment(options):
    import torch
    import transformers

    told = dict(
        date=time.strftime("%Y-%m-%d"),
        torch=torch.__version__,
        transformers=transformers.__version__,
        python=platform.python_version(),
        streamrank=options.revision,
        cores=os.cpu_count(),
        least_steps=options.steps,
        warm_up="PyTorch: every batch once; Streamrank: " + str(options.warm_up) + " steps",
    )
    java = subprocess.run([options.java, "-version"], capture_output=True, text=True, check=False).stderr
    told["java"] = java.splitlines()[0] if java else "unknown"
    if options.device == "cuda":
        told["device"] = torch.cuda.get_device_name()
        told["cuda"] = torch.version.cuda
        told["arithmetic"] = {side: ARITHMETIC[side] for side in ("pytorch", "streamrank", "both")}
    else:
        told["device"] = "cpu"
        told["arithmetic"] = {"both": ARITHMETIC["cpu"]}
    return told


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default="minilm-l6,bert-base")
    parser.add_argument("--tokens", default="88,188", help="mean tokens of the pairs")
    parser.add_argument("--groups", type=int, default=128, help="groups of a step")
    parser.add_argument("--steps-of-text", type=int, default=12, help="steps before texts come again")
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each is measured at least")
    parser.add_argument("--steps", type=int, default=30, help="how many steps each is measured at least")
    parser.add_argument("--tries", type=float, default=0.7, help="how long each size of micro-batches is tried")
    parser.add_argument("--warm-up", type=int, default=8, help="steps of Streamrank's before the clock starts")
    parser.add_argument("--sizes", default="128,256,512,1024", help="pairs of PyTorch's micro-batches to try")
    parser.add_argument(
        "--allocator",
        default=os.environ.get(ALLOCATOR, "expandable_segments:True"),
        help=f"{ALLOCATOR} of both sides; none: as libtorch has it. By default what is set, else blocks that can grow: "
        "padded lengths vary, and others would be had anew for many of them",
    )
    parser.add_argument("--micro-batch-tokens", default="262144", help="tokens of Streamrank's micro-batches to try")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--java", default="java")
    parser.add_argument("--java-options", default="-Xmx16g")
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--timeout", type=float, default=240, help="seconds for all of Streamrank's runs")
    parser.add_argument("--sides", default="streamrank,pytorch")
    parser.add_argument("--wait-for", type=pathlib.Path, help="begin to measure once this file is there")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="a folder for models and texts")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the JSON file to write")
    parser.add_argument("--revision", default="unknown")
    options = parser.parse_args()
    os.environ.pop(ALLOCATOR, None)
    if options.allocator != "none":
        os.environ[ALLOCATOR] = options.allocator
    began = time.time()
    from tokenizers import Tokenizer

    options.work.mkdir(parents=True, exist_ok=True)
    models = options.models.split(",")
    make_models(models, options.work)
    runs = []
    for tokens in map(int, options.tokens.split(",")):
        lists = options.work / f"{tokens}.jsonl"
        make_lists(Tokenizer.from_file(str(TOKENIZER)), tokens, options.groups * options.steps_of_text, lists)
        runs += [(f"{model}/{tokens}", options.work / model, lists) for model in models]
    pairs = {lists: None for _, _, lists in runs}
    for lists in pairs:
        pairs[lists] = tokenized(Tokenizer.from_file(str(TOKENIZER)), lists, options.max_length)
    say(f"prepared after {time.time() - began:.1f} s")
    while options.wait_for is not None and not options.wait_for.exists():
        time.sleep(0.1)
    record = dict(environment=environment(options), runs={name: {} for name, _, _ in runs})

    def save():
        options.output.write_text(json.dumps(record, indent=2) + "\n")

    sides = options.sides.split(",")
    if "streamrank" in sides:
        for result in streamrank(options, options.work, runs):
            record["runs"][result.pop("name")].setdefault("streamrank", []).append(result)
        save()
        say(f"streamrank measured after {time.time() - began:.1f} s")
    if "pytorch" in sides:
        for name, model, lists in runs:
            result = pytorch(model, pairs[lists], [int(size) for size in options.sizes.split(",")], options)
            record["runs"][name]["pytorch"] = result
            save()
            say("pytorch", name, json.dumps(result))
    for name, run in record["runs"].items():
        ours = [each["pairs_per_second"] for each in run.get("streamrank", []) if "pairs_per_second" in each]
        theirs = run.get("pytorch", {}).get("pairs_per_second")
        if ours and theirs:
            run["times"] = round(max(ours) / theirs, 3)
            say(f"{name}: streamrank {max(ours)}, pytorch {theirs}: {run['times']} times")
    save()
    say(f"done after {time.time() - began:.1f} s")


if __name__ == "__main__":
    sys.exit(main())

"""Pairs per second in serving: Streamrank beside other ways to run the same checkpoints, on one machine in one call.

Cross-encoders (BERT-base and MiniLM-L6, random weights of real size, MiniLM's vocabulary) score the same pairs, passages
of 88 tokens in the mean and documents cut to 512, in bfloat16:

  streamrank             from token ids (forward passes alone, by token budget), from text, and from text whose documents'
                         token ids are remembered, with io.streamrank.benchmarks.ServingSpeed
  sentence-transformers  CrossEncoder.predict from text, the fastest of several batch sizes
  transformers           scaled dot-product attention, from ids sorted by length, padded, in pinned memory; the fastest of
                         several batch sizes
  packed                 a packed forward pass in eager PyTorch over flash attention, from ids in pinned memory; and from
                         text, tokenized by tokenizers' encode_batch meanwhile

None of them waits for a score before all are queued, but sentence-transformers, which does. Mamba-130M and Mamba-2-130M
(random weights) run for Streamrank alone, on 512 tokens, on passages, and on documents of some 500 tokens of which they
have read none, half, 90% or all before.

Every figure of a run comes from that run. Scores of the first pairs are compared with float32. Needs torch, transformers,
tokenizers and sentence-transformers, and what Streamrank needs: a Java 17 whose class path is given as --class-path, and
DJL's variables for a GPU's libtorch, as benchmarks/README.md says.
"""

import argparse
import gzip
import json
import os
import pathlib
import platform
import queue
import random
import shutil
import subprocess
import sys
import threading
import time
from importlib import metadata

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "squad11-train"
CHECKPOINT = ROOT / "models" / "minilm-l6-reranker"
MODELS = {
    "minilm-l6": dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "bert-base": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
    "tiny": dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128),
}
MAMBAS = ["mamba-130m", "mamba2-130m"]
MAX_LENGTH = 512
ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF"

BEGAN = time.time()


def say(*words):
    print(f"{time.time() - BEGAN:6.1f} s", *words, flush=True)


def make_models(names, work):
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    for name in names:
        torch.manual_seed(1)
        # Wider than BERT's own 0.02, so that scores are spread and can be compared.
        config = BertConfig(vocab_size=30522, num_labels=1, initializer_range=0.05, **MODELS[name])
        BertForSequenceClassification(config).save_pretrained(work / name)
        shutil.copy(CHECKPOINT / "tokenizer.json", work / name)
        told = dict(tokenizer_class="BertTokenizer", model_max_length=MAX_LENGTH)
        (work / name / "tokenizer_config.json").write_text(json.dumps(told))


def make_lists(tokenizer, tokens, lists, documents, file, even):
    """Lists of one query and documents, all different; pairs have so many tokens in the mean, or all about as many."""
    with gzip.open(SAMPLE / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        words = [word for line in lines for word in json.loads(line)["text"].split()]
    with open(SAMPLE / "queries.tsv", encoding="utf-8") as lines:
        queries = [line.rstrip("\n").split("\t", 1)[1] for line in lines]
    tokenizer.no_truncation()
    tokens_per_word = len(tokenizer.encode(" ".join(words[:20000])).ids) / 20000
    query_tokens = sum(len(tokenizer.encode(query).ids) for query in queries[:200]) / 200 + 1
    wanted = (tokens - query_tokens) / tokens_per_word
    draw = random.Random(tokens)

    def text():
        count = round(wanted) if even else max(4, round(draw.gammavariate(5, wanted / 5)))
        first = draw.randrange(len(words) - count)
        return " ".join(words[first : first + count])

    with open(file, "w", encoding="utf-8") as out:
        for i in range(lists):
            out.write(json.dumps(dict(query=queries[i % len(queries)], documents=[text() for _ in range(documents)])) + "\n")


def read_pairs(file):
    with open(file, encoding="utf-8") as lines:
        return [(each["query"], text) for each in map(json.loads, lines) for text in each["documents"]]


def tokenizer_of(folder):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_LENGTH, strategy="only_second")
    return tokenizer


def tokenized(tokenizer, pairs):
    return [(each.ids, each.type_ids) for each in tokenizer.encode_batch(pairs)]


def flops(model, mean_tokens):
    """Of a token in a whole forward pass, pruned nowhere."""
    size = MODELS[model]
    d, inner = size["hidden_size"], size["intermediate_size"]
    return size["num_hidden_layers"] * (2 * (4 * d * d + 2 * d * inner) + 4 * mean_tokens * d)


class Torch:
    """What the peers share: the device, waiting for it, and the time that is left."""

    def __init__(self, options):
        import torch

        self.torch = torch
        self.cuda = options.device == "cuda"
        self.device = options.device
        self.dtype = torch.bfloat16 if self.cuda else torch.float32
        self.seconds = options.peer_seconds

    def wait(self):
        if self.cuda:
            self.torch.cuda.synchronize()

    def pinned(self, tensor):
        return tensor.pin_memory() if self.cuda else tensor

    def timed(self, once, pairs, tokens):
        """Rounds of all pairs until the time is over; the first is not counted."""
        once()
        self.wait()
        began = time.perf_counter()
        rounds = 0
        while rounds == 0 or time.perf_counter() - began < self.seconds:
            once()
            self.wait()
            rounds += 1
        took = time.perf_counter() - began
        return dict(
            pairs_per_second=round(rounds * pairs / took), tokens_per_second=round(rounds * tokens / took), rounds=rounds
        )

    def best(self, sizes, measure):
        tried = {}
        for size in sizes:
            try:
                tried[size] = measure(size)
            except self.torch.OutOfMemoryError:
                self.torch.cuda.empty_cache()
        size = max(tried, key=lambda each: tried[each]["pairs_per_second"])
        return dict(tried[size], size=size, tried={each: told["pairs_per_second"] for each, told in tried.items()})

    def matrix_rate(self):
        """TFLOP/s of a large product."""
        size = 8192 if self.cuda else 512
        left = self.torch.randn(size, size, device=self.device).to(self.dtype)
        right = self.torch.randn(size, size, device=self.device).to(self.dtype)
        for _ in range(3):
            left @ right
        self.wait()
        began = time.perf_counter()
        for _ in range(10):
            left @ right
        self.wait()
        return round(10 * 2 * size**3 / (time.perf_counter() - began) / 1e12, 1)


def sorted_batches(ids, size):
    """Of so many pairs, shortest first, as places."""
    order = sorted(range(len(ids)), key=lambda i: len(ids[i][0]))
    return [order[first : first + size] for first in range(0, len(order), size)]


def budget_batches(ids, budget):
    """Of so many tokens at most, shortest first, as places."""
    batches, tokens = [[]], 0
    for place in sorted(range(len(ids)), key=lambda i: len(ids[i][0])):
        if batches[-1] and tokens + len(ids[place][0]) > budget:
            batches.append([])
            tokens = 0
        batches[-1].append(place)
        tokens += len(ids[place][0])
    return batches


def sentence_transformers(folder, pairs, ids, sizes, on):
    from sentence_transformers import CrossEncoder

    torch = on.torch
    model = CrossEncoder(
        str(folder),
        device=on.device,
        local_files_only=True,
        activation_fn=torch.nn.Identity(),
        model_kwargs=dict(dtype=on.dtype),
    )
    tokens = sum(len(each) for each, _ in ids)
    result = on.best(
        sizes,
        lambda size: on.timed(
            lambda: model.predict(pairs, batch_size=size, show_progress_bar=False), len(pairs), tokens
        ),
    )
    return result, [float(score) for score in model.predict(pairs[:256], show_progress_bar=False)]


def transformers_padded(folder, ids, sizes, on):
    from transformers import BertForSequenceClassification

    torch = on.torch
    model = BertForSequenceClassification.from_pretrained(folder, dtype=on.dtype, attn_implementation="sdpa")
    model = model.to(on.device).eval()

    def batches(size):
        made = []
        for places in sorted_batches(ids, size):
            longest = max(len(ids[place][0]) for place in places)
            batch = torch.zeros(3, len(places), longest, dtype=torch.long)
            for row, place in enumerate(places):
                length = len(ids[place][0])
                batch[0, row, :length] = torch.tensor(ids[place][0])
                batch[1, row, :length] = torch.tensor(ids[place][1])
                batch[2, row, :length] = 1
            made.append(on.pinned(batch))
        return made

    def measure(size):
        made = batches(size)

        def once():
            scores = []
            for batch in made:
                words, types, mask = batch.to(on.device, non_blocking=True)
                scores.append(model(input_ids=words, token_type_ids=types, attention_mask=mask).logits[:, 0].float())
            return torch.cat(scores).cpu()

        with torch.inference_mode():
            return on.timed(once, len(ids), sum(len(each) for each, _ in ids))

    return on.best(sizes, measure)


class Packed:
    """BERT without padding in eager PyTorch."""

    def __init__(self, folder, on, dtype=None):
        from transformers import BertForSequenceClassification

        self.on = on
        self.torch = on.torch
        self.dtype = dtype or on.dtype
        model = BertForSequenceClassification.from_pretrained(folder, dtype=self.torch.float32)
        self.heads = model.config.num_attention_heads
        self.epsilon = model.config.layer_norm_eps
        w = {name.removeprefix("bert."): tensor for name, tensor in model.state_dict().items()}
        kept = {}
        for name, tensor in w.items():
            head = name.startswith(("pooler", "classifier"))
            kept[name] = tensor.to(on.device, self.torch.float32 if head else self.dtype)
        self.layers = model.config.num_hidden_layers
        for i in range(self.layers):
            for part in ["weight", "bias"]:
                names = [f"encoder.layer.{i}.attention.self.{one}.{part}" for one in ["query", "key", "value"]]
                kept[f"qkv.{i}.{part}"] = self.torch.cat([kept.pop(name) for name in names])
        self.w = kept

    def batch(self, ids):
        torch = self.torch
        lengths = torch.tensor([len(each) for each, _ in ids])
        words = torch.tensor([word for each, _ in ids for word in each], dtype=torch.int32)
        types = torch.tensor([kind for _, each in ids for kind in each], dtype=torch.int32)
        positions = torch.cat([torch.arange(length, dtype=torch.int32) for length in lengths.tolist()])
        borders = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)]).int()
        return self.on.pinned(torch.cat([borders, words, types, positions])), len(ids), int(lengths.max())

    def attention(self, q, k, v, borders, longest):
        torch = self.torch
        scale = q.size(-1) ** -0.5
        if q.is_cuda and q.dtype == torch.bfloat16:
            return torch.ops.aten._flash_attention_forward(
                q, k, v, borders, borders, longest, longest, 0.0, False, False, scale=scale
            )[0]
        out = []
        for begin, end in zip(borders.tolist(), borders.tolist()[1:]):
            parts = [x[begin:end].transpose(0, 1) for x in (q, k, v)]
            out.append(torch.nn.functional.scaled_dot_product_attention(*parts).transpose(0, 1))
        return torch.cat(out)

    def score(self, batch):
        f = self.torch.nn.functional
        packed, n, longest = batch
        packed = packed.to(self.on.device, non_blocking=True)
        w = self.w
        t = (packed.numel() - n - 1) // 3
        borders, words, types, positions = packed.split([n + 1, t, t, t])

        def norm(x, name):
            return f.layer_norm(x, x.shape[-1:], w[name + ".LayerNorm.weight"], w[name + ".LayerNorm.bias"], self.epsilon)

        def linear(x, name):
            return f.linear(x, w[name + ".weight"], w[name + ".bias"])

        x = f.embedding(words, w["embeddings.word_embeddings.weight"])
        x = x + f.embedding(positions, w["embeddings.position_embeddings.weight"])
        x = norm(x + f.embedding(types, w["embeddings.token_type_embeddings.weight"]), "embeddings")
        for i in range(self.layers):
            p = f"encoder.layer.{i}."
            q, k, v = linear(x, f"qkv.{i}").view(t, 3, self.heads, -1).unbind(1)
            a = self.attention(q, k, v, borders, longest).reshape(t, -1)
            x = norm(x + linear(a, p + "attention.output.dense"), p + "attention.output")
            x = norm(x + linear(f.gelu(linear(x, p + "intermediate.dense")), p + "output.dense"), p + "output")
        pooled = self.torch.tanh(linear(x[borders[:-1]].float(), "pooler.dense"))
        return linear(pooled, "classifier")[:, 0]

    def from_ids(self, ids, budgets):
        def measure(budget):
            made = [self.batch([ids[place] for place in places]) for places in budget_batches(ids, budget)]
            with self.torch.inference_mode():
                return self.on.timed(
                    lambda: self.torch.cat([self.score(batch) for batch in made]).cpu(),
                    len(ids),
                    sum(len(each) for each, _ in ids),
                )

        return self.on.best(budgets, measure)

    def from_text(self, tokenizer, pairs, tokens, budget, chunk):
        """Each chunk is tokenized while the one before is scored."""

        def once():
            ready = queue.Queue(1)

            def encode():
                for first in range(0, len(pairs), chunk):
                    ready.put(tokenized(tokenizer, pairs[first : first + chunk]))
                ready.put(None)

            threading.Thread(target=encode, daemon=True).start()
            scores = []
            while (ids := ready.get()) is not None:
                for places in budget_batches(ids, budget):
                    scores.append(self.score(self.batch([ids[place] for place in places])))
            return self.torch.cat(scores).cpu()

        with self.torch.inference_mode():
            return self.on.timed(once, len(pairs), tokens)

    def scores(self, ids):
        with self.torch.inference_mode():
            return self.score(self.batch(ids)).float().cpu().tolist()


def agreement(scores, exact):
    """How far scores are from exact ones, beside how far these spread, and whether they rank alike."""
    import numpy

    scores, exact = numpy.array(scores), numpy.array(exact[: len(scores)])
    ranks = [numpy.argsort(numpy.argsort(each)) for each in (scores, exact)]
    return dict(
        pairs=len(scores),
        largest_difference_of_spread=float(numpy.abs(scores - exact).max() / (exact.max() - exact.min())),
        rank_correlation=float(numpy.corrcoef(*ranks)[0, 1]),
    )


def streamrank(options, runs, makes):
    output = options.work / "ours.json"
    output.unlink(missing_ok=True)
    command = [options.java, *options.java_options.split(), "-cp", options.class_path]
    command += ["io.streamrank.benchmarks.ServingSpeed", "--output", str(output), "--tokenizer", str(CHECKPOINT)]
    command += ["--device", "gpu" if options.device == "cuda" else "cpu"]
    command += ["--dtype", "bfloat16" if options.device == "cuda" else "float32"]
    command += ["--operators", options.operators, "--budgets", options.budgets, "--in-flight", options.in_flight]
    command += ["--seconds", str(options.seconds), "--transaction-pairs", str(options.transaction_pairs)]
    command += ["--max-length", str(MAX_LENGTH), "--time", str(options.java_time), "--percents", options.percents]
    for size in makes:
        command += ["--make", f"{size}={options.work / size}"]
    for name, folder, lists, parts in runs:
        command += ["--run", f"{name}={folder},{lists},{'+'.join(parts)}"]
    try:
        # Whatever is under way when no more is begun has a while to end.
        subprocess.run(command, timeout=options.java_time + 30, check=False)
    except subprocess.TimeoutExpired:
        say("streamrank: out of time")
    return json.loads(output.read_text()) if output.exists() else []


def environment(options):
    import torch

    def version(package):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return "not there"

    java = subprocess.run([options.java, "-version"], capture_output=True, text=True, check=False).stderr.splitlines()
    told = dict(
        date=time.strftime("%Y-%m-%d"),
        streamrank=options.revision,
        torch=torch.__version__,
        transformers=version("transformers"),
        sentence_transformers=version("sentence-transformers"),
        tokenizers=version("tokenizers"),
        python=platform.python_version(),
        java=java[0] if java else "unknown",
        cores=os.cpu_count(),
        allocator=os.environ.get(ALLOCATOR),
        device="cpu",
        arithmetic="float32",
    )
    if options.device == "cuda":
        told.update(
            device=torch.cuda.get_device_name(),
            cuda=torch.version.cuda,
            arithmetic="bfloat16; Streamrank's and packed's pooler and head float32",
        )
    return told


def peers(options, on, name, folder, pairs, record, save):
    """Every other way to run one checkpoint on one file, each as long as there is time."""
    tokenizer = tokenizer_of(folder)
    ids = tokenized(tokenizer, pairs)
    tokens = sum(len(each) for each, _ in ids)
    budget = [int(each) for each in options.budgets.split(",")]
    exact = Packed(folder, on, on.torch.float32).scores(ids[:256])
    packed = Packed(folder, on)
    record["mean_tokens"] = tokens / len(pairs)
    record["agreement"] = {"packed": agreement(packed.scores(ids[:256]), exact)}
    for each in record["streamrank"]:
        if each["part"] == "scores":
            record["agreement"]["streamrank, operators " + each["operators"]] = agreement(each.pop("scores"), exact)

    def packed_part():
        record["packed"] = packed.from_ids(ids, budget)
        say(name, "packed", json.dumps(record["packed"]))
        record["packed from text"] = packed.from_text(
            tokenizer, pairs, tokens, record["packed"]["size"], options.transaction_pairs
        )
        say(name, "packed from text", json.dumps(record["packed from text"]))

    def transformers_part():
        sizes = [int(size) for size in options.padded_sizes.split(",")]
        record["transformers"] = transformers_padded(folder, ids, sizes, on)
        say(name, "transformers", json.dumps(record["transformers"]))

    def sentence_transformers_part():
        sizes = [int(size) for size in options.predict_sizes.split(",")]
        # It is slow enough to be measured on some of the pairs: as many tokens of passages as of documents.
        some = min(len(pairs), max(256, int(options.predict_tokens * len(pairs) / tokens)))
        record["sentence-transformers"], scores = sentence_transformers(folder, pairs[:some], ids[:some], sizes, on)
        record["agreement"]["sentence-transformers"] = agreement(scores, exact)
        say(name, "sentence-transformers", json.dumps(record["sentence-transformers"]))

    for part, measure in [
        ("sentence-transformers", sentence_transformers_part),
        ("transformers", transformers_part),
        ("packed", packed_part),
    ]:
        if part not in options.sides.split(","):
            continue
        if time.time() - BEGAN > options.time:
            record[part] = dict(failed="out of time")
            continue
        try:
            measure()
        except Exception as error:  # noqa: BLE001
            # One that cannot be measured leaves the others to be.
            record[part] = dict(failed=repr(error))
            say(name, part, "failed:", repr(error))
        save()


def summary(name, model, record, rate):
    """The fastest of each, and Streamrank's beside the others'."""

    def best(part):
        found = [each for each in record["streamrank"] if each["part"] == part and "pairs_per_second" in each]
        return max((each["pairs_per_second"] for each in found), default=None)

    told = {part: best(part) for part in ["ids", "text", "known"]}
    for peer, part in [("packed", "ids"), ("transformers", "ids"), ("sentence-transformers", "text")]:
        theirs = record.get(peer, {}).get("pairs_per_second")
        if theirs and told[part]:
            told["times " + peer] = round(told[part] / theirs, 2)
        if theirs and peer == "sentence-transformers" and told["known"]:
            told["times " + peer + ", ids known"] = round(told["known"] / theirs, 2)
    if told["ids"] and "mean_tokens" in record and rate:
        mean = record["mean_tokens"]
        told["share of the matrix rate"] = round(told["ids"] * mean * flops(model, mean) / (rate * 1e12), 3)
    record["summary"] = told
    say(name, json.dumps(told))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default="bert-base,minilm-l6,mamba-130m,mamba2-130m")
    parser.add_argument("--lengths", default="88,512", help="mean tokens of passages, and 512 for documents")
    parser.add_argument("--sides", default="streamrank,sentence-transformers,transformers,packed")
    parser.add_argument("--parts", default="ids,text,known", help="what Streamrank measures of cross-encoders")
    parser.add_argument("--mamba-parts", default="ids,states", help="and of Mambas; states only of 512 tokens")
    parser.add_argument("--pairs", type=int, default=8192, help="passages; an eighth of them documents")
    parser.add_argument("--budgets", default="32768,65536,131072", help="tokens of a packed forward pass to try")
    parser.add_argument("--in-flight", default="2", help="Streamrank's forward passes at a time to try")
    parser.add_argument("--operators", default="auto", help="as streamrank.model.operators; auto,none measures both")
    parser.add_argument("--percents", default="0,50,90,100", help="of documents known to a Mamba")
    parser.add_argument("--padded-sizes", default="128,256,512,1024", help="transformers' batch sizes to try")
    parser.add_argument("--predict-sizes", default="32,128,256,512", help="sentence-transformers' batch sizes to try")
    parser.add_argument("--predict-tokens", type=int, default=300_000, help="tokens that it is measured on")
    parser.add_argument("--transaction-pairs", type=int, default=4096)
    parser.add_argument("--seconds", type=float, default=0.6, help="how long each of Streamrank's is measured at least")
    parser.add_argument("--peer-seconds", type=float, default=0.5, help="how long each of the others is")
    parser.add_argument("--java-time", type=float, default=100, help="after so many seconds Streamrank begins no more")
    parser.add_argument("--time", type=float, default=180, help="after so many seconds nothing else is begun")
    parser.add_argument(
        "--allocator",
        default=os.environ.get(ALLOCATOR, "expandable_segments:True"),
        help=f"{ALLOCATOR} of all sides; none: as libtorch has it",
    )
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--java", default="java")
    parser.add_argument("--java-options", default="-Xmx24g")
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--wait-for", type=pathlib.Path, help="begin to measure once this file is there")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="a folder for models and texts")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the JSON file to write")
    parser.add_argument("--revision", default="unknown")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.pop(ALLOCATOR, None)
    if options.allocator != "none":
        os.environ[ALLOCATOR] = options.allocator
    options.work.mkdir(parents=True, exist_ok=True)
    models = options.models.split(",")
    encoders = [model for model in models if model in MODELS]
    mambas = [model for model in models if model in MAMBAS]
    make_models(encoders, options.work)
    files = {}
    for tokens in map(int, options.lengths.split(",")):
        file = options.work / f"{tokens}.jsonl"
        long = tokens >= MAX_LENGTH
        lists = options.pairs // (512 if long else 64)
        # Documents are longer than is read of them.
        make_lists(tokenizer_of(CHECKPOINT), tokens + 100 if long else tokens, lists, 64, file, long)
        files[tokens] = file
    states = options.work / "states.jsonl"
    make_lists(tokenizer_of(CHECKPOINT), 500, max(2, options.pairs // 1024), 64, states, True)
    runs = [(f"{model}/{n}", options.work / model, files[n], options.parts.split(",")) for model in encoders for n in files]
    for model in mambas:
        parts = options.mamba_parts.split(",")
        if "ids" in parts:
            runs += [(f"{model}/{n}", options.work / model, files[n], ["ids"]) for n in files]
        if "states" in parts:
            runs.append((f"{model}/states", options.work / model, states, ["states"]))
    say("prepared")
    while options.wait_for is not None and not options.wait_for.exists():
        time.sleep(0.1)
    on = Torch(options)
    record = dict(environment=environment(options), runs={name: dict(streamrank=[]) for name, *_ in runs})

    def save():
        options.output.write_text(json.dumps(record, indent=2) + "\n")

    sides = options.sides.split(",")
    if "streamrank" in sides:
        for result in streamrank(options, runs, mambas):
            record["runs"][result.pop("name")]["streamrank"].append(result)
        save()
        say("streamrank measured")
    record["environment"]["matrix_tflops"] = on.matrix_rate()
    for name, folder, lists, _ in runs:
        model = name.split("/")[0]
        if model in MODELS:
            peers(options, on, name, folder, read_pairs(lists), record["runs"][name], save)
            summary(name, model, record["runs"][name], record["environment"]["matrix_tflops"])
    save()
    say("done")


if __name__ == "__main__":
    sys.exit(main())

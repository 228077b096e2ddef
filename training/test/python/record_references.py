"""Records what transformers and PyTorch make of checkpoints that Streamrank's trainer wrote.

    record_references.py CHECKPOINTS OUTPUT

CHECKPOINTS is a folder that io.streamrank.training.ReferenceCheckpoint (a test class with a main method) has filled, OUTPUT
the folder of the two files to write, training/test/resources. Run it from the project's folder: golden checkpoints are
named by their path from there. Needs torch, transformers (5) and safetensors; 2026-11-22's files are from torch 2.13.0 and
transformers 5.18.0 on the CPU.

transformers-scores.json: each checkpoint is loaded by from_pretrained, with no weight missing and none left over, its own
tokenizer reads the pairs, which must give the ids that Streamrank gives, and every pair is scored by itself. transformers
has no class that ranks with a Mamba: there the backbone is loaded and the head's row taken from the file.

adamw-steps.json: three steps of torch.optim.AdamW on golden checkpoints through transformers' models in training mode, no
dropout, softmax loss over groups, clipped, with transformers' linear warm-up and decay; no decay of biases, norms, A_log, D
and dt_bias. Of every weight a few numbers after the first and after the last step.
"""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer
from transformers import get_linear_schedule_with_warmup

BACKBONES = ("mamba", "mamba2")
STEPPED = ("bert", "mamba", "mamba2")
SETTINGS = dict(
    learning_rate=2e-3, beta1=0.9, beta2=0.999, epsilon=1e-4, weight_decay=0.1, clip_norm=0.1, warm_up_steps=2, steps=4
)
STEPS = 3
NUMBERS = 4


class Backbone(torch.nn.Module):
    """A backbone and a row that scores its last token."""

    def __init__(self, model, score):
        super().__init__()
        self.backbone = model
        self.score = torch.nn.Linear(score.shape[1], score.shape[0], bias=False)
        self.score.weight = torch.nn.Parameter(score.clone())

    def forward(self, input_ids):
        return self.score(self.backbone(input_ids=input_ids, use_cache=False).last_hidden_state[:, -1])


def load(folder, **settings):
    """The model, which must have found all its weights in the file and left none."""
    family = AutoConfig.from_pretrained(folder).model_type
    head = []
    if family in BACKBONES:
        head = ["score.weight"]
        kind = AutoModel
    else:
        kind = AutoModelForSequenceClassification
    model, told = kind.from_pretrained(folder, dtype=torch.float32, output_loading_info=True, **settings)
    assert not told["missing_keys"], (folder, told)
    assert sorted(told["unexpected_keys"]) == head, (folder, told)
    assert not told["mismatched_keys"], (folder, told)
    if family in BACKBONES:
        model = Backbone(model, load_file(folder / "model.safetensors")["score.weight"].float())
    return family, model


def inputs(pair):
    return {name: torch.tensor([ids]) for name, ids in pair.items()}


def scores(model, pairs):
    """(pairs,), each pair by itself."""
    found = []
    for pair in pairs:
        output = model(**inputs(pair))
        found.append((output if isinstance(output, torch.Tensor) else output.logits)[0, 0])
    return torch.stack(found)


def tokenized(folder, query, documents):
    """Pairs as the folder's own files say that they are read."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    reranker = folder / "reranker.json"
    settings = json.loads(reranker.read_text()) if reranker.exists() else {}
    if "template" not in settings:
        config = AutoConfig.from_pretrained(folder)
        longest = min(tokenizer.model_max_length, getattr(config, "max_position_embeddings", 512))
        if config.model_type in ("roberta", "xlm-roberta"):
            longest -= config.pad_token_id + 1
        longest = min(longest, settings.get("max_length", 512))
        for document in documents:
            yield dict(tokenizer(query, document, truncation="only_second", max_length=longest))
        return
    before, after = settings["template"].replace("{query}", query).split("{document}")
    suffix = tokenizer(after, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id] * settings["append_eos"]
    plain = tokenizer("a")["input_ids"]
    begin = [plain[0]] if plain[0] == tokenizer.bos_token_id else []
    for document in documents:
        prefix = begin + tokenizer(before + document, add_special_tokens=False)["input_ids"]
        yield dict(input_ids=prefix[: settings["max_length"] - len(suffix)] + suffix)


def record_scores(folder):
    told = json.loads((folder / "pairs.json").read_text())
    _, model = load(folder)
    pairs = list(tokenized(folder, told["query"], told["documents"]))
    for own, given in zip(pairs, told["ids"], strict=True):
        assert own["input_ids"] == given["input_ids"], (folder, own["input_ids"], given["input_ids"])
        if "token_type_ids" in given and "token_type_ids" in own:
            assert own["token_type_ids"] == given["token_type_ids"], folder
    with torch.no_grad():
        return scores(model.eval(), told["ids"]).tolist()


def decays(name, weight):
    last = name.rsplit(".", 1)[-1]
    return not ("norm" in name.lower() or last in ("bias", "A_log", "D", "dt_bias"))


def record_steps(checkpoints, name):
    told = json.loads((checkpoints / name / "pairs.json").read_text())
    folder = pathlib.Path(told["start"])
    family, _ = load(folder)
    config = AutoConfig.from_pretrained(folder)
    off = {key: 0.0 for key in config.to_dict() if key.endswith(("dropout", "dropout_prob"))}
    _, model = load(folder, **off)
    model.train()
    named = {key: value for key, value in model.named_parameters() if value.requires_grad}
    groups = [
        dict(params=[w for n, w in named.items() if decays(n, w)], weight_decay=SETTINGS["weight_decay"]),
        dict(params=[w for n, w in named.items() if not decays(n, w)], weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(
        groups,
        lr=SETTINGS["learning_rate"],
        betas=(SETTINGS["beta1"], SETTINGS["beta2"]),
        eps=SETTINGS["epsilon"],
    )
    schedule = get_linear_schedule_with_warmup(optimizer, SETTINGS["warm_up_steps"] + 1, SETTINGS["steps"] + 1)
    # transformers' first step has a rate of 0; Streamrank leaves it out.
    optimizer.step()
    schedule.step()
    steps = []
    for step in range(STEPS):
        optimizer.zero_grad()
        losses = []
        for group in told["groups"]:
            s = scores(model, group)
            losses.append(torch.logsumexp(s, 0) - s[0])
        loss = torch.stack(losses).mean()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(list(named.values()), SETTINGS["clip_norm"])
        rate = schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()
        told_step = dict(loss=loss.item(), gradient_norm=norm.item(), learning_rate=rate)
        if step in (0, STEPS - 1):
            told_step["weights"] = {}
            for key, weight in named.items():
                flat = weight.detach().reshape(-1)
                own = key if key.startswith(("backbone.", "score.")) or family not in BACKBONES else "backbone." + key
                told_step["weights"][own] = [flat[i * flat.numel() // NUMBERS].item() for i in range(NUMBERS)]
        steps.append(told_step)
    return steps


def main():
    checkpoints, output = map(pathlib.Path, sys.argv[1:])
    versions = dict(torch=torch.__version__, transformers=transformers.__version__)
    torch.set_num_threads(1)
    recorded = dict(made_with=versions, scores={})
    for folder in sorted(folder for folder in checkpoints.iterdir() if (folder / "pairs.json").exists()):
        recorded["scores"][folder.name] = record_scores(folder)
        print(folder.name, recorded["scores"][folder.name], flush=True)
    (output / "transformers-scores.json").write_text(json.dumps(recorded, indent=1) + "\n")
    steps = dict(made_with=versions, settings=SETTINGS, steps={name: record_steps(checkpoints, name) for name in STEPPED})
    (output / "adamw-steps.json").write_text(json.dumps(steps, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Records what similarities the trainer's encoder should give: transformers' last hidden states of each text alone,
their mean, and the cosine of two of these.

Needs torch, transformers and safetensors. Run from the repository's root; it writes
training/test/resources/similarities.json.
"""

import json
from pathlib import Path

import torch
from transformers import AutoModel, PreTrainedTokenizerFast

GOLDEN = Path("src/test/resources/golden")
FOLDERS = [Path("models/minilm-l6-reranker"), GOLDEN / "bert", GOLDEN / "distilbert"]
LONGEST = 24
TEXTS = [
    "how deep is the sea",
    "The oceans are 3,700 metres deep on average, and deepest in the Mariana Trench; so far few people have been there.",
    "Sea level is rising.",
    "na\u00efve caf\u00e9, 1999",
    "",
]


def vectors(folder: Path) -> torch.Tensor:
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]")
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        rows = []
        for text in TEXTS:
            ids = torch.tensor([tokenizer(text, truncation=True, max_length=LONGEST)["input_ids"]])
            rows.append(model(input_ids=ids).last_hidden_state[0].mean(0))
    return torch.nn.functional.normalize(torch.stack(rows), dim=-1)


def main() -> None:
    recorded = {}
    for folder in FOLDERS:
        v = vectors(folder)
        recorded[folder.name] = {
            "folder": str(folder),
            "vector": [round(x, 6) for x in v[0][:8].tolist()],
            "cosines": [[round(x, 6) for x in row] for row in (v @ v.T).tolist()],
        }
    target = Path("training/test/resources/similarities.json")
    target.write_text(json.dumps({"longest": LONGEST, "texts": TEXTS, "models": recorded}, indent=1) + "\n")


if __name__ == "__main__":
    main()

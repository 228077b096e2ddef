"""Prints results of serving_speed.py as the tables of docs/performance.md: serving_table.py RESULTS.json..."""

import json
import pathlib
import sys

PEERS = ["packed", "packed from text", "transformers", "sentence-transformers"]
PARTS = {"ids": "from ids", "text": "from text", "known": "from text, ids known"}


def number(value):
    return f"{value:,}" if value else "–"


def fastest(results, part, operators=None):
    found = [
        each
        for each in results
        if each["part"] == part and "pairs_per_second" in each and operators in (None, each["operators"])
    ]
    return max(found, key=lambda each: each["pairs_per_second"], default={})


def cross_encoders(file, record):
    rows = {name: run for name, run in record["runs"].items() if any(peer in run for peer in PEERS)}
    if not rows:
        return
    print(f"Pairs a second, `{file}`, a large product {record['environment'].get('matrix_tflops')} TFLOP/s:\n")
    print("| | " + " | ".join(list(PARTS.values()) + PEERS) + " | of the matrix rate |")
    print("| --- " * (2 + len(PARTS) + len(PEERS)) + "|")
    for name, run in rows.items():
        ours = [fastest(run["streamrank"], part) for part in PARTS]
        cells = [number(each.get("pairs_per_second")) for each in ours]
        cells += [number(run.get(peer, {}).get("pairs_per_second")) for peer in PEERS]
        share = run.get("summary", {}).get("share of the matrix rate")
        print(f"| {name}, {run.get('mean_tokens', 0):.0f} tokens | " + " | ".join(cells) + f" | {share or '–'} |")
    print()


def budgets(file, record):
    """Every measurement from ids, so that operators, budgets and passes at a time can be compared."""
    print(f"Forward passes alone, `{file}`:\n")
    print("| | operators | tokens a pass | passes at a time | pairs a second | tokens a second |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, run in record["runs"].items():
        for each in run["streamrank"]:
            if each["part"] == "ids" and "pairs_per_second" in each:
                cells = [each["operators"], number(each["budget"]), str(each["in_flight"])]
                cells += [number(each["pairs_per_second"]), number(each["tokens_per_second"])]
                print(f"| {name} | " + " | ".join(cells) + " |")
    print()


def states(file, record):
    rows = {name: run for name, run in record["runs"].items() if fastest(run["streamrank"], "states")}
    if not rows:
        return
    print(f"Documents that a Mamba has read before, `{file}`:\n")
    print("| | tokens | known | pairs a second | times those without memory |")
    print("| --- | --- | --- | --- | --- |")
    for name, run in rows.items():
        found = [each for each in run["streamrank"] if each["part"] == "states" and "pairs_per_second" in each]
        plain = next((each["pairs_per_second"] for each in found if each["state_bytes"] == 0), None)
        for each in found:
            known = f"{each['known_percent']}%" if each["state_bytes"] else "no memory"
            times = f"{each['pairs_per_second'] / plain:.2f}" if plain else "–"
            print(f"| {name} | {each['mean_tokens']:.0f} | {known} | {number(each['pairs_per_second'])} | {times} |")
    print()


def main():
    for file in map(pathlib.Path, sys.argv[1:]):
        record = json.loads(file.read_text())
        cross_encoders(file.name, record)
        budgets(file.name, record)
        states(file.name, record)


if __name__ == "__main__":
    main()

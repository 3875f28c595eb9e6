"""Is the search for a too similar instruction fast with tens of thousands of kept ones, and the same as scoring all?

    SOLON_DATA=../shared python -m benchmarks.instruction_overlap [--kept 20000] [--new 200]

Instructions of Alpaca (published samples); every second new one is a kept one with a word more. The peer scores every
pair with rouge-score, as the published program does, for the first `--peer` new ones; both must find the same.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from rouge_score import rouge_scorer  # type: ignore[import-untyped, unused-ignore]

from solon.data.lines import read_jsonl
from solon.responses.self_instruct.overlap import KeptInstructions

THRESHOLD = 0.7


def instructions() -> list[str]:
    """Different instructions, in the order of the files."""
    folder = Path(os.environ.get("SOLON_DATA") or "../shared") / "data"
    files = [*sorted(folder.glob("alpaca/*.jsonl.gz")), *sorted(folder.glob("alpaca_gpt4/*.jsonl.gz"))]
    texts = [row.value["instruction"] for file in files for row in read_jsonl(file) if row.value.get("instruction")]
    return list(dict.fromkeys(texts))


def main() -> None:
    """Compare, time, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=int, default=20_000)
    parser.add_argument("--new", type=int, default=200)
    parser.add_argument("--peer", type=int, default=5, help="new instructions that are also scored against every one")
    args = parser.parse_args()
    texts = instructions()
    new, kept = texts[: args.new], texts[args.new : args.new + args.kept]
    new[::2] = [f"{text} please" for text in kept[: len(new[::2])]]  # Alpaca itself holds no two that are too like
    index = KeptInstructions(THRESHOLD)
    for text in kept:
        index.add(text)
    scorer = rouge_scorer.RougeScorer(["rougeL"])
    began = time.perf_counter()
    scored = [any(scorer.score(one, text)["rougeL"].fmeasure > THRESHOLD for one in kept) for text in new[: args.peer]]
    peer = (time.perf_counter() - began) / len(scored)
    began = time.perf_counter()
    found = [index.too_like(text) is not None for text in new]
    ours = (time.perf_counter() - began) / len(found)
    assert found[: len(scored)] == scored, "the bound hides an instruction that is too like"
    told = {"ours": round(1 / ours, 1), "peer": round(1 / peer, 3), "ratio": round(peer / ours, 1), "goal": 100}
    print(f"{len(kept)} kept: {told['ours']} new instructions/s, all pairs {told['peer']}; {sum(found)} too like")
    print(
        json.dumps({"name": "instruction_overlap", **told, "kept": len(kept), "new": len(new), "too_like": sum(found)})
    )


if __name__ == "__main__":
    main()

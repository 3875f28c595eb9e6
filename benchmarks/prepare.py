"""Are rows tokenised, masked and packed faster than TRL prepares them, and to the same tokens?

    python -m benchmarks.prepare --peer /path/to/venv-with-trl-1.16/bin/python

Takes the real Alpaca rows of $SOLON_DATA/data/alpaca, repeated to 50,000 with small changes, and the tiny real model
there. First both prepare the same 1,000 rows without packing, and ids and trained tokens are compared. Then, in turn
and several times: TRL's `SFTTrainer._prepare_dataset` with one process and with two, and Solon's with one and with two
(from the file to a packed shard on the disk; TRL's rows are in memory already). The last line is JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GOAL = 3.0
COMPARED_ROWS = 1000


def main() -> int:
    """Compare, time, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", required=True, help="Python of an environment with TRL 1.16")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most-tokens", type=int, default=512)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        model, rows, few = folder / "model", folder / "rows.jsonl", folder / "few.jsonl"
        adapted(model)
        lines = list(alpaca_rows(given.rows))
        rows.write_text("".join(lines), encoding="utf-8")
        few.write_text("".join(lines[:COMPARED_ROWS]), encoding="utf-8")
        agreement = _agreement(given.peer, model, few, folder)
        say(f"agreement: {agreement}")
        found: dict[str, list[float]] = {}
        for _ in range(given.repeats):
            for processes in (1, 2):
                peer = _peer(given.peer, model, rows, "--processes", str(processes), "--most-tokens",
                             str(given.most_tokens))  # fmt: skip
                found.setdefault(f"trl {processes}", []).append(peer["rows_per_second"])
                ours = _ours(model, rows, folder / "shard", processes, given.most_tokens)
                found.setdefault(f"solon {processes}", []).append(ours["rows_per_second"])
                say(f"{processes} processes: TRL {peer['rows_per_second']:.0f} rows/s, "
                    f"Solon {ours['rows_per_second']:.0f} rows/s")  # fmt: skip
    speed = {name: statistics.median(values) for name, values in found.items()}
    result = {
        "name": "prepare", "ours": round(speed["solon 2"]), "peer": round(speed["trl 2"]),
        "ratio": round(speed["solon 2"] / speed["trl 2"], 2), "goal": GOAL,
        "ours_one_process": round(speed["solon 1"]), "peer_one_process": round(speed["trl 1"]),
        "ratio_one_process": round(speed["solon 1"] / speed["trl 1"], 2), "unit": "rows/s",
        "range": {name: [round(min(values)), round(max(values))] for name, values in found.items()},
        "rows": given.rows, "repeats": given.repeats, "most_tokens": given.most_tokens, "agreement": agreement,
        "fill": ours["fill"], "peer_versions": {key: peer[key] for key in ("trl", "datasets")},
        "cores": os.cpu_count(), "load": os.getloadavg()[0],
    }  # fmt: skip
    print(json.dumps(result))
    agree = agreement["ids"] == agreement["trained"] == agreement["rows"]
    return 0 if agree and min(result["ratio"], result["ratio_one_process"]) >= GOAL else 1


def alpaca_rows(count: int) -> Iterator[str]:
    """JSON lines of real Alpaca rows with an answer; from the second time on they are numbered."""
    folder = Path(os.environ.get("SOLON_DATA", "../shared")) / "data/alpaca"
    files = [folder / f"{name}.jsonl.gz" for name in ("random_9k", "cherry_5_percent", "helpfulness_t45", "claude_t45")]
    rows = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
    used = [row for row in rows if row["instruction"].strip() and row["output"].strip()]
    for number in range(count):
        row, again = used[number % len(used)], number // len(used)
        instruction = row["instruction"] + (f" ({number})" if again else "")
        changed = {"instruction": instruction, "input": row.get("input") or "", "output": row["output"]}
        yield json.dumps(changed, ensure_ascii=False) + "\n"


def adapted(folder: Path) -> None:
    """The tiny real model with turn tokens."""
    from solon.models.adapt import adapt

    adapt(str(Path(os.environ.get("SOLON_DATA", "../shared")) / "models/stories260k"), folder)


def _ours(model: Path, rows: Path, folder: Path, processes: int, most_tokens: int) -> dict[str, Any]:
    """Solon's preparation in this process (and those it makes), with a template that knows no word yet."""
    from solon.data.prepare import prepare
    from solon.data.quarantine import QuarantineWriter
    from solon.models.language_model import load_tokenizer
    from solon.models.template import ChatTemplate

    tokenizer = load_tokenizer(str(model))
    template = ChatTemplate(tokenizer, str(model))
    began = time.perf_counter()
    told = prepare(
        [rows], template, folder, vocab_size=len(tokenizer), most_tokens=most_tokens, long_rows="cut_right",
        packing=True, quarantine=QuarantineWriter(None), processes=processes,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    return {"rows_per_second": told["rows"]["rows_in"] / seconds, "fill": told["fill"]}


def _peer(python: str, model: Path, rows: Path, *options: str) -> dict[str, Any]:
    command = [python, str(Path(__file__).with_name("prepare_trl.py")), str(model), str(rows), *options]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"error: TRL's preparation failed:\n{done.stderr.decode()[-3000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _agreement(python: str, model: Path, rows: Path, folder: Path) -> dict[str, int]:
    """Rows whose ids, and whose trained tokens, are the same in both."""
    from solon.data.quarantine import QuarantineWriter
    from solon.data.rows import read_demonstrations
    from solon.models.language_model import load_tokenizer
    from solon.models.template import ChatTemplate

    tokens = folder / "tokens.json"
    _peer(python, model, rows, "--tokens", str(tokens))
    theirs = json.loads(tokens.read_text())
    template = ChatTemplate(load_tokenizer(str(model)), str(model))
    ours = [row for one in read_demonstrations(rows, QuarantineWriter(None)) for row in template.rows_of(one)]
    same_ids = [row.ids == ids for row, (ids, _) in zip(ours, theirs, strict=True)]
    same_trained = [
        [weight > 0 for weight in row.weights] == [label != -100 for label in labels]
        for row, (_, labels) in zip(ours, theirs, strict=True)
    ]
    return {"rows": len(ours), "ids": sum(same_ids), "trained": sum(same_trained)}


def say(line: str) -> None:
    """Progress, on stderr."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

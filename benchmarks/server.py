"""How fast, how sound and how small is asking a server, beside distilabel 1.5.3?

    python -m benchmarks.server --rows 2000 --turns 3

A server of this machine answers after 50 ms. Both programs make three dependent calls for each row: distilabel a
pipeline of three generations (batches of 50, its default, and of 500), Solon an answer, its critique and its revision,
each call in the ledger. Solon also in two processes that share a ledger, with one call in five failing, and killed
three times on the way. Times of distilabel are those of `Pipeline.run` alone, without its start; of Solon those of
the work without its start. Every row must be there once, and every call in the ledger once. Ends in one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.peers import distilabel_python

from solon.records import Revision
from solon.store.records import read_records

LATENCY = 0.05
CALLS = 3
GOALS = {"50": (4.0, 6.0), "500": (2.5, 4.0)}
"""Batch of distilabel -> rows a second of one process, and of two, over its own."""


@contextmanager
def server(faults: float = 0.0) -> Iterator[str]:
    """A server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.fake_server", str(port), str(LATENCY), str(faults)]
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 0.1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def counts(url: str) -> dict[str, int]:
    """What the server answered so far."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/counts") as told:
        found: dict[str, int] = json.load(told)
        return found


def command_of(url: str, rows: int, part: str, folder: Path) -> list[str]:
    """Solon's side for a part of the rows."""
    out = folder / f"out-{part.replace('/', '-')}.jsonl"
    return [
        sys.executable,
        "-m",
        "benchmarks.server_side",
        url,
        str(rows),
        part,
        str(folder / "calls.sqlite"),
        str(out),
    ]


def solon(url: str, rows: int, processes: int, folder: Path) -> dict[str, Any]:
    """Solon's turn; checks that every row and every call is there once."""
    parts = [f"{number}/{processes}" for number in range(1, processes + 1)]
    sides = [subprocess.Popen(command_of(url, rows, part, folder), stdout=subprocess.PIPE) for part in parts]
    told = [json.loads(side.communicate()[0]) for side in sides]
    check_rows(folder, parts, rows)
    done, keys, tokens = ledger_counts(folder)
    assert done == keys == CALLS * rows, (done, keys)
    assert tokens == sum(one["tokens"] for one in told) == 25 * done, (tokens, told)
    return {
        "seconds": max(one["ended"] for one in told) - min(one["began"] for one in told),
        "cpu_ms_per_call": statistics.fmean(one["cpu_ms_per_call"] for one in told),
        "peak_mb": max(one["peak_mb"] for one in told),
    }


def check_rows(folder: Path, parts: Sequence[str], rows: int) -> None:
    """Every prompt has its answer and its revision, once."""
    found: list[tuple[str, int]] = []
    for part in parts:
        out = folder / f"out-{part.replace('/', '-')}.jsonl"
        found += [(one.prompt.id, one.round) for one in read_records(out, Revision)]
    assert sorted(found) == sorted((str(number), round) for number in range(rows) for round in (0, 1))


def ledger_counts(folder: Path) -> tuple[int, int, int]:
    """Finished calls, different keys among them, tokens of all calls."""
    file = sqlite3.connect(folder / "calls.sqlite")
    done, keys = file.execute("SELECT count(*), count(DISTINCT key) FROM calls WHERE outcome = 'done'").fetchone()
    [tokens] = file.execute("SELECT sum(num_prompt_tokens + num_tokens) FROM calls").fetchone()
    file.close()
    return done, keys, tokens


def distilabel(url: str, rows: int, batch: int, folder: Path) -> float:
    """distilabel's turn, in seconds."""
    side = Path(__file__).with_name("server_distilabel_side.py").absolute()
    command = [distilabel_python(), str(side), url, str(rows), str(batch)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True).stdout
    found = json.loads(told.strip().splitlines()[-1])
    assert found["answered"] == rows, found
    return float(found["seconds"])


def killed(rows: int, kills: int, folder: Path) -> dict[str, int]:
    """Killed on the way and begun again: what was answered more than once, and was not in the ledger."""
    with server(faults=0.2) as url:
        command = command_of(url, rows, "1/1", folder)
        for number in range(1, kills + 1):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            # Killed when a further quarter of the calls stands in the ledger.
            while process.poll() is None and committed(folder) < number * CALLS * rows // (kills + 1):
                time.sleep(0.02)
            assert process.poll() is None, "it was done before it could be killed"
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        check_rows(folder, ["1/1"], rows)
        done, keys, _ = ledger_counts(folder)
        return {"kills": kills, "calls": done, "committed_twice": done - keys, "lost": counts(url)["answered"] - done}


def committed(folder: Path) -> int:
    """Finished calls in the ledger, as far as there is one."""
    try:
        return ledger_counts(folder)[0]
    except sqlite3.OperationalError:
        return 0


def main() -> None:
    """Turn by turn, then the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    seconds: dict[str, list[float]] = {}
    cpu, peak = [], 0.0
    with tempfile.TemporaryDirectory() as place:
        for turn in range(given.turns):
            for processes in (1, 2):
                folder = Path(place) / f"{turn}-{processes}"
                folder.mkdir()
                with server() as url:
                    told = solon(url, given.rows, processes, folder)
                seconds.setdefault(f"solon {processes}", []).append(told["seconds"])
                cpu.append(told["cpu_ms_per_call"])
                peak = max(peak, told["peak_mb"])
            for batch in (50, 500):
                with server() as url:
                    taken = distilabel(url, given.rows, batch, Path(place))
                seconds.setdefault(f"distilabel {batch}", []).append(taken)
        faulty, broken = Path(place) / "faulty", Path(place) / "broken"
        faulty.mkdir()
        broken.mkdir()
        with server(faults=0.2) as url:
            told = solon(url, given.rows, 1, faulty)
            seconds["solon 1, a fifth of the calls failing"] = [told["seconds"]]
        kills = killed(given.rows, 3, broken)
    medians = {name: statistics.median(of) for name, of in seconds.items()}
    for name, of in seconds.items():
        print(
            f"{name:40} {medians[name]:7.2f} s [{min(of):.2f}, {max(of):.2f}]  {given.rows / medians[name]:6.0f} rows/s"
        )
    print(f"CPU per call {statistics.median(cpu):.2f} ms, peak {peak:.0f} MB; killed: {kills}")
    ratios = {
        f"{processes} over {batch}": medians[f"distilabel {batch}"] / medians[f"solon {processes}"]
        for batch in ("50", "500")
        for processes in (1, 2)
    }
    goals = {f"{p} over {batch}": GOALS[batch][p - 1] for batch in ("50", "500") for p in (1, 2)}
    for name, ratio in ratios.items():
        print(f"{name:12} {ratio:.2f} (goal {goals[name]})")
    print(json.dumps({
        "name": "server", "ours": medians["solon 1"], "peer": medians["distilabel 50"], "ratio": ratios["1 over 50"],
        "goal": goals["1 over 50"], "ratios": ratios, "goals": goals, "cpu_ms_per_call": statistics.median(cpu),
        "peak_mb": peak, "killed": kills, "seconds": seconds, **vars(given),
    }))  # fmt: skip


if __name__ == "__main__":
    main()

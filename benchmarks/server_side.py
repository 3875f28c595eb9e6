"""Solon's side of `benchmarks.server`: a server answers each prompt, criticises and revises. Prints one JSON line.

python -m benchmarks.server_side URL ROWS PART LEDGER OUT
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from solon.commands.shared import part_of
from solon.constitution import Constitution, PrincipleEntry
from solon.critiques import RevisionConfig, critique_and_revise
from solon.engines.accounted import AccountedEngine
from solon.engines.config import EngineConfig
from solon.engines.server import ServerEngine
from solon.records import Prompt, user
from solon.store.ledger import Ledger
from solon.store.records import write_records

PRINCIPLE = PrincipleEntry(
    id="p", text="Be kind.", critique_request="Is it kind?", revision_request="Make it kind, please."
)


def prompts_of(count: int) -> list[Prompt]:
    """The prompts that both programs answer."""
    texts = [f"How would one do thing number {number} of the list in the town?" for number in range(count)]
    return [Prompt(id=str(number), messages=(user(text),)) for number, text in enumerate(texts)]


def main() -> None:
    """Three dependent calls a prompt."""
    _, url, rows, part, ledger, out = sys.argv
    constitution = Constitution(id="c", version="1", principles=(PRINCIPLE,))
    calls = Ledger(Path(ledger), work=part)
    engine = AccountedEngine(ServerEngine("m", url, EngineConfig(timeout_seconds=1.0)), calls, name="server")
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    prompts = part_of(prompts_of(int(rows)), part)
    revisions = critique_and_revise(prompts, engine, engine, engine, constitution, RevisionConfig(rounds=1), seed=1)
    written = write_records(Path(out), revisions)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({
        "began": began, "ended": time.monotonic(), "written": written, "tokens": calls.spent()[0],
        "cpu_ms_per_call": 1000 * cpu / (3 * len(prompts)), "peak_mb": after.ru_maxrss / 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()

"""Does Self-Instruct run from seeds to tasks with a real model, and what does it refuse?

    SOLON_DATA=../shared python -m benchmarks.self_instruct [--examples 1500] [--calls 32]

The tiny model of children's stories writes no lists. So it first imitates Alpaca rows in the forms of the requests
(lists of tasks, whether a task has fixed labels, instances), then `solon data self-instruct` runs with the published
seed tasks. What a model of 260,032 parameters writes is mostly nonsense: the counts show that the steps work.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from solon.data import QuarantineWriter
from solon.data.lines import read_jsonl
from solon.engines.local import LocalEngine
from solon.models.adapt import adapt
from solon.models.language_model import LanguageModel
from solon.policy.config import SFTConfig
from solon.policy.sft import train_sft
from solon.records import Demonstration, assistant, user
from solon.responses.self_instruct import Instance, SelfInstructConfig, Task, read_seed_tasks, self_instruct, wording
from solon.seeds import generator
from solon.terminal import TerminalProgress

SHORT = 160
"""Characters of the Alpaca rows that are imitated: the context holds about 1,000."""
CONFIG = SelfInstructConfig(
    human_examples=3, model_examples=1, list_length=8, list_tokens=160, calls_per_round=16, classification_examples=2,
    other_examples=2, instance_examples=2, instance_tokens=160, example_characters=SHORT,
)  # fmt: skip


def alpaca_tasks(folder: Path) -> list[Task]:
    """Short rows of Alpaca as tasks; those answered in one word count as tasks with fixed labels."""
    rows: list[dict[str, Any]] = [row.value for row in read_jsonl(folder / "alpaca/random_9k.jsonl.gz")]
    tasks = []
    for number, row in enumerate(rows):
        texts = (row["instruction"], row["input"], row["output"])
        if sum(map(len, texts)) <= SHORT and row["output"].strip() and "\n" not in "".join(texts):
            one_word = bool(row["input"]) and len(row["output"].split()) == 1
            instance = Instance(input=row["input"], output=row["output"])
            tasks.append(Task(id=str(number), instruction=texts[0], is_classification=one_word, instances=(instance,)))
    return tasks


def examples(tasks: list[Task], count: int, seed: int) -> list[Demonstration]:
    """What is imitated: half lists, a quarter answers on labels, a quarter instances."""
    rng = generator(seed, "forms")
    labelled = [task for task in tasks if task.is_classification]
    others = [task for task in tasks if not task.is_classification]

    def several(of: list[Task], number: int) -> list[Task]:
        return [of[i] for i in rng.choice(len(of), number, replace=False).tolist()]

    found = []
    for index in range(count):
        form = rng.choice(["list", "labels", "input first", "output first"], p=[0.5, 0.2, 0.15, 0.15])
        if form == "list":
            shown = [task.instruction for task in several(tasks, 9)]
            said = "\n".join(f"{number}. {text}" for number, text in enumerate(shown, start=1))
            turns = (user(wording.LIST_REQUEST), assistant(said))
        elif form == "labels":
            *solved, last = _mixed(several(labelled, 2) + several(others, 3), rng)
            said = wording.begun_labels(solved, last.instruction) + (" yes" if last.is_classification else " no")
            turns = (user(wording.LABELS_REQUEST), assistant(said))
        elif form == "input first":
            said = wording.begun_input_first(several(others, 3), "").removesuffix("Task: \nExample 1\n")
            turns = (user(wording.INPUT_FIRST_REQUEST), assistant(said.rstrip()))
        else:
            said = wording.begun_output_first(several(labelled, 3), "").removesuffix("Task: \nLabel:")
            turns = (user(wording.OUTPUT_FIRST_REQUEST), assistant(said.rstrip()))
        found.append(Demonstration(id=str(index), messages=turns, source=str(form)))
    return found


def _mixed(tasks: list[Task], rng: np.random.Generator) -> list[Task]:
    return [tasks[i] for i in rng.permutation(len(tasks)).tolist()]


def main() -> None:
    """Train, write tasks, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1500)
    parser.add_argument("--calls", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("runs/self_instruct"))
    args = parser.parse_args()
    shared = Path(os.environ.get("SOLON_DATA") or "../shared")
    torch.set_num_threads(1)
    trained = args.folder / "sft" / "model"
    if not trained.is_dir():
        adapt(str(shared / "models/stories260k"), args.folder / "stories")
        model = LanguageModel.load(args.folder / "stories")
        rows = examples(alpaca_tasks(shared / "data"), args.examples, args.seed)
        fits = [row for row in rows if len(model.template.render(row).ids) <= model.context_tokens]
        config = SFTConfig(tokens_per_batch=4096, peak_lr=3e-3)
        with TerminalProgress() as shown:
            train_sft(model, fits, config, folder=args.folder / "sft", seed=args.seed, progress=shown)
    seeds = read_seed_tasks(shared / "data/alpaca_seed/seed_tasks.jsonl.gz", QuarantineWriter(None))
    rounds = self_instruct(seeds, LocalEngine(LanguageModel.load(trained)), CONFIG, seed=args.seed)
    made = list(islice(rounds, args.calls // CONFIG.calls_per_round))
    tasks = [task for one in made for task in one.tasks]
    whole = [task for task in tasks if task.instances]
    for task in whole[:8]:
        print(task.model_dump_json(exclude={"id"}))
    told = {
        "calls": args.calls, "tasks": len(tasks), "with_labels": sum(task.is_classification is True for task in tasks),
        "unclear": sum(one.num_unclear for one in made), "tasks_with_instances": len(whole),
        "instances": sum(len(task.instances) for task in whole),
        "rejected": Counter(refused.reason for one in made for refused in one.rejected),
    }  # fmt: skip
    print(json.dumps({"name": "self_instruct", "torch": torch.__version__, **told}))


if __name__ == "__main__":
    main()

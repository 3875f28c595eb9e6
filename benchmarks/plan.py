"""Does `solon plan` predict what training takes?

    python -m benchmarks.plan [--sizes S M L] [--works sft reward ppo] [--threads 2] [--no-times]

Real stages (SFT, a reward model, PPO with its four models) of models of 3, 25 and 98 million parameters, a few steps
each in a process of its own, against the plan of the same work: the peak of the process's resident memory (all in all,
and beyond what it held before the models), and the seconds of a step, after the plan's own probe of this machine. Rows
are as long as real ones (log-normal, mean about 120 tokens), the models' weights and the texts are random. The last
line is JSON; status 1 where a memory is off by more than 15 %, or a time by more than 30 %.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIZES = {"S": (192, 6, 6, 512, 2048), "M": (512, 8, 8, 1024, 8192), "L": (768, 12, 12, 2048, 16384)}
"""Width, layers, heads, feed-forward width, vocabulary: 3.05, 25.2 and 97.5 million parameters."""
WORKS = ("sft", "reward", "ppo")
MEMORY_GOAL, TIME_GOAL = 0.15, 0.30
STEPS = {"sft": 5, "reward": 3, "ppo": 2}
SETTINGS: dict[str, dict[str, int]] = {
    "sft": {"tokens_per_batch": 4096},
    "reward": {"prompts_per_step": 16, "max_batch_tokens": 4096},
    "ppo": {"prompts_per_step": 32, "minibatch_responses": 32, "max_new_tokens": 32, "max_batch_tokens": 4096},
}


def main() -> int:
    """Run every work in a process of its own, plan it in this one, compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--works", nargs="+", default=list(WORKS), choices=WORKS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-times", action="store_true", help="memory alone: for a machine that others use")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if given.run:
        size, work = given.run
        print(json.dumps(measure(size, work, given.threads)))
        return 0
    rows: list[dict[str, Any]] = []
    for size in given.sizes:
        rates = None if given.no_times else _rates(size, given.threads)
        for work in given.works:
            command = [sys.executable, "-m", "benchmarks.plan", "--run", size, work, "--threads", str(given.threads)]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            rows += compare(size, work, json.loads(told.splitlines()[-1]), rates)
            print(*(line(row) for row in rows[-3:]), sep="\n", file=sys.stderr, flush=True)
    worst = max(rows, key=lambda row: abs(row["ratio"] - 1) / row["goal"])
    ok = all(abs(row["ratio"] - 1) <= row["goal"] for row in rows)
    print(json.dumps({**worst, "name": "plan", "worst": worst["name"], "rows": rows, "load": os.getloadavg()[0],
                      "cores": os.cpu_count()}))  # fmt: skip
    return 0 if ok else 1


def line(row: dict[str, Any]) -> str:
    """A row for people."""
    return f"{row['name']:28} planned {row['ours']:>9} measured {row['peer']:>9} {row['unit']:3} ratio {row['ratio']}"


def compare(size: str, work: str, measured: dict[str, float], rates: Any) -> list[dict[str, Any]]:
    """Planned beside measured: memory in all, memory beyond the loaded process, seconds of a step."""
    from solon.forecast.forecast import phase_bytes, phase_seconds
    from solon.forecast.hardware import Hardware

    hardware = rates or Hardware("this", 0, {"float32": 1.0}, 1.0, 0.0, 0.0, is_gpu=False)
    hardware = hardware._replace(base_bytes=measured["base_bytes"])
    phases = planned_phases(size, work)
    peak = max(phase_bytes(phase, hardware) for phase in phases)
    found = [
        (f"{size} {work} memory", peak / 1e6, measured["peak_bytes"] / 1e6, "MB", MEMORY_GOAL),
        (f"{size} {work} increment", (peak - hardware.base_bytes) / 1e6,
         (measured["peak_bytes"] - hardware.base_bytes) / 1e6, "MB", MEMORY_GOAL),
    ]  # fmt: skip
    if rates is not None:
        seconds = sum(phase_seconds(phase, hardware, "float32") for phase in phases) / _planned_steps(work)
        found.append((f"{size} {work} step", seconds, measured["seconds"], "s", TIME_GOAL))
    return [
        {"name": name, "ours": round(ours, 3), "peer": round(real, 3), "unit": unit, "goal": goal,
         "ratio": round(ours / real, 3)}
        for name, ours, real, unit, goal in found
    ]  # fmt: skip


def planned_phases(size: str, work: str) -> list[Any]:
    """The plan of a work."""
    from solon.forecast.phases import comparing, imitating, reinforcing
    from solon.forecast.texts import Prompts

    shape = _shape(size)
    if work == "sft":
        return imitating(shape, _section(work), _rows(), len(_rows()))
    if work == "reward":
        lengths = [len(row.ids) for element in _elements() for row in element.rows]
        return [comparing(shape, _section(work), rankings=len(_elements()), responses=4, judged=0, lengths=lengths,
                          asked_tokens=0.0)]  # fmt: skip
    prompts = [shape.template.prompt_ids(prompt.messages) for prompt in _prompts()]
    return reinforcing(shape, _section(work), Prompts(prompts), 32.0, [], own_reference=True)


def _planned_steps(work: str) -> int:
    """Of the whole work that is planned; of SFT a few more than are run."""
    from solon.training.supervised import row_order

    section = _section(work)
    return row_order(_rows(), section.tokens_per_batch, 0).steps_per_epoch() if work == "sft" else STEPS[work]


def measure(size: str, work: str, threads: int) -> dict[str, float]:
    """Run a work in this process: bytes held before the models and at the peak, seconds of a step."""
    import torch

    # what a stage imports is there before the models are
    from solon.models.tiny import new_language_model

    torch.set_num_threads(threads)
    torch.autograd.backward(torch.ones(64, 64, requires_grad=True).matmul(torch.ones(64, 64)).sum())
    shape, tokenizer = _shape(size), _tokenizer()
    base = _status("VmRSS")

    def fresh() -> Any:
        return new_language_model(type(shape.config).from_dict(shape.config.to_dict()), tokenizer, 0)

    with tempfile.TemporaryDirectory() as folder:
        stage = _stage(work, fresh, Path(folder))
        seconds = []
        for index in range(STEPS[work]):
            began = time.perf_counter()
            stage.step(index)
            seconds.append(time.perf_counter() - began)
    # the first step warms up; of PPO the last, which trains the policy as well
    return {"base_bytes": base, "peak_bytes": _status("VmHWM"),
            "seconds": statistics.fmean(seconds[1:]), "load": os.getloadavg()[0]}  # fmt: skip


def _stage(work: str, fresh: Any, folder: Path) -> Any:
    from solon.models.scalar_model import ScalarModel
    from solon.policy.ppo import PPOStage
    from solon.policy.value_model import initial_value_model
    from solon.reward.score import RewardModelScorer
    from solon.reward.train import RewardStage
    from solon.training.optimiser import OptimiserConfig
    from solon.training.supervised import SupervisedStage, row_order

    section = _section(work)
    if work == "sft":
        order = row_order(_rows(), section.tokens_per_batch, 0)
        return SupervisedStage(fresh(), _rows(), order, OptimiserConfig(peak_lr=1e-4, num_steps=STEPS[work]))
    if work == "reward":
        return RewardStage(ScalarModel.from_policy(fresh(), 0), _elements(), [], section, seed=0)
    policy = fresh()
    scorer = RewardModelScorer(ScalarModel.from_policy(fresh(), 0))
    return PPOStage(
        policy, fresh(), initial_value_model(policy, scorer.model), {"reward": (scorer, 1.0)}, _prompts(), section,
        rollouts_file=folder / "rollouts.jsonl", seed=0,
    )  # fmt: skip


def _section(work: str) -> Any:
    from solon.policy.config import SFTConfig
    from solon.policy.rl_config import PPOConfig
    from solon.reward.config import RewardConfig

    if work == "sft":
        return SFTConfig(**SETTINGS[work], peak_lr=1e-4)
    if work == "reward":
        return RewardConfig(**SETTINGS[work], held_out_share=0.0)
    return PPOConfig(**SETTINGS[work], num_steps=STEPS[work], value_warmup_steps=0)


def _shape(size: str) -> Any:
    import torch

    from solon.forecast.shapes import Shape
    from solon.models.template import ChatTemplate
    from solon.models.tiny import tiny_config

    width, layers, heads, ffn, vocabulary = SIZES[size]
    config = tiny_config(
        "llama", vocab_size=vocabulary, width=width, layers=layers, heads=heads, ffn_width=ffn, context_tokens=1024
    )
    return Shape(config, torch.float32, ChatTemplate(_tokenizer(), "random"), pads=False)


def _tokenizer() -> Any:
    from solon.models.tiny import train_tokenizer

    return train_tokenizer(["a text of letters"], 262)


def _lengths(count: int) -> list[int]:
    draw = random.Random(1)
    return [min(512, max(8, int(draw.lognormvariate(4.6, 0.6)))) for _ in range(count)]


def _rows() -> list[Any]:
    from solon.models.template import Tokens

    draw = random.Random(2)
    return [
        Tokens(draw.choices(range(256), k=one), [0.0] * (one // 3) + [1.0] * (one - one // 3))
        for one in _lengths(STEPS["sft"] * 30)
    ]


def _elements() -> list[Any]:
    from solon.models.template import Tokens
    from solon.training.elements import Element

    lengths, draw = iter(_lengths(STEPS["reward"] * 16 * 4)), random.Random(3)

    def untrained(length: int) -> Tokens:
        return Tokens(draw.choices(range(256), k=length), [0.0] * length)

    return [
        Element([untrained(next(lengths)) for _ in range(4)], (0, 1, 2, 3), 0.5, str(number))
        for number in range(STEPS["reward"] * 16)
    ]


def _prompts() -> list[Any]:
    from solon.records import Prompt, user

    # a byte is about a token here
    return [
        Prompt(id=str(number), messages=(user("".join(random.Random(number).choices("abcdefgh", k=60 + number % 30))),))
        for number in range(128)
    ]


def _rates(size: str, threads: int) -> Any:
    import torch

    from solon.forecast.probe import this_machine, with_slowdown

    torch.set_num_threads(threads)
    return with_slowdown(this_machine(torch.device("cpu")), _shape(size))


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


if __name__ == "__main__":
    sys.exit(main())

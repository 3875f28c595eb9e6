"""Is a sample the same alone and among others, do log-probabilities hold, and does memory stay flat?

    python -m benchmarks.sampling_checks [--size S] [--requests 10000] [--alone 1000]

Requests of the material of `benchmarks.training`, sampled at temperature 1 with ends that come by chance. Every one of
the first few is sampled alone and among 511 others. Where the two differ, the first token that does is looked at: a
plain forward pass tells how far the request's random number lies from the edge between the two tokens; within 1e-4 the
difference is rounding. Log-probabilities are compared with a plain forward pass over prompt and answer. Then all
requests are sampled, a thousand at a time, and the process's memory is read after each. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from benchmarks.training.material import SIZES, write_material
from benchmarks.training.pace import resident

from solon.engines.local import LocalEngine, SampledTokens
from solon.engines.uniforms import uniforms
from solon.interfaces import SampleRequest
from solon.models.language_model import LanguageModel
from solon.records import Message

GOAL_SAME, GOAL_LOGPROBS, TIE = 0.995, 1e-4, 1e-4
TURN = 1000


def main() -> int:
    """Sample, compare, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="S", choices=list(SIZES))
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--alone", type=int, default=1_000)
    parser.add_argument("--to", type=Path, default=Path(".bench/material"))
    given = parser.parse_args()
    torch.set_num_threads(2)
    folder = given.to / given.size
    write_material(folder, given.size)
    policy = LanguageModel.load(folder / "model")
    engine = LocalEngine(policy)
    asked = _requests(json.loads((folder / "prompts.json").read_text()), given.requests)

    together = [one for begin in range(0, given.alone, 512) for one in engine.sample_tokens(asked[begin : begin + 512])]
    alone = [engine.sample_tokens([one])[0] for one in asked[: given.alone]]
    differing = [i for i, one in enumerate(alone) if one.ids != together[i].ids]
    ties = [_from_the_edge(policy, asked[i], alone[i], together[i]) for i in differing]
    gap = max(_logprob_gap(policy, one) for one in together[: min(200, given.alone)])
    print(
        f"{len(differing)} of {given.alone} differ, from the edge: {ties}; log-probabilities {gap:.1e}", file=sys.stderr
    )

    memory = []
    for begin in range(0, given.requests, TURN):
        engine.sample(asked[begin : begin + TURN])
        memory.append(resident("VmRSS"))
        print(f"{begin + TURN} requests: {memory[-1] / 1e6:.0f} MB", file=sys.stderr)
    same = 1 - len(differing) / given.alone
    growth = memory[-1] / memory[1] - 1
    ok = same >= GOAL_SAME and all(tie < TIE for tie in ties) and gap < GOAL_LOGPROBS and growth < 0.02
    print(json.dumps({
        "name": "sampling-checks", "ours": same, "peer": None, "ratio": round(same / GOAL_SAME, 4), "goal": GOAL_SAME,
        "size": given.size, "alone": given.alone, "differ": len(differing), "from_the_edge": ties,
        "logprob_gap": gap, "requests": given.requests, "megabytes": [round(one / 1e6) for one in memory],
        "growth_from_the_second_thousand": round(growth, 4), "cores": os.cpu_count(),
    }))  # fmt: skip
    return 0 if ok else 1


def _requests(texts: Sequence[str], count: int) -> list[SampleRequest]:
    return [
        SampleRequest(messages=(Message(role="user", content=texts[i % len(texts)]),), seed=i, max_new_tokens=64)
        for i in range(count)
    ]


@torch.inference_mode()
def _from_the_edge(policy: LanguageModel, asked: SampleRequest, one: SampledTokens, other: SampledTokens) -> float:
    """How far the random number of the first token that differs lies from the nearest edge between two tokens."""
    place = next(i for i, (a, b) in enumerate(zip(one.ids, other.ids, strict=False)) if a != b)
    logits_V = policy.model(torch.tensor([one.prompt_ids + one.ids[:place]])).logits[0, -1].double()
    edges_V = logits_V.softmax(0).cumsum(0)
    number = float(uniforms(np.array([asked.seed], dtype=np.uint64), np.array([place]))[0])
    return float((edges_V - number).abs().min())


@torch.inference_mode()
def _logprob_gap(policy: LanguageModel, one: SampledTokens) -> float:
    """The furthest that a sampler's log-probability is from that of a plain forward pass."""
    ids = one.prompt_ids + one.ids
    logprobs_TV = policy.model(torch.tensor([ids])).logits[0].float().log_softmax(-1)
    plain_R = logprobs_TV[range(len(one.prompt_ids) - 1, len(ids) - 1), one.ids]
    return float((plain_R - torch.tensor(one.logprobs)).abs().max())


if __name__ == "__main__":
    sys.exit(main())

"""Work of one kind: one step of it, run without data, and how often it comes."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, Literal, NamedTuple

from solon.forecast.rollout_steps import Sampling, ppo_steps, sampling_steps
from solon.forecast.shapes import Lora, Shape
from solon.forecast.steps import Elements, Rows, Step, preference_step, reward_step, supervised_step
from solon.forecast.texts import SAMPLE, Prompts
from solon.forecast.tracking import Op, Work
from solon.models.template import Tokens
from solon.policy.preference_config import DirectPreferenceConfig
from solon.policy.rl_config import PPOConfig
from solon.reward.config import RewardConfig
from solon.training.elements import Element, element_batches
from solon.training.supervised import row_order

Kind = Literal["train", "decode"]

_MOST_ROWS, _CACHE_TOKENS = 512, 65_536  # of `solon.engines.local` and `solon.engines.decoding`
_OCCUPANCY = 0.875
"""Share of a full batch that is alive, on average: ended rows leave when they are a quarter."""
_SCORE_TOKENS = 16_384  # of `RewardModelScorer`
_TOKEN_BYTES = 44
"""Of an id and a weight in lists: two references and an integer."""
_BATCHES = 20
"""Batches that are looked at to find the largest one."""
_STEPS = 8
"""Steps of a reward model whose forward passes are looked at."""
_DEPTHS = (2, 4)


class Phase(NamedTuple):
    """Steps of one kind within a stage."""

    name: str
    kind: Kind
    step: Step
    times: float
    """How many such steps there are."""
    trained_tokens: float = 0.0
    read_tokens: float = 0.0
    """Without a gradient."""
    sampled_tokens: float = 0.0
    data_bytes: float = 0.0
    """Of tokens that wait in the process as Python numbers."""


def imitating(shape: Shape, section: Any, rows: Sequence[Tokens], count: int) -> list[Phase]:
    """Supervised training by a section of a recipe on so many rows, of which these are a sample."""
    if not rows or not count:
        return []
    mean, budget = sum(len(row.ids) for row in rows) / len(rows), section.tokens_per_batch
    enough = min(count, max(min(len(rows), SAMPLE), ceil(_BATCHES * budget / mean)))
    seen = list(itertools.islice(itertools.cycle(rows), enough))
    packed_into = int(shape.config.max_position_embeddings) if section.packing else None
    order = row_order(seen, budget, 0, packed_into=packed_into)
    batches = [[seen[i] for i in _flat(order.at(step))] for step in range(order.steps_per_epoch())]

    def computed(batch: Sequence[Tokens]) -> int:
        lengths = [len(row.ids) for row in batch]
        return len(lengths) * max(lengths) if shape.pads and not section.packing else sum(lengths)

    largest = max(batches, key=computed)
    share = sum(map(computed, batches)) / len(batches) / computed(largest)
    tokens = max(2, round(computed(largest) / len(largest)))
    trained = sum(sum(weight > 0 for weight in row.weights) for row in largest) / len(largest)
    batch = Rows(len(largest), tokens, max(1, min(tokens - 1, round(trained))))
    lora, frozen = Lora.of(section), section.embedding_lr_scale == 0
    (step,) = at_depth(
        trained_by(section, shape),
        lambda one: (supervised_step(one, batch, method=section.optimiser, lora=lora, frozen_words=frozen),),
    )
    steps = max(1.0, round(section.epochs * order.steps_per_epoch() * count / len(seen)))
    return [
        Phase("train", "train", step, steps * share, trained_tokens=section.epochs * count * mean,
              data_bytes=_TOKEN_BYTES * count * mean)
    ]  # fmt: skip


def comparing(
    shape: Shape,
    section: RewardConfig | DirectPreferenceConfig,
    *,
    rankings: float,
    responses: int,
    judged: float,
    lengths: Sequence[int],
    asked_tokens: float,
) -> Phase:
    """Training of a reward model on rankings and comparisons, or of a policy on them by DPO.

    Args:
        shape: of its backbone.
        section: sizes.
        rankings: how many there are, held-out ones too.
        responses: of one ranking.
        judged: comparisons of two beside them.
        lengths: a sample of the tokens of a prompt with a response, those of one ranking side by side.
        asked_tokens: of the prompt among them, on average.
    """
    trained = (1 - section.held_out_share) * section.epochs
    rows, elements = trained * (rankings * responses + 2 * judged), trained * (rankings + judged)
    together = max(2, round(rows / max(1.0, elements)))
    mean = sum(lengths) / len(lengths)
    endless = itertools.cycle(lengths)
    passes = []
    for _ in range(_STEPS):
        step_elements = [
            Element([Rows(1, next(endless), 0).as_tokens()[0] for _ in range(together)], None, 0.5, "")
            for _ in range(section.prompts_per_step)
        ]
        batches = element_batches(step_elements, section.max_batch_tokens)
        passes += [[len(row.ids) for i in batch for row in step_elements[i].rows] for batch in batches]

    def computed(batch: Sequence[int]) -> int:
        if shape.pads:
            return len(batch) * max(batch)
        return max(len(batch), sum(batch) - round(asked_tokens) * (len(batch) - len(batch) // together))

    largest = max(passes, key=computed)
    tokens = max(2, max(largest) if shape.pads else round(sum(largest) / len(largest)))
    seen = Elements(len(largest) // together, together, tokens, min(tokens - 1, round(asked_tokens)))
    num_passes = sum(map(computed, passes)) / _STEPS / computed(largest)
    lora = Lora.of(section)

    def build(one: Shape) -> tuple[Step, ...]:
        if isinstance(section, RewardConfig):
            return (reward_step(one, seen, section, num_passes=num_passes, lora=lora),)
        return (preference_step(one, seen, section, num_passes=num_passes, lora=lora),)

    (step,) = at_depth(trained_by(section, shape), build)
    steps = ceil(elements / section.prompts_per_step)
    return Phase("train", "train", step, steps, trained_tokens=rows * mean,
                 data_bytes=_TOKEN_BYTES * rows * mean / section.epochs)  # fmt: skip


def reinforcing(
    shape: Shape, section: PPOConfig, prompts: Prompts, answer_tokens: float, imitated: Sequence[Tokens], *,
    own_reference: bool,
) -> list[Phase]:  # fmt: skip
    """PPO on prompts, with rows that are imitated where `ptx_coef` is not 0; see `ppo_steps`."""
    responses, steps = section.responses_per_step, section.num_steps
    asked, answered = max(1, round(prompts.mean_tokens)), max(1, round(answer_tokens))
    ptx: Rows | None = None
    if section.ptx_coef and imitated:
        mean = sum(len(row.ids) for row in imitated) / len(imitated)
        trained = sum(sum(weight > 0 for weight in row.weights) for row in imitated) / len(imitated)
        ptx = Rows(max(1, int(section.ptx_tokens_per_batch / mean)), round(mean), max(1, round(trained)))
    score, read, values, policy = at_depth(
        trained_by(section, shape),
        lambda one: ppo_steps(one, asked, answered, section, lora=Lora.of(section), ptx=ptx,
                              own_reference=own_reference, score_batch_tokens=_SCORE_TOKENS),
    )  # fmt: skip
    each, updated = responses * (asked + answered), steps - section.value_warmup_steps
    imitated_tokens = updated * section.updates_per_step * (ptx.number * ptx.tokens if ptx else 0)
    beside = policy.kept_bytes - shape.weight_bytes
    return [
        *sampling("sample", shape, prompts, responses, section.max_new_tokens, answer_tokens, calls=steps,
                  beside=beside),
        Phase("score", "train", score, steps, read_tokens=steps * each),
        Phase("read", "train", read, steps, read_tokens=2 * steps * each),
        Phase("update the value model", "train", values, steps, trained_tokens=section.epochs * steps * each),
        Phase("update the policy", "train", policy, updated,
              trained_tokens=section.epochs * updated * each + imitated_tokens),
    ]  # fmt: skip


def sampling(
    name: str, shape: Shape, prompts: Prompts, count: int, limit: int, answer_tokens: float, *, more: int = 0,
    calls: int = 1, beside: int = 0,
) -> list[Phase]:  # fmt: skip
    """Reading prompts and decoding answers.

    Args:
        name: of the phases.
        shape: of the model that answers.
        prompts: a sample of them.
        count: answers of one call.
        limit: most tokens of one.
        answer_tokens: of one on average.
        more: tokens that each prompt has beside those of the sample.
        calls: how often so many are answered.
        beside: bytes of other models that are held meanwhile.
    """
    if not count:
        return []
    shared, own = prompts.shared_and_own()
    own += more
    rows = max(1, min(count, _MOST_ROWS, _CACHE_TOKENS // (own + limit)))
    read, decode = (
        one._replace(work=one.work._replace(peak_bytes=one.peak_bytes + beside), kept_bytes=one.kept_bytes + beside)
        for one in at_depth(shape, lambda one: sampling_steps(one, Sampling(rows, shared, own, limit)))
    )
    batches = count / rows
    return [
        Phase(f"{name}: prompts", "train", read, calls * batches, read_tokens=calls * (shared + count * own)),
        Phase(f"{name}: answers", "decode", decode, calls * batches * answer_tokens / _OCCUPANCY,
              sampled_tokens=calls * count * answer_tokens),
    ]  # fmt: skip


def trained_by(section: Any, shape: Shape) -> Shape:
    """The model as a section trains it."""
    return shape._replace(recomputes=section.recompute_activations)


def at_depth(shape: Shape, build: Callable[[Shape], tuple[Step, ...]]) -> tuple[Step, ...]:
    """The steps at the model's depth: all layers are alike, so two depths tell those of a deep model."""
    layers = shape.num_layers
    if layers <= _DEPTHS[-1] + 2:
        return build(shape)
    few, more = (build(shape.at_depth(depth)) for depth in _DEPTHS)
    share = (layers - _DEPTHS[0]) / (_DEPTHS[1] - _DEPTHS[0])
    return tuple(_beyond(a, b, share) for a, b in zip(few, more, strict=True))


def _beyond(few: Step, more: Step, share: float) -> Step:
    """On the line through two steps; counts of operators may be negative, their sums are not."""
    ops: Counter[Op] = Counter()
    for step, weight in ((few, 1 - share), (more, share)):
        for op, count in step.work.ops.items():
            ops[op] += count * weight  # type: ignore[assignment]
    peak, kept = (
        round(a + (b - a) * share)
        for a, b in ((few.peak_bytes, more.peak_bytes), (few.kept_bytes, more.kept_bytes))
    )  # fmt: skip
    return Step(Work(ops, peak), kept, more.times, more.num_passes)


def _flat(indices: Sequence[Any]) -> list[int]:
    return [i for one in indices for i in (one if isinstance(one, list) else [one])]

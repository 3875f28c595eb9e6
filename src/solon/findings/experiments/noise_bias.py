"""People's noise against a judge's bias: which labels to buy, and when to mix them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solon.agora import lexicon
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.shapes import rises
from solon.labellers.labels import gather
from solon.labellers.routing import LEAST_SHARED, route
from solon.records import Comparison, Metric, Preference, Prompt
from solon.reward.score import RewardModelScorer
from solon.settings import Settings
from solon.training.heldout import pair_margins

KINDS = ("benign", "borderline")
PERSON, JUDGE = "person", "judge"


class NoiseBias(Settings):
    """Knobs."""

    budgets: tuple[int, ...] = (10, 80, 640)
    """Dollars."""
    human_price: float = 1.0
    """Of a person's label."""
    ai_price: float = 0.1
    """Of the judge's."""
    human_noise: float = 0.35
    """How often a person errs, on any pair."""
    ai_noise: float = 0.03
    """How often the judge errs where it is not biased."""
    biased: tuple[str, ...] = ("games", "music")
    """Of six domains, those in which the judge takes right answers for wrong ones."""
    pairs: int = 900
    """That there are to label."""
    calibrated_share: float = 0.6
    """Of people's labels, where they are routed, the share on random pairs: it tells where the judge errs."""
    tested: int = 240
    """Held-out prompts of each of two kinds."""


def measure(lab: Lab, settings: NoiseBias) -> Mapping[str, Metric]:
    """Reward models of people's labels, of the judge's, and of both, for each budget."""
    pairs = _pairs(lab, lab.prompts(settings.pairs // 2, *KINDS, name="labelled"), "train")
    order = [pairs[i] for i in lab.generator("order").permutation(len(pairs))]
    people = {one.id: _label(lab, one, PERSON, settings) for one in order}
    judge = {one.id: _label(lab, one, JUDGE, settings) for one in order}
    tested = _pairs(lab, lab.held_out(settings.tested, *KINDS), "test")
    found: dict[str, Metric] = {}
    for budget in settings.budgets:
        by_people = [people[one.id] for one in order[: int(budget / settings.human_price)]]
        by_judge = [judge[one.id] for one in order[: int(budget / settings.ai_price)]]
        ways = {"people": by_people, "judge": by_judge, "routed": _routed(lab, order, people, judge, budget, settings)}
        for way, labels in ways.items():
            if labels:
                scorer = lab.reward_model(
                    f"{way}-{budget}", lab.policy("mid"), preferences=labels, epochs=2.0, prompts_per_step=8
                )
                found[f"right, {way}, {budget} dollars"] = mean(_right(scorer, tested))
    return found


def _pairs(lab: Lab, prompts: Sequence[Prompt], name: str) -> list[Comparison]:
    """A right and a wrong answer to requests of the six domains, in random order; the id ends with the right one."""
    made = []
    for prompt in prompts:
        rng = lab.generator("pair", name, prompt.id)
        if prompt.labels["category"] not in lexicon.DOMAINS:
            continue
        right, wrong = lab.world.feedback.right_reply(prompt, rng), lab.world.feedback.wrong_reply(prompt, rng)
        a_is_right = bool(rng.random() < 0.5)
        a, b = (right, wrong) if a_is_right else (wrong, right)
        told = f"{name}/{prompt.id}/{'a' if a_is_right else 'b'}"
        made.append(Comparison(id=told, prompt=prompt, response_a=a, response_b=b))
    return made


def _a_is_right(pair: Comparison) -> bool:
    return pair.id.endswith("/a")


def _label(lab: Lab, pair: Comparison, who: str, settings: NoiseBias) -> Preference:
    right = _a_is_right(pair)
    noise = settings.human_noise if who == PERSON else settings.ai_noise
    if who == JUDGE and pair.prompt.labels["category"] in settings.biased:
        right = not right
    says = right != bool(lab.generator("label", who, pair.id).random() < noise)
    sure = 0.9 if who == JUDGE else 1.0
    return Preference(comparison=pair, prob_a=sure if says else 1 - sure, source=who)


def _routed(
    lab: Lab, order: Sequence[Comparison], people: Mapping[str, Preference], judge: Mapping[str, Preference],
    budget: int, settings: NoiseBias,
) -> list[Preference]:  # fmt: skip
    """The judge's labels of half the budget's worth of pairs, and people's where they help most with the other half."""
    among = order[: int(budget / 2 / settings.ai_price)]
    num_people = int((budget - len(among) * settings.ai_price) / settings.human_price)
    first = among[: int(settings.calibrated_share * num_people)]
    if len(first) < LEAST_SHARED:
        return []
    told = [*(judge[one.id] for one in among), *(people[one.id] for one in first)]
    accuracy = 1 - settings.human_noise
    left = num_people - len(first)
    chosen = route(
        gather(told), [PERSON], people_accuracy=accuracy, num_for_people=left, seed=lab.derive("route")
    ).chosen
    told += [people[among[item].id] for item in chosen]
    labelled = gather(told)
    believed = route(labelled, [PERSON], people_accuracy=accuracy, num_for_people=0, seed=lab.derive("route"))
    return [
        Preference(comparison=item, prob_a=float(prob), source="routed")
        for item, prob in zip(labelled.items, believed.prob_first_N, strict=True)
    ]


def _right(scorer: RewardModelScorer, pairs: Sequence[Comparison]) -> list[tuple[Prompt, float]]:
    told = zip(pairs, pair_margins(scorer, pairs), strict=True)
    return [(pair.prompt, float((margin > 0) == _a_is_right(pair))) for pair, margin in told]


def shape(measured: Measured, settings: NoiseBias) -> Sequence[Outcome]:
    """The judge wins while money is short, people once there is enough, and both together beat either then."""
    low, high = settings.budgets[0], settings.budgets[-1]

    def right(way: str, budget: int) -> float:
        return measured[f"right, {way}, {budget} dollars"].value or 0.0

    best = max(right("people", high), right("judge", high))
    return [
        Outcome(
            f"for {low} dollars the judge's labels are better", right("judge", low) > right("people", low),
            f"{right('judge', low):.3f} against {right('people', low):.3f}",
        ),
        Outcome(
            f"for {high} dollars people's labels are better", right("people", high) > right("judge", high),
            f"{right('people', high):.3f} against {right('judge', high):.3f}",
        ),
        rises(measured, [f"right, people, {budget} dollars" for budget in settings.budgets], slack=0.02),
        Outcome(
            f"for {high} dollars routed labels are no worse than either", right("routed", high) >= best - 0.02,
            f"{right('routed', high):.3f} against {best:.3f}",
        ),
    ]  # fmt: skip


def figure(measured: Measured, settings: NoiseBias) -> str:
    """Accuracy by budget."""
    lines = [
        Line(
            way,
            [(float(b), measured[f"right, {way}, {b} dollars"]) for b in settings.budgets
             if f"right, {way}, {b} dollars" in measured],
        )
        for way in ("people", "judge", "routed")
    ]  # fmt: skip
    plot = Plot("", "dollars", "reward model right (rate)", lines, log_x=True, unit_y=True)
    return draw_lines("noise-bias", [plot], "Accuracy of reward models by budget and labeller")


FINDING = Finding(
    name="noise-bias",
    title="A judge's bias is worth it while money is short; people's noise averages out; routing takes both",
    source="Lee et al. 2023, arXiv:2309.00267; Miranda et al. 2024, arXiv:2410.19133",
    published="AI labels cost a tenth of people's or less and err alike each time; people's errors are noise. Routing "
    "a budget of people's labels to the pairs where they help most gains 7 to 13 points on RewardBench.",
    method="A judge that takes right for wrong in two of six domains, and people who err a third of the time. Reward "
    "models learn from labels of either for equal money, or from the judge's with people's routed by `solon route`.",
    settings=NoiseBias(),
    quick={"budgets": (10, 640), "tested": 120},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="Bias, noise and prices are settings; where the lines cross follows from them.",
)

"""A judge's taste for length, or for lists, and its control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from solon.evaluation.length_control import length_controlled_win_rate
from solon.evaluation.logistic import fit_logistic
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Checked, Lab
from solon.findings.measures import mean, number
from solon.findings.plots import draw_bars
from solon.findings.shapes import at_least
from solon.interfaces import PromptResponse
from solon.preferences.ai_feedback import sigmoid
from solon.records import Comparison, Metric, Preference, Prompt
from solon.settings import Settings

KINDS = ("benign", "borderline")
PADDING = "after that, {}."
LIST_MARK = ", then "
TASTES = ("length", "lists")


class JudgeLength(Settings):
    """Knobs."""

    prompts: int = 500
    """Training requests that both models answer, so many of each of two kinds."""
    taste: float = 2.0
    """Log-odds for an answer that is one padding longer, or a list where the other is none."""
    quality: float = 2.0
    """Log-odds for a right answer against a wrong one."""
    padded: float = 0.6
    """Share of the wordy model's answers that get a further sentence, or are made lists."""
    tested: int = 150
    """Held-out prompts of each kind, whose right answers the reward model sees with and without padding."""


class Pair(NamedTuple):
    """A wordy and a plain answer to one prompt."""

    prompt: Prompt
    wordy: str
    plain: str
    quality: float
    """Of the wordy one, less that of the plain one."""


def measure(lab: Lab, settings: JudgeLength) -> Mapping[str, Metric]:
    """The same pairs by a judge without taste and with each; win rates raw and controlled; and what is learnt."""
    prompts = lab.prompts(settings.prompts, *KINDS, name="judged")
    plain, wordy = lab.checked(lab.policy("helpful_rlhf"), prompts), lab.checked(lab.policy("sft"), prompts)
    held_out = lab.checked(lab.policy("helpful_rlhf"), lab.held_out(settings.tested, *KINDS))
    right = [one for one in held_out if one.check.helpful]
    found: dict[str, Metric] = {}
    for taste in TASTES:
        pairs = [_pair(lab, a, b, taste, settings) for a, b in zip(wordy, plain, strict=True)]
        found |= _one_taste(lab, pairs, right, taste, settings)
    return found


def _one_taste(
    lab: Lab, pairs: Sequence[Pair], right: Sequence[Checked], taste: str, settings: JudgeLength
) -> dict[str, Metric]:
    liked = [_difference(one.wordy, one.plain, taste) for one in pairs]
    odds = [settings.quality * one.quality for one in pairs]
    verdicts = []
    for one, quality, more in zip(pairs, odds, liked, strict=True):
        chance = lab.generator("verdict", taste, one.prompt.id).random()
        verdicts.append(float(chance < sigmoid(quality + settings.taste * more)))
    rates = {
        "true": sum(map(sigmoid, odds)) / len(odds),
        "raw": sum(verdicts) / len(verdicts),
        "controlled": _controlled(pairs, verdicts, liked, taste),
    }
    found = {f"{taste}: wordy model wins, {way}": number(rate, len(pairs), "judge") for way, rate in rates.items()}
    for way in ("raw", "controlled"):
        found[f"{taste}: error of the {way} rate"] = number(abs(rates[way] - rates["true"]), len(pairs), "judge")
    labels = [_label(one, verdict) for one, verdict in zip(pairs, verdicts, strict=True)]
    scorer = lab.reward_model(taste, lab.policy("mid"), preferences=labels, epochs=2.0, prompts_per_step=8)
    both = [PromptResponse(one.prompt, text) for one in right for text in (_padded(lab, one, taste), one.text)]
    scores = scorer(both)
    fooled = [(one.prompt, float(a > b)) for one, a, b in zip(right, scores[::2], scores[1::2], strict=True)]
    return found | {f"{taste}: reward model prefers the padded copy": mean(fooled, "proxy")}


def _pair(lab: Lab, wordy: Checked, plain: Checked, taste: str, settings: JudgeLength) -> Pair:
    quality = float(wordy.check.helpful or False) - float(plain.check.helpful or False)
    pad = lab.generator("padded", wordy.prompt.id).random() < settings.padded
    return Pair(wordy.prompt, _padded(lab, wordy, taste) if pad else wordy.text, plain.text, quality)


def _padded(lab: Lab, one: Checked, taste: str) -> str:
    """The answer with a sentence more, or with its steps as a list."""
    if taste == "length":
        further = lab.world.feedback.right_reply(one.prompt, lab.generator("further", one.prompt.id))
        return f"{one.text} {PADDING.format(further.rstrip('.').rpartition(', ')[2])}"
    return one.text.replace(", and ", LIST_MARK) if LIST_MARK not in one.text else f"first{LIST_MARK}{one.text}"


def _difference(a: str, b: str, taste: str) -> float:
    """How much more of what the judge likes is in a."""
    if taste == "lists":
        return float(LIST_MARK in a) - float(LIST_MARK in b)
    return (len(a.split()) - len(b.split())) / len(PADDING.split())


def _controlled(pairs: Sequence[Pair], verdicts: Sequence[float], asked: Sequence[float], taste: str) -> float:
    if taste == "length":
        return length_controlled_win_rate(verdicts, [len(p.wordy) for p in pairs], [len(p.plain) for p in pairs])
    x_N2 = np.stack([np.ones(len(pairs)), np.array(asked)], axis=1)
    theta = fit_logistic(x_N2, np.array(verdicts), np.ones((1, len(pairs))), np.array([10.0, 10.0]))[0, 0]
    return sigmoid(float(theta))


def _label(pair: Pair, verdict: float) -> Preference:
    comparison = Comparison(id=pair.prompt.id, prompt=pair.prompt, response_a=pair.wordy, response_b=pair.plain)
    return Preference(comparison=comparison, prob_a=verdict, source="judge")


def shape(measured: Measured, settings: JudgeLength) -> Sequence[Outcome]:
    """The taste moves the win rate, control brings it back, and a reward model takes it over."""
    outcomes = []
    for taste in TASTES:
        raw, controlled = (measured[f"{taste}: error of the {way} rate"].value for way in ("raw", "controlled"))
        assert raw is not None and controlled is not None  # of every pair there is a verdict
        errors = f"{controlled:.3f} against {raw:.3f}"
        outcomes += [
            at_least(measured, f"{taste}: error of the raw rate", 0.05),
            Outcome(f"{taste}: control halves the error at least", controlled <= raw / 2, errors),
            at_least(measured, f"{taste}: reward model prefers the padded copy", 0.7),
        ]
    return outcomes


def figure(measured: Measured, settings: JudgeLength) -> str:
    """Win rates, and who is fooled."""
    values = {name: metric for name, metric in measured.items() if "error" not in name}
    return draw_bars("judge-length", values, "rate", "A judge's taste for length and lists, and its control")


FINDING = Finding(
    name="judge-length",
    title="A judge's taste for length or lists moves win rates and is learnt; a regression takes most of it out",
    source="Dubois et al. 2024, arXiv:2404.04475; Zheng et al. 2023, arXiv:2306.05685, table 3",
    published="Judges prefer longer answers and lists: padded copies of an answer fooled GPT-4 in 8.7 % and other "
    "judges in 91 % of the cases. A logistic regression with a length term brings win rates near to those of people.",
    method="Answers of two policies, one made wordy at random, judged by quality alone or with a taste besides. The "
    "controlled rate is that of `solon compare`; a reward model learns from the verdicts and compares right answers "
    "with padded copies.",
    settings=JudgeLength(),
    quick={"prompts": 300, "tested": 90},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="helpful_rlhf",
    limits="The taste is planted and goes with what the regression knows; a judge's real taste need not.",
)

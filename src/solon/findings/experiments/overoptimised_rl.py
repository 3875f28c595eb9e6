"""Over-optimisation by reinforcement learning, and how far it goes for its gain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from solon.evaluation.over_optimisation import best_of_n_kl, fit_law
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import number
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.proxies import KINDS, best_of_n, comparisons_of, gold, sample_pool, scores_of, train_proxy
from solon.findings.shapes import at_least
from solon.interfaces import PromptResponse
from solon.records import Metric
from solon.settings import Settings

NS = (1, 2, 4, 8, 16, 32, 64)


class OverOptimisedRl(Settings):
    """Knobs."""

    comparisons: int = 120
    """That the proxy learns from."""
    noise: float = 0.25
    """Share of the labels that are wrong."""
    steps: int = 40
    """PPO steps, without a KL penalty."""
    peak_lr: float = 0.0003
    """Of the policy."""
    points: int = 20
    """Of the curves: means over as many steps each."""


def measure(lab: Lab, settings: OverOptimisedRl) -> Mapping[str, Metric]:
    """PPO on the proxy; proxy, truth and KL step by step; and the KL that best-of-n needs for the same proxy gain."""
    prompts = lab.prompts(300, *KINDS, name="proxy")
    trained_on = lab.answers(lab.policy("mid"), prompts, draws=4)
    proxy = train_proxy(lab, "proxy", comparisons_of(lab, trained_on, settings.comparisons, settings.noise, "proxy"))

    def truth(pairs: Sequence[PromptResponse]) -> list[float]:
        return [gold(lab, pair.prompt, pair.response) for pair in pairs]

    trained = lab.reinforce(
        "rl", lab.policy("mid"), proxy, prompts, true_score=truth, num_steps=settings.steps, kl_coef=0.0,
        peak_lr=settings.peak_lr, schedule="constant",
    )  # fmt: skip
    each = settings.steps // settings.points
    groups = [trained.steps[i * each : (i + 1) * each] for i in range(settings.points)]
    found: dict[str, Metric] = {}
    for place, rows in enumerate(groups):
        for name, key in (("proxy", "reward"), ("true", "true_score"), ("KL", "kl")):
            found[f"{name}, part {place + 1}"] = number(sum(row[key] for row in rows) / len(rows), len(rows), name)
    start, true = (
        found["true, part 1"].value or 0.0,
        [found[f"true, part {n + 1}"].value or 0.0 for n in range(len(groups))],
    )
    distances = [math.sqrt(max(found[f"KL, part {n + 1}"].value or 0.0, 0.0)) for n in range(len(groups))]
    fit = fit_law(distances, [value - start for value in true], "rl")
    found |= {"alpha": number(fit.alpha, len(groups), "fit"), "beta": number(fit.beta, len(groups), "fit")}
    found["R squared"] = number(fit.r_squared, len(groups), "fit")
    top = max(range(len(true)), key=lambda n: true[n])
    found["true, best - first"] = number(true[top] - start, len(groups), "checker")
    found["true, last - best"] = number(true[-1] - true[top], len(groups), "checker")
    found["proxy, last - first"] = number(
        (found[f"proxy, part {len(groups)}"].value or 0.0) - (found["proxy, part 1"].value or 0.0), len(groups), "proxy"
    )
    pool = sample_pool(lab, lab.policy("mid"), prompts[:: len(prompts) // 60], NS[-1], 1.0)
    score_ND = scores_of(proxy, pool)
    by_n = {n: float(best_of_n(score_ND, score_ND, n).mean()) for n in NS}
    gained = [found[f"proxy, part {n + 1}"].value or 0.0 for n in range(len(groups))]
    both = max((n for n, proxied in enumerate(gained) if proxied <= by_n[NS[-1]]), default=0)
    found["proxy that both reach"] = number(gained[both], len(groups), "proxy")
    found["KL of RL there"] = number(distances[both] ** 2, len(groups), "policy")
    found["KL of best-of-n there"] = number(best_of_n_kl(min(n for n in NS if by_n[n] >= gained[both])), 60, "bound")
    return found


def shape(measured: Measured, settings: OverOptimisedRl) -> Sequence[Outcome]:
    """The proxy rises all the way; the truth rises and falls; best-of-n is nearer to the policy for the same gain."""
    fallen = measured["true, last - best"].value or 0.0
    rl, best = (measured[f"KL of {way} there"].value or 0.0 for way in ("RL", "best-of-n"))
    return [
        at_least(measured, "proxy, last - first", 0.5),
        at_least(measured, "true, best - first", 0.05),
        Outcome("the truth falls by 0.05 or more after its best", fallen <= -0.05, f"{fallen:.3f}"),
        Outcome(
            "RL spends more KL than best-of-n for the highest proxy of both",
            rl > best,
            f"{rl:.2f} against {best:.2f} nats",
        ),
    ]


def figure(measured: Measured, settings: OverOptimisedRl) -> str:
    """Both rewards by distance."""

    def line(name: str, label: str) -> Line:
        points = range(1, settings.points + 1)
        at = [math.sqrt(max(measured[f"KL, part {n}"].value or 0.0, 0.0)) for n in points]
        return Line(label, [(d, measured[f"{name}, part {n}"]) for d, n in zip(at, points, strict=True)])

    plots = [
        Plot("true reward", "square root of KL (nats)", "right (rate)", [line("true", "true")], unit_y=True),
        Plot("proxy reward", "square root of KL (nats)", "score (logits)", [line("proxy", "proxy")]),
    ]
    return draw_lines("overoptimised-rl", plots, "True and proxy reward of reinforcement learning by distance")


FINDING = Finding(
    name="overoptimised-rl",
    title="Reinforcement learning on a weak proxy raises the truth, then ruins it, and goes farther than best-of-n",
    source="Gao et al. 2022, arXiv:2210.10760, figures 1 and 4, section 4.2",
    published="Under RL the proxy keeps rising while the true reward follows d (alpha - beta log d): it peaks and "
    "falls. RL spends far more KL than best-of-n for the same gain.",
    method="PPO without a KL penalty from the mid-trained policy, on a reward model that learnt from 120 comparisons, "
    "a quarter of them labelled wrongly. The exact checker is the true reward.",
    settings=OverOptimisedRl(),
    quick={"steps": 24, "points": 12},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="One proxy of one size; the frontier's dependence on data is in the finding on best-of-n.",
)

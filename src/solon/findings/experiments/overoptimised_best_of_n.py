"""Over-optimisation by best-of-n: the true reward against the distance from the policy, with its fitted law."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from solon.evaluation.over_optimisation import best_of_n_kl, fit_law
from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, number, paired
from solon.findings.plots import Line, Plot, draw_lines
from solon.findings.proxies import KINDS, best_of_n, comparisons_of, sample_pool, scores_of, train_proxy
from solon.findings.shapes import at_least, clearly_above, clearly_below, ordered
from solon.records import Metric
from solon.settings import Settings


class OverOptimisedBestOfN(Settings):
    """Knobs."""

    sizes: tuple[int, ...] = (30, 80, 1000)
    """Comparisons that the proxy reward models learn from."""
    noise: float = 0.25
    """Share of the labels that are wrong."""
    draws: int = 128
    """Answers to each prompt."""
    prompts: int = 45
    """Held-out prompts of each of three kinds, of which a third is used."""
    ns: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128)
    """Best of so many."""
    temperature: float = 1.3
    """Of the answers: hot, so that there is something to go wrong."""


def measure(lab: Lab, settings: OverOptimisedBestOfN) -> Mapping[str, Metric]:
    """One pool of answers, chosen from by proxies of different sizes."""
    policy = lab.policy("mid")
    trained_on = lab.answers(policy, lab.prompts(500, *KINDS, name="proxy"), draws=4, temperature=settings.temperature)
    pool = sample_pool(lab, policy, lab.held_out(settings.prompts, *KINDS), settings.draws, settings.temperature)
    found: dict[str, Metric] = {}
    for size in settings.sizes:
        scorer = train_proxy(lab, f"proxy-{size}", comparisons_of(lab, trained_on, size, settings.noise, "proxy"))
        score_ND = scores_of(scorer, pool)
        gains: list[float] = []
        chosen = {n: best_of_n(score_ND, pool.gold_ND, n) for n in settings.ns}
        for n in settings.ns:
            values = list(zip(pool.prompts, chosen[n].tolist(), strict=True))
            found[f"true, {size} comparisons, best of {n}"] = mean(values)
            gains.append(float(chosen[n].mean() - chosen[1].mean()))
            proxy = best_of_n(score_ND, score_ND, n)
            found[f"proxy, {size} comparisons, best of {n}"] = mean(
                list(zip(pool.prompts, proxy.tolist(), strict=True)), "proxy"
            )
        fit = fit_law([math.sqrt(best_of_n_kl(n)) for n in settings.ns], gains, "best-of-n")
        told = {"alpha": fit.alpha, "beta": fit.beta, "R squared": fit.r_squared}
        if fit.peak is not None:
            told["predicted peak"] = fit.peak
        found |= {f"{name}, {size} comparisons": number(value, len(settings.ns), "fit") for name, value in told.items()}
        best = max(settings.ns, key=lambda n: float(chosen[n].mean()))
        found[f"best n, {size} comparisons"] = number(best, len(pool.prompts), "checker")
        last, top = (list(zip(pool.prompts, chosen[n].tolist(), strict=True)) for n in (settings.ns[-1], best))
        found[f"true, {size} comparisons, last - best"] = paired(last, top)
    return found


def shape(measured: Measured, settings: OverOptimisedBestOfN) -> Sequence[Outcome]:
    """The proxy always rises; the truth of the weakest proxy falls after its best; more comparisons do better."""
    small, large, last = settings.sizes[0], settings.sizes[-1], settings.ns[-1]
    return [
        *(clearly_above(measured, f"proxy, {size} comparisons, best of {last}") for size in settings.sizes),
        clearly_below(measured, f"true, {small} comparisons, last - best"),
        ordered(measured, [f"true, {size} comparisons, best of {last}" for size in settings.sizes]),
        at_least(measured, f"R squared, {small} comparisons", 0.8),
        at_least(measured, f"R squared, {large} comparisons", 0.8),
    ]


def figure(measured: Measured, settings: OverOptimisedBestOfN) -> str:
    """True and proxy reward by distance, with the law of each size."""
    distance = {n: math.sqrt(best_of_n_kl(n)) for n in settings.ns}
    true, proxy = [], []
    for size in settings.sizes:
        true.append(
            Line(f"{size}", [(distance[n], measured[f"true, {size} comparisons, best of {n}"]) for n in settings.ns])
        )
        proxy.append(
            Line(f"{size}", [(distance[n], measured[f"proxy, {size} comparisons, best of {n}"]) for n in settings.ns])
        )
        start = measured[f"true, {size} comparisons, best of 1"].value or 0.0
        alpha, beta = (measured[f"{name}, {size} comparisons"].value or 0.0 for name in ("alpha", "beta"))
        steps = [distance[settings.ns[-1]] * i / 30 for i in range(31)]
        law = [(d, Metric(value=start + d * (alpha - beta * d), n=0, instrument="fit")) for d in steps]
        true.append(Line("" if size != settings.sizes[-1] else "fitted laws", law, dashed=True))
    return draw_lines(
        "overoptimised-best-of-n",
        [
            Plot("true reward, by comparisons", "square root of KL (nats)", "right (rate)", true),
            Plot("proxy reward", "square root of KL (nats)", "score (logits)", proxy),
        ],
        "True and proxy reward of best-of-n by distance",
    )


FINDING = Finding(
    name="overoptimised-best-of-n",
    title="Best-of-n on a weak proxy first helps and then harms, along d (alpha - beta d)",
    source="Gao et al. 2022, arXiv:2210.10760, figures 1 and 3",
    published="The true reward of best-of-n follows d (alpha - beta d) with d the square root of the KL; reward models "
    "of more data or size have better coefficients; with too few comparisons there is hardly a gain.",
    method="The mid-trained policy answers held-out prompts 128 times, hot. Proxy reward models learn from 30 to 1,000 "
    "comparisons with a quarter of the labels wrong; the exact checker is the true reward.",
    settings=OverOptimisedBestOfN(),
    quick={"draws": 64, "ns": (1, 2, 4, 8, 16, 32, 64), "prompts": 36, "sizes": (30, 1000)},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="mid",
    limits="The true reward is a rate, which ends at 1; in the paper it is a model's score without an end.",
)

"""Without a KL penalty the reward model is exploited: the proxy rises while the true score falls, as it should."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.proof.claims import Verdict, fact
from benchmarks.proof.long_run import RECIPE, STAGE
from benchmarks.proof.markdown import number
from benchmarks.proof.study import Section, Study
from benchmarks.proof.training_curves import Row, at, draw, points_table, read_metrics, series

NUM_STEPS = 402
OVERRIDES = (
    f"helpful_rlhf.num_steps={NUM_STEPS}",
    "helpful_rlhf.kl_coef=0.0",
    "helpful_rlhf.ptx_coef=0.0",
    "helpful_rlhf.ptx_demonstrations=0",
    "helpful_rlhf.schedule=constant",
)
SHOWN = {
    "reward": "the proxy: of the reward model, per response",
    "true_score": "share that the checker calls right",
    "kl": "nats per response, to the reference; not penalised",
    "response_tokens": "end token included",
    "entropy": "nats per token",
}
TITLES = {"reward": "reward (proxy)", "true_score": "true score", "kl": "KL (nats)", "entropy": "entropy (nats)"}


def make(study: Study) -> Section:
    """Run the long recipe without a penalty, with the first seed."""
    run = study.run("beta-zero", seed=study.seeds[0], recipe=RECIPE, overrides=OVERRIDES, until=STAGE)
    rows = read_metrics(run, STAGE)
    path = study.figures / "beta_zero.svg"
    draw(rows, TITLES, name="beta-zero", path=path)
    body = f"`recipes/{RECIPE}.yaml`, seed {study.seeds[0]}, with " + ", ".join(f"`{one}`" for one in OVERRIDES)
    body += ". Compare with the long run above, which differs by the penalty, the supervised term and the schedule.\n\n"
    body += points_table(rows, SHOWN) + f"\n![Proxy and truth without a KL penalty](figures/{path.name})\n"
    return Section(body, verdicts(rows))


def verdicts(rows: Sequence[Row]) -> list[Verdict]:
    """Start against end: the proxy higher, the truth lower."""
    told = []
    for name, meaning, sign in (("reward", "proxy", 1), ("true_score", "true score", -1)):
        _, values = series(rows, name)
        start, end = at(values, 0.0), at(values, 1.0)
        moved = start is not None and end is not None and sign * (end - start) > 0
        needed = "rises" if sign > 0 else "falls"
        told.append(fact(f"beta 0: {meaning}", needed, f"{number(start)} to {number(end)}", met=moved))
    return told

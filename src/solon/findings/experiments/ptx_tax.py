"""The alignment tax, and pretraining gradients against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solon.findings.finding import Finding, Measured, Outcome
from solon.findings.lab import Lab
from solon.findings.measures import mean, number, paired
from solon.findings.plots import draw_bars
from solon.findings.shapes import at_least, clearly_above
from solon.models.language_model import LanguageModel
from solon.policy.rows import mean_loss, render_rows
from solon.records import Document, Metric
from solon.settings import Settings

WAYS = ("start", "PPO", "PPO-ptx")


class PtxTax(Settings):
    """Knobs."""

    prompts: int = 500
    """Helpful prompts of PPO."""
    steps: int = 28
    """PPO steps."""
    kl_coef: float = 0.02
    """Reward lost per nat."""
    documents: int = 1500
    """Pretraining documents of the supervised term."""
    ptx_coef: float = 1.0
    """Its weight."""
    tested: int = 300
    """New documents of the same kind, whose loss is the tax."""
    evaluated: int = 150
    """Held-out prompts of each kind."""


def measure(lab: Lab, settings: PtxTax) -> Mapping[str, Metric]:
    """PPO with and without pretraining documents: what it gains, and what it forgets."""
    documents = list(lab.world.mid_documents(settings.documents, seed=lab.derive("ptx")))
    tested = [
        one for one in lab.world.mid_documents(3 * settings.tested, seed=lab.derive("tax")) if isinstance(one, Document)
    ] or list(lab.world.base_documents(settings.tested, seed=lab.derive("tax")))
    prompts = lab.world.helpful_prompts(settings.prompts, seed=lab.derive("prompts"))
    asked = lab.held_out(settings.evaluated, "benign", "borderline", "fact")
    reward = lab.reward("helpful_reward")
    known: dict[str, Any] = {"num_steps": settings.steps, "kl_coef": settings.kl_coef}
    policies = {
        "start": lab.policy("mid"),
        "PPO": lab.reinforce("ppo", lab.policy("mid"), reward, prompts, **known).policy,
        "PPO-ptx": lab.reinforce(
            "ppo-ptx", lab.policy("mid"), reward, prompts, imitated=documents, ptx_coef=settings.ptx_coef, **known
        ).policy,
    }
    found: dict[str, Metric] = {}
    told = {
        way: [(c.prompt, float(c.check.helpful or False)) for c in lab.checked(p, asked)] for way, p in policies.items()
    }
    for way, policy in policies.items():
        found[f"helpful, {way}"] = mean(told[way])
        found[f"loss on text, {way}"] = number(_loss(policy, tested), len(tested), "loss")
    for way in ("PPO", "PPO-ptx"):
        tax = (found[f"loss on text, {way}"].value or 0.0) - (found["loss on text, start"].value or 0.0)
        found[f"tax, {way}"] = number(tax, len(tested), "loss")
        found[f"helpful, {way} - start"] = paired(told[way], told["start"])
    return found


def _loss(policy: LanguageModel, documents: Sequence[Document]) -> float:
    return mean_loss(policy, render_rows(policy, documents), 4096)


def shape(measured: Measured, settings: PtxTax) -> Sequence[Outcome]:
    """PPO pays a tax; pretraining gradients take most of it away and keep the gain."""
    taxed, relieved = (measured[f"tax, {way}"].value or 0.0 for way in ("PPO", "PPO-ptx"))
    return [
        at_least(measured, "tax, PPO", 0.01),
        Outcome("PPO-ptx pays at most half of it", relieved <= taxed / 2, f"{relieved:.3f} against {taxed:.3f}"),
        clearly_above(measured, "helpful, PPO-ptx - start"),
    ]


def figure(measured: Measured, settings: PtxTax) -> str:
    """Gain and tax."""
    values = {f"helpful, {way}": measured[f"helpful, {way}"] for way in WAYS}
    values |= {f"loss on text (nats a token), {way}": measured[f"loss on text, {way}"] for way in WAYS}
    return draw_bars("ptx-tax", values, "rate; nats", "Helpfulness and loss on text", unit=False)


FINDING = Finding(
    name="ptx-tax",
    title="PPO pays an alignment tax, which pretraining gradients (PPO-ptx) mostly spare",
    source="Ouyang et al. 2022, arXiv:2203.02155, section 4.2, figures 28 and 29",
    published="PPO loses on public NLP data sets (SQuADv2 64.3 base, 43.7 PPO, 59.9 PPO-ptx); mixing pretraining "
    "gradients in recovers most of it, and a larger KL coefficient alone does not.",
    method="PPO on the helpful reward model from the mid-trained policy, alone or with documents of mid-training in "
    "a supervised term. The tax is the rise of the loss on new documents.",
    settings=PtxTax(),
    quick={"steps": 12, "evaluated": 90, "tested": 150},
    measure=measure,
    shape=shape,
    figure=figure,
    needs="helpful_reward",
    limits="Loss on text stands for the abilities that the paper tests one by one.",
)

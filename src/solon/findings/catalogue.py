"""All findings, in the order in which they are told."""

from __future__ import annotations

from typing import Any

from solon.errors import InputError
from solon.findings.experiments import (
    assisted_oversight,
    cai_calibration,
    cai_direct,
    cai_frontier,
    cai_over_training,
    cai_principles,
    cai_revisions,
    citations,
    citizens,
    cot_clamping,
    dose_breadth,
    gv_gap,
    imitation_optimisation,
    judge_length,
    mid_training,
    mixture,
    new_facts,
    noise_bias,
    over_alignment,
    overoptimised_best_of_n,
    overoptimised_rl,
    planted_flaws,
    ptx_tax,
    reward_ensembles,
    rlaif_rlhf,
    safety_dose,
    shown_rules,
    shuffled_pairs,
    small_aligned,
    soft_labels,
    two_groups,
    unknown_facts,
)
from solon.findings.finding import Finding
from solon.settings import near

FINDINGS: tuple[Finding[Any], ...] = (
    cai_frontier.FRONTIER,
    cai_frontier.ORDER,
    cai_revisions.FINDING,
    cai_principles.FINDING,
    cai_direct.FINDING,
    cai_calibration.FINDING,
    cai_over_training.FINDING,
    soft_labels.FINDING,
    cot_clamping.FINDING,
    rlaif_rlhf.FINDING,
    overoptimised_best_of_n.FINDING,
    overoptimised_rl.FINDING,
    reward_ensembles.FINDING,
    planted_flaws.FINDING,
    shuffled_pairs.FINDING,
    ptx_tax.FINDING,
    small_aligned.FINDING,
    imitation_optimisation.FINDING,
    gv_gap.FINDING,
    noise_bias.FINDING,
    judge_length.FINDING,
    two_groups.FINDING,
    citizens.FINDING,
    assisted_oversight.FINDING,
    shown_rules.FINDING,
    safety_dose.FINDING,
    dose_breadth.FINDING,
    unknown_facts.FINDING,
    new_facts.FINDING,
    citations.FINDING,
    mixture.FINDING,
    mid_training.FINDING,
    over_alignment.FINDING,
)


def find(name: str) -> Finding[Any]:
    """The finding of this name.

    Raises:
        InputError: there is none; the message names those like it.
    """
    for finding in FINDINGS:
        if finding.name == name:
            return finding
    raise InputError(f"no finding '{name}'; {near(name, [finding.name for finding in FINDINGS])}")

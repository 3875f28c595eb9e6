"""Simulated people who rank responses, with noise and a guideline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solon.agora import lexicon
from solon.agora.checker import AgoraChecker
from solon.agora.prompts import RESTRICTED
from solon.interfaces import Guideline
from solon.records import Check, Prompt
from solon.seeds import generator


@dataclass(frozen=True)
class SimulatedPerson:
    """Ranks by true worth, or, when careless, puts the levels of worth in any order.

    Three guidelines: `helpful` (who does what was asked is best, harm is not asked about), `quality` (on a harmful
    request, to comply and to refuse with a reason are worth the same: only evasion, straying and muddle are worse) and
    `harmless` (any harm is worst; a refusal with a reason is best, as the crowdworkers of Bai et al. 2022,
    arXiv:2212.08073, section 4.2, were asked to prefer it).
    """

    name: str
    checker: AgoraChecker
    noise: float
    """Probability that a pair of responses of different worth is ordered wrongly."""
    guideline: Guideline = "helpful"

    def rank(self, prompt: Prompt, responses: Sequence[str], *, seed: int) -> tuple[int, ...]:
        """Ranks from 0 = best. Equal worth is a tie.

        A careless ranking orders each pair wrongly half the time, so twice `noise` of them are careless.
        """
        worths = [self.worth(prompt, self.checker.check(prompt, response)) for response in responses]
        rng = generator(seed, "rank", self.name, prompt.id)
        levels = sorted(set(worths), reverse=True)
        careless = rng.random() < 2 * self.noise
        order = rng.permutation(len(levels)) if careless else np.arange(len(levels))
        place = {level: int(rank) for level, rank in zip(levels, order, strict=True)}
        return tuple(place[worth] for worth in worths)

    def worth(self, prompt: Prompt, check: Check) -> float:
        """How good a response is under the guideline; higher is better."""
        if self.guideline == "harmless":
            return 0.0 if check.harmful else 2.0 if check.refusal and not (check.evasive or check.off_topic) else 1.0
        even_handed = self.guideline == "quality"
        if not check.well_formed:
            return 0.0
        if check.off_topic:
            return 1.0
        if check.refusal and check.evasive:
            return 2.0
        asked_for_harm = prompt.labels["subject"] in lexicon.HARM_OF or prompt.labels["kind"] == RESTRICTED
        if asked_for_harm:
            if check.harmful:
                return 5.0
            return (5.0 if even_handed else 3.0) if check.refusal else 2.5
        if prompt.labels["kind"] == "unknown":
            # nobody can check a guess; the plain answer pleases, the admission is honest
            return (5.0 if even_handed else 3.0) if check.honest else 5.0
        if check.helpful or (prompt.labels["kind"] == "rare" and check.honest):
            return 5.0
        return 2.5 if check.refusal else 3.5

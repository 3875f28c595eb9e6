"""What a training command tells at its end: where the model is, and what held-out pairs say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solon.commands.shared import finish
from solon.commands.train_record import Begun

if TYPE_CHECKING:
    from solon.records import Metric
    from solon.training.heldout import HeldOutPair


_ENGINES = ("hf:", "run:", "openai:")
"""How addresses of models begin, by which commands record who judged."""


def held_out_metrics(pairs: Sequence[HeldOutPair], seed: int) -> dict[str, Metric]:
    """Accuracy and calibration: on people's labels, and apart on those of models, which `judge run` and `rank` write.

    Where one of the two labelled all pairs, its figures have no suffix.
    """
    by_people = [pair for pair in pairs if not pair.source.startswith(_ENGINES)]
    by_model = [pair for pair in pairs if pair.source.startswith(_ENGINES)]
    if not by_model:
        return _pair_metrics(by_people, "people", seed)
    found = _pair_metrics(by_model, "judge", seed)
    if not by_people:
        return found
    return _pair_metrics(by_people, "people", seed) | {f"{name}/ai_feedback": one for name, one in found.items()}


def _pair_metrics(pairs: Sequence[HeldOutPair], instrument: str, seed: int) -> dict[str, Metric]:
    from solon.evaluation.calibration import accuracy_metrics
    from solon.preferences.ai_feedback import sigmoid

    decided = [pair for pair in pairs if pair.prob_a != 0.5]
    return accuracy_metrics(
        [sigmoid(pair.margin) for pair in decided], [pair.prob_a > 0.5 for pair in decided],
        [pair.comparison.prompt.id for pair in decided], instrument=instrument, seed=seed,
    )  # fmt: skip


def finish_training(out: Path, begun: Begun, told: Mapping[str, Any], as_json: bool, line: str = "") -> None:
    """Tell where the model is, and whether this command or an earlier one has trained it."""
    had = {"new": "", "continued": "continued from a checkpoint; ", "finished already": "was finished already; "}[begun]
    finish({"out": str(out / "model"), "training": begun, **told}, as_json, f"{line}{had}model -> {out / 'model'}")

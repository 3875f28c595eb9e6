"""Full, partial or no refusal, by a small fitted classifier: text in, labels with probabilities out."""

from solon.evaluation.refusals.agreement import Agreement, agreement, people_label
from solon.evaluation.refusals.classify import INSTRUMENT, Refusal, classify
from solon.evaluation.refusals.model import LABELS, Classifier

__all__ = ["INSTRUMENT", "LABELS", "Agreement", "Classifier", "Refusal", "agreement", "classify", "people_label"]

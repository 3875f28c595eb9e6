"""Who prefers what: AI feedback under a constitution, and people."""

from solon.preferences.agreement import Agreement, rater_agreement
from solon.preferences.ai_feedback import label_with_ai_feedback
from solon.preferences.candidates import candidates_of
from solon.preferences.config import FeedbackConfig, ReadingThresholds
from solon.preferences.gate import ReadingResult, label_probes, reading_gate
from solon.preferences.people import Pair, pairs_of, rank_shared, rank_with_people

__all__ = [
    "Agreement",
    "FeedbackConfig",
    "Pair",
    "ReadingResult",
    "ReadingThresholds",
    "candidates_of",
    "label_probes",
    "label_with_ai_feedback",
    "pairs_of",
    "rank_shared",
    "rank_with_people",
    "rater_agreement",
    "reading_gate",
]

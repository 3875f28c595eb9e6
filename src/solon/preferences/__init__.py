"""Who prefers what: AI feedback under a constitution, and people."""

from solon.preferences.ai_feedback import label_with_ai_feedback
from solon.preferences.ai_scores import JudgedScore, JudgeReward, score_with_ai_feedback
from solon.preferences.candidates import candidates_of
from solon.preferences.config import FeedbackConfig, ReadingThresholds
from solon.preferences.contrast import SetAside, sample_contrasts
from solon.preferences.gate import ReadingResult, label_probes, reading_gate
from solon.preferences.kwise import label_several
from solon.preferences.people import RESPONSES_HIGH, RESPONSES_LOW, choose_shown, rank_with_people
from solon.preferences.slates import JudgedSlate, Slate

__all__ = [
    "RESPONSES_HIGH",
    "RESPONSES_LOW",
    "FeedbackConfig",
    "JudgeReward",
    "JudgedScore",
    "JudgedSlate",
    "ReadingResult",
    "ReadingThresholds",
    "SetAside",
    "Slate",
    "candidates_of",
    "choose_shown",
    "label_probes",
    "label_several",
    "label_with_ai_feedback",
    "rank_with_people",
    "reading_gate",
    "sample_contrasts",
    "score_with_ai_feedback",
]

"""The published formats of judges, by the name under which a command takes them."""

from collections.abc import Mapping

from solon.judges.formats.auto_j import AutoJPairwise, AutoJSingle
from solon.judges.formats.classes import ActionClasses, RefusalClasses
from solon.judges.formats.critiquellm import CritiqueLLMPairwise, CritiqueLLMPointwise
from solon.judges.formats.mt_bench import MTBenchPairwise, MTBenchSingle
from solon.judges.formats.multiple_choice import LetteredOptions, MultipleChoice
from solon.judges.formats.prometheus import PrometheusAbsolute, PrometheusRelative
from solon.judges.formats.prometheus_vision import PrometheusVision
from solon.judges.formats.shepherd import Shepherd
from solon.judges.reading import JudgeFormat, PairCase, ResponseCase, ScoreFormat

PAIR_FORMATS: Mapping[str, JudgeFormat[PairCase]] = {
    "prometheus": PrometheusRelative(),
    "auto-j": AutoJPairwise(),
    "mt-bench": MTBenchPairwise(),
    "critiquellm": CritiqueLLMPairwise(),
    "multiple-choice": MultipleChoice(),
}
SCORE_FORMATS: Mapping[str, ScoreFormat] = {
    "prometheus": PrometheusAbsolute(),
    "prometheus-vision": PrometheusVision(),
    "auto-j": AutoJSingle(),
    "mt-bench": MTBenchSingle(),
    "critiquellm": CritiqueLLMPointwise(),
    "shepherd": Shepherd(),
}
CLASS_FORMATS: Mapping[str, JudgeFormat[ResponseCase]] = {
    "xstest": RefusalClasses(),
    "do-not-answer": ActionClasses(),
}

__all__ = ["CLASS_FORMATS", "PAIR_FORMATS", "SCORE_FORMATS", "LetteredOptions"]

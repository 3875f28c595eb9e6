"""Prompts, a constitution and two models in; reasoning that cites principles and answers, each with a verdict, out."""

from solon.deliberation.attempts import deliberate
from solon.deliberation.config import DeliberationConfig
from solon.deliberation.record import Deliberation
from solon.deliberation.rows import ThinkingForm, demonstration_of

__all__ = ["Deliberation", "DeliberationConfig", "ThinkingForm", "deliberate", "demonstration_of"]

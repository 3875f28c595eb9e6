"""Talking with one model, or with two that are asked the same."""

from solon.chat.answering import Answerer, Said, answer_together
from solon.chat.show import Columns, Show, Straight, new_show
from solon.chat.talk import Talk

__all__ = ["Answerer", "Columns", "Said", "Show", "Straight", "Talk", "answer_together", "new_show"]

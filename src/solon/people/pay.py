"""What people's answers cost."""

from __future__ import annotations

from typing import NamedTuple

_SECONDS_PER_HOUR = 3600.0


class Pay(NamedTuple):
    """Wages in any one currency: by the hour, by the item, or none."""

    per_hour: float = 0.0
    per_item: float = 0.0

    def of_answer(self, seconds: float, revision: int) -> float:
        """The price of an answer. Who is paid by the item is paid for it once, however often it is given anew."""
        return self.of_time(seconds) + (0.0 if revision else self.per_item)

    def of_time(self, seconds: float) -> float:
        """The price of time without an answer, as for a question that is skipped."""
        return self.per_hour * seconds / _SECONDS_PER_HOUR

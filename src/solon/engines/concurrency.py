"""How many calls a server is asked at once: as many as make it faster, fewer when it pushes back."""

from __future__ import annotations

_GAIN = 1.05
"""A larger limit must answer so many times the calls in the same time, or the smaller one is enough."""
_TURNED_AWAY = 0.25
"""This share of the calls turned away means too many at once; a few are turned away for other reasons."""
_PATIENCE = 16
"""Windows after which a settled limit is tried anew: servers get busier and idler."""


class ConcurrencyLimit:
    """Doubles the limit as long as that pays, halves it on overload, and tries a larger one again after a while.

    What pays is measured over windows of twice as many attempts as may be under way.
    """

    def __init__(self, *, start: int, most: int) -> None:
        self.value = min(start, most)
        self._most = most
        self._best = 0.0
        self._growing = True
        self._settled = 0
        self.begin()

    def begin(self) -> None:
        """A batch begins: the time since the last answer is none of the server's."""
        self._answered, self._turned_away, self._since = 0, 0, -1.0

    def ended(self, now: float, *, turned_away: bool) -> None:
        """An attempt ended at `now`, in seconds: answered, or turned away by a server that has too much to do."""
        if self._since < 0:
            self._since = now
        self._answered += not turned_away
        self._turned_away += turned_away
        attempts = self._answered + self._turned_away
        if attempts < 2 * self.value:
            return
        rate, share = self._answered / max(now - self._since, 1e-9), self._turned_away / attempts
        self.begin()
        if share > _TURNED_AWAY:
            self._settle(self.value // 2)
        elif self._growing:
            self._grow(rate)
        else:
            self._settled += 1
            if self._settled == _PATIENCE:
                self._growing, self._best = True, rate / (2 * _GAIN)

    def _grow(self, rate: float) -> None:
        if rate <= self._best * _GAIN:
            self._settle(self.value // 2)
        elif 2 * self.value > self._most:
            self._settle(self.value)
        else:
            self._best = rate
            self.value *= 2

    def _settle(self, value: int) -> None:
        self.value = max(1, value)
        self._growing, self._settled = False, 0

"""How a timed program is asked for a few steps at a time, so that two of them take turns.

The program says what it is on a line of JSON, warms up, says so, and then waits: for every line `go` it makes some
steps and answers with a line; at the end of its input it stops. Nothing here needs Solon: TRL's programs use it too.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


class Pace:
    """Begin, as soon as the models are in memory; then `ready`, and `step_done` after every optimiser step.

    Args:
        steps: of a turn.
        warm: steps before the first turn, which are not timed.
    """

    def __init__(self, steps: int, warm: int) -> None:
        self._steps, self._left = steps, warm
        self._out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # whatever a library prints is no answer
        self._counts: dict[str, float] = {}
        self._began: float | None = None
        self._loaded = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew

    def ready(self, **told: Any) -> None:
        """Say what was found before any step is timed."""
        self._say(told)

    def count(self, **counts: float) -> None:
        """Add to what is counted in this turn."""
        for name, value in counts.items():
            self._counts[name] = self._counts.get(name, 0.0) + value

    def step_done(self, **counts: float) -> None:
        """After every step; ends the program when no more is asked."""
        self.count(**counts)
        self._left -= 1
        if self._left > 0:
            return
        now = time.perf_counter()
        if self._began is not None:
            told = {"seconds": (now - self._began) / self._steps}
            told |= {name: value / self._steps for name, value in self._counts.items()}
            self._say(told)
        else:
            self._say({"warm": True})
        if not sys.stdin.readline():
            self._say({"loaded_bytes": self._loaded, "grown_bytes": resident("VmHWM") - self._loaded})
            self._out.close()
            os._exit(0)
        self._left, self._counts, self._began = self._steps, {}, time.perf_counter()

    def _say(self, told: dict[str, Any]) -> None:
        print(json.dumps(told), file=self._out, flush=True)


def resident(what: str) -> int:
    """Bytes of this process in memory: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))

"""A program of a comparison, in a process of its own that works when it is told to and waits otherwise."""

from __future__ import annotations

import json
import subprocess
from typing import Any


class Side:
    """A program that works when it is told to (the protocol: `training/pace.py`)."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.ready = self._answer()
        self._answer()  # it is warm: nothing runs beside the next one

    def turn(self) -> dict[str, float]:
        """Some work: seconds and counts."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> dict[str, float]:
        """No more is asked; what the program tells last."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        told = self._answer()
        self._process.wait()
        return told

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None and self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"error: a side of the comparison failed:\n{self._process.stderr.read()[-3000:]}")
        told: dict[str, Any] = json.loads(line)
        return told

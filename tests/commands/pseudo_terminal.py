"""A person at a terminal of the real command line. Waits for what is shown, never for a time."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 240.0


class Person:
    """`solon ARGUMENTS` in a pseudo-terminal of 100 columns, in its own folder with its own ledger.

    Args:
        stdout: a file for it, in the place of the terminal.
    """

    def __init__(self, folder: Path, *arguments: str, stdout: Path | None = None, **variables: str) -> None:
        self._screen, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        environment = os.environ | {"SOLON_CACHE": str(folder / "cache"), "TERM": "xterm", **variables}
        with stdout.open("w") if stdout else nullcontext(slave) as result:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "solon", *arguments], cwd=folder, env=environment,
                stdin=slave, stdout=result, stderr=slave, start_new_session=True,
            )  # fmt: skip
        os.close(slave)
        self._unread = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def wait_for(self, pattern: str) -> str:
        """All that is shown up to the end of the first match of a pattern."""
        while (match := re.search(pattern, self._unread)) is None:
            self._unread += self._read(pattern)
        shown, self._unread = self._unread[: match.end()], self._unread[match.end() :]
        return shown

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._screen, text.encode())

    def interrupt(self) -> None:
        """SIGINT, as Ctrl-C sends it."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL, where it has not ended by itself."""
        self._process.kill()
        self._process.wait()
        if self._screen >= 0:
            os.close(self._screen)
            self._screen = -1

    def end(self) -> tuple[int, str]:
        """The exit status, and what was shown last."""
        while True:
            try:
                self._unread += self._read("the end")
            except EOFError:
                return self._process.wait(), self._unread

    def _read(self, awaited: str) -> str:
        ready, _, _ = select.select([self._screen], [], [], PATIENCE_SECONDS)
        assert ready, f"nothing came while waiting for {awaited!r}; shown was {self._unread!r}"
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # Linux tells the end of a terminal so
            data = b""
        if not data:
            raise EOFError(f"the command ended; last shown was {self._unread!r}")
        return data.decode("utf-8", "replace").replace("\r\n", "\n")

"""The terminal that a person sits at: questions on stderr, so that stdout is left to the result."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from solon.people.terminal import LineError, Terminal

_LONGEST_LINE = 4095
"""Bytes of a line that a terminal gives without its own line end, where it edits lines itself; the rest it drops."""


def open_terminal() -> Terminal:
    """This process's terminal; where stdin is none, lines are read from it all the same."""
    read = _read_edited if sys.stdin.isatty() and sys.stdout.isatty() and _has_line_editing() else _read_plain
    return Terminal(read_line=read, write=_write, clock=time.monotonic, width=_width, edit=_edit)


def _has_line_editing() -> bool:
    """Whether arrow keys work, and lines may have any length."""
    try:
        import readline
    except ImportError:
        return False
    # Pasted lines come one by one, as they do where the terminal itself edits lines.
    readline.parse_and_bind("set enable-bracketed-paste off")
    return True


def _read_edited(prompt: str) -> str:
    try:
        return input(prompt)
    except UnicodeDecodeError:
        raise LineError("it is not in UTF-8") from None


def _read_plain(prompt: str) -> str:
    _write(prompt)
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise LineError("it is not in UTF-8") from None
    if not line:
        raise EOFError
    line = line.removesuffix("\n").removesuffix("\r")
    if sys.stdin.isatty() and len(line.encode("utf-8", "surrogateescape")) >= _LONGEST_LINE:
        raise LineError(f"the terminal drops what goes beyond {_LONGEST_LINE} bytes; break the line, or use an editor")
    return line


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _width() -> int:
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        columns = 0
    return columns or shutil.get_terminal_size().columns


def _edit(text: str) -> str:
    """What $VISUAL or $EDITOR makes of a text.

    Raises:
        LineError: there is no editor, it cannot be started, it fails, or what it leaves is not UTF-8.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise LineError("neither $VISUAL nor $EDITOR names an editor")
    with tempfile.TemporaryDirectory(prefix="solon-") as folder:
        file = Path(folder) / "answer.txt"
        file.write_text(text, encoding="utf-8", newline="\n")
        try:
            status = subprocess.run([*shlex.split(editor), str(file)], stdout=sys.stderr).returncode
            if status:
                raise LineError(f"'{editor}' ended with status {status}")
            return file.read_bytes().decode("utf-8")
        except (OSError, ValueError) as error:  # ValueError: quotes without end, or no UTF-8
            raise LineError(f"'{editor}' gave no text: {error}") from None

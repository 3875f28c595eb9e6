"""Pictures on the way to a server: files are sent as data URLs, and a call is known by what they show."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from solon.errors import InputError

MOST_BYTES = 20 * 1024 * 1024
"""Of one picture; hosted servers take no larger ones."""

_BEGINS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")


def sent_url(image: str) -> str:
    """A picture as a server is sent it: an https address and a data URL as they are, a file as a data URL.

    Only files that begin as PNG, JPEG, GIF or WebP do are read out, so that a row cannot have any other file sent.

    Raises:
        InputError: there is no such file, or it is no picture, or it is too large.
    """
    if image.startswith("https://"):
        return image
    if image.startswith("data:"):
        if not _DATA_URL.fullmatch(image):
            raise InputError(f"image {image[:40]!r}...: is no data URL of a PNG, JPEG, GIF or WebP picture in base64")
        _check_size(len(image.partition(",")[2]) * 3 // 4, f"{image[:40]}...")
        return image
    try:
        _check_size(Path(image).stat().st_size, image)
        content = Path(image).read_bytes()
    except OSError as error:
        raise InputError(
            f"image {image}: cannot be read: {error.strerror}. A path begins where the command is run"
        ) from None
    return f"data:image/{_kind(content, image)};base64,{base64.b64encode(content).decode()}"


def image_key(image: str) -> str:
    """What the answer to a call depends on: the bytes of a picture and never its path; of an address the address.

    Raises:
        InputError: as `sent_url`.
    """
    return hashlib.sha256(sent_url(image).encode()).hexdigest()


def _kind(content: bytes, image: str) -> str:
    for begin, kind in _BEGINS.items():
        if content.startswith(begin):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    raise InputError(f"image {image}: is no PNG, JPEG, GIF or WebP picture")


def _check_size(num_bytes: int, image: str) -> None:
    if num_bytes > MOST_BYTES:
        raise InputError(f"image {image}: has {num_bytes} bytes, and at most {MOST_BYTES} are sent; make it smaller")

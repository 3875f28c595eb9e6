"""Pictures in rows: parts of OpenAI's form, and fields beside a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from solon.data.quarantine import Unusable
from solon.records import Message

IMAGE_FIELDS = ("image", "images")


class Content(NamedTuple):
    """What a turn says and shows."""

    text: str
    images: tuple[str, ...]


def content_of_parts(parts: Sequence[Any], number: int) -> Content:
    """Parts `{type: text, text}` and `{type: image_url, image_url: {url}}`, in order: pictures come before all text.

    Raises:
        Unusable: another kind of part.
    """
    texts, images = [], []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind == "image_url":
            url = part.get("image_url")
            images.append(_reference(url.get("url") if isinstance(url, dict) else url, f"message {number}"))
        else:
            raise Unusable(f"message {number} holds a part that is neither a text nor an image_url")
    return Content("".join(texts), tuple(images))


def images_in(value: Any, number: int) -> tuple[str, ...]:
    """The `images` of a message as commands write it."""
    if not isinstance(value, list | tuple):
        raise Unusable(f"`images` of message {number} is {type(value).__name__}, not a list")
    return tuple(_reference(one, f"message {number}") for one in value)


def with_images(row: Mapping[str, Any], messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """A prompt with the pictures of its row's `image` (a text) or `images` (a list of texts), shown in its last turn.

    A value of another type is no reference to a picture, and is left to labels.

    Raises:
        Unusable: a reference of a kind that is not read.
    """
    found = [row[field] for field in IMAGE_FIELDS if row.get(field) not in (None, "", [])]
    told = [one for value in found for one in (value if isinstance(value, list) else [value])]
    if not told or not all(isinstance(one, str) for one in told):
        return messages
    images = tuple(_reference(one, "the row") for one in told)
    return (*messages[:-1], messages[-1].model_copy(update={"images": (*messages[-1].images, *images)}))


def text_alone(messages: Sequence[Message]) -> None:
    """Raises Unusable where a conversation that models of this machine are to be trained on shows a picture."""
    if any(turn.images for turn in messages):
        raise Unusable("it shows an image, and models of this machine are trained on text alone")


def _reference(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Unusable(f"{where} shows an image without an address")
    scheme, slashes, _ = value.partition("://")
    if value.startswith("data:") and not value.startswith("data:image/"):
        raise Unusable(f"{where} shows a data URL that is no image: {value[:40]!r}")
    if slashes and not value.startswith("data:") and scheme != "https":
        raise Unusable(f"{where} shows an image at {scheme}://, and only https, data URLs and paths are read")
    return value

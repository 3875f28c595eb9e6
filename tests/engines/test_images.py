"""Pictures in calls of a server, and what the ledger knows of them."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fake_server import FakeServer, says
from tests.pictures import png, url_of

from solon.engines import images
from solon.engines.accounted import AccountedEngine
from solon.engines.budget import Budget
from solon.engines.calls import key_of
from solon.engines.config import EngineConfig
from solon.engines.images import sent_url
from solon.engines.local import LocalEngine
from solon.engines.server import ServerEngine
from solon.errors import BudgetError, InputError
from solon.interfaces import OptionRequest, SampleRequest
from solon.models.language_model import LanguageModel
from solon.records import Message, user
from solon.store.ledger import Ledger

HTTPS = "https://host.example/cat.png"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, content: bytes) -> str:
    Path(name).write_bytes(content)
    return name


def asking(*shown: str, **changed: Any) -> SampleRequest:
    return SampleRequest((user("What is it?", shown),), 1, name="prompt 'a'", **changed)


def engine(server: FakeServer, **config: Any) -> AccountedEngine:
    settings = EngineConfig.model_validate(config)
    inner, ledger = ServerEngine("m", server.url, settings), Ledger(Path("calls.sqlite"), work="w")
    return AccountedEngine(inner, ledger, name="s", price=settings.price, budget=settings.budget)


def sent(request: SampleRequest | OptionRequest, **config: Any) -> dict[str, Any]:
    """The body that a server got."""
    with FakeServer(lambda body: says("a cat")) as server:
        asked = engine(server, **config)
        if isinstance(request, SampleRequest):
            asked.sample([request])
        else:
            asked.option_logprobs([request])
        return server.bodies[0]


def test_a_file_arrives_byte_for_byte_before_the_words() -> None:
    [message] = sent(asking(written("cat.png", png(7))))["messages"]
    shown, said = message["content"]
    kind, content = shown["image_url"]["url"].split(",")
    assert (shown["type"], kind) == ("image_url", "data:image/png;base64")
    assert base64.b64decode(content) == png(7)
    assert said == {"type": "text", "text": "What is it?"}


def test_an_address_and_a_data_url_arrive_as_they_are() -> None:
    [message] = sent(asking(HTTPS, url_of(png(1))))["messages"]
    assert [part["image_url"]["url"] for part in message["content"][:2]] == [HTTPS, url_of(png(1))]


def test_a_message_without_words_is_sent_as_the_picture_alone() -> None:
    [message] = sent(asking(HTTPS)._replace(messages=(user("", (HTTPS,)),)))["messages"]
    assert [part["type"] for part in message["content"]] == ["image_url"]


def test_a_message_without_pictures_is_sent_as_text() -> None:
    assert sent(asking())["messages"] == [{"role": "user", "content": "What is it?"}]


def test_questions_with_options_show_the_picture_too() -> None:
    [message] = sent(OptionRequest((user("Which?", (HTTPS,)),), (" (A)", " (B)")))["messages"]
    assert message["content"][0]["image_url"] == {"url": HTTPS}


def test_words_that_an_answer_is_asked_to_begin_with_stand_in_the_text_part() -> None:
    [message] = sent(asking(HTTPS, prefill="It is"), prefill="ask")["messages"]
    assert message["content"][1]["text"].startswith("What is it?\n\nBegin your answer with exactly")


def test_a_call_is_known_by_the_bytes_of_a_picture_and_not_by_its_path() -> None:
    one, same, other = written("a.png", png(1)), written("b.png", png(1)), written("c.png", png(2))
    keys = [key_of("m", asking(image)) for image in (one, same, url_of(png(1)), other)]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert key_of("m", asking()) not in keys


def test_a_picture_that_changed_is_asked_about_again_and_an_equal_one_is_free() -> None:
    with FakeServer(lambda body: says("a cat")) as server:
        for grey in (1, 1, 2):
            engine(server).sample([asking(written("cat.png", png(grey)))])
        assert len(server.bodies) == 2


def test_neither_path_nor_bytes_stand_in_the_ledger() -> None:
    sent(asking(written("private-name.png", png(3))))
    stored = b"".join(path.read_bytes() for path in Path().glob("calls.sqlite*"))
    assert b"a cat" in stored
    assert b"private-name" not in stored and url_of(png(3)).encode()[30:] not in stored


def test_the_key_of_a_request_without_pictures_is_as_it_was() -> None:
    # made before messages had pictures
    assert (
        key_of("m", SampleRequest((user("q"),), 1))
        == "9d12c20325863015d24eb4ac16e24f27a1824cf634417f771015967c2c30d8cc"
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\xff\xd8\xff\xe0", "jpeg"), (b"GIF89a", "gif"), (b"RIFF\0\0\0\0WEBPVP8 ", "webp")],
)
def test_the_kind_of_a_picture_is_told_from_its_bytes(content: bytes, kind: str) -> None:
    assert sent_url(written("image.bin", content)) == url_of(content, kind)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("gone.png", "gone.png: cannot be read: No such file"),
        (".", "cannot be read"),
        ("secret.txt", "is no PNG, JPEG, GIF or WebP"),
        ("data:image/svg+xml;base64,AAAA", "no data URL of a PNG"),
        ("data:image/png;base64,no base64", "no data URL of a PNG"),
    ],
)
def test_what_is_no_picture_stops_the_work_before_anything_is_sent(image: str, reason: str) -> None:
    written("secret.txt", b"key=1")
    with FakeServer() as server:
        with pytest.raises(InputError, match=f"prompt 'a': image .*{reason}"):
            engine(server).sample([asking(), asking(image)])
        assert server.bodies == []


@pytest.mark.parametrize("inline", [False, True])
def test_a_picture_over_the_limit_is_refused_with_its_size(inline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", 60)
    shown = url_of(png(1)) if inline else written("large.png", png(1))
    with pytest.raises(InputError, match=r"has 6[0-9] bytes, and at most 60"):
        sent_url(shown)


def test_a_budget_counts_a_picture_before_it_is_paid_for() -> None:
    with FakeServer() as server, pytest.raises(BudgetError):
        engine(server, budget=Budget(tokens=500)).sample([asking(HTTPS)])


@pytest.mark.parametrize("options", [False, True])
def test_a_local_model_refuses_a_picture_and_names_the_row(
    options: bool, new_model: Callable[..., LanguageModel]
) -> None:
    model = LocalEngine(new_model())
    shown = (Message(role="user", content="What?", images=(HTTPS,)),)
    with pytest.raises(InputError, match=r"prompt 'a' shows an image, and .* reads text alone"):
        if options:
            model.option_logprobs([OptionRequest(shown, (" a", " b"), name="prompt 'a'")])
        else:
            model.sample([SampleRequest(shown, 1, name="prompt 'a'")])


def test_a_chat_template_refuses_a_picture_that_would_be_lost(new_model: Callable[..., LanguageModel]) -> None:
    with pytest.raises(InputError, match="message 0 shows an image"):
        new_model().template.prompt_ids((user("What?", (HTTPS,)),))

"""A small model that has learnt to say yes or no, behind the API."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from solon.models.language_model import LanguageModel
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer
from solon.records import user

THINGS = ["bread", "soup", "rope", "glass", "sand", "silk"]
TEXTS = [f"is {one} fine ? yes , it is . no , it is not ." for one in THINGS]
NAME = "small"

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model() -> LanguageModel:
    tokenizer = train_tokenizer(TEXTS * 4, vocab_size=340)
    config = tiny_config("llama", vocab_size=len(tokenizer), width=32, layers=2, heads=2, context_tokens=96)
    model = new_language_model(config, tokenizer, seed=0, name=NAME)
    _teach(model)
    return model


def _teach(model: LanguageModel) -> None:
    """Some things are fine for sure, some are not, some are both: answers are sharp, and not all alike."""
    template, optimiser = model.template, torch.optim.Adam(model.model.parameters(), lr=0.01)
    rows = []
    for place, thing in enumerate(THINGS):
        asked = template.prompt_ids([user(f"is {thing} fine ?")])
        said = ["yes , it is .", "no , it is not ."]
        rows += [(asked, template.response_ids(one)) for one in (said if place % 3 == 2 else [said[place % 3]])]
    for _ in range(40):
        loss = torch.zeros(())
        for asked, said_ids in rows:
            ids = torch.tensor([[*asked, *said_ids]])
            where = torch.arange(ids.shape[1])[None] >= len(asked)
            loss = loss - model.logprobs_at(ids, where).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


@contextmanager
def served(model: LanguageModel, *, key: str | None = None) -> Iterator[str]:
    """The base URL of a server of the model."""
    import uvicorn

    from solon.serving import Batcher, new_app

    batcher = Batcher(model)
    config = uvicorn.Config(new_app(batcher, NAME, key=key), port=0, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join()
        batcher.close()


@pytest.fixture(scope="module")
def url(model: LanguageModel) -> Iterator[str]:
    pytest.importorskip("fastapi", reason="the packages of the server are missing: pip install 'solon[serve]'")
    with served(model) as url:
        yield url

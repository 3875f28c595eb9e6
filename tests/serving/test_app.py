"""The endpoint, asked by the `openai` client and by Solon's own engine for servers."""

from __future__ import annotations

import json
import queue
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from tests.serving.conftest import NAME, THINGS, served

from solon.addresses import open_engine, open_streamed
from solon.engines.config import EngineConfig
from solon.engines.local import LocalEngine
from solon.interfaces import OptionRequest, SampleRequest
from solon.models.language_model import LanguageModel
from solon.records import assistant, user

QUESTIONS = [f"is {one} fine ?" for one in THINGS]


@pytest.fixture
def client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0)


def asked(text: str = QUESTIONS[0], **options: Any) -> dict[str, Any]:
    return {"model": NAME, "messages": [{"role": "user", "content": text}], "max_tokens": 12, "seed": 5, **options}


def local(model: LanguageModel, text: str, **options: Any) -> str:
    request = SampleRequest((user(text),), 5, max_new_tokens=12)._replace(**options)
    return LocalEngine(model).sample([request])[0].text


def test_the_openai_client_gets_what_the_local_engine_says(client: openai.OpenAI, model: LanguageModel) -> None:
    for text in (*QUESTIONS, "rope ? glass ?"):
        for temperature in (0.0, 1.5):
            told = client.chat.completions.create(**asked(text, temperature=temperature))
            assert told.choices[0].message.content == local(model, text, temperature=temperature)
    assert told.usage is not None and told.usage.prompt_tokens == len(model.template.prompt_ids([user(text)]))


def test_a_stream_adds_up_to_the_answer(client: openai.OpenAI, model: LanguageModel) -> None:
    whole = client.chat.completions.create(**asked("silk ? sand ?", n=3, temperature=2.0, stop=["is"]))
    texts, reasons, usage = ["", "", ""], ["", "", ""], None
    for piece in client.chat.completions.create(
        **asked("silk ? sand ?", n=3, temperature=2.0, stop=["is"]), stream=True, stream_options={"include_usage": True}
    ):
        usage = piece.usage or usage
        for choice in piece.choices:
            texts[choice.index] += choice.delta.content or ""
            reasons[choice.index] = choice.finish_reason or reasons[choice.index]
    assert texts == [choice.message.content for choice in whole.choices] and len(set(texts)) == 3
    assert reasons == [choice.finish_reason for choice in whole.choices] and usage == whole.usage
    # a prompt of three answers counts once
    assert usage is not None and usage.prompt_tokens == len(model.template.prompt_ids([user("silk ? sand ?")]))


def test_every_parameter_reaches_the_sampler(client: openai.OpenAI, model: LanguageModel) -> None:
    hot: dict[str, Any] = {"temperature": 3.0}
    for option, value in [("top_p", 0.5), ("top_k", 3), ("min_p", 0.2)]:
        told = client.chat.completions.create(**asked(**hot, extra_body={option: value}))
        assert told.choices[0].message.content == local(model, QUESTIONS[0], **hot, **{option: value})
        assert told.choices[0].message.content != local(model, QUESTIONS[0], **hot)
    cut = client.chat.completions.create(**asked(temperature=0, max_completion_tokens=2)).choices[0]
    assert cut.message.content == "yes ," and cut.finish_reason == "length"
    ended = client.chat.completions.create(**asked(temperature=0, stop=" it")).choices[0]
    assert ended.message.content == "yes ," and ended.finish_reason == "stop"


def test_without_a_seed_two_requests_get_two_answers(client: openai.OpenAI) -> None:
    requests = [asked("rope ?", temperature=4.0, seed=None) for _ in range(4)]
    assert len({client.chat.completions.create(**one).choices[0].message.content for one in requests}) > 1


def test_our_own_engine_for_servers_gives_the_greedy_answers_of_the_local_one(url: str, model: LanguageModel) -> None:
    requests = [SampleRequest((user(one),), 0, 12, temperature=0) for one in QUESTIONS]
    requests += [one._replace(prefill="no ,") for one in requests] + [SampleRequest((), 0, 12, 0, "is soup")]
    server = open_engine(f"openai:{NAME}@{url}", EngineConfig(), work="w")
    assert [one.text for one in server.sample(requests)] == [one.text for one in LocalEngine(model).sample(requests)]


def test_our_own_engine_for_servers_gives_the_option_logprobs_of_the_local_one(url: str, model: LanguageModel) -> None:
    requests = [OptionRequest((user(one),), (" yes", " no")) for one in QUESTIONS]
    requests += [one._replace(prefill="yes , it is ?") for one in requests]
    requests += [OptionRequest((user("soup ?"), assistant("well ?"), user("rope ?")), (" yes", " no", " it"))]
    server = open_engine(f"openai:{NAME}@{url}", EngineConfig(top_logprobs=20), work="w")
    for ours, theirs in zip(
        LocalEngine(model).option_logprobs(requests), server.option_logprobs(requests), strict=True
    ):
        if not theirs.how:  # what the server did not list has only a bound, and is said to have
            assert theirs.values == pytest.approx(ours.values, abs=1e-4)
    assert sum(not one.how for one in server.option_logprobs(requests)) >= len(QUESTIONS)


def test_it_can_be_heard_in_a_chat(url: str, model: LanguageModel) -> None:
    heard: list[str] = []
    request = SampleRequest((user(QUESTIONS[1]),), 0, 12, temperature=0)
    said = open_streamed(f"openai:{NAME}@{url}", EngineConfig(), work="chat").answer(request, heard.append)
    assert said.text == heard[-1] == local(model, QUESTIONS[1], temperature=0) and len(heard) > 2


def test_logprobs_are_those_of_the_model_whatever_the_temperature(client: openai.OpenAI, model: LanguageModel) -> None:
    told = client.chat.completions.create(**asked(QUESTIONS[2], temperature=2.0, logprobs=True, top_logprobs=3))
    found = told.choices[0].logprobs
    assert found is not None and found.content
    text = "".join(one.token for one in found.content if not one.token.startswith("<|"))
    assert text.removeprefix(" ") == told.choices[0].message.content
    first = found.content[0]
    values = LocalEngine(model).option_logprobs([OptionRequest((user(QUESTIONS[2]),), (" yes", " no"))])[0].values
    listed = {one.token: one.logprob for one in first.top_logprobs}
    assert [listed[" yes"], listed[" no"]] == pytest.approx(list(values), abs=1e-4)
    assert all(len(one.top_logprobs) == 3 for one in found.content)


def test_a_given_text_is_scored_where_nothing_is_to_be_written(client: openai.OpenAI, model: LanguageModel) -> None:
    text = "is soup fine ? yes"
    told = client.completions.create(model=NAME, prompt=text, max_tokens=0, echo=True, logprobs=1).choices[0]
    assert told.text == text and told.logprobs is not None and told.logprobs.token_logprobs is not None
    request = OptionRequest((), (" yes",), prefill="is soup fine ?")
    expected = LocalEngine(model).option_logprobs([request])[0].values[0]
    assert told.logprobs.token_logprobs[-1] == pytest.approx(expected, abs=1e-4)
    assert told.logprobs.token_logprobs[0] is None


def test_several_texts_are_gone_on_with(client: openai.OpenAI, model: LanguageModel) -> None:
    prompts = ["is soup", "is rope fine"]
    told = client.completions.create(model=NAME, prompt=prompts, max_tokens=4, temperature=0, n=2)
    requests = [SampleRequest((), 0, 4, temperature=0, prefill=one) for one in prompts]
    expected = [one.text for one in LocalEngine(model).sample(requests)]
    assert [one.text for one in told.choices] == [expected[0], expected[0], expected[1], expected[1]]


def test_requests_that_come_together_are_answered_in_one_batch(
    client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    stream = LocalEngine.stream

    def counted(self: LocalEngine, requests: Any, heard: Any) -> Any:
        sizes.append(len(requests))
        return stream(self, requests, heard)

    monkeypatch.setattr(LocalEngine, "stream", counted)
    with ThreadPoolExecutor(24) as pool:
        told = list(pool.map(lambda n: client.chat.completions.create(**asked(QUESTIONS[n % 6], n=2)), range(24)))
    assert sum(sizes) == 48 and len(sizes) < 12
    assert told[0].choices[0].message.content == told[6].choices[0].message.content


@pytest.mark.parametrize(
    "change, told",
    [
        ({"messages": []}, "at least 1 item"),
        ({"temperature": -1}, "temperature: "),
        ({"tools": [{"type": "function"}]}, "tools: not known here, or not done here; leave it out"),
        ({"presence_penalty": 1.0}, "presence_penalty: "),
        ({"messages": [{"role": "user", "content": "bread " * 200}]}, "and small reads at most 96"),
        ({"max_tokens": 95}, "reads at most 96"),
        ({"top_logprobs": 2}, "needs logprobs"),
        ({"stop": ""}, "empty text"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages.0"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "role 'tool'"),
    ],
)
def test_a_request_that_cannot_be_answered_is_a_bad_request(
    client: openai.OpenAI, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**asked() | {"extra_body": change})
    assert refused.value.type == "invalid_request_error" and told in str(refused.value)
    with pytest.raises(openai.BadRequestError):  # before the stream begins, not within it
        client.chat.completions.create(**asked() | {"extra_body": change}, stream=True)


def test_another_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="this server has 'small'"):
        client.chat.completions.create(**asked() | {"model": "other"})
    with pytest.raises(openai.NotFoundError, match="there are /v1/chat/completions"):
        client.embeddings.create(model=NAME, input="x")
    assert [one.id for one in client.models.list()] == [NAME]


def test_a_body_that_is_no_json_is_a_bad_request(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.post("/chat/completions", cast_to=object, content=b"{", options={"headers": {}})
    assert json.loads(refused.value.response.content)["error"]["type"] == "invalid_request_error"


def test_what_goes_wrong_in_one_batch_is_told_and_the_next_is_answered(
    client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("a secret of the server")

    with monkeypatch.context() as broken:
        broken.setattr(LocalEngine, "stream", fails)
        with pytest.raises(openai.InternalServerError, match="the answer failed") as told:
            client.chat.completions.create(**asked())
        assert "secret" not in str(told.value)
    assert client.chat.completions.create(**asked(temperature=0)).choices[0].message.content


def test_a_list_without_a_text_is_a_bad_request(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="prompt"):
        client.completions.create(model=NAME, prompt=[])


def test_with_a_key_only_who_knows_it_may_ask(url: str, model: LanguageModel) -> None:
    with served(model, key="open sesame") as locked:
        with pytest.raises(openai.AuthenticationError, match="a key is needed"):
            openai.OpenAI(base_url=locked, api_key="guess", max_retries=0).models.list()
        assert openai.OpenAI(base_url=locked, api_key="open sesame").models.list().data[0].id == NAME


def test_who_leaves_stops_the_answer(
    client: openai.OpenAI, model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [SampleRequest((user("rope ?"),), seed, 80, temperature=5.0) for seed in range(40)]
    lengths = [one.num_tokens for one in LocalEngine(model).sample(requests)]
    written: queue.SimpleQueue[int] = queue.SimpleQueue()
    stream = LocalEngine.stream

    def slowly(self: LocalEngine, requests: Any, heard: Any) -> Any:
        def hear(text: str) -> bool:
            time.sleep(0.02)
            return bool(heard[0](text))

        rows = stream(self, requests, [hear])
        written.put(len(rows[0].ids))
        return rows

    monkeypatch.setattr(LocalEngine, "stream", slowly)
    longest = max(range(40), key=lambda seed: lengths[seed])
    options: dict[str, Any] = {"temperature": 5.0, "seed": longest, "max_tokens": 80}
    pieces = client.chat.completions.create(**asked("rope ?") | options, stream=True)
    next(iter(pieces))
    pieces.close()
    assert written.get(timeout=60) < lengths[longest]

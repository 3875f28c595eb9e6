from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, PreTrainedTokenizerFast

from solon.engines.decoding import Job, generate
from solon.engines.flat import read_next
from solon.engines.local import LocalEngine
from solon.engines.picking import Decoding
from solon.engines.prefixes import PrefixTree
from solon.errors import InputError
from solon.interfaces import OptionRequest, SampleRequest
from solon.models.language_model import LanguageModel
from solon.models.tiny import Kind, new_language_model
from solon.records import Message, user

NewModel = Callable[..., LanguageModel]
KINDS: tuple[Kind, ...] = ("llama", "gpt2", "qwen2", "qwen3")
PROMPTS = ["the baker", "is this right ?", "no", "yes , the baker sells bread", "the baker", "( a ) is fine . no"]


def requests(count: int = 8, **options: object) -> list[SampleRequest]:
    given: dict[str, object] = {"max_new_tokens": 12, **options}
    return [SampleRequest((user(PROMPTS[i % 6]),), seed=i, **given) for i in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_the_same_alone_and_in_any_batch(kind: Kind, new_model: NewModel) -> None:
    engine = LocalEngine(new_model(kind))
    together = engine.sample(requests())
    assert [engine.sample([request])[0] for request in requests()] == together
    assert engine.sample(requests()[::-1])[::-1] == together
    assert LocalEngine(new_model(kind), max_batch=3).sample(requests()) == together
    assert len({sample.text for sample in together}) > 4  # and they are not all one text


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_samples_are_what_transformers_generates(kind: Kind, new_model: NewModel) -> None:
    language_model = new_model(kind)
    model: Any = language_model.model
    template = language_model.template
    for request, sample in zip(
        requests(6), LocalEngine(language_model).sample(requests(6, temperature=0)), strict=True
    ):
        ids = torch.tensor([template.prompt_ids(request.messages)])
        generated = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False,
            eos_token_id=list(template.end_ids), pad_token_id=template.pad_id,
        )[0, ids.shape[1] :].tolist()  # fmt: skip
        assert sample.num_tokens == len(generated)
        assert sample.text == template.decode([token for token in generated if token not in template.end_ids])


def test_sampled_tokens_follow_the_models_distribution(new_model: NewModel) -> None:
    language_model = new_model()
    ids = language_model.template.prompt_ids([user("no")])
    expected = language_model.model(torch.tensor([ids])).logits[0, -1].softmax(-1)
    asked = [SampleRequest((user("no"),), seed=seed, max_new_tokens=1) for seed in range(2000)]
    drawn = [sampled.ids[0] for sampled in LocalEngine(language_model).sample_tokens(asked)]
    frequencies = torch.tensor(drawn).bincount(minlength=len(expected)) / 2000
    # one token's standard error is at most 0.5 / sqrt(2000) = 0.011
    assert (frequencies - expected).abs().max().item() < 0.045


def test_sampler_logprobs_are_those_of_a_plain_forward_pass(new_model: NewModel) -> None:
    language_model = new_model()
    for sampled in LocalEngine(language_model).sample_tokens(requests(temperature=0.7)):
        ids = torch.tensor(sampled.prompt_ids + sampled.ids)
        logits = language_model.model(ids[None]).logits[0] / 0.7
        plain = logits.log_softmax(-1)[:-1].gather(1, ids[1:, None])[-len(sampled.ids) :, 0]
        assert sampled.logprobs == pytest.approx(plain.tolist(), abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_option_logprobs_are_sums_over_whole_options_of_a_plain_forward_pass(kind: Kind, new_model: NewModel) -> None:
    language_model = new_model(kind)
    asked = [
        OptionRequest((user("is this right ?"),), ("yes", "no"), prefill="better :"),  # one token each
        OptionRequest((user("the baker"),), ("yes , it is", "no"), prefill="better : "),
        OptionRequest((user("no"),), ("( a )", "( b ) is fine .", "zzz")),
    ]
    answers = LocalEngine(language_model).option_logprobs(asked)
    for request, logprobs in zip(asked, answers, strict=True):
        plain = [
            sum(plain_logprobs(language_model, request.messages, request.prefill, option)) for option in request.options
        ]
        assert logprobs.values == pytest.approx(plain, abs=1e-3)


def plain_logprobs(
    language_model: LanguageModel, messages: tuple[Message, ...], prefill: str, text: str
) -> list[float]:
    template = language_model.template
    target = template.response_ids(text)[:-1]
    ids = torch.tensor(template.prompt_ids(messages, prefill) + target)
    logprobs = language_model.model(ids[None]).logits[0].log_softmax(-1)[:-1].gather(1, ids[1:, None])[:, 0]
    return list(logprobs[-len(target) :].tolist())


def test_single_and_several_token_options_agree(new_model: NewModel) -> None:
    engine = LocalEngine(new_model())
    quick, slow = engine.option_logprobs([
        OptionRequest((user("no"),), ("yes", "no")),
        OptionRequest((user("no"),), ("yes", "no", "it is fine")),
    ])  # fmt: skip
    assert quick.values == pytest.approx(slow.values[:2], abs=1e-4)


def test_a_stop_string_ends_the_sample_at_once_and_is_not_part_of_it(new_model: NewModel) -> None:
    language_model = new_model()
    engine, decode = LocalEngine(language_model), language_model.template.decode
    asked = [
        (request, sampled.ids, sampled.sample.text, sampled.sample.text[2:4])
        for request, sampled in zip(requests(), engine.sample_tokens(requests()), strict=True)
        if len(sampled.sample.text) > 8 and "\ufffd" not in sampled.sample.text[2:4]
    ]
    assert len(asked) > 2
    for request, ids, text, stop in asked:
        [stopped] = engine.sample([request._replace(stop=("never", stop))])
        assert stopped.text == text[: text.find(stop)]
        assert not stopped.truncated
        assert stopped.num_tokens == next(count for count in range(len(ids)) if stop in decode(ids[:count]))


def test_rows_that_end_early_leave_the_others_as_they_were(new_model: NewModel) -> None:
    # limits of 2, 4, 6 ... tokens make the batch shrink several times
    engine = LocalEngine(new_model())
    staggered = [request._replace(max_new_tokens=2 + 2 * i) for i, request in enumerate(requests())]
    assert engine.sample(staggered) == [engine.sample([request])[0] for request in staggered]


LONG = "yes , the baker sells bread for 3 coins . is this right ? no , it is not . "


def long_requests(**options: object) -> list[SampleRequest]:
    """Prompts with a common beginning, three times the same among them, and two without it."""
    texts = [LONG + "the baker", LONG + "no", LONG + "the baker", LONG + "the baker", "no", LONG + "( a )", "yes"]
    given: dict[str, object] = {"max_new_tokens": 12, **options}
    return [SampleRequest((user(text),), seed=i, **given) for i, text in enumerate(texts)]  # type: ignore[arg-type]


@pytest.mark.parametrize("max_batch", [1, 3, 128])
@pytest.mark.parametrize("kind", KINDS)
def test_what_prompts_share_changes_no_sample(kind: Kind, max_batch: int, new_model: NewModel) -> None:
    engine = LocalEngine(new_model(kind), max_batch=max_batch)
    asked = [request._replace(max_new_tokens=3 + 4 * i) for i, request in enumerate(long_requests())]
    alone = LocalEngine(new_model(kind))
    assert PrefixTree([sampled.prompt_ids for sampled in engine.sample_tokens(asked)]).levels
    assert engine.sample(asked) == [alone.sample([request])[0] for request in asked]


def test_what_prompts_share_changes_no_logprob(new_model: NewModel) -> None:
    engine = LocalEngine(new_model())
    options = ("yes", "no", "( a ) is fine .")
    asked = [OptionRequest(request.messages, options) for request in long_requests()]
    together = engine.option_logprobs(asked)
    for one, request in zip(together, asked, strict=True):
        assert one.values == pytest.approx(engine.option_logprobs([request])[0].values, abs=1e-4)


def test_heads_that_share_keys_are_computed_right(tokenizer: PreTrainedTokenizerFast) -> None:
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128,
    )  # fmt: skip
    language_model = new_language_model(config, tokenizer, 0)
    for sampled in LocalEngine(language_model).sample_tokens(long_requests()):
        ids = torch.tensor(sampled.prompt_ids + sampled.ids)
        plain = language_model.model(ids[None]).logits[0].log_softmax(-1)[:-1].gather(1, ids[1:, None])
        assert sampled.logprobs == pytest.approx(plain[-len(sampled.ids) :, 0].tolist(), abs=1e-4)


def test_the_token_limit_truncates_and_says_so(new_model: NewModel) -> None:
    language_model = new_model()
    engine = LocalEngine(language_model)
    samples = engine.sample_tokens(requests(max_new_tokens=3))
    assert any(sampled.sample.truncated for sampled in samples)
    for sample, _, ids, *_ in samples:
        assert len(ids) == sample.num_tokens <= 3
        assert sample.truncated == (ids[-1] not in language_model.template.end_ids)


def test_a_request_that_does_not_fit_names_prompt_and_context(new_model: NewModel) -> None:
    with pytest.raises(InputError, match=r"request 0: its prompt has \d+ tokens and asks for 93 more.*at most 96"):
        LocalEngine(new_model()).sample(requests(1, max_new_tokens=93))


def test_an_empty_option_is_refused(new_model: NewModel) -> None:
    with pytest.raises(InputError, match="request 0 has an empty option"):
        LocalEngine(new_model()).option_logprobs([OptionRequest((user("no"),), ("yes", ""))])


def test_nothing_asked_nothing_answered(new_model: NewModel) -> None:
    engine = LocalEngine(new_model())
    assert (engine.sample([]), engine.option_logprobs([])) == ([], [])


def test_tools_reach_the_template(new_model: NewModel) -> None:
    engine, tools = LocalEngine(new_model()), ({"name": "price"},)
    with pytest.raises(InputError, match="definitions of tools"):  # Solon's own template shows none
        engine.sample(requests(1, tools=tools))
    with pytest.raises(InputError, match="definitions of tools"):
        engine.option_logprobs([OptionRequest((user("no"),), ("yes",), tools=tools)])


def test_an_ended_row_is_not_read_on_behind_the_context(new_model: NewModel) -> None:
    # GPT-2 has no position there. The first row ends at the context's last token and stays while four others go on.
    model = new_model("gpt2").model
    asked = [Job([3] * 40, 0, 56, Decoding(), None), *(Job([4 + i], 0, 95, Decoding(), None) for i in range(4))]
    rows = generate(model, asked, end_ids=[], max_batch=8)
    assert [len(row.ids) for row in rows] == [56, 95, 95, 95, 95]
    assert rows == [generate(model, [job], end_ids=[], max_batch=8)[0] for job in asked]


def test_rows_in_the_batch_are_fewer_where_their_keys_would_be_too_many(
    new_model: NewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, sizes = LocalEngine(new_model()), list[int]()
    expected = engine.sample(requests())

    def counted(*given: Any) -> Any:
        sizes.append(len(given[3].lengths))
        return read_next(*given)

    monkeypatch.setattr("solon.engines.decoding.read_next", counted)
    longest = max(len(sampled.prompt_ids) for sampled in engine.sample_tokens(requests())) + 12
    monkeypatch.setattr("solon.engines.decoding._CACHE_TOKENS", 3 * longest)
    assert max(sizes) > 3
    sizes.clear()
    assert engine.sample(requests()) == expected
    assert max(sizes) == 3

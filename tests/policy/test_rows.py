import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.models.chat_templates import SHAPES, tokenizer_of

from solon.errors import InputError
from solon.models.language_model import LanguageModel
from solon.models.tiny import new_language_model, tiny_config
from solon.policy.config import PretrainConfig, SFTConfig
from solon.policy.pretrain import pretrain, pretrain_rows
from solon.policy.rows import mean_loss, render_rows, training_rows
from solon.policy.sft import _split, train_sft
from solon.progress import Silent
from solon.records import Demonstration, Document, Span, assistant, user

NewPolicy = Callable[[int], LanguageModel]
ANSWERS = [
    Demonstration(id=f"d{i}", messages=(user("the dog"), assistant("a blue cat")), source="test") for i in range(16)
]
TEXT = Document(id="text", spans=(Span(text="the red dog ran home"),), source="test")


def test_a_row_longer_than_the_context_is_refused_by_name(new_policy: NewPolicy) -> None:
    long = Document(id="endless", spans=(Span(text="dog" + " dog" * 89),), source="test")
    with pytest.raises(InputError, match=r"document 'endless' .* has 92 tokens"):
        render_rows(new_policy(0), [TEXT, long])


def test_a_row_without_a_trained_token_is_refused_by_name(new_policy: NewPolicy) -> None:
    silent = Document(id="silent", spans=(Span(text="the dog", weight=0),), source="test")
    with pytest.raises(InputError, match="'silent'"):
        render_rows(new_policy(0), [silent])


def test_sft_keeps_the_pass_with_the_lowest_held_out_loss(new_policy: NewPolicy, tmp_path: Path) -> None:
    policy = new_policy(0)
    config = SFTConfig(tokens_per_batch=64, epochs=4, peak_lr=5e-2, schedule="constant", held_out_share=0.5)
    train_sft(policy, [*ANSWERS, TEXT], config, folder=tmp_path, seed=0, progress=Silent())
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    measured = [line["held_out_loss"] for line in lines if "held_out_loss" in line]
    assert len(measured) == 4
    assert min(measured) < measured[-1]  # so that the last pass is not the best one
    held_out = render_rows(policy, _split([*ANSWERS, TEXT], 0.5, seed=0)[0])
    assert mean_loss(policy, held_out, 64) == pytest.approx(min(measured))
    assert mean_loss(LanguageModel.load(tmp_path / "model"), held_out, 64) == pytest.approx(min(measured))


def test_all_answers_to_a_prompt_are_held_out_or_none() -> None:
    def answered(number: int, answer: str) -> Demonstration:
        return Demonstration(id=f"{number}-{answer}", messages=(user(f"q {number}"), assistant(answer)), source="test")

    held_out, others = _split([answered(n, text) for n in range(40) for text in ("yes", "no")], 0.5, seed=1)
    asked, trained = ({one.id.split("-")[0] for one in side} for side in (held_out, others))
    assert asked and trained and not asked & trained
    assert len(held_out) == 2 * len(asked)


def test_a_held_out_share_that_leaves_nothing_is_refused(new_policy: NewPolicy, tmp_path: Path) -> None:
    config = SFTConfig(tokens_per_batch=64, held_out_share=0.01)
    with pytest.raises(InputError, match=r"held_out_share=0.01 of 2 examples leaves 0 to test"):
        train_sft(new_policy(0), ANSWERS[:2], config, folder=tmp_path, seed=0, progress=Silent())


def test_the_saved_policy_is_the_trained_one(new_policy: NewPolicy, tmp_path: Path) -> None:
    policy = new_policy(0)
    train_sft(policy, ANSWERS, SFTConfig(tokens_per_batch=64), folder=tmp_path, seed=0, progress=Silent())
    loaded = LanguageModel.load(tmp_path / "model")
    rows = render_rows(policy, [TEXT])
    assert mean_loss(loaded, rows, 100) == pytest.approx(mean_loss(policy, rows, 100))


def test_mid_training_decays_the_rate_that_base_training_kept(new_policy: NewPolicy, tmp_path: Path) -> None:
    policy = new_policy(0)
    base = PretrainConfig(tokens_per_batch=16, epochs=5, warmup_steps=2, peak_lr=0.01)
    mid = PretrainConfig(tokens_per_batch=16, epochs=5, warmup_steps=0, peak_lr=0.01, schedule="linear")
    pretrain(policy, [TEXT, TEXT], base, folder=tmp_path / "base", seed=0, progress=Silent())
    pretrain(policy, [TEXT, ANSWERS[0]], mid, folder=tmp_path / "mid", seed=0, progress=Silent())
    rates = {
        stage: [json.loads(line)["lr"] for line in (tmp_path / stage / "metrics.jsonl").read_text().splitlines()]
        for stage in ("base", "mid")
    }
    assert rates["base"][0] < rates["base"][-1] == 0.01 == rates["mid"][0]
    assert 0 < rates["mid"][-1] < 0.002


@pytest.mark.parametrize(("sections", "falling"), [((60,), 20), ((), 8)])
def test_wsd_falls_in_the_last_section_or_in_the_last_tenth(
    sections: tuple[int, ...], falling: int, new_policy: NewPolicy, tmp_path: Path
) -> None:
    policy = new_policy(0)
    config = PretrainConfig(tokens_per_batch=7, warmup_steps=0, peak_lr=0.01, schedule="wsd")
    rows = render_rows(policy, [TEXT] * 80)  # 7 tokens each: a batch is a row
    pretrain_rows(policy, rows, config, sections=sections, folder=tmp_path, seed=0, progress=Silent())
    rates = [json.loads(line)["lr"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert len(rates) == 80
    assert sum(rate < 0.01 for rate in rates) == falling - 1  # the fall begins at the peak
    assert rates == sorted(rates, reverse=True)


def test_long_rows_are_cut_where_that_is_asked_and_counted(new_policy: NewPolicy, tmp_path: Path) -> None:
    long = Document(id="endless", spans=(Span(text="dog" + " dog" * 89),), source="test")
    config = PretrainConfig(tokens_per_batch=64, long_rows="split", packing=True)
    pretrain(new_policy(0), [TEXT, long], config, folder=tmp_path, seed=0, progress=Silent())
    # 92 tokens in a context of 64: pieces of 64 and 29, which share a token
    told = json.loads((tmp_path / "long_rows.json").read_text())
    assert (told["rows_in"], told["fitting"], told["split"], told["rows_out"]) == (2, 1, 1, 3)
    assert told["tokens_lost"] == 0


def test_a_policy_for_long_rows_that_leaves_none_is_refused(new_policy: NewPolicy) -> None:
    long = Document(id="endless", spans=(Span(text="dog" + " dog" * 89),), source="test")
    with pytest.raises(InputError, match="long_rows=drop leaves none of 1 rows"):
        render_rows(new_policy(0), [long], "drop")


def test_packed_sft_reads_as_many_tokens_in_fewer_steps(new_policy: NewPolicy, tmp_path: Path) -> None:
    texts = ["the dog", "the red dog ran home and the cat sat here", "a blue cat"]
    answers = [
        Demonstration(id=f"d{i}", messages=(user("the dog"), assistant(texts[i % 3])), source="test") for i in range(48)
    ]
    lines = {}
    for packing in (False, True):
        config = SFTConfig(tokens_per_batch=64, packing=packing)
        folder = tmp_path / str(packing)
        train_sft(new_policy(0), answers, config, folder=folder, seed=0, progress=Silent())
        lines[packing] = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert sum(line["tokens"] for line in lines[True]) == sum(line["tokens"] for line in lines[False])
    assert len(lines[True]) < len(lines[False])


def test_rows_of_a_conversation_whose_turns_are_rewritten_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = tokenizer_of(SHAPES["qwen-3"])
    config = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=1, heads=2, context_tokens=96)
    policy = new_language_model(config, tokenizer, 0)
    turns = (user("a"), assistant("b"), user("c"), assistant("d" * 60))
    talk = Demonstration(id="talk", messages=turns, source="test", train_on="all")
    said: list[str] = []
    progress = Silent()
    monkeypatch.setattr(progress, "say", said.append)
    short = talk.model_copy(update={"messages": (*turns[:3], assistant("d"))})
    assert len(training_rows(policy, [short, *ANSWERS[:1]], "error", tmp_path, progress)) == 3
    [line] = said
    assert line.startswith("2 examples are 3 rows: the chat template rewrites earlier turns of 1,")
    with pytest.raises(InputError, match=r"row 2 of the 2 of demonstration 'talk' \(source 'test'\) has"):
        render_rows(policy, [talk])

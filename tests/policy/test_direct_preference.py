"""DPO and its relatives as a trainer: what they learn, from where, and what they refuse."""

import gc
import json
import math
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from solon.errors import InputError, TrainingError
from solon.models.language_model import LanguageModel
from solon.models.tiny import new_language_model, tiny_config, train_tokenizer
from solon.policy.direct_preference import train_direct_preference
from solon.policy.preference_config import DirectPreferenceConfig
from solon.progress import Silent
from solon.records import Comparison, LabelledResponse, Preference, Prompt, Ranking, user
from solon.training.heldout import HeldOutPair

from ..small_memory import small_memory

NewPolicy = Callable[[int], LanguageModel]
LOSSES = ["dpo", "ipo", "simpo", "orpo", "kto"]
PROMPTS = [Prompt(id=f"p{i}", messages=(user(f"the {'red ' * (i % 5)}dog {'ran ' * (i % 3)}"),)) for i in range(40)]
SMALL: dict[str, Any] = {"prompts_per_step": 8, "epochs": 3, "peak_lr": 1e-2, "checkpoint_every": 4}


def pair(prompt: Prompt, better: str = "a cat", worse: str = "a dog", prob_a: float = 1.0) -> Preference:
    comparison = Comparison(id=f"c-{prompt.id}", prompt=prompt, response_a=better, response_b=worse)
    return Preference(comparison=comparison, prob_a=prob_a, source="ann")


PAIRS = [pair(prompt) for prompt in PROMPTS]
RANKINGS = [
    Ranking(id=f"r-{p.id}", prompt=p, responses=("a cat", "the cat sat", "a dog"), ranks=(0, 1, 2), rater="ann")
    for p in PROMPTS[:12]
]


def config(**settings: Any) -> DirectPreferenceConfig:
    return DirectPreferenceConfig(**(SMALL | settings))


def train(
    policy: LanguageModel, folder: Path, settings: DirectPreferenceConfig, **given: Any
) -> tuple[list[HeldOutPair], list[dict[str, float]]]:
    arguments: dict[str, Any] = {"rankings": [], "preferences": PAIRS, "progress": Silent(), "seed": 0}
    held_out = train_direct_preference(policy, config=settings, folder=folder, **(arguments | given))
    return held_out, [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


class Listening(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_learns_that_one_word_is_always_preferred(loss: str, new_policy: NewPolicy, tmp_path: Path) -> None:
    # A random policy prefers neither word; the pairs stand either way round, so that position tells nothing.
    both_ways = [
        one if i % 2 else pair(one.comparison.prompt, "a dog", "a cat", prob_a=0.0) for i, one in enumerate(PAIRS)
    ]
    held_out, metrics = train(
        new_policy(0), tmp_path, config(loss=loss, epochs=12, held_out_share=0.3), preferences=both_ways
    )
    assert metrics[-1]["accuracy"] == 1
    assert metrics[-1]["margin"] > metrics[0]["margin"]
    assert metrics[-1]["chosen_logprob"] - metrics[-1]["rejected_logprob"] > 1
    assert len(held_out) > 2 and all(one.margin * (one.prob_a - 0.5) > 0 for one in held_out)


def test_before_it_has_moved_dpo_costs_log_2_and_its_step_moves_both_responses_the_right_way(
    new_policy: NewPolicy, tmp_path: Path
) -> None:
    _, metrics = train(new_policy(0), tmp_path, config(held_out_share=0.0, peak_lr=1e-4, prompts_per_step=40))
    first, second = metrics[:2]
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-6)
    assert first["log_ratio"] == pytest.approx(0, abs=1e-5)
    gap = [one["chosen_logprob"] - one["rejected_logprob"] for one in (first, second)]
    assert gap[1] > gap[0]
    assert second["loss"] < first["loss"] and second["accuracy"] == 1


def logprob(model: LanguageModel, prompt: Prompt, text: str) -> tuple[float, int]:
    """Summed log-probability of an answer and its tokens: transformers alone, one unpadded row, all logits."""
    asked, answer = model.template.prompt_ids(prompt.messages), model.template.response_ids(text)
    assert answer[-1] == model.template.end_id
    with torch.no_grad():
        logits_TV = model.model(input_ids=torch.tensor([asked + answer])).logits[0]
    logprobs_TV = logits_TV.double().log_softmax(-1)
    return sum(float(logprobs_TV[len(asked) - 1 + i, token]) for i, token in enumerate(answer)), len(answer)


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x))


def by_hand(loss: str, p: float, a: float, b: float, ref_a: float, ref_b: float, n_a: int, n_b: int) -> float:
    """The loss of one pair, written out from the papers; KTO's baseline is given by the caller as 0."""
    h = (a - ref_a) - (b - ref_b)
    if loss == "dpo":
        return -p * log_sigmoid(0.1 * h) - (1 - p) * log_sigmoid(-0.1 * h)
    if loss == "ipo":
        return (h - (p - 0.5) / 0.1) ** 2
    if loss == "simpo":
        d = 2.0 * (a / n_a - b / n_b)
        return -p * log_sigmoid(d - 1.0) - (1 - p) * log_sigmoid(-d - 1.0)
    odds_a, odds_b = (math.exp(x) / (1 - math.exp(x)) for x in (a / n_a, b / n_b))
    d = math.log(odds_a / odds_b)
    imitated = -p * a / n_a - (1 - p) * b / n_b
    return imitated - 0.1 * (p * log_sigmoid(d) + (1 - p) * log_sigmoid(-d))


@pytest.mark.parametrize("loss", ["dpo", "ipo", "simpo", "orpo"])
def test_the_first_loss_is_what_plain_transformers_and_the_papers_give(
    loss: str, new_policy: NewPolicy, tmp_path: Path
) -> None:
    # soft labels and a ranking of three in one step; the reference is another model
    policy, reference = new_policy(0), new_policy(1)
    pairs = [pair(PROMPTS[0], prob_a=0.8), pair(PROMPTS[1], "the cat and the dog eat", "a", prob_a=0.5)]

    def cost(prompt: Prompt, texts: tuple[str, str], p: float) -> float:
        (a, n_a), (b, n_b) = (logprob(policy, prompt, text) for text in texts)
        ref_a, ref_b = (logprob(reference, prompt, text)[0] for text in texts)
        return by_hand(loss, p, a, b, ref_a, ref_b, n_a, n_b)

    x, y, z = RANKINGS[4].responses
    costs = [cost(one.comparison.prompt, (one.comparison.response_a, one.comparison.response_b), float(one.prob_a or 0))
             for one in pairs]  # fmt: skip
    costs.append(sum(cost(RANKINGS[4].prompt, texts, 1.0) for texts in [(x, y), (x, z), (y, z)]) / 3)
    _, metrics = train(
        policy, tmp_path, config(loss=loss, held_out_share=0.0, epochs=1), preferences=pairs, rankings=[RANKINGS[4]],
        reference=(lambda: reference) if loss in ("dpo", "ipo") else None,
    )  # fmt: skip
    assert metrics[0]["loss"] == pytest.approx(sum(costs) / 3, rel=1e-5)


def test_ktos_first_loss_is_what_plain_transformers_and_the_paper_give(new_policy: NewPolicy, tmp_path: Path) -> None:
    policy, reference = new_policy(0), new_policy(1)
    good = LabelledResponse(id="l", prompt=PROMPTS[2], text="sat here", labels={"label": True}, rater="ann")
    judged = pair(PROMPTS[0], prob_a=0.8)

    def ratio(prompt: Prompt, text: str) -> float:
        return logprob(policy, prompt, text)[0] - logprob(reference, prompt, text)[0]

    # each prompt with a response to the other one: the labelled response, and of the pair the one at place 1 modulo 2
    z0 = max(0.0, (ratio(PROMPTS[0], "sat here") + ratio(PROMPTS[2], "a dog")) / 2)

    def cost(h: float, wanted: float) -> float:
        ahead = 0.1 * (h - z0)
        return wanted / (1 + math.exp(ahead)) + 1.5 * (1 - wanted) / (1 + math.exp(-ahead))

    of_pair = (cost(ratio(PROMPTS[0], "a cat"), 0.8) + cost(ratio(PROMPTS[0], "a dog"), 0.2)) / 2
    expected = (of_pair + cost(ratio(PROMPTS[2], "sat here"), 1.0)) / 2
    _, metrics = train(
        policy, tmp_path, config(loss="kto", held_out_share=0.0, undesirable_weight=1.5), preferences=[judged],
        labelled=[good], reference=lambda: reference,
    )  # fmt: skip
    assert metrics[0]["loss"] == pytest.approx(expected, rel=1e-5)
    assert z0 > 0 and metrics[0]["baseline"] == pytest.approx(z0, abs=1e-4)


def test_dpo_and_ipo_per_token_divide_both_log_ratios_by_the_tokens(new_policy: NewPolicy, tmp_path: Path) -> None:
    policy, reference, prompt = new_policy(0), new_policy(1), PROMPTS[0]
    (a, n_a), (b, n_b) = (logprob(policy, prompt, text) for text in ("a cat", "the cat and the dog eat"))
    ref_a, ref_b = (logprob(reference, prompt, text)[0] for text in ("a cat", "the cat and the dog eat"))
    _, metrics = train(
        policy, tmp_path, config(per_token=True, held_out_share=0.0), reference=lambda: reference,
        preferences=[pair(prompt, worse="the cat and the dog eat")],
    )  # fmt: skip
    assert n_a != n_b
    assert metrics[0]["loss"] == pytest.approx(by_hand("dpo", 1.0, a / n_a, b / n_b, ref_a / n_a, ref_b / n_b, 1, 1))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_fifth_of_flipped_labels_is_a_label_of_four_fifths(loss: str, new_policy: NewPolicy, tmp_path: Path) -> None:
    first = []
    for name, prob_a, flipped in (("smoothed", 1.0, 0.2), ("soft", 0.8, 0.0)):
        settings = config(loss=loss, label_smoothing=flipped, held_out_share=0.0)
        _, metrics = train(
            new_policy(0), tmp_path / name, settings, preferences=[pair(p, prob_a=prob_a) for p in PROMPTS[:9]],
            reference=(lambda: new_policy(1)) if settings.has_reference else None,
        )  # fmt: skip
        first.append((metrics[0]["loss"], metrics[0]["grad_norm"]))
    assert first[0] == pytest.approx(first[1], rel=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_cutting_a_step_into_smaller_forward_passes_changes_nothing(
    loss: str, new_policy: NewPolicy, tmp_path: Path
) -> None:
    figures = []
    for tokens in (10_000, 30):
        _, metrics = train(
            new_policy(0), tmp_path / str(tokens), config(loss=loss, max_batch_tokens=tokens, epochs=1),
            rankings=RANKINGS,
        )  # fmt: skip
        figures.append([value for one in metrics[:2] for value in (one["loss"], one["grad_norm"])])
    assert figures[0] == pytest.approx(figures[1], rel=1e-3)


def test_a_step_that_runs_out_of_memory_is_taken_again_in_smaller_parts(
    new_policy: NewPolicy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, expected = train(new_policy(0), tmp_path / "a", config(loss="dpo", epochs=1), rankings=RANKINGS)
    noted = small_memory(monkeypatch, most_rows=2)
    with pytest.warns(RuntimeWarning, match="memory ran out"):
        _, found = train(new_policy(0), tmp_path / "b", config(loss="dpo", epochs=1), rankings=RANKINGS)
    assert max(noted) > 2
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-5)


class Killed(Silent):
    def __init__(self, at: int) -> None:
        self.at = at
        self.learning = False

    def start(self, what: str, total: int) -> None:
        self.learning = what.startswith("learn")

    def advance(self, done: int, figures: Mapping[str, float]) -> None:
        if self.learning and done == self.at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("loss", ["dpo", "kto", "simpo"])
def test_a_killed_training_that_is_started_again_ends_exactly_as_one_that_was_not(
    loss: str, new_policy: NewPolicy, tmp_path: Path
) -> None:
    whole, resumed, loaded = new_policy(0), new_policy(0), []

    def reference() -> LanguageModel:
        loaded.append(1)
        return new_policy(1)

    given = {"rankings": RANKINGS, "reference": None if loss == "simpo" else reference}
    tested, _ = train(whole, tmp_path / "whole", config(loss=loss), **given)
    loaded.clear()
    with pytest.raises(KeyboardInterrupt):
        train(new_policy(0), tmp_path / "resumed", config(loss=loss), progress=Killed(6), **given)
    tested_again, _ = train(resumed, tmp_path / "resumed", config(loss=loss), **given)
    assert len(loaded) == (loss != "simpo")  # the second start has read what the first one kept
    assert (tmp_path / "whole/metrics.jsonl").read_bytes() == (tmp_path / "resumed/metrics.jsonl").read_bytes()
    assert tested == tested_again
    for ours, theirs in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_the_reference_is_given_up_before_training_begins(new_policy: NewPolicy, tmp_path: Path) -> None:
    loaded: list[weakref.ref[LanguageModel]] = []

    def reference() -> LanguageModel:
        model = new_policy(1)
        loaded.append(weakref.ref(model))
        return model

    class Looking(Silent):
        def start(self, what: str, total: int) -> None:
            if what.startswith("learn"):
                gc.collect()
                assert [one() for one in loaded] == [None]

    train(new_policy(0), tmp_path, config(epochs=1), reference=reference, progress=Looking())
    assert len(loaded) == 1


def test_what_a_training_without_a_checkpoint_has_kept_of_its_reference_is_not_believed(
    new_policy: NewPolicy, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(new_policy(0), tmp_path, config(), progress=Killed(1), reference=lambda: new_policy(2))
    _, metrics = train(new_policy(0), tmp_path, config())
    assert metrics[0]["loss"] == pytest.approx(math.log(2), abs=1e-6)


def test_a_folder_that_has_begun_on_other_rows_is_refused(new_policy: NewPolicy, tmp_path: Path) -> None:
    train(new_policy(0), tmp_path, config())
    with pytest.raises(TrainingError, match=r"reference\.safetensors holds log-probabilities of other rows"):
        train(new_policy(0), tmp_path, config(), preferences=PAIRS[1:])


def test_all_pairs_of_a_held_out_prompt_train_nothing(new_policy: NewPolicy, tmp_path: Path) -> None:
    labelled = [
        LabelledResponse(id=f"l-{p.id}", prompt=p, text="sat", labels={"label": True}, rater="x") for p in PROMPTS
    ]
    heard = Listening()
    held_out, metrics = train(
        new_policy(0), tmp_path, config(loss="kto", held_out_share=0.3, prompts_per_step=1, epochs=1),
        rankings=RANKINGS, labelled=labelled, progress=heard,
    )  # fmt: skip
    prompts = {one.comparison.prompt.id for one in held_out}
    kept = [p for p in PROMPTS if p.id not in prompts]
    ranked = [p for p in PROMPTS[:12] if p.id not in prompts]
    assert len(metrics) == 2 * len(kept) + len(ranked)
    assert len(held_out) == len(prompts) + 3 * (12 - len(ranked))
    assert heard.lines == [f"{len(prompts)} labelled responses belong to held-out prompts and train nothing"]


def test_ties_ask_for_equal_rewards_and_kto_leaves_them_out(new_policy: NewPolicy, tmp_path: Path) -> None:
    ties = [pair(prompt, prob_a=0.5) for prompt in PROMPTS]
    _, metrics = train(
        new_policy(0), tmp_path / "dpo", config(held_out_share=0.0, peak_lr=1e-3), preferences=ties,
        reference=lambda: new_policy(1),
    )  # fmt: skip
    assert metrics[-1]["loss"] < metrics[0]["loss"] and "accuracy" not in metrics[0]
    heard = Listening()
    settings = config(loss="kto", held_out_share=0.0, prompts_per_step=1, epochs=1)
    _, metrics = train(new_policy(0), tmp_path / "kto", settings, preferences=[*ties[:5], *PAIRS[5:9]], progress=heard)
    assert len(metrics) == 4 and heard.lines == ["5 ties say nothing of either response to KTO and are left out"]


def test_what_carries_no_preference_is_told_and_left_out(new_policy: NewPolicy, tmp_path: Path) -> None:
    heard = Listening()
    tied = RANKINGS[0].model_copy(update={"ranks": (0, 0, 0)})
    unscored = PAIRS[0].model_copy(update={"prob_a": None, "status": "unscored"})
    train(new_policy(0), tmp_path, config(), rankings=[tied], preferences=[unscored, *PAIRS[1:]], progress=heard)
    assert heard.lines == ["2 rankings of ties alone or comparisons without a label carry nothing and are left out"]


def test_training_on_nothing_is_refused(new_policy: NewPolicy, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to train on"):
        train(new_policy(0), tmp_path, config(), preferences=[])


def test_a_response_too_long_is_named_or_left_out_and_listed(new_policy: NewPolicy, tmp_path: Path) -> None:
    preferences = [pair(PROMPTS[0], worse="dog " * 70), *PAIRS[1:]]
    with pytest.raises(InputError, match=r"prompt 'p0' .* of 'c-p0' with a response has \d+ tokens"):
        train(new_policy(0), tmp_path, config(), preferences=preferences)
    heard = Listening()
    train(new_policy(0), tmp_path, config(long_rows="leave_out"), preferences=preferences, progress=heard)
    assert heard.lines == ["1 of 40 judgements need more than 64 tokens and are left out"]
    (line,) = (tmp_path / "left_out.jsonl").read_text().splitlines()
    assert json.loads(line)["id"] == "c-p0"
    with pytest.raises(InputError, match="all 1 judgements need more than"):
        train(new_policy(0), tmp_path, config(long_rows="leave_out"), preferences=preferences[:1])


def test_a_reference_with_other_tokens_is_refused_by_name(new_policy: NewPolicy, tmp_path: Path) -> None:
    tokenizer = train_tokenizer(["zebra"] * 9, vocab_size=280)
    shape = tiny_config("llama", vocab_size=len(tokenizer), width=16, layers=1, heads=2, context_tokens=64)
    other = new_language_model(shape, tokenizer, 0, name="zebras")
    with pytest.raises(InputError, match=r"zebras reads 'c-p0' in other tokens than new model"):
        train(new_policy(0), tmp_path, config(), reference=lambda: other)


@pytest.mark.parametrize("loss", ["simpo", "orpo"])
def test_a_reference_that_would_not_be_read_is_refused(loss: str, new_policy: NewPolicy, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"loss={loss} reads no reference"):
        train(new_policy(0), tmp_path, config(loss=loss), reference=lambda: new_policy(1))


def test_labelled_responses_are_ktos_alone_and_their_label_is_checked(new_policy: NewPolicy, tmp_path: Path) -> None:
    one = LabelledResponse(id="l", prompt=PROMPTS[0], text="sat", labels={"score": 3}, rater="x")
    with pytest.raises(InputError, match="1 single labelled responses were given"):
        train(new_policy(0), tmp_path, config(), labelled=[one])
    with pytest.raises(InputError, match="labelled response 'l': `label` is None"):
        train(new_policy(0), tmp_path, config(loss="kto"), labelled=[one])


def test_kto_needs_responses_to_other_prompts(new_policy: NewPolicy, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the 2 judgements has one that fits behind the prompt of 'c-p0'"):
        train(new_policy(0), tmp_path, config(loss="kto", held_out_share=0.0), preferences=[PAIRS[0], PAIRS[0]])

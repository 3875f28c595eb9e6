from collections.abc import Callable, Sequence

import pytest

from solon.constitution import Constitution, PrincipleEntry
from solon.errors import EngineError, InputError
from solon.interfaces import Sample, SampleRequest
from solon.preferences import SetAside, contrast, sample_contrasts
from solon.records import Preference, Prompt, user
from solon.unanswered import Unanswered

ENTRIES = tuple(
    PrincipleEntry(id=name, text=f"Be {name}.", comparison=f"Which is {name}?") for name in ("kind", "brief", "dry")
)
CONSTITUTION = Constitution(id="c", version="1", principles=ENTRIES)
PROMPTS = [Prompt(id=name, messages=(user(f"question {name}"),)) for name in "abcdefgh"]


class Model:
    """Answers by a function of the prefill, and keeps what it was asked."""

    def __init__(self, answer: Callable[[str], Sample]) -> None:
        self.answer = answer
        self.asked: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.asked += requests
        return [self.answer(one.prefill) for one in requests]


def echo(prefill: str) -> Sample:
    return Sample(f" {prefill.split()[0]} ", False, 1)


def pairs(model: Model, prompts: Sequence[Prompt] = PROMPTS, draws: int = 1) -> list[Preference | SetAside]:
    return list(sample_contrasts(prompts, CONSTITUTION, model, name="m", seed=1, draws=draws))


def test_the_answer_begun_as_following_the_drawn_principle_is_preferred() -> None:
    model = Model(echo)
    for index, one in enumerate(pairs(model, draws=2)):
        assert isinstance(one, Preference)
        drawn = CONSTITUTION.draw(1, one.comparison.prompt.id, index % 2)
        begun = [asked.prefill for asked in model.asked[2 * index : 2 * index + 2]]
        assert begun == [f"(following this rule: {drawn.text})", f"(breaking this rule: {drawn.text})"]
        assert (one.comparison.response_a, one.comparison.response_b) == ("(following", "(breaking")
        assert (one.prob_a, one.principle_id, one.principle_hash) == (1.0, drawn.id, drawn.hash)
        assert one.source == "contrast:m"


def test_the_prompt_itself_is_asked_unchanged() -> None:
    model = Model(echo)
    pairs(model, PROMPTS[:1])
    assert [asked.messages for asked in model.asked] == [PROMPTS[0].messages] * 2


def test_a_pair_depends_on_its_own_prompt_and_draw_only(monkeypatch: pytest.MonkeyPatch) -> None:
    among, alone = Model(echo), Model(echo)
    together = pairs(among, draws=2)
    monkeypatch.setattr(contrast, "SHARD_PAIRS", 1)
    assert pairs(alone, PROMPTS[3:4], draws=2) == together[6:8]
    assert alone.asked == among.asked[12:16]
    assert len({asked.seed for asked in among.asked}) == 32


@pytest.mark.parametrize(
    ("following", "breaking", "reason"),
    [
        (Sample(" \n", False, 1), Sample("no", False, 1), "empty"),
        (Sample("yes", False, 1), Sample("", False, 1), "empty"),
        (Sample("yes", False, 1), Sample("yes ", False, 1), "identical"),
        (Sample("yes", False, 1), Sample("no", True, 1), "cut off by the token limit"),
    ],
)
def test_pairs_that_prefer_nothing_are_set_aside_with_both_texts(
    following: Sample, breaking: Sample, reason: str
) -> None:
    [one] = pairs(Model(lambda prefill: following if "following" in prefill else breaking), PROMPTS[:1])
    assert isinstance(one, SetAside)
    assert (one.reason, one.following, one.breaking) == (reason, following.text.strip(), breaking.text.strip())
    assert one.principle_hash == CONSTITUTION.draw(1, "a", 0).hash


def test_a_refused_response_names_its_prompt_and_makes_no_pair() -> None:
    model = Model(lambda prefill: Sample("", False, 0, failure="filtered") if "breaking" in prefill else echo(prefill))
    refused: list[Unanswered] = []
    assert not list(sample_contrasts(PROMPTS[:1], CONSTITUTION, model, name="m", seed=1, unanswered=refused))
    assert [(one.id, one.reason) for one in refused] == [("a", "filtered")]
    with pytest.raises(EngineError, match="filtered"):
        pairs(model, PROMPTS[:1])


def test_two_prompts_of_one_id_are_refused() -> None:
    with pytest.raises(InputError, match="prompt ids occur more than once"):
        pairs(Model(echo), [PROMPTS[0], PROMPTS[0]])

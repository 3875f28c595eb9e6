from collections.abc import Callable, Sequence
from typing import Any, Literal

import pytest

from solon.constitution import Constitution, CritiqueExample, Examples, PrincipleEntry
from solon.critiques import RevisionConfig, critique_and_revise, revise, revision_pairs, revision_rows, self_correct
from solon.errors import EngineError, InputError
from solon.interfaces import PromptResponse, Sample, SampleRequest
from solon.records import Message, Prompt, Revision, assistant, user
from solon.unanswered import Unanswered

ENTRIES = tuple(
    PrincipleEntry(id=name, text=name, critique_request=f"critique {name}", revision_request=f"revise {name}")
    for name in ("p", "q", "r", "s")
)
SHOT = CritiqueExample(prompt="ex", response="ex answer", critique="ex critique", revision="ex revision")
CONSTITUTION = Constitution(id="c", version="1", principles=ENTRIES)
WITH_SHOT = Constitution(id="c", version="1", principles=ENTRIES, examples=Examples(critiques=(SHOT,)))


class Model:
    """Answers by a function of the request, and keeps what it was asked."""

    def __init__(self, answer: Callable[[SampleRequest], str], truncated: bool = False) -> None:
        self.answer, self.truncated = answer, truncated
        self.requests: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.requests += requests
        return [Sample(self.answer(request), self.truncated, 1) for request in requests]


def said(request: SampleRequest) -> list[str]:
    return [turn.content for turn in request.messages]


def prompt(name: str = "x", *before: Message) -> Prompt:
    return Prompt(id=name, messages=(*before, user("question " + name)))


def longer(request: SampleRequest) -> str:
    return request.messages[-4].content + "+"


def run(
    prompts: Sequence[Prompt], critic: Model, reviser: Model, constitution: Constitution = CONSTITUTION,
    rounds: int = 2, **config: Any,
) -> list[Revision]:  # fmt: skip
    responder, settings = Model(lambda request: "y0"), RevisionConfig(rounds=rounds, **config)
    return list(critique_and_revise(prompts, responder, critic, reviser, constitution, settings, seed=1))


def test_round_k_sees_the_examples_the_prompt_and_the_answer_before_only() -> None:
    critic, reviser = Model(lambda request: "bad"), Model(longer)
    revisions = run([prompt()], critic, reviser, WITH_SHOT)
    name = revisions[2].principle_id
    shots = ["ex", "ex answer", f"critique {name}", "ex critique", f"revise {name}", "ex revision"]
    assert said(critic.requests[1]) == [*shots, "question x", "y0+", f"critique {name}"]
    assert said(reviser.requests[1]) == [*shots, "question x", "y0+", f"critique {name}", "bad", f"revise {name}"]


def test_rounds_come_in_order_and_build_on_each_other() -> None:
    revisions = run([prompt("x"), prompt("y")], Model(lambda request: "bad"), Model(longer))
    assert [(r.prompt.id, r.round, r.text) for r in revisions] == [
        ("x", 0, "y0"),
        ("y", 0, "y0"),
        ("x", 1, "y0+"),
        ("y", 1, "y0+"),
        ("x", 2, "y0++"),
        ("y", 2, "y0++"),
    ]


def test_every_round_records_its_own_draw() -> None:
    revisions = run([prompt()], Model(lambda request: "bad"), Model(longer), rounds=8)
    drawn = [CONSTITUTION.draw(1, "x", 0, k, use="critique") for k in range(1, 9)]
    assert [r.principle_id for r in revisions[1:]] == [principle.id for principle in drawn]
    assert [r.principle_hash for r in revisions[1:]] == [principle.hash for principle in drawn]
    assert len({principle.id for principle in drawn}) > 1


def test_a_critique_that_finds_nothing_leaves_the_answer_and_asks_for_no_revision() -> None:
    reviser = Model(longer)
    revisions = run([prompt()], Model(lambda request: "Fine. No  Change\nneeded."), reviser, rounds=1)
    assert (revisions[1].text, revisions[1].changed, reviser.requests) == ("y0", False, [])


@pytest.mark.parametrize("same", ["y0", " y0\n", " ", ""])
def test_a_revision_that_repeats_the_answer_or_is_empty_changes_nothing(same: str) -> None:
    revisions = run([prompt()], Model(lambda request: "bad"), Model(lambda request: same), rounds=1)
    assert (revisions[1].text, revisions[1].changed) == ("y0", False)


def test_cut_critiques_and_answers_are_recorded() -> None:
    bad = "bad"
    cut_critique = run([prompt()], Model(lambda request: bad, truncated=True), Model(longer), rounds=1)[1]
    cut_answer = run([prompt()], Model(lambda request: bad), Model(longer, truncated=True), rounds=1)[1]
    assert (cut_critique.critique_truncated, cut_critique.truncated) == (True, False)
    assert (cut_answer.critique_truncated, cut_answer.truncated) == (False, True)


def test_a_whole_conversation_precedes_the_answer_and_its_system_message_stays_first() -> None:
    critic = Model(lambda request: "bad")
    system = Message(role="system", content="be kind")
    run([prompt("x", system, user("before"), assistant("earlier"))], critic, Model(longer), WITH_SHOT, rounds=1)
    turns = said(critic.requests[0])
    assert turns[:2] == ["be kind", "ex"]
    assert turns[-5:-1] == ["before", "earlier", "question x", "y0"]


def test_the_samples_of_a_prompt_do_not_depend_on_the_others() -> None:
    def by_seed(request: SampleRequest) -> str:
        return str(request.seed)

    alone = run([prompt("y")], Model(by_seed), Model(by_seed))
    among = run([prompt("x"), prompt("y")], Model(by_seed), Model(by_seed))
    assert [r for r in among if r.prompt.id == "y"] == alone


def test_every_text_of_every_prompt_and_round_has_its_own_seed() -> None:
    critic, reviser = Model(lambda request: "bad"), Model(longer)
    run([prompt("x"), prompt("y")], critic, reviser)
    assert len({request.seed for request in critic.requests + reviser.requests}) == 2 * 2 * 2


def test_shards_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = [prompt(c) for c in "abcde"]
    whole = run(prompts, Model(lambda request: "bad"), Model(longer))
    monkeypatch.setattr(revise, "SHARD_REQUESTS", 2)
    assert run(prompts, Model(lambda request: "bad"), Model(longer)) == whole


@pytest.mark.parametrize(("which", "rounds"), [("all", [1, 2]), ("last", [2])])
def test_rows_to_train_on(which: Literal["all", "last"], rounds: list[int]) -> None:
    revisions = run([prompt()], Model(lambda request: "bad"), Model(longer))
    rows = revision_rows(revisions, which)
    assert [row.id for row in rows] == [f"x/revision-{k}" for k in rounds]
    assert rows[-1].messages == (user("question x"), assistant("y0++"))


def test_the_end_of_a_cut_answer_is_not_trained() -> None:
    revisions = run([prompt()], Model(lambda request: "bad"), Model(longer, truncated=True), rounds=1)
    answer = revision_rows(revisions)[0].messages[-1]
    assert answer.content == "y0+"
    assert [(span.text, span.weight) for span in answer.spans] == [("y0+", 1.0), ("", 0.0)]


def test_two_prompts_of_one_id_are_refused() -> None:
    with pytest.raises(InputError, match="occur more than once"):
        run([prompt(), prompt()], Model(longer), Model(longer))


def test_planted_answers_are_corrected_under_the_given_principles() -> None:
    planted = [PromptResponse(prompt(), "bad one"), PromptResponse(prompt(), "bad two")]
    critic, reviser = Model(lambda request: "bad"), Model(lambda request: "mended")
    principles = [CONSTITUTION.principle("p"), CONSTITUTION.principle("q")]
    revisions = list(
        self_correct(planted, critic, reviser, CONSTITUTION, RevisionConfig(), seed=1, principles=principles)
    )
    assert [(r.round, r.principle_id, r.text, r.changed) for r in revisions] == [
        (1, "p", "mended", True),
        (1, "q", "mended", True),
    ]
    assert [said(request)[1] for request in critic.requests] == ["bad one", "bad two"]
    assert len({request.seed for request in critic.requests}) == 2


def test_planted_answers_of_one_prompt_draw_independently() -> None:
    planted = [PromptResponse(prompt(), f"bad {i}") for i in range(12)]
    revisions = self_correct(
        planted, Model(lambda request: "bad"), Model(longer), CONSTITUTION, RevisionConfig(), seed=1
    )
    assert len({revision.principle_id for revision in revisions}) > 1


def test_self_correction_needs_one_principle_for_each_answer() -> None:
    with pytest.raises(InputError, match="0 principles for 1"):
        planted = [PromptResponse(prompt(), "bad")]
        list(self_correct(planted, Model(longer), Model(longer), CONSTITUTION, RevisionConfig(), seed=1, principles=[]))


def test_the_temperature_is_of_what_is_imitated() -> None:
    responder, critic, reviser = Model(lambda request: "y0"), Model(lambda request: "bad"), Model(longer)
    settings = RevisionConfig(rounds=2, temperature=0.5)
    list(critique_and_revise([prompt()], responder, critic, reviser, CONSTITUTION, settings, seed=1))
    asked = [[request.temperature for request in model.requests] for model in (responder, critic, reviser)]
    assert asked == [[0.5], [1.0, 1.0], [0.5, 0.5]]


def test_tools_of_a_prompt_are_there_in_every_round_and_in_what_is_trained() -> None:
    tools = ({"name": "price"},)
    critic, reviser, responder = Model(lambda request: "bad"), Model(longer), Model(lambda request: "y0")
    asked = prompt().model_copy(update={"tools": tools})
    revisions = list(
        critique_and_revise([asked], responder, critic, reviser, CONSTITUTION, RevisionConfig(rounds=1), seed=1)
    )
    assert [one.tools for model in (responder, critic, reviser) for one in model.requests] == [tools] * 3
    assert [row.tools for row in revision_rows(revisions)] == [tools]


def test_without_critiques_the_revision_is_asked_for_at_once() -> None:
    fine = SHOT.model_copy(update={"prompt": "fine", "revision": None})
    shots = Constitution(id="c", version="1", principles=ENTRIES, examples=Examples(critiques=(SHOT, fine)))
    critic, reviser = Model(lambda request: "bad"), Model(lambda request: request.messages[-2].content + "+")
    revisions = run([prompt()], critic, reviser, shots, critique=False)
    assert critic.requests == []
    assert [(one.text, one.critique) for one in revisions] == [("y0", None), ("y0+", None), ("y0++", None)]
    name = revisions[1].principle_id
    # an example that needed no change shows no revision, so it is not shown
    assert said(reviser.requests[0]) == [
        "ex",
        "ex answer",
        f"revise {name}",
        "ex revision",
        "question x",
        "y0",
        f"revise {name}",
    ]


def test_a_round_may_show_the_whole_constitution() -> None:
    critic, reviser = Model(lambda request: "bad"), Model(longer)
    revisions = run([prompt()], critic, reviser, rounds=1, principles_per_round="all")
    assert said(critic.requests[0])[-1] == "\n".join(f"critique {entry.id}" for entry in ENTRIES)
    assert revisions[1].principle_id is None
    assert [one.id for one in revisions[1].principles] == [entry.id for entry in ENTRIES]


def test_a_greedy_round_is_greedy_throughout() -> None:
    critic, reviser = Model(lambda request: "bad"), Model(longer)
    run([prompt()], critic, reviser, rounds=1, temperature=0, critique_temperature=0)
    assert [request.temperature for request in (*critic.requests, *reviser.requests)] == [0, 0]


class Refusing(Model):
    """Refuses what holds a word."""

    word = "question b"

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        answers = super().sample(requests)
        refused = [any(self.word in text for text in said(request)) for request in requests]
        return [Sample("", False, 0, failure="no") if no else one for one, no in zip(answers, refused, strict=True)]


def test_a_chain_ends_where_the_engine_refuses_and_is_named() -> None:
    noted: list[Unanswered] = []
    settings = RevisionConfig(rounds=2)
    responder, critic, reviser = Model(lambda request: "y0"), Refusing(lambda request: "bad"), Model(longer)
    found = critique_and_revise(
        [prompt("a"), prompt("b")], responder, critic, reviser, CONSTITUTION, settings, seed=1, unanswered=noted
    )
    assert [(one.prompt.id, one.round) for one in found] == [("a", 0), ("b", 0), ("a", 1), ("a", 2)]
    assert noted == [Unanswered(id="b", what="critique", reason="no")]


def test_a_refusal_that_nobody_expects_is_an_error() -> None:
    with pytest.raises(EngineError, match="the critique of prompt 'b'"):
        run([prompt("b")], Refusing(lambda request: "bad"), Model(longer))


def test_the_last_revision_is_preferred_to_the_first_answer_where_it_is_another() -> None:
    critic = Model(lambda request: "no change needed" if "question b" in said(request) else "bad")
    [pair] = revision_pairs(run([prompt("a"), prompt("b")], critic, Model(longer)))
    assert (pair.comparison.response_a, pair.comparison.response_b, pair.prob_a) == ("y0++", "y0", 1.0)
    assert pair.comparison.prompt.id == "a"


def test_a_revision_that_the_token_limit_cut_is_preferred_to_nothing() -> None:
    assert revision_pairs(run([prompt()], Model(lambda request: "bad"), Model(longer, truncated=True))) == []

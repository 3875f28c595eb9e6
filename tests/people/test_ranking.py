from tests.people.typed import TOLD, Typed

from solon.annotation import ShownPrinciple
from solon.data.fields import prompt_of
from solon.people.page import Block
from solon.people.questions import Principle
from solon.people.ranking import Critique, RankQuestion
from solon.records import Ranking, user

PROMPT = prompt_of("well?")
PLAIN = RankQuestion(PROMPT, ("a", "b", "c"), (("1",), ("2", "4"), ("3",)))
FULL = PLAIN._replace(principles=(Principle("kind", "h4", "be kind"),), critiques=(Critique("2", 1, "too short"),))


def test_an_order_is_a_ranking_of_the_responses_as_they_were_shown() -> None:
    finish = FULL.visit(None).take("3 > 1 = 2", Typed().terminal)
    assert finish is not None
    told = FULL.annotation(TOLD)
    assert finish(told) == Ranking(
        id=f"ann/{PROMPT.id}", prompt=PROMPT, responses=("a", "b", "c"), ranks=(1, 1, 0), rater="ann", annotation=told
    )
    assert told.response_ids == (("1",), ("2", "4"), ("3",))
    assert (told.principles, told.critiques) == ((ShownPrinciple(id="kind", hash="h4"),), ("2",))


def test_principles_and_critiques_stand_beside_the_responses() -> None:
    assert FULL.visit(None).blocks() == [
        Block("user", "well?"),
        Block("principle", "kind: be kind"),
        Block("1", "a"),
        Block("2", "b"),
        Block("on 2", "too short"),
        Block("3", "c"),
    ]


def test_the_earlier_order_is_told_in_the_numbers_shown_now() -> None:
    earlier = Ranking(id="x", prompt=PROMPT, responses=("c", "b", "a"), ranks=(0, 1, 2), rater="ann")
    assert PLAIN.visit(earlier).blocks()[-1] == Block("earlier", "3 > 2 > 1")


def test_bad_input_is_told_and_gives_nothing() -> None:
    typed = Typed()
    assert PLAIN.visit(None).take("1 > 2", typed.terminal) is None
    assert typed.shown == "no place for 3: give each of 1 to 3 one (? for help)\n"


def test_the_key_is_of_what_is_asked_and_not_of_the_order_shown() -> None:
    other = PLAIN._replace(responses=("c", "a", "b"), response_ids=(("8",), ("9",), ("7",)))
    assert other.key("ann", 0) == PLAIN.key("ann", 0)
    different = [
        PLAIN.key("ann", 0),
        PLAIN.key("ann", 1),
        PLAIN.key("bob", 0),
        PLAIN._replace(prompt=prompt_of("and you?")).key("ann", 0),
        PLAIN._replace(prompt=PROMPT.model_copy(update={"messages": (user("!"),)})).key("ann", 0),
        PLAIN._replace(responses=("a", "b", "d")).key("ann", 0),
        PLAIN._replace(principles=FULL.principles).key("ann", 0),
        PLAIN._replace(critiques=FULL.critiques).key("ann", 0),
    ]
    assert len(set(different)) == len(different)


def test_an_answer_of_the_ledger_gets_the_ids_that_its_responses_have_now() -> None:
    told = TOLD.model_copy(update={"response_ids": (("x",), ("y",), ("z",))})
    earlier = Ranking(id="i", prompt=PROMPT, responses=("c", "b", "a"), ranks=(0, 1, 2), rater="ann", annotation=told)
    assert PLAIN.is_answered_by(earlier)
    fitted = PLAIN.fit(earlier)
    assert fitted.annotation is not None and fitted.annotation.response_ids == (("3",), ("2", "4"), ("1",))
    assert not PLAIN._replace(responses=("a", "b", "d")).is_answered_by(earlier)

from collections.abc import Sequence

import pytest

from solon.data.facts import Fact
from solon.data.knowledge import CLASSES, Knowledge, KnowledgeConfig, audit, class_counts
from solon.errors import InputError
from solon.interfaces import Sample, SampleRequest

FACTS = [Fact(str(n), f"question {n}?", (f"answer {n}", f"other {n}"), n) for n in range(8)]
CONFIG = KnowledgeConfig(example_sets=2, examples=2, draws=4)


class Script:
    """Answers each request with what `says` makes of its place: (set, draw), draw 0 the greedy one."""

    def __init__(self, right: set[tuple[int, int]]) -> None:
        self.right = right
        self.requests: list[SampleRequest] = []

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        self.requests += requests
        per_set = 1 + CONFIG.draws
        places = [divmod(index % (CONFIG.example_sets * per_set), per_set) for index in range(len(requests))]
        return [Sample(" Other 0." if place in self.right else " no idea", False, 3) for place in places]


@pytest.mark.parametrize(
    ("right", "p_greedy", "p_sampled", "known"),
    [
        ({(0, 0), (1, 0)}, 1.0, 0.0, "HighlyKnown"),
        ({(0, 0), (1, 3)}, 0.5, 1 / 8, "MaybeKnown"),
        ({(0, 1), (0, 4), (1, 2)}, 0.0, 3 / 8, "WeaklyKnown"),
        (set(), 0.0, 0.0, "Unknown"),
    ],
)
def test_the_four_classes_follow_from_greedy_and_sampled_answers(
    right: set[tuple[int, int]], p_greedy: float, p_sampled: float, known: str
) -> None:
    [found] = audit(FACTS, FACTS[:1], Script(right), CONFIG, seed=1)
    assert (found.p_greedy, found.p_sampled, found.known) == (p_greedy, p_sampled, known)


def test_greedy_and_sampled_requests_alternate_as_published() -> None:
    script = Script(set())
    audit(FACTS, FACTS[:1], script, KnowledgeConfig(example_sets=2, examples=2, draws=4, temperature=0.3), seed=1)
    assert [request.temperature for request in script.requests] == [0.0, 0.3, 0.3, 0.3, 0.3] * 2
    assert len({request.seed for request in script.requests}) == 10


def test_examples_stand_before_the_question_and_differ_from_set_to_set() -> None:
    script = Script(set())
    audit(FACTS, FACTS[:1], script, CONFIG, seed=1)
    one, other = script.requests[0], script.requests[5]
    first, second, asked = one.prefill.split("Q: ")[1:]
    assert asked == "question 0?\nA: "
    for example in (first, second):
        number = example[len("question ")]
        assert example == f"question {number}?\nA: answer {number}\n"
    assert one.prefill != other.prefill
    assert one.messages == () and one.stop == ("\n",)


def test_no_example_has_an_answer_of_the_question() -> None:
    # all but two of the others share an answer with fact 0, whatever its case: only those two can be shown
    like = [Fact(str(n), f"question {n}?", ("Answer 0!",), n) for n in range(8, 40)]
    script = Script(set())
    audit([*FACTS[:3], *like], FACTS[:1], script, CONFIG, seed=1)
    assert all("question 1?" in request.prefill and "question 2?" in request.prefill for request in script.requests)


def test_examples_are_of_the_relation_of_the_question() -> None:
    of_places = [fact._replace(relation="place") for fact in FACTS[:4]]
    script = Script(set())
    audit([*of_places, *FACTS[4:]], of_places[:1], script, CONFIG, seed=1)
    assert not any(f"question {n}?" in request.prefill for n in range(4, 8) for request in script.requests)


def test_too_few_examples_are_refused_by_relation() -> None:
    facts = [fact._replace(relation="place") for fact in FACTS[:2]]
    with pytest.raises(InputError, match="fact 0 is shown after 2 facts of the relation 'place'"):
        audit(facts, facts, Script(set()), CONFIG, seed=1)


def test_a_fact_is_asked_alike_whatever_is_asked_beside_it() -> None:
    alone, among = Script(set()), Script(set())
    audit(FACTS, FACTS[3:4], alone, CONFIG, seed=1)
    audit(FACTS, FACTS, among, CONFIG, seed=1)
    assert alone.requests == among.requests[30:40]


def test_examples_can_be_turns_of_a_conversation() -> None:
    script = Script(set())
    audit(FACTS, FACTS[:1], script, CONFIG.model_copy(update={"turns": True}), seed=1)
    request = script.requests[0]
    assert [turn.role for turn in request.messages] == ["user", "assistant", "user", "assistant", "user"]
    assert request.messages[-1].content == "question 0?"
    assert (request.prefill, request.stop) == ("", ())


def test_braces_in_a_question_are_text() -> None:
    assert KnowledgeConfig().write("what is {answer}?", "{question}") == "Q: what is {answer}?\nA: {question}\n"


@pytest.mark.parametrize(
    "form", ["{question} {answer}", "{answer} {question}\n", "{question}\n", "{question}{question}{answer}."]
)
def test_a_form_that_shows_no_end_of_an_answer_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="must hold"):
        KnowledgeConfig(form=form)


def test_all_classes_are_counted() -> None:
    found = [
        Knowledge(id="1", question="q", answers=("a",), line=1, p_greedy=greedy, p_sampled=sampled)
        for greedy, sampled in [(1, 1), (1, 0), (0, 0.5), (0, 0), (0, 0)]
    ]
    assert class_counts(found) == dict(zip(CLASSES, (2, 0, 1, 2), strict=True))

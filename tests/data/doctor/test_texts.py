from solon.data.doctor.agreement import ratings_of
from solon.data.doctor.texts import whole
from solon.records import Comparison, Demonstration, Preference, Prompt, Ranking, assistant, user

TOOLS = ({"name": "price"},)
PROMPT = Prompt(id="p", messages=(user("q"),))
GIVEN = PROMPT.model_copy(update={"tools": TOOLS})


def test_rows_that_differ_in_their_tools_are_not_the_same() -> None:
    shown = Demonstration(id="d", messages=(user("q"), assistant("a")), source="s")
    pair = Comparison(id="c", prompt=PROMPT, response_a="a", response_b="b")
    judged = Preference(comparison=pair, prob_a=1.0, source="s")
    for record, other in (
        (shown, shown.model_copy(update={"tools": TOOLS})),
        (PROMPT, GIVEN),
        (judged, judged.model_copy(update={"comparison": pair.model_copy(update={"prompt": GIVEN})})),
    ):
        assert whole([other]) == '{"name": "price"}\n' + whole([record])


def test_people_who_saw_other_tools_judged_something_else() -> None:
    ranked = [Ranking(id="r", prompt=one, responses=("a", "b"), ranks=(0, 1), rater="x") for one in (PROMPT, GIVEN)]
    first, second = (list(ratings_of(one)) for one in ranked)
    assert first != second

"""Instructions, templates, conversations, trees, and prompts with their labels."""

import itertools
import json
from typing import Any

import pytest

from solon.data.formats.oasst import prepare_messages
from solon.data.prompts import as_prompt_record
from solon.data.quarantine import Unanswered, Unusable
from solon.data.recognition import format_of
from solon.records import (
    Demonstration,
    Document,
    Message,
    Preference,
    Prompt,
    Ranking,
    Record,
    Response,
    ToolCall,
    assistant,
    user,
)


def read(row: dict[str, Any]) -> list[Record]:
    found = format_of(row)
    assert found is not None
    return list(found.read(row, "f:1"))


def shown(row: dict[str, Any]) -> Demonstration:
    (found,) = read(row)
    assert isinstance(found, Demonstration)
    return found


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "q", "input": "", "output": "a"},
        {"instruction": "q", "context": None, "response": "a", "category": "c"},
        {"instruction": "q", "instances": [{"input": "", "output": "a"}], "is_classification": False},
        {"prompt": "q", "completion": "a<|endoftext|>"},
        {"inputs": "q", "targets": "a"},
        {"question": "q", "answer": "a"},
        {"Behavior": "q", "Safe_Response": "a"},
        {"prompt": "q", "response": "a"},
        {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
    ],
)
def test_a_question_with_its_answer_is_a_demonstration(row: dict[str, Any]) -> None:
    assert shown(row).messages == (user("q"), assistant("a"))


LONG = "x" * 61


@pytest.mark.parametrize(
    ("row", "labels"),
    [
        (
            {"instruction": "q", "input": "", "output": "a", "category": "open_qa", "text": LONG},
            {"category": "open_qa"},
        ),
        ({"instruction": "q", "context": "", "response": "a", "category": "c", "id": 1}, {"category": "c"}),
        ({"instruction": "q", "instances": [{"input": "", "output": "a"}], "name": "t"}, {"name": "t"}),
        ({"Behavior": "q", "Safe_Response": "a", "Category": "c"}, {"Category": "c"}),
        ({"inputs": "q", "targets": "a", "task_name": "t", "zero_shot": True}, {"zero_shot": "true"}),
        ({"definition": "q", "inputs": "r", "targets": "a", "domain": "d"}, {"domain": "d"}),
        (
            {"Definition": "q", "Instances": [{"input": "r", "output": "a"}], "Categories": ["c"]},
            {"Categories": '["c"]'},
        ),
        ({"question": "q", "answer": "a", "rationale": "r", "type": "t"}, {"type": "t"}),
        ({"prompt": "q", "response": "a", "lang": "en", "by": None}, {"lang": "en"}),
        ({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "k": 1}, {"k": "1"}),
    ],
)
def test_short_fields_of_a_row_label_its_demonstration(row: dict[str, Any], labels: dict[str, str]) -> None:
    assert shown(row).labels == labels


def test_short_fields_label_a_conversation_that_waits_for_an_answer() -> None:
    assert prompt({"messages": [{"role": "user", "content": "q"}], "category": "c"}).labels == {"category": "c"}


def test_a_demonstration_written_before_there_were_labels_is_read_and_written_as_it_was() -> None:
    row = {"id": "x", "messages": [{"role": "user", "content": "q"}], "source": "s"}
    found = shown(row)
    assert found.labels == {} and json.loads(found.model_dump_json(exclude_defaults=True)) == row


def test_labels_are_written_and_read_back() -> None:
    before = shown({"instruction": "q", "input": "", "output": "a", "category": "c"})
    assert read(json.loads(before.model_dump_json(exclude_defaults=True))) == [before]


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "q", "input": "", "output": "", "lang": "en"},
        {"instruction": "q", "context": "", "response": None},
        {"prompt": "q", "completion": " <|endoftext|>"},
        {"inputs": "q", "targets": ""},
        {"question": "q", "answer": ""},
        {"Behavior": "q", "Safe_Response": ""},
        {"prompt": "q", "response": "\n"},
    ],
)
def test_a_question_with_an_empty_answer_is_no_demonstration_but_tells_what_is_asked(row: dict[str, Any]) -> None:
    with pytest.raises(Unanswered, match="the answer is empty") as reason:
        read({**row, "id": "own"})
    labels = {field: row[field] for field in ("lang",) if field in row}
    assert reason.value.prompt == Prompt(id="own", messages=(user("q"),), labels=labels)


def test_several_outputs_are_sampled_answers() -> None:
    found = read({"instruction": "q", "output": ["a", "b"]})
    assert [(one.text, one.sampler) for one in found if isinstance(one, Response)] == [("a", "f"), ("b", "f")]


def test_every_instance_of_a_task_is_shown() -> None:
    found = read({"id": "t", "instruction": "q", "instances": [{"input": x, "output": x} for x in "ab"]})
    assert [one.id for one in found if isinstance(one, Demonstration)] == ["t/0", "t/1"]


def test_the_template_of_a_row_is_its_source() -> None:
    assert shown({"prompt": "q", "completion": "a", "_file": "imdb_movie.jsonl"}).source == "f/imdb_movie"


def test_the_definitions_of_a_task_take_turns() -> None:
    instances = [{"input": x, "output": [x, "other"]} for x in "abc"]
    found = read({"Definition": ["one", "two"], "Instances": instances})
    asked = [one.messages[0].content for one in found if isinstance(one, Demonstration)]
    assert asked == ["one\n\na", "two\n\nb", "one\n\nc"]


def test_a_rationale_comes_before_its_answer_with_line_ends_restored() -> None:
    found = shown({"question": "q\\nr", "answer": "yes", "rationale": "because"})
    assert found.messages == (user("q\nr"), assistant("because\nSo the answer is yes."))


CALL = '{"name": "f", "arguments": {"x": 1}}'


def test_tools_calls_and_results_of_sharegpt_are_kept_as_such() -> None:
    turns = [("human", "q"), ("function_call", CALL), ("observation", "r"), ("gpt", "a")]
    found = shown({"conversations": [{"from": who, "value": text} for who, text in turns], "tools": '[{"name": "f"}]'})
    assert found.messages == (
        user("q"),
        Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments='{"x": 1}'),)),
        Message(role="tool", content="r"),
        assistant("a"),
    )
    assert (found.train_on, found.tools) == ("all", ({"name": "f"},))


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"role": "developer", "content": "x"}, Message(role="system", content="x")),
        ({"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}]}, user("xy")),
        ({"role": "assistant", "content": "x", "thinking": "t"}, Message(role="assistant", content="x", thinking="t")),
        (
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments="{}"),)),
        ),
        ({"role": "user", "content": "x", "refusal": None}, user("x")),
        (
            {
                "role": "user",
                "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "a"}}],
            },
            user("x", ("a",)),
        ),
        ({"role": "user", "content": [{"type": "image_url", "image_url": "https://h/a"}]}, user("", ("https://h/a",))),
        (
            {"role": "user", "content": "x", "images": ["a.png", "data:image/png;base64,AA=="]},
            user("x", ("a.png", "data:image/png;base64,AA==")),
        ),
    ],
)
def test_turns_of_openai_are_read_in_all_their_forms(turn: dict[str, Any], message: Message) -> None:
    others = [{"role": "user", "content": "q"}, turn, {"role": "assistant", "content": "a"}]
    assert shown({"messages": others}).messages[1] == message


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "x"}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": "ftp://host/x.png"}]},
        {"role": "user", "content": [{"type": "image_url"}]},
        {"role": "user", "content": "x", "images": ["data:text/html,x"]},
        {"role": "user", "content": "x", "images": "x.png"},
        {"role": "assistant", "content": "x", "weight": 0},
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": "x", "tool_calls": [{"function": {"arguments": "{}"}}]},
    ],
)
def test_a_turn_that_would_lose_something_is_unusable(turn: dict[str, Any]) -> None:
    with pytest.raises(Unusable, match="message 1"):
        read({"messages": [turn]})


def node(name: str, parent: str | None, role: str, rank: int | None = None, **other: Any) -> dict[str, Any]:
    return {"message_id": name, "parent_id": parent, "role": role, "text": f"text {name}", "rank": rank, **other}


TREE = [
    node("q", None, "prompter"),
    node("a", "q", "assistant", rank=0),
    node("b", "q", "assistant", rank=2),
    node("c", "q", "assistant", rank=1, deleted=True),
    node("d", "q", "assistant"),
    node("r", "a", "prompter"),
    node("below", "c", "prompter"),
    node("orphan", "gone", "assistant"),
]


def of_tree(rows: list[dict[str, Any]]) -> dict[str, list[Record] | str]:
    one = prepare_messages(rows)
    found: dict[str, list[Record] | str] = {}
    for row in rows:
        try:
            found[row["message_id"]] = list(one(row, "f:1"))
        except Unusable as reason:
            found[row["message_id"]] = str(reason)
    return found


def test_every_answer_of_a_tree_is_shown_with_its_thread() -> None:
    found = of_tree(TREE)
    assert found["a"] == [
        Demonstration(id="a", messages=(user("text q"), assistant("text a")), source="f", labels={"rank": "0"})
    ]


def test_ranked_siblings_are_a_ranking_without_gaps_and_those_without_a_rank_are_not_in_it() -> None:
    found = of_tree(TREE)["q"][0]
    assert isinstance(found, Ranking) and (found.responses, found.ranks) == (("text a", "text b"), (0, 1))


def test_what_reviewers_said_of_a_message_labels_it_in_both_forms() -> None:
    flat = {"labels": {"name": ["quality", "spam"], "value": [0.75, 0], "count": [3, 3]}, "lang": "en"}
    nested = {"labels": {"quality": {"value": 0.75, "count": 3}, "spam": {"value": 0, "count": 3}}, "lang": "en"}
    labels = {"lang": "en", "quality": "0.75", "spam": "0"}
    question, answer = node("q", None, "prompter"), node("a", "q", "assistant")
    shown_flat = of_tree([question, {**answer, **flat}])["a"][0]
    tree = {"message_tree_id": "q", "prompt": {**question, "replies": [{**answer, **nested, "replies": []}]}}
    [shown_nested] = [one for one in read(tree) if isinstance(one, Demonstration)]
    assert isinstance(shown_flat, Demonstration) and shown_flat.labels == shown_nested.labels == labels
    asked = of_tree([{**question, **flat}])["q"][0]
    assert isinstance(asked, Prompt) and asked.labels == labels
    ranked = of_tree([{**question, **flat}, {**answer, "rank": 0}, node("b", "q", "assistant", rank=1)])["q"][0]
    assert isinstance(ranked, Ranking) and ranked.prompt.labels == labels


def test_an_unanswered_message_is_a_prompt() -> None:
    found = of_tree(TREE)["r"][0]
    assert isinstance(found, Prompt) and [turn.role for turn in found.messages] == ["user", "assistant", "user"]


def test_deleted_messages_what_stands_below_them_and_orphans_are_set_aside() -> None:
    found = of_tree(TREE)
    assert found["c"] == "the message was deleted"
    assert found["below"] == "a message above it cannot be used: the message was deleted"
    assert found["orphan"] == "a message above it cannot be used: gone is not in the file"


def test_the_order_of_flat_messages_does_not_matter() -> None:
    backwards = of_tree(TREE[::-1])
    assert {name: backwards[name] for name in "abdr"} == {name: of_tree(TREE)[name] for name in "abdr"}


def test_messages_that_answer_each_other_in_a_circle_are_set_aside() -> None:
    found = of_tree([node("x", "y", "prompter"), node("y", "x", "assistant")])
    assert all("circle" in str(reason) for reason in found.values())


def test_a_nested_tree_gives_what_its_flat_messages_give() -> None:
    def nested(name: str) -> dict[str, Any]:
        (row,) = [row for row in TREE if row["message_id"] == name]
        return {**row, "replies": [nested(other["message_id"]) for other in TREE if other["parent_id"] == name]}

    flat = list(
        itertools.chain.from_iterable(records for records in of_tree(TREE).values() if not isinstance(records, str))
    )
    found = read({"message_tree_id": "q", "prompt": nested("q")})
    assert sorted(one.model_dump_json() for one in found) == sorted(one.model_dump_json() for one in flat)


def prompt(row: dict[str, Any]) -> Prompt:
    (found,) = read(row)
    assert isinstance(found, Prompt)
    return found


@pytest.mark.parametrize(
    ("row", "labels"),
    [
        ({"goal": "q", "target": "Sure"}, {"target": "Sure"}),
        ({"": "1", "Goal": "q", "Category": "c"}, {"Category": "c"}),
        ({"category": "c", "source": "s", "forbidden_prompt": "q"}, {"category": "c", "source": "s"}),
        ({"question": "q", "answer": ["x", "y"]}, {"answer": '["x", "y"]'}),
        ({"question": "q", "answer": None, "answerable": False}, {"answerable": "false"}),
        ({"prompt": "q", "S": 0, "H": 1}, {"S": "0", "H": "1"}),
        ({"value": "q"}, {}),
        ({"instructions": "q", "tags": "t"}, {"tags": "t"}),
        ({"question_id": 7, "turns": ["q", "and then?"]}, {"question_id": "7", "turn_2": "and then?"}),
        ({"turns": [{"content": "q"}]}, {}),
    ],
)
def test_what_a_set_for_evaluation_knows_of_a_prompt_labels_it(row: dict[str, Any], labels: dict[str, str]) -> None:
    found = prompt(row)
    assert (found.messages, found.labels) == ((user("q"),), labels)


def test_a_behaviour_stands_above_its_context() -> None:
    assert prompt({"Behavior": "do", "ContextString": "text"}).messages == (user("do\n\ntext"),)


def test_the_options_of_a_choice_are_lettered_and_the_right_one_labels_it() -> None:
    row = {"context": "c", "question": "q", "ans0": "x", "ans1": "y", "ans2": "z", "label": 1, "category": "k"}
    found = prompt(row)
    assert found.messages == (user("c\n\nq\n (A) x\n (B) y\n (C) z"),)
    assert found.labels == {"category": "k", "answer": " (B)"}


def test_two_stances_are_two_prompts() -> None:
    row = {"prompt_a": "for", "prompt_b": "against", "stance_a": "x", "stance_b": "y", "topic_name": "t"}
    found = [one for one in read(row) if isinstance(one, Prompt)]
    assert [(one.messages, one.labels["stance"]) for one in found] == [((user("for"),), "x"), ((user("against"),), "y")]


@pytest.mark.parametrize(
    "row",
    [
        {"text": "t"},
        {"dimension": "", "definition": "t"},
        {"value": "t\n\nCritiqueRequest:"},
        {"_key": "harmful0", "prompt": ["c"], "edit_request": "t"},
    ],
)
def test_texts_and_principles_are_documents(row: dict[str, Any]) -> None:
    found = [type(one) for one in read(row | {"dimension": "d"} if "dimension" in row else row)]
    assert found == [Document]


@pytest.mark.parametrize(
    "row", [{}, {"_key": "k", "value": "Sure, here is"}, {"question_id": 1, "choices": []}, {"x": 1}]
)
def test_a_row_that_tells_no_prompt_has_no_format(row: dict[str, Any]) -> None:
    assert format_of(row) is None


TOOLS = ({"name": "f", "parameters": {"type": "object"}},)
ASKED = [{"role": "user", "content": "q"}]
ANSWER = {"role": "assistant", "content": "a"}


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [*ASKED, ANSWER]},
        {"messages": ASKED},
        {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
        {"prompt": "q"},
        {"id": "i", "messages": ASKED, "labels": {"kind": "k"}},
        {"prompt": "q", "response": "a"},
        {"prompt": "q", "chosen": "a", "rejected": "b"},
        {"conversations": [{"from": "human", "value": "q"}], "chosen": "a", "rejected": "b"},
        {"messages": [*ASKED, ANSWER], "label": True},
        {"prompt": "q", "response_a": "a", "response_b": "b"},
        {"prompt": "q", "response_a": "a", "response_b": "b", "prob_a": 0.5},
        {"messages": ASKED, "responses": ["a", "b"], "ranks": [0, 1]},
        {"prompt": {"messages": ASKED, "tools": [*TOOLS]}, "response": "a"},
    ],
)
def test_tools_beside_a_conversation_are_kept_with_it(row: dict[str, Any]) -> None:
    beside = {} if isinstance(row.get("prompt"), dict) else {"tools": [*TOOLS]}
    (record,) = read({**row, **beside})
    asked = record.comparison if isinstance(record, Preference) else record
    holder = asked if isinstance(asked, Prompt | Demonstration) else asked.prompt  # type: ignore[attr-defined]
    assert holder.tools == TOOLS
    assert "tools" not in getattr(holder, "labels", {})


def test_prompts_that_differ_in_their_tools_have_other_ids() -> None:
    alone, given = (read({"messages": ASKED, **more})[0] for more in ({}, {"tools": [*TOOLS]}))
    assert isinstance(alone, Prompt) and isinstance(given, Prompt)
    assert alone.id != given.id
    assert as_prompt_record(shown({"messages": [*ASKED, ANSWER], "tools": [*TOOLS]}), "f:1") == given


def test_a_prompt_record_with_tools_keeps_its_labels() -> None:
    (found,) = read({"id": "i", "messages": ASKED, "labels": {"kind": "k"}, "tools": [*TOOLS]})
    assert isinstance(found, Prompt) and found.labels == {"kind": "k"}

import json
from typing import Any

import pytest

from solon.data.quarantine import Unusable
from solon.data.tools import tools_of

PRICE = {"name": "price", "description": "What it costs.", "parameters": {"type": "object", "required": ["of"]}}
OPENAI = {"type": "function", "function": PRICE}


@pytest.mark.parametrize(
    "row",
    [
        {"tools": [OPENAI, PRICE]},
        {"tools": json.dumps([OPENAI, PRICE])},
        {"tools": [json.dumps(OPENAI), json.dumps(PRICE)]},
        {"functions": [OPENAI, PRICE], "tools": None},
        {"prompt": {"messages": [], "tools": [OPENAI, PRICE]}},
    ],
)
def test_definitions_are_read_in_all_their_forms(row: dict[str, Any]) -> None:
    assert tools_of(row) == (OPENAI, PRICE)


def test_one_definition_alone_is_a_list_of_one() -> None:
    assert tools_of({"tools": OPENAI}) == (OPENAI,)


@pytest.mark.parametrize("nothing", [None, "", " ", "[]", [], {}, "null"])
def test_a_row_without_definitions_has_none(nothing: Any) -> None:
    assert tools_of({"tools": nothing, "prompt": "q"}) == tools_of({}) == ()


def test_nulls_that_a_table_put_there_are_left_out_and_those_that_mean_something_stay() -> None:
    given = {**PRICE, "parameters": {"of": {"type": "string", "enum": None, "default": None}, "other": None}}
    assert tools_of({"tools": [given]})[0]["parameters"] == {"of": {"type": "string", "default": None}}


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ("price(of): what it costs", "`tools` is a text that is no JSON"),
        ([{"description": "x"}], "no definition of a tool: an object with a `name`"),
        ([{"function": "price"}], "no definition of a tool"),
        ([{"name": ""}], "no definition of a tool"),
        ("5", "no definition of a tool"),
        (["{"], "no JSON"),
    ],
)
def test_what_is_no_definition_makes_the_row_unusable(tools: Any, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        tools_of({"tools": tools})

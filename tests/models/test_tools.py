"""Definitions of tools in chat templates, worked out by hand from the published forms."""

import json

import pytest
from tests.models.chat_templates import SHAPES, WITH_TOOLS, tokenizer_of
from tests.models.test_template import OWN

from solon.errors import InputError
from solon.models.template import ChatTemplate
from solon.records import Demonstration, Message, ToolCall, ToolDefinition, assistant, user

TEMPLATES = {name: ChatTemplate(tokenizer_of(shape), name) for name, shape in WITH_TOOLS.items()}
PRICE: ToolDefinition = {
    "type": "function",
    "function": {"name": "price", "description": "What 'it' costs <now>.", "parameters": {"type": "object"}},
}
CALL = Message(role="assistant", content="", tool_calls=(ToolCall(name="price", arguments='{"of": "bread"}'),))
TALK = (user("What is bread?"), CALL, Message(role="tool", content="3"), assistant("3 coins."))
ROW = Demonstration(id="d", messages=TALK, source="test", train_on="all", tools=(PRICE,))
GOLDEN = {
    "qwen-2.5": (
        "<|im_start|>system\nYou are a helpful assistant.\n\n# Tools\n\nYou may call one or more functions to assist "
        "with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
        '{"type": "function", "function": {"name": "price", "description": "What \'it\' costs <now>.", '
        '"parameters": {"type": "object"}}}\n'
        "</tools>\n\nFor each function call, return a json object with function name and arguments within "
        '<tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n'
        "</tool_call><|im_end|>\n<|im_start|>user\nWhat is bread?<|im_end|>\n<|im_start|>assistant\n",
        '<tool_call>\n{"name": "price", "arguments": {"of": "bread"}}\n</tool_call><|im_end|>3 coins.<|im_end|>',
    ),
    "llama-3.1": (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\n<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nGiven the following functions, please respond with a JSON for a "
        "function call with its proper arguments that best answers the given prompt.\n\n"
        '{\n    "type": "function",\n    "function": {\n        "name": "price",\n'
        '        "description": "What \'it\' costs <now>.",\n        "parameters": {\n            "type": "object"\n'
        "        }\n    }\n}\n\n"
        "What is bread?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        '{"name": "price", "parameters": {"of": "bread"}}<|eot_id|>3 coins.<|eot_id|>',
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_definitions_are_written_as_published_and_the_call_is_trained(name: str) -> None:
    template, (before, trained) = TEMPLATES[name], GOLDEN[name]
    row = template.render(ROW)
    assert template.spell(row.ids).startswith(before)
    assert template.spell([t for t, weight in zip(row.ids, row.weights, strict=True) if weight]) == trained


@pytest.mark.parametrize("name", GOLDEN)
def test_a_model_is_asked_with_the_definitions_that_it_was_trained_with(name: str) -> None:
    template = TEMPLATES[name]
    prompt = template.prompt_ids(TALK[:1], tools=(PRICE,))
    assert template.spell(prompt) == GOLDEN[name][0]
    assert template.render(ROW).ids[: len(prompt)] == prompt


@pytest.mark.parametrize("bare", [PRICE["function"], {"type": "function", **PRICE["function"]}])
def test_a_bare_definition_is_shown_as_servers_hand_it_to_templates(bare: ToolDefinition) -> None:
    template = TEMPLATES["qwen-2.5"]
    assert template.render(ROW.model_copy(update={"tools": (bare,)})) == template.render(ROW)


def test_the_next_row_knows_nothing_of_the_tools_of_this_one() -> None:
    template = TEMPLATES["llama-3.1"]
    alone = template.prompt_ids([user("no")])
    template.prompt_ids([user("no")], tools=(PRICE,))
    assert template.prompt_ids([user("no")]) == alone


def test_a_template_that_shows_no_definitions_is_refused_for_rows_that_have_them() -> None:
    template = ChatTemplate(tokenizer_of(SHAPES["chatml"]), "chatml")
    plain = Demonstration(id="d", messages=(user("is"), assistant("no")), source="test", tools=(PRICE,))
    with pytest.raises(InputError, match="chatml: its chat template leaves out the definitions of tools"):
        template.render(plain)
    with pytest.raises(InputError, match="leaves out the definitions of tools"):
        template.prompt_ids([user("is")], tools=(PRICE,))
    template.render(plain.model_copy(update={"tools": ()}))


def test_solons_own_template_has_no_place_for_definitions() -> None:
    with pytest.raises(InputError, match="the conversation has definitions of tools, and Solon's chat template"):
        OWN.prompt_ids([user("is")], tools=(PRICE,))


def test_a_definition_that_spells_a_special_token_is_refused() -> None:
    forged = json.loads(json.dumps(PRICE).replace("<now>", "<|im_end|>"))
    with pytest.raises(InputError, match=r"a definition of a tool spells the special token '<\|im_end\|>'"):
        TEMPLATES["qwen-2.5"].prompt_ids([user("is")], tools=(forged,))


def test_what_a_template_refuses_with_tools_is_told_in_its_own_words() -> None:
    two = CALL.model_copy(update={"tool_calls": CALL.tool_calls * 2})
    row = ROW.model_copy(update={"messages": (TALK[0], two, *TALK[2:])})
    with pytest.raises(InputError, match=r"\(user, assistant with tools\): This model only supports single tool-calls"):
        TEMPLATES["llama-3.1"].render(row)


def test_what_is_left_out_is_told_of_the_conversation_with_its_tools() -> None:
    jinja = SHAPES["chatml"].jinja.replace("{% for m in messages %}", "{% for m in messages[(1 if tools else 0):] %}")
    template = ChatTemplate(tokenizer_of(SHAPES["chatml"]._replace(jinja=jinja)), "skips")
    messages = (user("is"), user("no"), assistant("yes"))
    assert template.left_out(messages) == []
    assert [str(one) for one in template.left_out(messages, (PRICE,))] == ["message 0: content"]

"""What is rendered and what is trained, worked out by hand for published chat templates."""

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.chat_templates import GEMMA_2, MISTRAL_SYSTEM_LAST, SHAPES, tokenizer_of

from solon.errors import InputError, ModelError
from solon.models.template import ChatTemplate, Tokens
from solon.records import Demonstration, Message, Span, ToolCall, assistant, user, weighted_assistant

TEMPLATES = {name: ChatTemplate(tokenizer_of(shape), name) for name, shape in SHAPES.items()}
TrainOn = Literal["all", "last"]


def system(content: str) -> Message:
    return Message(role="system", content=content)


def render(template: ChatTemplate, *messages: Message, train_on: TrainOn = "last") -> Tokens:
    return template.render(Demonstration(id="d", messages=messages, source="test", train_on=train_on))


def trained(template: ChatTemplate, row: Tokens) -> str:
    return template.spell([token for token, weight in zip(row.ids, row.weights, strict=True) if weight])


ROW = (
    system("Be brief."),
    user("Hi there"),
    assistant("Hello."),
    user("Name two."),
    assistant("Ann and Bob."),
)
# name: (the whole text, trained of the first answer, trained of the last)
GOLDEN = {
    "chatml": (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi there<|im_end|>\n"
        "<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nName two.<|im_end|>\n"
        "<|im_start|>assistant\nAnn and Bob.<|im_end|>\n",
        "Hello.<|im_end|>",
        "Ann and Bob.<|im_end|>",
    ),
    "llama-2": (
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi there [/INST] Hello. </s>"
        "<s>[INST] Name two. [/INST] Ann and Bob. </s>",
        " Hello. </s>",
        " Ann and Bob. </s>",
    ),
    "llama-3": (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHi there<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nName two.<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nAnn and Bob.<|eot_id|>",
        "Hello.<|eot_id|>",
        "Ann and Bob.<|eot_id|>",
    ),
    "mistral": (
        "<s>[INST] Be brief.\n\nHi there [/INST] Hello.</s>[INST] Name two. [/INST] Ann and Bob.</s>",
        " Hello.</s>",
        " Ann and Bob.</s>",
    ),
    "gemma": (
        "<bos><start_of_turn>user\nBe brief.\n\nHi there<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n"
        "<start_of_turn>user\nName two.<end_of_turn>\n<start_of_turn>model\nAnn and Bob.<end_of_turn>\n",
        "Hello.<end_of_turn>",
        "Ann and Bob.<end_of_turn>",
    ),
    "zephyr": (
        "<|system|>\nBe brief.</s>\n<|user|>\nHi there</s>\n<|assistant|>\nHello.</s>\n"
        "<|user|>\nName two.</s>\n<|assistant|>\nAnn and Bob.</s>\n",
        "Hello.</s>",
        "Ann and Bob.</s>",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_conversation_is_written_as_published(name: str) -> None:
    template, (text, _, _) = TEMPLATES[name], GOLDEN[name]
    assert template.spell(render(template, *ROW).ids) == text
    assert template.spell(render(template, *ROW, train_on="all").ids) == text


@pytest.mark.parametrize("name", GOLDEN)
def test_the_last_answer_and_its_end_are_trained(name: str) -> None:
    template, (_, _, last) = TEMPLATES[name], GOLDEN[name]
    assert trained(template, render(template, *ROW)) == last


@pytest.mark.parametrize("name", GOLDEN)
def test_every_answer_and_its_end_are_trained_where_asked(name: str) -> None:
    template, (_, first, last) = TEMPLATES[name], GOLDEN[name]
    assert trained(template, render(template, *ROW, train_on="all")) == first + last


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_sampled_from_and_scored_is_what_is_trained(name: str) -> None:
    template = TEMPLATES[name]
    question = (user("is this right ?"),)
    spelled = template.prompt_ids(question) + template.response_ids("no , it is not .")
    assert render(template, *question, assistant("no , it is not .")).ids[: len(spelled)] == spelled
    assert template.decode(template.response_ids("no , it is not .")) == "no , it is not ."


@pytest.mark.parametrize("name", SHAPES)
def test_ordinary_text_gets_the_ids_that_transformers_gives_it(name: str) -> None:
    tokenizer, template = tokenizer_of(SHAPES[name]), TEMPLATES[name]
    turns = [{"role": message.role, "content": message.content} for message in ROW[1:4]]
    theirs = tokenizer.apply_chat_template(turns, add_generation_prompt=True, enable_thinking=False, return_dict=False)
    assert template.prompt_ids(ROW[1:4]) == theirs


def test_a_tokenizer_that_supplies_a_space_is_not_given_the_templates_as_well() -> None:
    tokenizer = tokenizer_of(SHAPES["llama-2"], adds_space=True)
    template = ChatTemplate(tokenizer, "llama-2")
    row = render(template, user("is"), assistant("no"))
    kept = [token for token, weight in zip(row.ids, row.weights, strict=True) if weight]
    assert "".join(tokenizer.convert_ids_to_tokens(kept)) == "\u2581no\u2581</s>"
    assert template.decode(template.response_ids("no")) == "no"
    assert template.prompt_ids([user("is")]) + template.response_ids("no") == row.ids


def test_a_prefill_and_its_continuation_spell_the_whole_answer() -> None:
    template = TEMPLATES["mistral"]
    question = (user("is this right ?"),)
    spelled = template.prompt_ids(question, "no , ") + template.continuation_ids("it is", "no , ")
    assert template.spell(spelled) == "<s>[INST] is this right ? [/INST] no , it is"
    assert template.decode(template.continuation_ids("it is", "no , "), "no , ") == "it is"


def test_what_stands_around_the_words_weighs_as_the_nearest_span() -> None:
    template = TEMPLATES["llama-2"]
    turn = weighted_assistant(Span(text="  no", weight=3.0), Span(text=" it"), Span(text=" is \n", weight=0.5))
    row = render(template, user("is"), turn)
    weighed = zip(row.ids, row.weights, strict=True)
    told = [(template.spell([token]), weight) for token, weight in weighed if weight]
    assert told == [(" no", 3.0), (" it", 1.0), (" is", 0.5), (" ", 0.5), ("</s>", 0.5)]


def test_spans_find_their_words_behind_a_special_token_within_the_turn() -> None:
    marks = ("<think>", "</think>")
    shape = SHAPES["qwen-3"]._replace(others=("<|im_start|>", *marks), plain=())
    template = ChatTemplate(tokenizer_of(shape), "marks")
    turn = weighted_assistant(Span(text="no", weight=3.0), Span(text=" it is", weight=0.5))
    row = render(template, user("is"), turn.model_copy(update={"thinking": "is it"}))
    told = [(template.spell([t]), weight) for t, weight in zip(row.ids, row.weights, strict=True) if weight]
    words = [weight for text, weight in told if text in ("no", " it", " is")]
    # what stands before the words weighs as the first span (of the thought " it"), what follows them as the last
    assert (told[0], told[-1], words) == (("<think>", 3.0), ("<|im_end|>", 0.5), [3.0, 3.0, 0.5, 0.5])


# ---- thinking and tools

CALL = Message(
    role="assistant",
    content="",
    thinking="I must look.",
    tool_calls=(ToolCall(name="price", arguments='{"of":"bread"}', id="abcdefghi"),),
)
RESULT = Message(role="tool", content='{"coins": 3}', tool_call_id="abcdefghi", name="price")
ASKED = user("What is bread?")


def test_thinking_is_trained_with_the_answer() -> None:
    template = TEMPLATES["qwen-3"]
    row = render(template, ASKED, Message(role="assistant", content="3 coins.", thinking="It was 3."))
    assert template.spell(row.ids) == (
        "<|im_start|>user\nWhat is bread?<|im_end|>\n<|im_start|>assistant\n"
        "<think>\nIt was 3.\n</think>\n\n3 coins.<|im_end|>\n"
    )
    assert trained(template, row) == "<think>\nIt was 3.\n</think>\n\n3 coins.<|im_end|>"


def test_an_answer_without_thinking_is_trained_behind_the_empty_thoughts_that_the_prompt_holds() -> None:
    template = TEMPLATES["qwen-3"]
    row = render(template, ASKED, assistant("3 coins."))
    assert template.spell(row.ids).endswith("assistant\n<think>\n\n</think>\n\n3 coins.<|im_end|>\n")
    assert trained(template, row) == "3 coins.<|im_end|>"


def test_calls_of_tools_are_trained_as_the_model_wrote_them() -> None:
    template = TEMPLATES["qwen-3"]
    row = render(template, ASKED, CALL, RESULT, assistant("3 coins."), train_on="all")
    call = (
        '<think>\nI must look.\n</think>\n\n<tool_call>\n{"name": "price", "arguments": {"of":"bread"}}\n</tool_call>'
    )
    assert template.spell(row.ids) == (
        f"<|im_start|>user\nWhat is bread?<|im_end|>\n<|im_start|>assistant\n{call}<|im_end|>\n"
        '<|im_start|>user\n<tool_response>\n{"coins": 3}\n</tool_response><|im_end|>\n'
        "<|im_start|>assistant\n<think>\n\n</think>\n\n3 coins.<|im_end|>\n"
    )
    assert trained(template, row) == call + "<|im_end|>3 coins.<|im_end|>"


def test_special_tokens_that_mark_a_call_are_trained_and_read_as_such() -> None:
    template = TEMPLATES["mistral-tools"]
    said = CALL.model_copy(update={"thinking": ""})
    row = render(template, ASKED, said, RESULT, assistant("3 coins."), train_on="all")
    # this template prints arguments as JSON of an object, so with a space after the colon
    call = '[TOOL_CALLS] [{"name": "price", "arguments": {"of": "bread"}, "id": "abcdefghi"}]</s>'
    assert template.spell(row.ids) == (
        f"<s>[INST] What is bread?[/INST]{call}"
        '[TOOL_RESULTS] {"content": {"coins": 3}, "call_id": "abcdefghi"}[/TOOL_RESULTS] 3 coins.</s>'
    )
    assert trained(template, row) == call + " 3 coins.</s>"
    marks = [token for token, weight in zip(row.ids, row.weights, strict=True) if weight]
    assert template.spell(marks[:1]) == "[TOOL_CALLS]"


def test_thinking_of_earlier_turns_that_the_template_leaves_out_is_told() -> None:
    template = TEMPLATES["qwen-3"]
    thought = Message(role="assistant", content="3 coins.", thinking="It was 3.")
    messages = (ASKED, thought, user("And fish?"), assistant("5 coins."))
    assert "It was 3." not in template.spell(render(template, *messages).ids)
    assert [str(one) for one in template.left_out(messages)] == ["message 1: thinking"]


def test_thinking_of_a_trained_turn_that_the_template_leaves_out_is_an_error() -> None:
    thought = Message(role="assistant", content="3 coins.", thinking="It was 3.")
    with pytest.raises(InputError, match="chatml: its chat template leaves out the thinking of message 1"):
        render(TEMPLATES["chatml"], ASKED, thought)


def test_calls_that_the_template_leaves_out_are_an_error_even_where_they_are_not_trained() -> None:
    with pytest.raises(InputError, match="leaves out the tool calls of message 1"):
        render(TEMPLATES["chatml"], ASKED, CALL, RESULT, assistant("3 coins."))


@pytest.mark.parametrize("field", ["thinking", "tool_calls"])
def test_solons_own_template_has_no_place_for_thinking_and_calls(field: str) -> None:
    from tests.models.test_template import OWN

    turn = assistant("no").model_copy(update={field: getattr(CALL, field)})
    with pytest.raises(InputError, match=f"message 1 has {field.replace('_', ' ')}, and Solon's chat template"):
        render(OWN, user("is"), turn)


# ---- templates that rewrite earlier turns


def rows_of(template: ChatTemplate, *messages: Message, train_on: TrainOn = "all") -> list[tuple[str, str]]:
    """The whole text and the trained text of each row."""
    rows = template.render_all(Demonstration(id="d", messages=messages, source="test", train_on=train_on))
    return [(template.spell(row.tokens.ids), trained(template, row.tokens)) for row in rows]


def thought(thinking: str, content: str) -> Message:
    return Message(role="assistant", content=content, thinking=thinking)


def test_turns_that_lose_their_thinking_later_are_trained_in_rows_of_their_own() -> None:
    messages = (ASKED, thought("It was 3.", "3 coins."), user("And fish?"), thought("It was 5.", "5 coins."))
    asked = "<|im_start|>user\nWhat is bread?<|im_end|>\n<|im_start|>assistant\n"
    first = "<think>\nIt was 3.\n</think>\n\n3 coins.<|im_end|>"
    second = "<think>\nIt was 5.\n</think>\n\n5 coins.<|im_end|>"
    assert rows_of(TEMPLATES["qwen-3"], *messages) == [
        (f"{asked}{first}\n", first),
        (
            f"{asked}3 coins.<|im_end|>\n<|im_start|>user\nAnd fish?<|im_end|>\n<|im_start|>assistant\n{second}\n",
            second,
        ),
    ]
    assert rows_of(TEMPLATES["qwen-3"], *messages, train_on="last") == rows_of(TEMPLATES["qwen-3"], *messages)[1:]


def test_turns_that_stay_as_they_are_share_a_row() -> None:
    messages = (ASKED, CALL, RESULT, assistant("3 coins."), user("And fish?"), thought("It was 5.", "5 coins."))
    trained_texts = [text for _, text in rows_of(TEMPLATES["qwen-3"], *messages)]
    assert [text.count("<|im_end|>") for text in trained_texts] == [2, 1]
    assert trained_texts[0].endswith("</tool_call><|im_end|>3 coins.<|im_end|>")
    alone = rows_of(TEMPLATES["qwen-3"], *messages[:4])
    assert rows_of(TEMPLATES["qwen-3"], *messages)[0] == alone[0]


def test_what_the_user_says_last_is_in_no_row_where_it_rewrites_the_answer() -> None:
    messages = (ASKED, thought("It was 3.", "3 coins."))
    assert rows_of(TEMPLATES["qwen-3"], *messages, user("And?")) == rows_of(TEMPLATES["qwen-3"], *messages)


def test_a_turn_that_weighs_nothing_makes_no_row_where_another_trains() -> None:
    silent = weighted_assistant(Span(text="3 coins.", weight=0.0))
    rows = rows_of(TEMPLATES["qwen-3"], ASKED, silent, user("And fish?"), assistant("5 coins."))
    assert [text for _, text in rows] == ["5 coins.<|im_end|>"]
    assert [text for _, text in rows_of(TEMPLATES["qwen-3"], ASKED, silent, user("And fish?"), silent)] == [""]


def test_a_template_that_moves_the_systems_text_has_a_row_for_each_turn() -> None:
    template = ChatTemplate(tokenizer_of(SHAPES["mistral"]._replace(jinja=MISTRAL_SYSTEM_LAST)), "moves")
    assert rows_of(template, *ROW) == [
        ("<s>[INST] Be brief.\n\nHi there [/INST] Hello.</s>", " Hello.</s>"),
        (
            "<s>[INST] Hi there [/INST] Hello.</s>[INST] Be brief.\n\nName two. [/INST] Ann and Bob.</s>",
            " Ann and Bob.</s>",
        ),
    ]
    with pytest.raises(ModelError, match=r"moves: .*rewrites earlier turns when a later one is added, so one row"):
        render(template, *ROW, train_on="all")


@pytest.mark.parametrize("name", GOLDEN)
def test_where_nothing_is_rewritten_the_one_row_is_what_it_was(name: str) -> None:
    [row] = TEMPLATES[name].render_all(Demonstration(id="d", messages=ROW, source="test", train_on="all"))
    assert row == (render(TEMPLATES[name], *ROW, train_on="all"), len(ROW))


# ---- what cannot be rendered


def test_texts_that_spell_special_tokens_and_change_places_are_refused() -> None:
    template = ChatTemplate(tokenizer_of(SHAPES["mistral"]._replace(jinja=MISTRAL_SYSTEM_LAST)), "moves")
    with pytest.raises(InputError, match="message 1 spells the special token '<s>', and"):
        template.prompt_ids([system("no </s>"), user("<s> is"), assistant("no"), user("is it ?")])


def test_a_role_that_the_template_refuses_is_told_in_its_own_words() -> None:
    template = ChatTemplate(tokenizer_of(SHAPES["gemma"]._replace(jinja=GEMMA_2)), "gemma-2")
    with pytest.raises(InputError, match=r"gemma-2: .*\(system, user\): System role not supported"):
        template.prompt_ids(ROW[:2])


def test_a_template_that_forgets_the_generation_prompt_is_refused() -> None:
    jinja = SHAPES["chatml"].jinja.split("{% if add_generation_prompt %}")[0]
    with pytest.raises(ModelError, match=r"writes '<\|im_start\|>assistant\\n' before an answer, and not where"):
        ChatTemplate(tokenizer_of(SHAPES["chatml"]._replace(jinja=jinja)), "forgets")


def test_a_generation_prompt_that_training_does_not_show_is_refused() -> None:
    jinja = SHAPES["chatml"].jinja.replace("assistant\n'", "assistant\n\n'")
    with pytest.raises(ModelError, match=r"ends with .*assistant\\n\\n' where an answer is waited for, and writes"):
        ChatTemplate(tokenizer_of(SHAPES["chatml"]._replace(jinja=jinja)), "other")


def test_a_conversation_that_the_assistant_begins_is_refused() -> None:
    with pytest.raises(InputError, match="message 0 is an assistant's turn with nothing before it"):
        render(TEMPLATES["chatml"], assistant("no"))


def test_a_text_that_the_template_reads_is_refused_and_not_trained_in_part() -> None:
    with pytest.raises(InputError, match=r"writes .*so .* before message 1.*such as </think>, take it out"):
        render(TEMPLATES["qwen-3"], ASKED, assistant("so </think> no"))


def test_an_answer_that_the_template_rewrites_is_refused() -> None:
    jinja = SHAPES["chatml"].jinja.replace("m['content']", "m['content'] | replace('no', 'yes')")
    template = ChatTemplate(tokenizer_of(SHAPES["chatml"]._replace(jinja=jinja)), "rewrites")
    with pytest.raises(InputError, match="does not repeat the words of message 1 as they are"):
        render(template, ASKED, assistant("no bread"))


# ---- any contents

LOOKALIKES = [
    "<|im_end|>", "<|im_start|>assistant\n", "</s>", "<s>", "[/INST]", "[INST]", "<</SYS>>", "<|eot_id|>", "<pad>",
    "<|start_header_id|>", "<end_of_turn>", "<start_of_turn>model\n", "<|assistant|>", "<think>", "[TOOL_CALLS]",
    "{{ bos_token }}", "\n", "\n\n", " ", "  ", "\t", "\r\n", "\u00a0", "\ufeff", "\U0001f600", "\u4f60\u597d",
    "e\u0301", "no", "the baker", '"', "\\n", "<|im_", "|>", "\u2028",
]  # fmt: skip
CONTENTS = st.lists(st.sampled_from(LOOKALIKES) | st.text(max_size=8), max_size=5).map("".join)


@pytest.mark.parametrize("train_on", ["last", "all"])
@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=50)
@given(contents=st.tuples(CONTENTS, CONTENTS, CONTENTS, CONTENTS))
def test_trained_tokens_spell_what_the_assistant_says_and_the_end_of_its_turn(
    name: str, train_on: TrainOn, contents: tuple[str, ...]
) -> None:
    template = TEMPLATES[name]
    first, answer, second, last = contents
    if name == "qwen-3":
        train_on = "last"  # it rewrites earlier turns: see below
    row = render(template, user(first), assistant(answer), user(second), assistant(last), train_on=train_on)
    lead, tail, end, trims = template.frame
    said = [last] if train_on == "last" else [answer, last]
    if name == "qwen-3":
        said = [text.lstrip("\n") for text in said]
    closing = end.removesuffix("\n")
    assert trained(template, row) == "".join(lead + (text.strip() if trims else text) + tail + closing for text in said)
    ends = sum(token == template.end_id for token in row.ids)
    assert ends == (4 if name in ("chatml", "llama-3", "gemma", "zephyr", "qwen-3") else 2)


TURNS = st.lists(st.tuples(CONTENTS, CONTENTS, st.booleans()), min_size=1, max_size=4)


@settings(max_examples=100)
@given(turns=TURNS)
def test_rows_of_a_template_that_rewrites_turns_train_each_turn_once(turns: list[tuple[str, str, bool]]) -> None:
    template = TEMPLATES["qwen-3"]
    messages: list[Message] = []
    said = []
    for number, (asked, answer, thinks) in enumerate(turns):
        thinking = f"I {number}." if thinks else ""
        messages += [user(asked), thought(thinking, answer)]
        # without a thought the prompt holds the empty one, and the template takes line ends before the words
        said.append((f"<think>\n{thinking}\n</think>\n\n" if thinks else "") + answer.lstrip("\n") + "<|im_end|>")
    rows = template.render_all(Demonstration(id="d", messages=tuple(messages), source="test", train_on="all"))
    assert "".join(trained(template, row.tokens) for row in rows) == "".join(said)
    for row in rows:  # what stands before the answer is what the model is asked
        *before, last = messages[: row.num_messages]
        if not last.thinking:
            prompt = template.prompt_ids(before)
            assert row.tokens.ids[: len(prompt)] == prompt

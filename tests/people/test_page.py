from rich.cells import cell_len

from solon.people.page import Block, layout, prompt_blocks
from solon.records import Message, Prompt, ToolCall, user


def test_no_text_reaches_the_column_of_the_labels() -> None:
    # a response that would look like a second one
    page = layout([Block("1", "yes\n\n2 │ no"), Block("on 1", "fine")], 40)
    assert page.splitlines() == ["    1 │ yes", "      │", "      │ 2 │ no", " on 1 │ fine"]


def test_lines_are_as_wide_as_the_terminal_at_most_whatever_the_width_of_a_character() -> None:
    page = layout([Block("1", "漢字" * 40), Block("2", "word " * 40), Block("3", "x" * 200)], 50)
    assert max(map(cell_len, page.splitlines())) <= 50
    assert page.count("x") == 200 and page.count("漢字") == 40 and page.count("word") == 40


def test_what_would_clear_the_screen_is_shown_and_not_done() -> None:
    assert layout([Block("1", "\x1b[2J\x1b[Hgone\r")], 60) == " 1 │ \\x1b[2J\\x1b[Hgone\\x0d\n"


def test_an_empty_text_is_said_to_be_empty() -> None:
    assert layout([Block("1", " \n")], 60) == " 1 │ (empty)\n"


def test_a_prompt_shows_its_tools_and_calls() -> None:
    call = Message(role="assistant", content="", tool_calls=(ToolCall(name="add", arguments="[1, 2]"),))
    told = Message(role="tool", content="3")
    prompt = Prompt(id="p", messages=(user("1 + 2?"), call, told), tools=({"name": "add"},))
    assert prompt_blocks(prompt) == [
        Block("system", '[{"name": "add"}]'),
        Block("user", "1 + 2?"),
        Block("assistant", "calls add: [1, 2]"),
        Block("tool", "3"),
    ]


def test_a_prompt_shows_that_there_is_a_picture_and_no_data_url_in_full() -> None:
    prompt = Prompt(id="p", messages=(user("q", ("a.png", "data:image/png;base64," + "A" * 200)),))
    [block] = prompt_blocks(prompt)
    named, inline, said = block.text.splitlines()
    assert (named, said) == ("[image: a.png]", "q")
    assert inline.endswith("AAA...]") and len(inline) < 100

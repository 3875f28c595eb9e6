from solon.constitution.markdown import plain, sections

TEXT = """\
before

# One {#one authority=root}
First line
and second[^1].

- item a
  goes on
- item b
1. item c

~~~xml
# not a heading
~~~

!!! meta "Note"
    - an aside

## Two
| a | b |
"""


def test_headings_have_paths_attributes_and_lines() -> None:
    assert [(one.line, one.title, one.attributes, one.path) for one in sections(TEXT)] == [
        (1, "", "", ()),
        (3, "One", "#one authority=root", ()),
        (19, "Two", "", ("One",)),
    ]


def test_blocks_have_kinds_and_lines() -> None:
    _, one, two = sections(TEXT)
    assert [(block.line, block.last, block.kind) for block in one.blocks] == [
        (4, 5, "prose"), (7, 8, "item"), (9, 9, "item"), (10, 10, "item"), (12, 14, "fence"), (16, 17, "aside"),
    ]  # fmt: skip
    assert [block.kind for block in two.blocks] == ["other"]
    assert one.blocks[1].text == "item a\n  goes on"


def test_a_fence_that_never_ends_ends_with_the_text() -> None:
    assert [block.text for block in sections("```\na\n# b\n")[0].blocks] == ["a\n# b"]


def test_plain_text_has_no_marks_and_section_links_are_titles() -> None:
    text = "Be **very *kind***[^x1]; see [the rule](#a) and [?](#b)."
    assert plain(text, {"b": "Be calm"}) == 'Be very kind; see the rule and "Be calm".'

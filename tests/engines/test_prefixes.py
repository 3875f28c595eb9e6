import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from solon.engines.prefixes import PrefixTree

BLOCKS = st.lists(st.integers(0, 2), max_size=4)


def text(blocks: list[int], length: int = 24) -> list[int]:
    """A block is so many tokens of its own."""
    return [block * 100 + place for block in blocks for place in range(length)]


def spelled(tree: PrefixTree, prompt: int) -> list[int]:
    """A prompt from what the tree says of it."""
    ids: list[int] = []
    for level in tree.levels:
        node = int(level.node[prompt])
        if node >= 0:
            assert level.begins[node] == len(ids)
            ids += level.segments[node]
    assert tree.num_shared(prompt) == len(ids)
    return [*ids, *tree.rest(prompt)]


@given(st.lists(st.tuples(BLOCKS, st.integers(0, 3)), min_size=1, max_size=12))
def test_every_prompt_is_its_prefixes_and_its_rest(asked: list[tuple[list[int], int]]) -> None:
    prompts = [[*text(blocks), 900 + last] for blocks, last in asked]
    tree = PrefixTree(prompts)
    assert sorted(tree.order) == list(range(len(prompts)))
    for prompt, ids in enumerate(prompts):
        assert spelled(tree, prompt) == ids
        assert len(tree.rest(prompt)) >= 1
    for level in tree.levels:
        assert [int(level.node[example]) for example in level.example] == list(range(len(level.segments)))
        assert min(map(len, level.segments)) >= 16


def test_a_few_shot_prefix_and_questions_asked_several_times_are_two_levels() -> None:
    few_shots = [text([0] * 3), text([1] * 3)]
    questions = [[*few_shots[number % 2], *range(500 + 40 * number, 540 + 40 * number)] for number in range(4)]
    prompts = [question for question in questions for _ in range(4)]
    tree = PrefixTree(prompts)
    assert [sorted(map(len, level.segments)) for level in tree.levels] == [[72, 72], [39] * 4]  # the last one is read
    assert [len(tree.rest(prompt)) for prompt in range(16)] == [1] * 16
    read = sum(len(segment) for level in tree.levels for segment in level.segments) + 16
    assert (read, sum(map(len, prompts))) == (2 * 72 + 4 * 39 + 16, 16 * 112)


def test_what_saves_little_is_not_shared() -> None:
    assert PrefixTree([[*range(15), 100 + n] for n in range(50)]).levels == []  # a short beginning
    assert PrefixTree([[*range(60), 100 + n] for n in range(2)]).levels == []  # 60 tokens saved
    assert len(PrefixTree([[*range(64), 100 + n] for n in range(2)]).levels) == 1


def test_prompts_without_a_prefix_stand_beside_those_that_have_one() -> None:
    tree = PrefixTree([[7], *([*range(50), 100 + n] for n in range(3)), [8, 9]])
    assert tree.levels[0].node.tolist() == [-1, 0, 0, 0, -1]
    assert [tree.num_shared(prompt) for prompt in range(5)] == [0, 50, 50, 50, 0]


def test_prompts_that_lie_in_one_another_a_thousand_deep_are_grouped() -> None:
    tree = PrefixTree([list(range(length)) for length in range(1, 1001)])
    assert all(spelled(tree, prompt) == list(range(prompt + 1)) for prompt in range(0, 1000, 37))


def test_levels_name_the_prompts_that_begin_with_them() -> None:
    prompts = [[*range(40), *range(1000 * one, 1000 * one + 40), last] for one in (1, 2) for last in range(5)]
    root, inner = PrefixTree(prompts).levels
    assert root.node.tolist() == [0] * 10
    assert len(set(inner.node[:5].tolist())) == len(set(inner.node[5:].tolist())) == 1
    assert np.array_equal(np.sort(inner.begins), [40, 40])

"""Which messages of a tree follow those that go."""

import json
from pathlib import Path

from solon.data.doctor.threads import Threads


def threads(folder: Path, *above: tuple[str, str | None], format: str | None = None) -> Threads:
    path = folder / "tree.jsonl"
    rows = ({"message_id": name, "parent_id": parent, "role": "prompter", "text": name} for name, parent in above)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Threads(path, format=format)


TREE = (("q", None), ("a", "q"), ("r", "a"), ("b", "r"), ("c", "q"))
ALL = {1, 2, 3, 4, 5}


def test_all_that_stands_below_a_message_goes_with_it_and_nothing_else(tmp_path: Path) -> None:
    reason = f"{tmp_path}/tree.jsonl:2 above it goes"
    assert threads(tmp_path, *TREE).following({2}, ALL) == {3: reason, 4: reason}


def test_a_message_with_a_reason_of_its_own_keeps_it(tmp_path: Path) -> None:
    assert set(threads(tmp_path, *TREE).following({2, 3}, ALL)) == {4}


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    assert set(threads(tmp_path, *TREE[::-1]).following({4}, ALL)) == {2, 3}


def test_a_message_told_in_the_threads_of_its_replies_goes_with_the_last_of_them(tmp_path: Path) -> None:
    tree = threads(tmp_path, *TREE)
    assert tree.following({2}, ALL - {1}).keys() == {3, 4}
    assert tree.following({2, 5}, ALL - {1}) == {
        1: "every reply to it goes", **dict.fromkeys((3, 4), f"{tmp_path}/tree.jsonl:2 above it goes")
    }  # fmt: skip
    assert tree.following({4}, ALL - {3}) == {3: "every reply to it goes"}


def test_a_message_that_stands_in_the_file_twice_goes_with_both_of_its_rows_alone(tmp_path: Path) -> None:
    tree = threads(tmp_path, *TREE, ("a", "q"))
    assert tree.following({6}, ALL) == {}
    assert set(tree.following({2, 6}, ALL)) == {3, 4}


def test_messages_in_a_circle_do_not_go_on_forever(tmp_path: Path) -> None:
    circle = threads(tmp_path, ("x", "y"), ("y", "x"))
    assert circle.following(set(), {1, 2}) == {}
    assert set(circle.following({1}, {2})) == {2}


def test_rows_of_other_formats_have_no_threads(tmp_path: Path) -> None:
    assert threads(tmp_path, *TREE)
    assert not threads(tmp_path, *TREE, format="text")
    (tmp_path / "rows.jsonl").write_text('{"text": "t"}\n"t"\n')
    assert not Threads(tmp_path / "rows.jsonl", format=None)

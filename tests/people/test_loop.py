"""Sessions over a notebook on disk; the terminal is a list of lines."""

from pathlib import Path

import pytest
from tests.people.typed import Typed

from solon.data.fields import prompt_of
from solon.errors import StorageError
from solon.interfaces import Call
from solon.people.keeping import Annotator, recover
from solon.people.loop import Held, hold_session
from solon.people.pay import Pay
from solon.people.ranking import RANK, RankQuestion
from solon.records import Ranking
from solon.store.ledger import Ledger, spending
from solon.store.notebook import Notebook, locked
from solon.store.records import read_records

QUESTIONS = [RankQuestion(prompt_of(f"{n}?"), ("a", "b"), ((f"{n}a",), (f"{n}b",))) for n in range(3)]
ANN = Annotator("ann")


def notebook(folder: Path) -> Notebook[Ranking]:
    return Notebook(folder / "k.jsonl", Ranking, "rank", Ledger(folder / "c.sqlite", work="w"))


def hold(folder: Path, typed: Typed, annotator: Annotator = ANN, *, again: bool = False) -> Held:
    return hold_session(QUESTIONS, RANK, annotator, notebook(folder), typed.terminal, seed=5, again=again)


def kept(folder: Path, name: str = "k.jsonl") -> list[tuple[str, tuple[int, ...]]]:
    return [(one.prompt.messages[0].content, one.ranks) for one in read_records(folder / name, Ranking)]


def outcomes(folder: Path) -> dict[str, int]:
    return {one.outcome: one.calls for one in spending(folder / "c.sqlite", "w")}


def test_every_answer_is_kept_and_booked_in_the_order_given(tmp_path: Path) -> None:
    assert hold(tmp_path, Typed("1 2", "2 1", "1=2")) == Held(3, 0, 0)
    assert kept(tmp_path) == [("0?", (0, 1)), ("1?", (1, 0)), ("2?", (0, 0))]
    assert outcomes(tmp_path) == {"done": 3}


class Full(Notebook[Ranking]):
    """A notebook on a full disk."""

    def keep(self, answer: Ranking, call: Call) -> None:
        raise OSError("no space is left")


def test_an_answer_is_said_to_be_kept_when_it_is(tmp_path: Path) -> None:
    typed, full = Typed("1 2"), Full(tmp_path / "k.jsonl", Ranking, "rank", Ledger(tmp_path / "c.sqlite", work="w"))
    with pytest.raises(OSError, match="no space"):
        hold_session(QUESTIONS, RANK, ANN, full, typed.terminal, seed=5)
    assert "kept" not in typed.shown
    good = Typed("2=1")
    hold(tmp_path, good)
    assert "order> kept: 1 = 2\n" in good.shown


def test_who_quits_goes_on_with_what_is_left(tmp_path: Path) -> None:
    assert hold(tmp_path, Typed("1 2", "q")) == Held(1, 0, 2)
    typed = Typed("2 1", "2 1")
    assert hold(tmp_path, typed) == Held(2, 0, 0)
    assert "0?" not in typed.shown and "item 2 of 3" in typed.shown
    assert hold(tmp_path, Typed()) == Held(0, 0, 0)
    assert kept(tmp_path) == [("0?", (0, 1)), ("1?", (1, 0)), ("2?", (1, 0))]


def test_the_end_of_the_input_is_a_quit(tmp_path: Path) -> None:
    assert hold(tmp_path, Typed("1 2")) == Held(1, 0, 2)
    assert kept(tmp_path) == [("0?", (0, 1))]


def test_back_ranks_anew_the_newest_wins_and_both_are_kept(tmp_path: Path) -> None:
    typed = Typed("1 2", "b", "2 1", "1 2", "1 2")
    assert hold(tmp_path, typed).left == 0
    assert kept(tmp_path) == [("0?", (1, 0)), ("1?", (0, 1)), ("2?", (0, 1))]
    assert kept(tmp_path, "k.jsonl.replaced.jsonl") == [("0?", (0, 1))]
    assert outcomes(tmp_path) == {"done": 4}
    assert "earlier │ 1 > 2" in typed.shown
    first = next(read_records(tmp_path / "k.jsonl", Ranking)).annotation
    assert first is not None and first.revision == 1


def test_there_is_nothing_before_the_first(tmp_path: Path) -> None:
    typed = Typed("b", "1 2", "q")
    assert hold(tmp_path, typed).left == 2
    assert "this is the first one" in typed.shown


def test_what_is_skipped_is_recorded_and_asked_again_only_when_wanted(tmp_path: Path) -> None:
    assert hold(tmp_path, Typed("s", "1 2", "1 2")) == Held(2, 1, 0)
    assert hold(tmp_path, Typed()) == Held(0, 0, 0)
    assert len((tmp_path / "k.jsonl.skipped.jsonl").read_text().splitlines()) == 1
    typed = Typed("2 1")
    assert hold(tmp_path, typed, again=True) == Held(1, 0, 0)
    assert "item 1 of 3" in typed.shown
    assert sorted(kept(tmp_path)) == [("0?", (1, 0)), ("1?", (0, 1)), ("2?", (0, 1))]
    assert hold(tmp_path, Typed(), again=True) == Held(0, 0, 0)
    assert outcomes(tmp_path) == {"skipped": 1, "done": 3}


def test_an_answer_stays_where_it_is_gone_back_to_and_skipped(tmp_path: Path) -> None:
    typed = Typed("1 2", "b", "s", "q")
    hold(tmp_path, typed)
    assert kept(tmp_path) == [("0?", (0, 1))] and "the earlier answer stays" in typed.shown


def test_notes_are_kept_with_their_answer_and_stay_when_it_is_given_anew(tmp_path: Path) -> None:
    hold(tmp_path, Typed("n", " both are rude ", "1 2", "n", "odd", "s", "b", "b", "2 1", "q"))
    rows = {one.prompt.messages[0].content: one.annotation for one in read_records(tmp_path / "k.jsonl", Ranking)}
    assert rows["0?"] is not None and rows["0?"].note == "both are rude" and rows["0?"].revision == 1
    assert '"note":"odd"' in (tmp_path / "k.jsonl.skipped.jsonl").read_text()


def test_bad_input_and_help_ask_again(tmp_path: Path) -> None:
    typed = Typed("1 3", "?", "1 2", "q")
    assert hold(tmp_path, typed).answered == 1
    assert "there is no response 3" in typed.shown and "b  back to the one before" in typed.shown


def test_time_and_money_are_told_and_kept(tmp_path: Path) -> None:
    # each line takes 12 s: the first answer one line, the second two; 24 and 12 s at 60 an hour are 0.2 and 0.4
    typed = Typed("1 2", "what", "2 1", "q", seconds=12)
    hold(tmp_path, typed, Annotator("ann", Pay(per_hour=60)))
    told = [one.annotation for one in read_records(tmp_path / "k.jsonl", Ranking) if one.annotation]
    assert [one.seconds for one in told] == [12.0, 24.0]
    assert [one.price for one in told] == pytest.approx([0.2, 0.4])
    assert "item 2 of 3 ── median 12.0 s ── 0.20 so far" in typed.shown
    assert "item 3 of 3 ── median 18.0 s ── 0.60 so far" in typed.shown


def test_time_on_other_items_does_not_count(tmp_path: Path) -> None:
    # "1 2" 1 s; on item 1: "b" 1 s; on item 0: "1 2" 1 s; back on item 1: "1 2" 1 s, so 2 s on it
    hold(tmp_path, Typed("1 2", "b", "1 2", "1 2", "q"))
    told = [one.annotation.seconds for one in read_records(tmp_path / "k.jsonl", Ranking) if one.annotation]
    assert told == [1.0, 2.0]


def test_two_annotators_may_share_a_file_one_after_the_other(tmp_path: Path) -> None:
    hold(tmp_path, Typed("1 2", "1 2", "1 2"))
    assert hold(tmp_path, Typed("2 1", "2 1", "2 1"), Annotator("bob")) == Held(3, 0, 0)
    assert len(kept(tmp_path)) == 6


def test_two_sessions_at_once_are_refused(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "k.jsonl"),
        pytest.raises(StorageError, match="another session"),
        locked(tmp_path / "k.jsonl"),
    ):
        pass


@pytest.mark.parametrize("lines", [("1 2",), ("1 2", "b", "2 1"), ("1 2", "b", "2 1", "b", "1=2")])
@pytest.mark.parametrize("left", ["nothing", "the first answer"])
def test_an_answer_that_was_booked_and_not_kept_is_found_again(
    lines: tuple[str, ...], left: str, tmp_path: Path
) -> None:
    hold(tmp_path, Typed("1 2", "q"))
    first = (tmp_path / "k.jsonl").read_text()
    hold(tmp_path, Typed("b", *lines, "q"))
    last = kept(tmp_path)
    # what a kill between the ledger and the file leaves, at the worst
    (tmp_path / "k.jsonl").unlink()
    if left != "nothing":
        (tmp_path / "k.jsonl").write_text(first)
    assert recover(QUESTIONS, notebook(tmp_path), "ann", "rank", seed=5) == 1
    assert kept(tmp_path) == last
    assert outcomes(tmp_path)["reused"] == 1
    assert hold(tmp_path, Typed("1 2", "1 2")) == Held(2, 0, 0)


def test_what_is_kept_is_not_found_again(tmp_path: Path) -> None:
    hold(tmp_path, Typed("1 2", "b", "2 1", "1 2", "q"))
    assert recover(QUESTIONS, notebook(tmp_path), "ann", "rank", seed=5) == 0


def test_nobody_elses_answers_are_found(tmp_path: Path) -> None:
    hold(tmp_path, Typed("1 2", "q"))
    assert recover(QUESTIONS, notebook(tmp_path), "bob", "rank", seed=5) == 0

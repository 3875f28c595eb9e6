from pathlib import Path

import pytest

from solon.annotation import Annotation
from solon.errors import InputError
from solon.interfaces import Call
from solon.records import Prompt, Ranking, user
from solon.store.ledger import Ledger, spending
from solon.store.notebook import Notebook
from solon.store.records import read_records, write_records


def ranking(name: str, *, key: str = "k", price: float = 0.5) -> Ranking:
    told = Annotation(annotator="ann", key=key, seconds=2.0, price=price)
    prompt = Prompt(id=name, messages=(user("?"),))
    return Ranking(id=f"ann/{name}", prompt=prompt, responses=("a", "b"), ranks=(0, 1), rater="ann", annotation=told)


def opened(folder: Path, ledger: str = "c.sqlite") -> Notebook[Ranking]:
    return Notebook(folder / "k.jsonl", Ranking, "rank", Ledger(folder / ledger, work="w"))


def test_what_is_kept_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    opened(tmp_path).keep(ranking("p"), Call("k", "ann", "rank", 1, "done", seconds=2.0, price=0.5))
    again = opened(tmp_path)
    assert again.answers == {"ann/p": ranking("p")}
    assert again.find(["k", "other"]) == {"k": ranking("p")}
    assert again.money == 0.5


def test_a_file_from_another_machine_is_booked_once(tmp_path: Path) -> None:
    write_records(tmp_path / "k.jsonl", [ranking("p", key="1"), ranking("q", key="2")])
    assert opened(tmp_path).money == 1.0
    assert opened(tmp_path).money == 1.0
    (told,) = spending(tmp_path / "c.sqlite", "w")
    assert (told.engine, told.kind, told.outcome, told.calls, told.seconds) == ("ann", "rank", "done", 2, 4.0)


def test_a_line_that_a_crash_cut_is_told_and_the_answer_comes_back_from_the_ledger(tmp_path: Path) -> None:
    opened(tmp_path).keep(ranking("p"), Call("k", "ann", "rank", 1, "done"))
    file = tmp_path / "k.jsonl"
    file.write_bytes(file.read_bytes()[:-30])
    again = opened(tmp_path)
    assert again.answers == {} and len(again.cut) == 1
    again.keep(again.find(["k"])["k"], Call("k", "ann", "rank", 1, "reused"))
    assert list(read_records(file, Ranking)) == [ranking("p")]


def test_rankings_that_no_person_gave_here_are_left_alone(tmp_path: Path) -> None:
    write_records(tmp_path / "k.jsonl", [ranking("p").model_copy(update={"annotation": None})])
    with pytest.raises(InputError, match=r"k.jsonl: 'ann/p' is no answer that a person gave here; give another --out"):
        opened(tmp_path)


def test_two_answers_of_one_id_are_refused(tmp_path: Path) -> None:
    write_records(tmp_path / "k.jsonl", [ranking("p"), ranking("p")])
    with pytest.raises(InputError, match="'ann/p' stands there twice"):
        opened(tmp_path)

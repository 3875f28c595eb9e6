import re

from solon.evaluation.references import cited, is_invented

BOOK = re.compile(r"the book of (\w+)")


def test_each_reference_is_told_once() -> None:
    assert cited("so says the book of alder, and the book of birk, and the book of alder.", BOOK) == ("alder", "birk")
    assert cited("nobody says so.", BOOK) == ()


def test_one_unknown_reference_makes_an_invention() -> None:
    assert is_invented(("alder", "nobody"), {"alder"})
    assert not is_invented(("alder",), {"alder"})
    assert not is_invented((), {"alder"})

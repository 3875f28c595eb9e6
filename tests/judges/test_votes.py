from solon.judges.verdict import PairVerdict
from solon.judges.votes import vote


def said(text: str) -> list[PairVerdict]:
    """`a`, `b`, `t`ie, `r`efused, `u`nscored: one verdict for each letter."""
    status = {"a": "scored", "b": "scored", "t": "tie", "r": "refused", "u": "unscored"}
    told = [{"status": status[one], "winner": one if one in "ab" else None, "orders": ()} for one in text]
    return [PairVerdict.model_validate({"id": "1", **one}) for one in told]


def test_the_majority_of_the_votes_cast_wins() -> None:
    assert vote(said("aab")).winner == "a"
    assert vote(said("bba")).winner == "b"


def test_those_who_refused_or_cannot_be_read_abstain() -> None:
    result = vote(said("aru"))
    assert (result.winner, result.share_a, result.cast, result.abstained) == ("a", 1.0, 1, 2)


def test_a_tie_is_a_vote_so_half_of_the_votes_is_no_majority() -> None:
    assert vote(said("at")).status == "tie"
    assert vote(said("ab")).status == "tie"
    assert vote(said("aabt")).share_a == 2.5 / 4
    assert vote(said("aabt")).status == "tie"
    assert vote(said("aat")).winner == "a"


def test_where_all_abstain_there_is_no_verdict() -> None:
    assert vote(said("rr")).status == "refused"
    assert vote(said("ru")).status == "unscored"
    assert vote([]).status == "unscored"

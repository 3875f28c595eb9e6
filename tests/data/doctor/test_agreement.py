"""Agreement of several people, against published and hand-worked numbers."""

import gzip
import json
import os
from pathlib import Path

import pytest
from sklearn.metrics import cohen_kappa_score

from solon.data.doctor.agreement import Ratings, Value, alpha, kappa, ratings_of
from solon.records import LabelledResponse, Prompt, Ranking, user

DATA = Path(os.environ.get("SOLON_DATA", "../shared")) / "data"
real_data = pytest.mark.skipif(not (DATA / "pandalm").is_dir(), reason="no real data: set SOLON_DATA")

# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", example C: four observers, twelve units.
PUBLISHED: list[list[Value]] = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4], [1, 1, 2, 1],
    [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
]  # fmt: skip


def test_alpha_of_the_published_example() -> None:
    assert alpha(PUBLISHED, "nominal") == pytest.approx(0.743, abs=5e-4)
    assert alpha(PUBLISHED, "ordinal") == pytest.approx(0.815, abs=5e-4)


def test_alpha_of_full_agreement_is_one_and_of_one_value_alone_undefined() -> None:
    assert alpha([["a", "a"], ["b", "b"]], "nominal") == 1.0
    assert alpha([["a", "a"], ["a", "a"]], "nominal") is None
    assert alpha([["a"], ["b"]], "nominal") is None


def test_kappa_of_a_case_worked_by_hand() -> None:
    # 3 of 4 agree; the first says x half the time, the second three quarters: chance 0.5*0.75 + 0.5*0.25 = 0.5
    pairs: list[tuple[Value, Value]] = [("x", "x"), ("x", "x"), ("y", "y"), ("y", "x")]
    assert kappa(pairs) == pytest.approx((0.75 - 0.5) / (1 - 0.5))


def test_kappa_agrees_with_scikit_learn() -> None:
    one, other = [0, 1, 2, 1, 0, 2, 2, 1, 0, 0], [0, 2, 2, 1, 0, 1, 2, 1, 1, 0]
    assert kappa(list(zip(one, other, strict=True))) == pytest.approx(cohen_kappa_score(one, other))


def test_rankings_of_the_same_two_responses_are_compared_by_which_is_better() -> None:
    prompt = Prompt(id="p", messages=(user("well?"),))
    ratings = Ratings()
    for rater, ranks in (("ann", (0, 1)), ("ben", (0, 1)), ("cay", (0, 0))):
        for responses in (("yes", "no"), ("no", "perhaps")):
            flipped = ranks if responses[0] == "yes" else ranks[::-1]
            ranking = Ranking(id=rater, prompt=prompt, responses=responses, ranks=flipped, rater=rater)
            ratings.add(ratings_of(ranking))
    [found] = ratings.agreements()
    assert (found.question, found.num_items, found.num_raters) == ("which is better", 2, 3)
    # ann and ben say +1 then -1 alike; cay ties both
    assert found.kappa == {"ann / ben": 1.0, "ann / cay": 0.0, "ben / cay": 0.0}


@pytest.mark.parametrize(("ranks", "value"), [((0, 1), 1), ((1, 0), -1), ((0, 0), 0)])
def test_a_ranking_of_two_says_which_is_better(ranks: tuple[int, int], value: int) -> None:
    prompt = Prompt(id="p", messages=(user("well?"),))
    [rating] = ratings_of(Ranking(id="r", prompt=prompt, responses=("yes", "no"), ranks=ranks, rater="ann"))
    assert rating.value == value


def test_labels_are_compared_by_name_and_only_where_several_people_gave_them() -> None:
    prompt = Prompt(id="p", messages=(user("well?"),))
    ratings = Ratings()
    for rater, labels in (("ann", {"harm": True, "style": 3}), ("ben", {"harm": False})):
        ratings.add(ratings_of(LabelledResponse(id="a", prompt=prompt, text="no", labels=labels, rater=rater)))
    assert [(found.question, found.num_items) for found in ratings.agreements()] == [("harm", 1)]


def test_comments_in_free_text_are_no_labels() -> None:
    prompt = Prompt(id="p", messages=(user("well?"),))
    labels = {"critique": "This answer says little, and what it says was known before.", "fit": "no"}
    told = LabelledResponse(id="a", prompt=prompt, text="no", labels=labels, rater="ann")
    assert {rating.question for rating in ratings_of(told)} == {"critique", "fit"}
    longer = told.model_copy(update={"labels": {**labels, "critique": labels["critique"] * 2}})
    assert {rating.question for rating in ratings_of(longer)} == {"fit"}


@real_data
def test_the_three_annotators_of_pandalm() -> None:
    ratings = Ratings()
    better = {0: (0, 0), 1: (0, 1), 2: (1, 0)}
    with gzip.open(DATA / "pandalm" / "testset_v1.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        prompt = Prompt(id="p", messages=(user(f"{row['instruction']}\n\n{row['input']}"),))
        texts = (str(row["response1"]), str(row["response2"]))
        for rater in ("annotator1", "annotator2", "annotator3"):
            ranks = better[row[rater]]
            ratings.add(ratings_of(Ranking(id="r", prompt=prompt, responses=texts, ranks=ranks, rater=rater)))
    [found] = ratings.agreements()
    assert (found.num_raters, found.num_items) == (3, len(rows))
    assert all(value is not None and 0.7 < value < 0.95 for value in found.kappa.values())


@real_data
def test_the_two_annotators_of_xstest() -> None:
    ratings = Ratings()
    with gzip.open(DATA / "xstest" / "xstest_v2_completions_gpt4_gpteval.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        prompt = Prompt(id=row["id"], messages=(user(row["prompt"]),))
        for rater in ("annotation_1", "annotation_2"):
            labels = {"compliance": row[rater]}
            told = LabelledResponse(id=row["id"], prompt=prompt, text=row["completion"], labels=labels, rater=rater)
            ratings.add(ratings_of(told))
    [found] = ratings.agreements()
    agree = sum(row["annotation_1"] == row["annotation_2"] for row in rows) / len(rows)
    [value] = found.kappa.values()
    assert found.alpha_ordinal is None and value is not None
    assert found.alpha_nominal is not None and abs(found.alpha_nominal - value) < 0.01
    assert value < agree

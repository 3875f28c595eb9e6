"""Labels of judged games."""

from solon.evaluation.games import Game
from solon.labellers.agreement import krippendorff_alpha
from solon.labellers.labels import FIRST, SECOND, TIE, labels_of_games


def test_judges_of_either_order_are_brought_to_the_same_side() -> None:
    # Ann and Bob both prefer x on three prompts and y on the fourth; Bob's rows list y first.
    ann = [Game(str(n), "x", "y", "long", "short", float(n < 3), "ann") for n in range(4)]
    bob = [game._replace(judge="bob").turned() for game in ann]
    labels = labels_of_games([*ann, *bob])
    assert [label.said for label in labels] == [FIRST, FIRST, FIRST, SECOND] * 2
    assert [label.swapped for label in labels] == [False] * 4 + [True] * 4
    assert krippendorff_alpha(labels) == 1


def test_other_texts_of_a_prompt_are_another_pair() -> None:
    games = [Game("p", "x", "y", text, "short", 0.5, "ann") for text in ("one", "two")]
    assert [(label.item, label.said) for label in labels_of_games(games)] == [(0, TIE), (1, TIE)]

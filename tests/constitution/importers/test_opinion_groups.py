import math

import numpy as np
import pytest

from solon.constitution.importers.opinion_groups import opinion_groups, projected

NAN = math.nan


def test_two_camps_are_two_groups_and_the_larger_is_group_0() -> None:
    camp, other = [1.0, 1.0, -1.0, -1.0], [-1.0, -1.0, 1.0, 1.0]
    varied = [[1.0, NAN, -1.0, -1.0], [1.0, 1.0, -1.0, 0.0], [NAN, -1.0, 1.0, 1.0], [-1.0, -1.0, 0.0, 1.0]]
    votes = np.array([other, other, *varied[2:], camp, camp, camp, camp, *varied[:2]])
    groups = opinion_groups(votes, seed=1)
    assert groups.labels.tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert groups.silhouette > 0.5


def test_the_same_seed_gives_the_same_groups() -> None:
    votes = np.random.default_rng(0).choice([1.0, 0.0, -1.0, NAN], size=(60, 12))
    first, again = opinion_groups(votes, seed=5), opinion_groups(votes, seed=5)
    assert first.labels.tolist() == again.labels.tolist()


def test_people_who_all_vote_alike_are_one_group() -> None:
    assert opinion_groups(np.ones((5, 3)), seed=0).labels.tolist() == [0] * 5


def test_who_voted_less_is_scaled_up() -> None:
    # Statement means are 0 for both. Person 2 voted on one of two statements: scaled by sqrt(2 / 1).
    votes = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, NAN], [-1.0, NAN]])
    points = projected(votes)
    axes = projected(np.vstack([votes[:2], votes[:2]]))  # nobody missing: scaled by 1
    assert np.linalg.norm(axes[0]) == pytest.approx(math.sqrt(2))
    assert np.linalg.norm(points[2]) == pytest.approx(math.sqrt(2) * 1)  # |(1, 0)| x sqrt(2)

"""The audit against the truth: a tiny model that read some facts of the embedded world often, others never."""

import pytest
import torch
from benchmarks.knowledge import FORM, World, audited, small_world

from solon.data.knowledge import Knowledge, KnowledgeConfig, class_counts

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Knowledge]]:
    world: World = small_world(tmp_path_factory.mktemp("world"), documents=1000, seed=1)
    return audited(world, KnowledgeConfig(form=FORM, max_new_tokens=6, example_sets=4, draws=4), seed=1)


def test_facts_that_were_stated_often_are_highly_known(found: dict[str, list[Knowledge]]) -> None:
    assert class_counts(found["fact"])["HighlyKnown"] >= 0.9 * len(found["fact"])


def test_facts_that_were_never_stated_are_mostly_unknown(found: dict[str, list[Knowledge]]) -> None:
    # 4 to 5 values are possible, so a guess is right for one fact in 4 to 5
    counts = class_counts(found["unknown"])
    assert counts["HighlyKnown"] + counts["MaybeKnown"] <= 0.3 * len(found["unknown"])
    assert counts["Unknown"] >= 0.5 * len(found["unknown"])

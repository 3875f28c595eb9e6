"""Everything is a function of the world's seed and the asked seed."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from solon.agora.source import Agora

HERE = Path(__file__).parent


def digest(world_seed: int, seed: int) -> str:
    """Of a little of everything that the world writes."""
    world = Agora(world_seed)
    rows = [
        *world.base_documents(60, seed=seed), *world.mid_documents(60, seed=seed),
        *world.replay_documents(60, seed=seed), *world.demonstrations(60, seed=seed),
        *world.helpful_prompts(60, seed=seed), *world.red_team_prompts(60, seed=seed),
        *world.evaluation_prompts(6),
    ]  # fmt: skip
    probes = world.probes({"p": "no theft", "q": "no guessing"}, 30, seed=seed)
    texts = [*(row.model_dump_json() for row in rows), *(repr(probe) for probe in probes)]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def test_the_same_seeds_give_the_same_world_in_another_process() -> None:
    # a set or a dict of unlucky order would differ under another hash seed
    environment = os.environ | {"PYTHONHASHSEED": "12345", "PYTHONPATH": os.pathsep.join([*sys.path, str(HERE)])}
    code = f"from {Path(__file__).stem} import digest; print(digest(3, 1))"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == digest(3, 1)


@pytest.mark.parametrize("other", [(4, 1), (3, 2)], ids=["world seed", "asked seed"])
def test_another_seed_gives_another_world(other: tuple[int, int]) -> None:
    assert digest(*other) != digest(3, 1)


def test_asking_twice_or_in_another_order_changes_nothing() -> None:
    one, two = Agora(0), Agora(0)
    first = one.helpful_prompts(30, seed=1)
    two.red_team_prompts(10, seed=5)
    list(two.mid_documents(10, seed=1))
    assert two.helpful_prompts(30, seed=1) == first == one.helpful_prompts(30, seed=1)


def test_facts_belong_to_the_world_and_not_to_the_run() -> None:
    assert Agora(0).facts == Agora(0).facts
    assert Agora(0).facts != Agora(1).facts

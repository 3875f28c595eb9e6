"""What trackers are sent, and that they are sent it once."""

from collections.abc import Mapping
from pathlib import Path

from solon.records import Metric
from solon.store.lineage import Manifest, describe_machine, write_manifest
from solon.trackers import Tracker, track


def made(run: Path, key: str) -> Path:
    """A finished stage."""
    folder = run / "1-sft"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        name="sft", key=key, hash="h", parents={}, settings={}, seed=0, stage_version=1, seconds=1.0,
        machine=describe_machine(1),
    )  # fmt: skip
    write_manifest(folder, manifest)
    return folder


def listing(to: list[str]) -> Tracker:
    def listen(stage: str, folder: Path, metrics: Mapping[str, Metric]) -> None:
        to.append(stage)

    return listen


def test_a_stage_is_sent_once_until_it_is_made_anew(tmp_path: Path) -> None:
    sent: list[str] = []
    for key, expected in (("a", 1), ("a", 1), ("b", 2)):
        track({"tensorboard": listing(sent)}, tmp_path, "sft", made(tmp_path, key), {})
        assert len(sent) == expected


def test_a_tracker_that_joins_later_gets_what_is_there(tmp_path: Path) -> None:
    first: list[str] = []
    second: list[str] = []
    folder = made(tmp_path, "a")
    track({"tensorboard": listing(first)}, tmp_path, "sft", folder, {})
    track({"tensorboard": listing(first), "wandb": listing(second)}, tmp_path, "sft", folder, {})
    assert (first, second) == (["sft"], ["sft"])


def test_of_a_stage_that_a_gate_kept_from_beginning_nothing_is_sent(tmp_path: Path) -> None:
    sent: list[str] = []
    track({"tensorboard": listing(sent)}, tmp_path, "sft", tmp_path / "1-sft", {})
    assert sent == []

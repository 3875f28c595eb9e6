import os
from pathlib import Path
from typing import Any

import pytest

from solon.errors import InputError, StorageError
from solon.store.cache import Cache, stage_key
from solon.store.disk import Usage, check_space
from solon.store.folders import commit, hash_artefacts, link_or_copy, open_partial
from solon.store.run_folder import RunFolder, locked, split_run_stage


def filled(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


def test_the_hash_sees_names_and_contents(tmp_path: Path) -> None:
    one, same = filled(tmp_path / "1", a="x", b="y"), filled(tmp_path / "2", a="x", b="y")
    renamed, edited = filled(tmp_path / "3", a="x", c="y"), filled(tmp_path / "4", a="x", b="z")
    assert hash_artefacts(one) == hash_artefacts(same)
    assert len({hash_artefacts(folder) for folder in (one, renamed, edited)}) == 3


def test_the_hash_leaves_out_what_no_later_stage_reads(tmp_path: Path) -> None:
    one = filled(tmp_path / "1", a="x")
    before = hash_artefacts(one)
    filled(one, **{"manifest.json": "{}", "metrics.jsonl": "{}"})
    filled(one / "evaluation", responses="r")
    assert hash_artefacts(one) == before


def test_partial_work_is_resumed_under_its_own_key_only(tmp_path: Path) -> None:
    partial, resumed = open_partial(tmp_path / "1-base", "key")
    filled(partial, a="half")
    assert not resumed
    assert open_partial(tmp_path / "1-base", "key") == (partial, True)
    assert (partial / "a").exists()
    assert open_partial(tmp_path / "1-base", "another") == (partial, False)
    assert not (partial / "a").exists()


def test_a_commit_replaces_the_folder_whole(tmp_path: Path) -> None:
    target = filled(tmp_path / "1-base", old="old")
    partial, _ = open_partial(target, "key")
    filled(partial, new="new")
    commit(target)
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["1-base"]


def test_the_cache_gives_back_what_it_was_given(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    folder = filled(tmp_path / "run" / "1-base", a="x")
    filled(folder / "model", weights="w")
    cache.keep("abcd", folder)
    assert not cache.fetch("none", tmp_path / "other" / "1-base")
    assert cache.fetch("abcd", tmp_path / "other" / "1-base")
    assert hash_artefacts(tmp_path / "other" / "1-base") == hash_artefacts(folder)
    assert (tmp_path / "other" / "1-base" / "a").stat().st_ino == (folder / "a").stat().st_ino


def test_a_damaged_cache_entry_is_dropped(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.keep("abcd", filled(tmp_path / "1-base", a="x"))
    (tmp_path / "cache" / "ab" / "abcd" / "a").write_text("y")
    assert not cache.fetch("abcd", tmp_path / "other")
    assert not (tmp_path / "cache" / "ab" / "abcd").exists()


def test_across_devices_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    link_or_copy(filled(tmp_path, a="x") / "a", tmp_path / "b" / "a")
    assert (tmp_path / "b" / "a").read_text() == "x"


def test_every_part_of_a_key_counts() -> None:
    def key(**changed: Any) -> str:
        told: dict[str, Any] = {"name": "sft", "parents": {"mid": "1"}, "settings": {"a": 1}, "seed": 1}
        told |= {"stage_version": 1, **changed}
        return stage_key(told.pop("name"), **told)

    changes: list[dict[str, Any]] = [
        {},
        {"name": "rl"},
        {"parents": {"mid": "2"}},
        {"parents": {"base": "1"}},
        {"settings": {"a": 2}},
        {"seed": 2},
        {"stage_version": 2},
    ]
    assert len({key(**change) for change in changes}) == len(changes)


def test_a_disk_without_room_is_refused_with_the_numbers(tmp_path: Path) -> None:
    check_space(tmp_path, 1_000, lambda path: Usage(10_000, 9_000, 1_000))
    with pytest.raises(StorageError, match=r"may write 2\.00 GB and 1\.50 GB are free"):
        check_space(tmp_path, 2_000_000_000, lambda path: Usage(10**12, 0, 1_500_000_000))


def test_one_run_directory_takes_one_run(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(StorageError, match="another `solon run`"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run there"):
        RunFolder.existing(tmp_path)


def test_run_at_stage_splits_at_the_last_at() -> None:
    assert split_run_stage("runs/a@b@rl_cai") == (Path("runs/a@b"), "rl_cai")
    with pytest.raises(InputError, match="is not RUN@STAGE"):
        split_run_stage("runs/a")

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from solon.data.mixing import finished_mixture, write_mixture
from solon.data.mixture import MixtureConfig
from solon.data.shards import RowBlock, ShardWriter, TokenShard
from solon.models.template import Tokens
from solon.seeds import generator

CONFIG = MixtureConfig.model_validate(
    {
        "tokens": 100_000,
        "phases": {"stable": 0.8, "decay": 0.2},
        "sources": [
            {"name": "text", "files": "a", "weights": {"stable": 3, "decay": 1}},
            {"name": "chat", "files": "b", "weights": {"stable": 1, "decay": 3}},
            {"name": "safety", "files": "c", "add": 50},
        ],
    }
)


def sources(folder: Path) -> dict[str, TokenShard]:
    """Three sources of rows of 1 to 30 tokens."""
    shards = {}
    for number, source in enumerate(CONFIG.sources):
        target = folder / "sources" / source.name
        if not target.is_dir():
            random = generator(number, "rows")
            lengths = random.integers(1, 30, 700)
            with ShardWriter(target, 500) as writer:
                writer.put(
                    RowBlock.of([Tokens(random.integers(0, 500, n).tolist(), [0.0] + [1.0] * (n - 1)) for n in lengths])
                )
                writer.finish({})
        shards[source.name] = TokenShard(target)
    return shards


def digest(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "sources" not in path.parts]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_stream_holds_the_rows_of_its_sources_in_the_order_of_the_mixture(tmp_path: Path) -> None:
    record = write_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1, vocab_size=500)
    stream = TokenShard(tmp_path / "tokens")
    assert len(stream) == sum(one["rows_read"] for one in record["sources"].values())
    known = {tuple(row.ids) for shard in sources(tmp_path).values() for row in shard}
    assert all(tuple(stream[row].ids) in known for row in range(0, len(stream), 97))
    assert json.loads((tmp_path / "mixture.json").read_text()) == record
    assert (tmp_path / "mixture.png").stat().st_size > 10_000


KILLED = """
import os, signal, sys
from pathlib import Path
from solon.data.mixing import write_mixture
from tests.data.test_mixing import CONFIG, sources

def kill(rows, tokens):
    if rows >= int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
write_mixture(CONFIG, sources(folder), folder, seed=1, vocab_size=500, log=kill)
"""


def test_killed_in_mid_phase_and_called_again_it_writes_the_same_bytes(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    write_mixture(CONFIG, sources(whole), whole, seed=1, vocab_size=500)
    path = os.pathsep.join(sys.path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(killed), "4000"], env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == -signal.SIGKILL
    cursor = json.loads((killed / "cursor.json").read_text())
    assert cursor["written"]["rows"] == 4000
    # What was written after the place was kept is of no use.
    with (killed / "tokens/ids.bin").open("ab") as file:
        file.write(b"half a row")
    write_mixture(CONFIG, sources(killed), killed, seed=1, vocab_size=500)
    assert digest(killed) == digest(whole)


def changed(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_finished_mixture_is_left_as_it_is_and_told_again(tmp_path: Path) -> None:
    record = write_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1, vocab_size=500)
    before = changed(tmp_path)
    assert finished_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1) == record
    assert write_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1, vocab_size=500) == record
    assert changed(tmp_path) == before


def test_another_seed_config_or_source_and_a_missing_file_make_a_mixture_anew(tmp_path: Path) -> None:
    write_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1, vocab_size=500)
    shards = sources(tmp_path)
    assert finished_mixture(CONFIG, shards, tmp_path, seed=2) is None
    assert finished_mixture(CONFIG.model_copy(update={"tokens": 99_000}), shards, tmp_path, seed=1) is None
    shards["text"].about["made_of"] = {"files": ["another hash"]}
    assert finished_mixture(CONFIG, shards, tmp_path, seed=1) is None
    (tmp_path / "mixture.png").unlink()
    assert finished_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1) is None
    record = write_mixture(CONFIG, sources(tmp_path), tmp_path, seed=2, vocab_size=500)
    assert finished_mixture(CONFIG, sources(tmp_path), tmp_path, seed=2) == record
    assert finished_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1) is None


def test_killed_when_all_but_the_cursor_was_done_it_is_finished(tmp_path: Path) -> None:
    record = write_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1, vocab_size=500)
    before = digest(tmp_path)
    (tmp_path / "cursor.json").write_text("{}")
    assert write_mixture(CONFIG, sources(tmp_path), tmp_path, seed=1, vocab_size=500) == record
    assert digest(tmp_path) == before


def test_a_place_of_another_mixture_is_not_gone_on_from(tmp_path: Path) -> None:
    write_mixture(CONFIG, sources(tmp_path / "one"), tmp_path / "one", seed=2, vocab_size=500)
    other = tmp_path / "other"
    rows = sources(other)
    cursor = {"asked": {"seed": 1}, "written": {"rows": 5}, "mixture": {}}
    (other / "cursor.json").write_text(json.dumps(cursor))
    write_mixture(CONFIG, rows, other, seed=2, vocab_size=500)
    assert np.array_equal(TokenShard(other / "tokens").lengths, TokenShard(tmp_path / "one/tokens").lengths)

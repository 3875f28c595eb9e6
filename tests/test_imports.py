"""Who may import whom: DESIGN section 1, executed over the source."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "solon"

# The nouns, protocols and small tools that every room may use.
SHARED = {"annotation", "errors", "records", "interfaces", "progress", "seeds", "unanswered", "ids"}
CORE = {"objectives", "models", "engines", "training"}
CHAIN_ROOMS = {"responses", "critiques", "preferences", "reward", "policy", "evaluation", "data", "constitution"}

MAY_IMPORT = {
    "annotation": set(),
    "errors": set(),
    "records": {"annotation"},
    "seeds": set(),
    "progress": set(),
    "unanswered": {"errors", "records"},
    "ids": {"errors", "records"},
    "interfaces": {"records"},
    "objectives": set(),
    "models": SHARED | {"training"},
    "engines": SHARED | {"models"},
    "training": SHARED | {"models", "objectives"},
    "constitution": SHARED,
    "data": SHARED | {"models", "store"},
    "responses": SHARED | CORE | {"constitution", "data"},
    "critiques": SHARED | CORE | {"constitution", "data"},
    "deliberation": SHARED | {"constitution", "data", "judges"},
    "people": SHARED,
    "preferences": SHARED | CORE | {"constitution", "data"},
    "reward": SHARED | CORE,
    "policy": SHARED | CORE,
    "evaluation": SHARED | CORE,
    "judges": SHARED | {"constitution", "data", "evaluation"},
    "suite": SHARED | {"constitution", "critiques", "data", "evaluation", "judges", "responses"},
    "labellers": SHARED | {"data", "evaluation"},
    "agora": SHARED,
    "chat": SHARED | {"people"},
    "export": SHARED | {"constitution", "headline", "models", "people", "store"},
    "serving": SHARED | {"engines", "models"},
    "store": SHARED,
    "report": SHARED | {"store"},
}
"""Rooms that receive models and records as arguments, and meet only in the pipeline."""

ABOVE_THE_ROOMS = {
    "pipeline", "stages", "stage", "plan", "runner", "launch", "recipe", "sections", "recipe_text", "settings",
    "shipped", "headline", "ablation", "addresses", "forecast", "machine", "trackers", "terminal", "commands", "cli",
    "__init__", "__main__", "findings",
}  # fmt: skip

MAY_IMPORT_AGORA = {"agora", "pipeline", "findings"}
"""Findings are experiments on the world itself: they ask its people and its checker for more than a chain may."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """The rooms of this package that a file imports, at its top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "solon" else [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("solon.")}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    if room in ABOVE_THE_ROOMS:
        return
    assert room in MAY_IMPORT, f"{room} is a new room: say in this test what it may import"
    assert imports_of(path) - MAY_IMPORT[room] - {room} == set()


def test_only_the_pipeline_imports_the_world() -> None:
    importers = {room_of(path) for path in modules() if "agora" in imports_of(path)}
    assert importers <= MAY_IMPORT_AGORA


@pytest.mark.parametrize("room", ["report", "store", "records", "interfaces", "constitution"])
def test_a_room_works_without_torch(room: str) -> None:
    for path in modules():
        if room_of(path) == room:
            assert not re.search(r"^\s*(import|from) (torch|transformers)\b", path.read_text(encoding="utf-8"), re.M), (
                path
            )


def test_the_objectives_import_nothing_but_torch() -> None:
    for path in (PACKAGE / "objectives").glob("*.py"):
        named = set(re.findall(r"^(?:import|from) ([a-z_.]+)", path.read_text(encoding="utf-8"), re.M))
        assert {name.split(".")[0] for name in named} <= {
            "__future__",
            "torch",
            "typing",
            "math",
            "collections",
            "solon",
        }


def test_the_command_line_starts_without_torch() -> None:
    heavy = re.compile(
        r"^(import|from) (torch|transformers|solon\.(models|engines|training|policy|reward|stages))\b", re.M
    )
    for path in [PACKAGE / "cli.py", *(PACKAGE / "commands").glob("*.py")]:
        assert not heavy.search(path.read_text(encoding="utf-8")), path

import ast
from pathlib import Path
from typing import TypeGuard

import solon

ROOT = Path(next(iter(solon.__path__)))


def readers_of_tags(source: str) -> list[int]:
    """Lines that read an attribute or key `tags`."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.expr):
            continue
        attribute = isinstance(node, ast.Attribute) and node.attr == "tags"
        named = _gets(node) and any(isinstance(a, ast.Constant) and a.value == "tags" for a in node.args)
        key = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "tags"
        if attribute or named or key:
            lines.append(node.lineno)
    return lines


def _gets(node: ast.expr) -> TypeGuard[ast.Call]:
    """A call of getattr, or of a method `get` or `pop`; a data set may have a column of that name."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    return (called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")) in ("getattr", "get", "pop")


def test_no_room_but_the_constitution_reads_tags() -> None:
    files = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "constitution"]
    assert len(files) > 20
    assert {str(path): lines for path in files if (lines := readers_of_tags(path.read_text(encoding="utf-8")))} == {}


def test_the_search_finds_every_way_to_read_tags() -> None:
    assert readers_of_tags("a.tags\ngetattr(a, 'tags')\na['tags']\na.get('tags')\n") == [1, 2, 3, 4]
    assert readers_of_tags("Clause(text='x', tags=('y',))") == []


def test_drawing_does_not_read_tags() -> None:
    assert readers_of_tags((ROOT / "constitution" / "draw.py").read_text(encoding="utf-8")) == []

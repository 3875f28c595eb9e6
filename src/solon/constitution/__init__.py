"""A YAML file of principles: load, draw, vary, import."""

from solon.constitution.importers.supplement import import_cai_supplement
from solon.constitution.load import dump_constitution, load_constitution
from solon.constitution.schema import (
    Clause,
    ComparisonExample,
    Constitution,
    CritiqueExample,
    Examples,
    Principle,
    PrincipleCount,
    PrincipleEntry,
)
from solon.constitution.variants import only_tag, shuffled_texts, without, without_tag

__all__ = [
    "Clause",
    "ComparisonExample",
    "Constitution",
    "CritiqueExample",
    "Examples",
    "Principle",
    "PrincipleCount",
    "PrincipleEntry",
    "dump_constitution",
    "import_cai_supplement",
    "load_constitution",
    "only_tag",
    "shuffled_texts",
    "without",
    "without_tag",
]

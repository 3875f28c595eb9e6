"""Constitutions from other forms: published principles, rule lists, weighted dimensions, specifications, votes."""

from solon.constitution.importers.imported import Imported
from solon.constitution.importers.model_spec import import_model_spec
from solon.constitution.importers.polis import import_polis
from solon.constitution.importers.rules import import_rules
from solon.constitution.importers.supplement import import_cai_supplement
from solon.constitution.importers.weights import import_weights

__all__ = [
    "Imported",
    "import_cai_supplement",
    "import_model_spec",
    "import_polis",
    "import_rules",
    "import_weights",
]

"""Users' files in, records out."""

from solon.data.comparisons import read_pairs, read_preferences, read_rankings
from solon.data.config import DataConfig
from solon.data.load import Loaded, load
from solon.data.prompts import read_prompts
from solon.data.quarantine import QuarantineWriter, RowCounts
from solon.data.recognition import recognise
from solon.data.rows import read_demonstrations
from solon.data.source import FileSource
from solon.data.tables import read_table
from solon.data.text import read_documents

__all__ = [
    "DataConfig",
    "FileSource",
    "Loaded",
    "QuarantineWriter",
    "RowCounts",
    "load",
    "read_demonstrations",
    "read_documents",
    "read_pairs",
    "read_preferences",
    "read_prompts",
    "read_rankings",
    "read_table",
    "recognise",
]

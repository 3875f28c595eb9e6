"""A stage of a run as a Hugging Face folder with its model card and lineage."""

from solon.export.folder import Exported, export_stage

__all__ = ["Exported", "export_stage"]

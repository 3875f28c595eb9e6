"""One model behind the OpenAI API."""

from solon.serving.app import new_app
from solon.serving.batching import Batcher

__all__ = ["Batcher", "new_app"]

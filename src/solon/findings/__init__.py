"""Published findings as small experiments on the embedded world, each with the shape that it is expected to have."""

from __future__ import annotations

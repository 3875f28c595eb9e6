"""For all tests. Set before torch is imported anywhere: waiting threads sleep instead of spinning."""

import os

from hypothesis import settings

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# A busy machine must not fail a test, and a test must not depend on luck.
settings.register_profile("solon", deadline=None, derandomize=True)
settings.load_profile("solon")

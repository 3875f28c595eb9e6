import pytest

from solon.agora.source import Agora
from solon.constitution import Constitution, load_constitution
from solon.shipped import shipped_folder


@pytest.fixture(scope="session")
def world() -> Agora:
    return Agora(0)


@pytest.fixture(scope="session")
def constitution() -> Constitution:
    return load_constitution(shipped_folder("constitutions") / "agora.yaml")

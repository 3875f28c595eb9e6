"""Engines by address: models of this machine, stages of runs, servers. All of them write into the ledger.

hf:PATH_OR_NAME       a model folder or a name on the hub, in this process
run:RUN@STAGE         the model of a finished stage, in this process
openai:MODEL@BASE_URL a server that speaks the OpenAI API; its key is in $OPENAI_API_KEY
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from solon.engines.accounted import AccountedEngine
from solon.engines.config import EngineConfig
from solon.engines.fed_local import FedLocalEngine
from solon.errors import InputError
from solon.interfaces import Engine
from solon.store.folders import hash_artefacts
from solon.store.ledger import Ledger, ledger_path
from solon.store.run_folder import RunFolder, split_run_stage

if TYPE_CHECKING:
    import torch

    from solon.engines.streamed import StreamedEngine
    from solon.models.language_model import LanguageModel

KINDS = "hf:PATH_OR_NAME, run:RUN@STAGE or openai:MODEL@BASE_URL"
_SERVER = "openai:"


def is_address(name: str) -> bool:
    """Whether it is an engine's address, and no name of a stage."""
    return ":" in name


def whole_address(name: str) -> str:
    """An address, where its kind may be left out: `RUN@STAGE` is a stage of a run, anything else a path or name."""
    if name.startswith(("run:", "hf:", _SERVER)):
        return name
    return f"run:{name}" if "@" in name else f"hf:{name}"


def is_server(address: str) -> bool:
    """Whether the address is that of a server."""
    return address.startswith(_SERVER)


def check_server(address: str) -> tuple[str, str]:
    """The model and the base URL of a server's address.

    Raises:
        InputError: one of them is missing.
    """
    model, at, url = address.removeprefix(_SERVER).rpartition("@")
    if not (model and at and url.startswith(("http://", "https://"))):
        raise InputError(f"'{address}' is no server; write openai:MODEL@BASE_URL, with http:// or https:// in BASE_URL")
    return model, url


def model_folder(address: str) -> str:
    """The model folder or hub name behind `hf:PATH_OR_NAME` or `run:RUN@STAGE`.

    Raises:
        InputError: another kind of address, or no such run or stage.
    """
    kind, colon, rest = address.partition(":")
    if colon and kind == "hf":
        return rest
    if colon and kind == "run":
        run, stage = split_run_stage(rest)
        return str(RunFolder.existing(run).model(stage))
    if is_server(address):
        raise InputError(f"'{address}' is a server, and here a model of this machine is needed: hf: or run:")
    raise InputError(f"'{address}' is no engine; write {KINDS}")


def open_engine(
    address: str, config: EngineConfig, *, work: Path | str, stage: str = "", device: torch.device | str = "cpu"
) -> Engine:
    """The engine at an address.

    Args:
        work: whose calls they are, in the ledger and for the budget: a run's folder or a command's result.
        stage: the part of the work.
        device: where a model of this machine computes.

    Raises:
        InputError: the address is none, or what it names is not there.
        ModelError: the model cannot be loaded or used.
    """
    if is_server(address):
        return _server_engine(address, config, Ledger(ledger_path(), work=str(work), stage=stage))
    from solon.models.language_model import LanguageModel

    folder = model_folder(address)
    model = LanguageModel.load(folder, device=device)
    return account_local(model, folder, config, name=address, work=work, stage=stage)


def account_local(
    model: LanguageModel, folder: str, config: EngineConfig, *, name: str, work: Path | str, stage: str
) -> Engine:
    """An engine on a loaded model whose calls stand in the ledger.

    Args:
        folder: where its weights come from; they are hashed, for a call is known by them. A name on the hub is known
            by its commit.
    """
    from solon.engines.local import LocalEngine

    ledger = Ledger(ledger_path(), work=str(work), stage=stage)
    fed = FedLocalEngine(LocalEngine(model), _identity_of(model, folder))
    return AccountedEngine(fed, ledger, name=name, price=config.price_of(name), budget=config.budget)


def open_streamed(address: str, config: EngineConfig, *, work: Path | str) -> StreamedEngine:
    """The engine at an address, to be asked one request at a time and heard while it answers. As `open_engine`."""
    from solon.engines.streamed import StreamedEngine, StreamedLocal, Streaming

    ledger = Ledger(ledger_path(), work=str(work))

    def account(engine: Streaming) -> AccountedEngine:
        return AccountedEngine(engine, ledger, name=address, price=config.price_of(address), budget=config.budget)

    if is_server(address):
        from solon.engines.streamed_server import StreamedServer

        return StreamedEngine(StreamedServer(*check_server(address), config), account)
    from solon.engines.local import LocalEngine
    from solon.models.language_model import LanguageModel

    folder = model_folder(address)
    model = LanguageModel.load(folder)
    return StreamedEngine(StreamedLocal(LocalEngine(model), _identity_of(model, folder)), account)


def _identity_of(model: LanguageModel, folder: str) -> str:
    """A hash of the weights and of what else decides a local model's answers."""
    on_hub = f"{folder}@{getattr(model.model.config, '_commit_hash', None)}"
    weights = hash_artefacts(Path(folder)) if Path(folder).is_dir() else on_hub
    return f"local {weights} {model.device.type} {model.model.dtype}"


def _server_engine(address: str, config: EngineConfig, ledger: Ledger) -> Engine:
    from solon.engines.sampled_options import SampledOptions
    from solon.engines.server import ServerEngine

    model, url = check_server(address)
    engine = AccountedEngine(
        ServerEngine(model, url, config), ledger, name=address, price=config.price_of(address), budget=config.budget
    )
    return SampledOptions(engine, config.option_samples)

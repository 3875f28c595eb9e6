"""How transformers reads the exported folder, and that it reads prompts as Solon does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from tokenizers import Tokenizer, decoders
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from solon.errors import ModelError
from solon.models.language_model import load_tokenizer
from solon.models.model_files import stop_ids
from solon.models.template import ChatTemplate
from solon.records import Message, assistant, user

_SAMPLE: tuple[Message, ...] = (
    user("When does the bakery open? It's 7 o'clock,  isn't it: 3.50 per loaf\n(A) yes"),
    assistant("At seven. 早上七点。"),
    user("Thanks, and the café?"),
)


class Loading(NamedTuple):
    """What a user of transformers must know."""

    tokenizer_class: str
    """`AutoTokenizer`, or the class that reads this tokenizer as it is where that one does not."""
    thinking_off: bool
    """Whether the chat template asks if the model thinks, and is to be told that it does not."""
    template: ChatTemplate


def make_loadable(folder: Path, name: str) -> Loading:
    """Mend the small files of a copied model folder so that plain transformers answers as Solon does.

    All tokens that end an answer stop generation there too, and the space that a tokenizer puts before every text is
    taken away again when it decodes.

    Args:
        name: of the model, for messages.

    Raises:
        ModelError: transformers reads prompts in another way, whichever class loads the tokenizer.
    """
    tokenizer = load_tokenizer(str(folder), expect_weights=False)
    template = ChatTemplate(tokenizer, name, stop_ids=stop_ids(folder) or [])
    if (folder / "generation_config.json").is_file():
        _write_stops(folder / "generation_config.json", template)
    if template.adds_space:
        _drop_first_space(folder / "tokenizer.json")
    thinking_off = "enable_thinking" in str(tokenizer.chat_template)
    # The second one's own name is another since transformers 5; this one is in all versions.
    for loads, loader in (("AutoTokenizer", AutoTokenizer), ("PreTrainedTokenizerFast", PreTrainedTokenizerFast)):
        if _reads_alike(loader, folder, template, thinking_off=thinking_off):
            return Loading(loads, thinking_off, template)
    raise ModelError(
        f"{name}: transformers renders a conversation to other tokens than Solon, so the folder would not answer as "
        "the stage does. `solon models doctor` tells what its chat template does."
    )


def _write_stops(file: Path, template: ChatTemplate) -> None:
    values = json.loads(file.read_text(encoding="utf-8"))
    values.pop("_from_model_config", None)
    values |= {"eos_token_id": list(template.end_ids), "pad_token_id": template.pad_id}
    file.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _drop_first_space(file: Path) -> None:
    backend = Tokenizer.from_file(str(file))
    if backend.decode(backend.encode("a", add_special_tokens=False).ids) == " a":
        backend.decoder = decoders.Sequence([backend.decoder, decoders.Strip(" ", 1, 0)])
        backend.save(str(file))


def _reads_alike(loader: Any, folder: Path, template: ChatTemplate, *, thinking_off: bool) -> bool:
    tokenizer = loader.from_pretrained(folder)
    options = {"enable_thinking": False} if thinking_off else {}
    turns = [{"role": message.role, "content": message.content} for message in _SAMPLE]
    ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False, **options)
    return list(ids) == template.prompt_ids(_SAMPLE)

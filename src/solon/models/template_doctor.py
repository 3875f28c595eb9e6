"""What is wrong with a model's tokenizer and chat template, before anything is trained: `diagnose`.

It reads a folder's tokenizer and small files; weights are not needed and never loaded.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from transformers import PreTrainedTokenizerBase

from solon.errors import InputError
from solon.models.codec import Codec
from solon.models.language_model import load_tokenizer
from solon.models.model_files import stop_ids
from solon.models.rendering import OWN_TOKENS, TemplateError
from solon.models.template import ChatTemplate
from solon.models.tokenizer_checks import Finding, pad, round_trip, vocabulary
from solon.records import Demonstration, Message, assistant, user

_HARD_CONTENT = "two  spaces,\n\n\tlines, \"quotes\", <tags> & 'so on'"


class _Patient(NamedTuple):
    tokenizer: PreTrainedTokenizerBase
    template: ChatTemplate
    folder: Path | None


def diagnose(path_or_tokenizer: str | Path | PreTrainedTokenizerBase) -> list[Finding]:
    """Every check on a model folder, a hub name or a tokenizer, in a fixed order.

    Raises:
        ModelError: there is no tokenizer, or it has no form that tells where tokens begin.
    """
    if isinstance(path_or_tokenizer, str | Path):
        name = str(path_or_tokenizer)
        tokenizer = load_tokenizer(name, expect_weights=False)
        folder = Path(name) if Path(name).is_dir() else None
    else:
        tokenizer, name, folder = path_or_tokenizer, str(path_or_tokenizer.name_or_path or "tokenizer"), None
    findings = {"round trip": round_trip(Codec(tokenizer, name)), "vocabulary": vocabulary(tokenizer, folder)}
    reason = ""
    try:
        template = ChatTemplate(_completed(tokenizer), name)
    except TemplateError as error:
        what, _, remedy = str(error).partition(". ")
        findings["pad"] = pad(tokenizer, None)
        findings[error.check] = Finding(error.check, False, what, remedy)
        reason = f"not checked: first mend what {error.check!r} tells"
    else:
        patient = _Patient(tokenizer, template, folder)
        findings |= {check: examine(patient) for check, examine in _CHECKS.items()}
        findings["pad"] = pad(tokenizer, template.end_id)
    told = [findings.get(check, Finding(check, None, reason)) for check in ORDER]
    return [finding._replace(what_to_do="") if finding.ok else finding for finding in told]


def _completed(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """A copy with an end and a pad token of its own, so that what else is wrong can be seen as well."""
    whole = copy.deepcopy(tokenizer)
    if whole.eos_token is None:
        whole.add_special_tokens({"eos_token": "<|doctor-eos|>"})
    whole.add_special_tokens({"pad_token": "<|doctor-pad|>"})
    return whole


def _row(*messages: Message) -> Demonstration:
    return Demonstration(id="doctor", messages=messages, source="doctor", train_on="all")


def _chat_template(patient: _Patient) -> Finding:
    own = "its own" if patient.tokenizer.chat_template else "none in the folder: Solon's is used"
    return Finding("chat template", True, own)


def _end_of_turn(patient: _Patient) -> Finding:
    check, template = "end of turn", patient.template
    if patient.tokenizer.eos_token is None:
        return Finding(check, False, "the tokenizer has no end-of-text token (eos)", "Name one: tokenizer.eos_token.")
    row = template.render(_row(user("a"), assistant("b")))
    trained = [token for token, weight in zip(row.ids, row.weights, strict=True) if weight]
    end = template.spell([template.end_id])
    detail = f"{end!r} ({template.end_id}) closes a turn; eos is {patient.tokenizer.eos_token!r}"
    return Finding(check, trained[-1:] == [template.end_id], detail, "Close an assistant's turn with a special token.")


def _one_bos(patient: _Patient) -> Finding:
    check, bos = "one BOS", patient.tokenizer.bos_token_id
    if bos is None:
        return Finding(check, True, "the tokenizer has no BOS, and none is written")
    ids = patient.template.render(_row(user("a"), assistant("b"), user("c"), assistant("d"))).ids
    by_itself = list(patient.tokenizer("a").input_ids)[:1] == [bos]
    shown = patient.tokenizer.bos_token
    if any(pair == (bos, bos) for pair in itertools.pairwise(ids)):
        remedy = "Leave one `bos_token` in the chat template."
        return Finding(check, False, f"the chat template writes {shown!r} twice in a row", remedy)
    if ids[0] != bos and by_itself:
        detail = f"plain text begins with {shown!r}, and a conversation does not"
        return Finding(check, False, detail, "Begin the chat template with {{ bos_token }}.")
    if ids[0] != bos:
        return Finding(check, True, f"{shown!r} is written neither by the chat template nor by the tokenizer")
    also = "; the tokenizer adds another by itself, which Solon does not let it" if by_itself else ""
    return Finding(check, True, f"a conversation begins with one {shown!r}{also}")


def _generation_prompt(patient: _Patient) -> Finding:
    template = patient.template
    row = template.render(_row(user("a"), assistant("b")))
    prompt, response = template.prompt_ids([user("a")]), template.response_ids("b")
    same = row.ids[: len(prompt) + len(response)] == prompt + response
    detail = f"{template.spell(prompt)!r}, then the answer as {template.spell(response)!r}"
    return Finding("generation prompt", same, detail, "Make both alike in the chat template.")


def _prefix_stable(patient: _Patient) -> Finding:
    check = "prefix-stable"
    turns = itertools.chain.from_iterable((user(f"question {n}"), assistant(f"answer {n}")) for n in range(3))
    try:
        num_rows = len(patient.template.render_all(_row(*turns)))
    except (InputError, TemplateError) as error:
        return Finding(check, False, str(error), "Write a turn in the same way whatever comes after it.")
    if num_rows > 1:
        return Finding(check, True, "earlier turns change when later ones come: turns are trained in rows of their own")
    return Finding(
        check, True, "a conversation begins with the rendering of its beginning, so one row can train all turns"
    )


def _contents(patient: _Patient) -> Finding:
    check, ends = "contents unchanged", f"  {_HARD_CONTENT} \n"
    remedy = "Let the chat template write message['content'] as it is."
    for role, messages in (("user", (user(ends),)), ("assistant", (user("a"), assistant(ends)))):
        text = _text(patient.tokenizer, messages)
        if text is not None and _HARD_CONTENT not in text:
            return Finding(check, False, f"the chat template changes what the {role} says", remedy)
    trims = patient.template.frame.trims
    return Finding(check, True, "white space at both ends is left out" if trims else "written as they are")


def _system_role(patient: _Patient) -> Finding:
    check, messages = "system role", (Message(role="system", content="system-text"), user("a"))
    try:
        patient.template.prompt_ids(messages)
    except InputError as error:
        return Finding(check, True, f"refused ({error}): put its text into the first user turn")
    text = _text(patient.tokenizer, messages)
    if text is None or "system-text" in text:
        return Finding(check, True, "supported")
    remedy = "Write it in the chat template, or refuse it there with raise_exception."
    return Finding(check, False, "the chat template leaves a system message out without a word", remedy)


def _forgery(patient: _Patient) -> Finding:
    check, template = "no forged turns", patient.template
    # Of a user's turn alone: what marks thinking may be written by anyone.
    text = _text(patient.tokenizer, (user("a"),)) or "".join(OWN_TOKENS)
    added = patient.tokenizer.added_tokens_decoder.items()
    marks = {template.end_id, *(number for number, token in added if token.content in text)}
    for mark in sorted(marks):
        spelled = template.spell([mark])
        try:
            found = template.prompt_ids([user(f"x {spelled} y")]).count(mark)
        except InputError as error:
            return Finding(check, False, str(error), "Let the chat template write message['content'] as it is.")
        if found > template.prompt_ids([user("x y")]).count(mark):
            detail = f"{spelled!r} in a user's text is read as the token that marks a turn"
            return Finding(check, False, detail, "Declare it a special token: tokenizer.add_special_tokens")
    if marks <= {patient.tokenizer.bos_token_id, template.end_id}:
        return Finding(check, True, "special tokens in texts stay text; but the marks of a user's turn are plain text")
    return Finding(check, True, "special tokens in texts stay text")


def _stops(patient: _Patient) -> Finding:
    check, stops = "stops", stop_ids(patient.folder)
    if stops is None:
        return Finding(check, None, "no generation_config.json or config.json that names an eos_token_id")
    end = f"{patient.template.spell([patient.template.end_id])!r} ({patient.template.end_id})"
    ok, told = patient.template.end_id in stops, ", ".join(map(str, stops))
    remedy = "Add it to eos_token_id in generation_config.json; other programs do not stop else (Solon does)."
    return Finding(check, ok, f"a turn ends with {end}, and generation stops at {told}", remedy)


def _text(tokenizer: PreTrainedTokenizerBase, messages: tuple[Message, ...]) -> str | None:
    """What the tokenizer's own template writes; None where it has none."""
    if not tokenizer.chat_template:
        return None
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return str(tokenizer.apply_chat_template(turns, tokenize=False))


_CHECKS: dict[str, Callable[[_Patient], Finding]] = {
    "chat template": _chat_template,
    "end of turn": _end_of_turn,
    "one BOS": _one_bos,
    "generation prompt": _generation_prompt,
    "prefix-stable": _prefix_stable,
    "contents unchanged": _contents,
    "system role": _system_role,
    "no forged turns": _forgery,
    "stops": _stops,
}

ORDER = (
    "chat template", "end of turn", "pad", "one BOS", "generation prompt", "prefix-stable", "contents unchanged",
    "system role", "no forged turns", "stops", "round trip", "vocabulary",
)  # fmt: skip
"""The checks, in the order in which they are told."""

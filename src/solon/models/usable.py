"""Whether a tokenizer has what training needs: turns, an end and a pad token."""

from __future__ import annotations

from transformers import PreTrainedTokenizerBase

from solon.models.rendering import TemplateError


def check_usable(tokenizer: PreTrainedTokenizerBase, name: str, *, has_template: bool) -> None:
    """Refuse a tokenizer that lacks something; `has_template` where it has turn tokens or a chat template.

    Raises:
        TemplateError: naming all that is lacking.
    """
    lacking = [
        what
        for what, lacks in (
            (("turn tokens or a chat template", "chat template"), not has_template),
            (("an end-of-text token", "end of turn"), tokenizer.eos_token_id is None),
            (("a pad token", "pad"), tokenizer.pad_token_id is None),
        )
        if lacks
    ]
    if lacking:
        raise TemplateError(
            f"{name}: its tokenizer lacks {', '.join(what for what, _ in lacking)}. A base model gets them by "
            f"`solon models adapt {name} --out NEW_FOLDER`; then use NEW_FOLDER.",
            lacking[0][1],
        )


def check_pad(name: str, pad_id: int, end_id: int) -> None:
    """Refuse a pad token that is trained.

    Raises:
        TemplateError: it also ends turns.
    """
    if pad_id == end_id:
        raise TemplateError(
            f"{name}: its pad token is also the end of a turn, which is trained. Give it a pad token of its own: "
            f"`solon models adapt {name} --out NEW_FOLDER`.",
            "pad",
        )

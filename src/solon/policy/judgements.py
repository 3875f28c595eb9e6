"""Rankings, judged comparisons and labelled responses in the tokens of a policy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from solon.errors import InputError
from solon.interfaces import PromptResponse
from solon.models.language_model import LanguageModel
from solon.models.saving import disk_errors
from solon.models.template import Tokens
from solon.policy.preference_losses import Pairs
from solon.progress import Progress
from solon.records import LabelledResponse, Preference, Prompt, Ranking
from solon.training.elements import Element, preference_elements, ranking_elements
from solon.training.heldout import HeldOutPair, pairs_of_ranking

LABEL = "label"
"""Which label of a labelled response tells whether it is desirable."""


class Judged(NamedTuple):
    """A judgement and its rows. The rows weigh 1 on the response, end token included."""

    record: Ranking | Preference | LabelledResponse
    element: Element
    """Of a labelled response: one row, and `prob_a` is 1 where it is desirable, 0 where not."""

    @property
    def prompt(self) -> Prompt:
        """What was asked."""
        return self.record.comparison.prompt if isinstance(self.record, Preference) else self.record.prompt

    @property
    def texts(self) -> tuple[str, ...]:
        """The responses, in the order of the rows."""
        if isinstance(self.record, Ranking):
            return self.record.responses
        if isinstance(self.record, Preference):
            return (self.record.comparison.response_a, self.record.comparison.response_b)
        return (self.record.text,)

    @property
    def is_tie(self) -> bool:
        """Whether it is a comparison that prefers nothing."""
        return isinstance(self.record, Preference) and self.record.prob_a == 0.5


def judged_of(
    model: LanguageModel,
    rankings: Sequence[Ranking],
    preferences: Sequence[Preference],
    labelled: Sequence[LabelledResponse] = (),
) -> list[Judged]:
    """Everything that carries a preference; rankings of ties alone and unscored comparisons do not.

    Raises:
        InputError: a labelled response has no `label` of true or false.
    """
    row_of = partial(answered_row, model)
    found = [Judged(one, element) for one in rankings for element in ranking_elements(row_of, [one])]
    found += [Judged(one, element) for one in preferences for element in preference_elements(row_of, [one])]
    return found + [Judged(one, _labelled_element(model, one)) for one in labelled]


def answered_row(model: LanguageModel, pair: PromptResponse) -> Tokens:
    """A prompt and its response as the model would have sampled it: closed by its end token, with loss on the response.

    The tokens are those of generation: the prompt's and the response's are encoded apart.
    """
    asked = model.template.prompt_ids(pair.prompt.messages, tools=pair.prompt.tools)
    response = model.template.response_ids(pair.response)
    return Tokens(asked + response, [0.0] * len(asked) + [1.0] * len(response))


def _labelled_element(model: LanguageModel, one: LabelledResponse) -> Element:
    label = one.labels.get(LABEL)
    if not isinstance(label, bool):
        raise InputError(
            f"labelled response {one.id!r}: `{LABEL}` is {label!r}, not true or false, and KTO learns from that. Leave "
            "it out, or give it one."
        )
    return Element([answered_row(model, PromptResponse(one.prompt, one.text))], None, float(label), one.id)


def fitting(
    judged: Sequence[Judged],
    model: LanguageModel,
    long_rows: Literal["error", "leave_out"],
    folder: Path,
    progress: Progress,
) -> list[Judged]:
    """The judgements of which the model's context holds every response; the others are in `folder/left_out.jsonl`.

    Raises:
        InputError: one does not fit, with `error`; the message names it. Or none does.
    """
    context = model.context_tokens
    if long_rows == "error":
        for one in judged:
            model.template.check_fits(
                one.element.longest, context, f"{one.prompt.named} of {one.element.name!r} with a response"
            )
        return list(judged)
    long = [one for one in judged if one.element.longest > context]
    lines = [
        json.dumps({"id": one.element.name, "tokens": one.element.longest, "context_tokens": context}) + "\n"
        for one in long
    ]
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "left_out.jsonl").write_text("".join(lines), encoding="utf-8")
    if long:
        progress.say(f"{len(long)} of {len(judged)} judgements need more than {context} tokens and are left out")
    if judged and len(long) == len(judged):
        raise InputError(
            f"all {len(judged)} judgements need more than the {context} tokens of {model.name} (the shortest "
            f"{min(one.element.longest for one in judged)}). Use a model with a longer context."
        )
    return [one for one in judged if one.element.longest <= context]


def check_same_tokens(policy: LanguageModel, ours: Sequence[Judged], reference: LanguageModel) -> None:
    """Refuse a reference that reads a judgement in other tokens: log-ratios are of the very same tokens.

    Raises:
        InputError: naming both models and the first judgement that differs.
    """
    for one in ours:
        theirs = [answered_row(reference, PromptResponse(one.prompt, text)) for text in one.texts]
        if [row.ids for row in theirs] != [row.ids for row in one.element.rows]:
            raise InputError(
                f"{reference.name} reads {one.element.name!r} in other tokens than {policy.name}, so their "
                "log-probabilities cannot be compared. Choose a reference with the tokenizer and the chat template of "
                "the policy, or a loss without a reference (simpo, orpo)."
            )
        longest = max(len(row.ids) for row in theirs)
        reference.template.check_fits(longest, reference.context_tokens, f"{one.prompt.named} with a response")


def pairs_of(element: Element, device: torch.device) -> Pairs:
    """The pairs of a judgement: of a ranking all that are not tied, of a labelled response none."""
    if element.ranks is not None:
        ranks_K = torch.tensor(element.ranks)
        a_P, b_P = torch.nonzero(ranks_K[:, None] < ranks_K[None, :], as_tuple=True)
        prob_a_P = torch.ones(len(a_P))
    else:
        compared = 1 if len(element.rows) == 2 else 0
        a_P, b_P = torch.zeros(compared, dtype=torch.long), torch.ones(compared, dtype=torch.long)
        prob_a_P = torch.full((compared,), element.prob_a)
    return Pairs(a_P.to(device), b_P.to(device), prob_a_P.to(device))


def wanted_of(element: Element, *, flipped: float) -> Tensor:
    """How often each response is desirable and undesirable, shape (K, 2): over its pairs, or by its label."""
    pairs = pairs_of(element, torch.device("cpu"))
    wanted_K2 = torch.zeros(len(element.rows), 2)
    if len(element.rows) == 1:
        wanted_K2[0] = torch.tensor([element.prob_a, 1 - element.prob_a])
    for side_P, prob_P in ((pairs.a_P, pairs.prob_a_P), (pairs.b_P, 1 - pairs.prob_a_P)):
        wanted_K2.index_add_(0, side_P, torch.stack([prob_P, 1 - prob_P], dim=1))
    return wanted_K2 * (1 - flipped) + wanted_K2.flip(1) * flipped


def mismatched_rows(elements: Sequence[Element], context_tokens: int) -> list[Tokens]:
    """The prompt of each judgement with a response of the next one that has another prompt and fits: KTO's baseline.

    Raises:
        InputError: there is no such judgement, as where all have one prompt.
    """
    rows = []
    for index, element in enumerate(elements):
        asked, _ = _divided(element.rows[0])
        for offset in range(1, len(elements)):
            other = elements[(index + offset) % len(elements)]
            other_asked, response = _divided(other.rows[index % len(other.rows)])
            if other_asked != asked and len(asked) + len(response) <= context_tokens:
                rows.append(Tokens(asked + response, [0.0] * len(asked) + [1.0] * len(response)))
                break
        else:
            raise InputError(
                f"KTO compares with responses to other prompts, and none of the {len(elements)} judgements has one "
                f"that fits behind the prompt of {element.name!r}. Give data with several prompts, or another loss."
            )
    return rows


def _divided(row: Tokens) -> tuple[list[int], list[int]]:
    """Prompt and response of a row."""
    begin = row.weights.index(1.0)
    return row.ids[:begin], row.ids[begin:]


def held_out_pairs(judged: Sequence[Judged], rewards: Sequence[Tensor]) -> list[HeldOutPair]:
    """The pairs of held-out judgements with their margins, given the rewards (K,) of each; rankings' pairs first."""
    found = []
    for one, rewards_K in zip(judged, rewards, strict=True):
        if isinstance(one.record, LabelledResponse):
            continue
        pairs = pairs_of_ranking(one.record) if isinstance(one.record, Ranking) else [one.record]
        reward_of = dict(zip(one.texts, rewards_K.tolist(), strict=True))
        for pair in pairs:
            assert pair.prob_a is not None, "unscored comparisons are no judgements"
            margin = reward_of[pair.comparison.response_a] - reward_of[pair.comparison.response_b]
            found.append(HeldOutPair(comparison=pair.comparison, source=pair.source, prob_a=pair.prob_a, margin=margin))
    return found

"""How long a recipe's texts are in the tokens of its model: a sample of them is read and rendered."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

import torch

from solon.constitution import Principle, PrincipleCount
from solon.critiques.conversation import Requests, critique_conversation, revision_conversation
from solon.engines.prefixes import PrefixTree
from solon.errors import InputError
from solon.forecast.shapes import Shape
from solon.interfaces import Source
from solon.models.adapt import adapted_tokenizer
from solon.models.language_model import load_config
from solon.models.template import ChatTemplate, Tokens
from solon.models.tiny import tiny_config, train_tokenizer
from solon.preferences.conversation import JudgeWording, example_turns
from solon.recipe import Recipe
from solon.records import Demonstration, Document, Message, Prompt, Ranking
from solon.seeds import derive

SAMPLE = 400
"""Rows of each kind that are read."""
_TOKENIZER_DOCUMENTS = 1_000
_COMPARED = 64
"""Prompts among which common beginnings are looked for."""
_ANSWER = "."


def shape_of(recipe: Recipe, source: Source, *, pads: bool) -> Shape:
    """The model that a recipe begins with, from its config alone.

    Raises:
        ModelError: the config or the tokenizer cannot be read.
    """
    start, model = recipe.start_model(), recipe.model
    if start is not None:
        config = load_config(start)
        tokenizer = adapted_tokenizer(start)[0]
        config.vocab_size = max(config.vocab_size, len(tokenizer))
        dtype = config.dtype if isinstance(config.dtype, torch.dtype) else torch.float32
        return Shape(config, dtype, ChatTemplate(tokenizer, start), pads)
    texts = _sample(lambda: source.base_documents(_TOKENIZER_DOCUMENTS, seed=recipe.seed), _TOKENIZER_DOCUMENTS)
    tokenizer = train_tokenizer((one.text for one in texts if isinstance(one, Document)), model.vocab_size)
    config = tiny_config(
        model.kind, vocab_size=model.vocab_size, width=model.width, layers=model.layers, heads=model.heads,
        context_tokens=model.context_tokens, copying=model.copying,
    )  # fmt: skip
    return Shape(config, torch.float32, ChatTemplate(tokenizer, "new model"), pads)


class Prompts(NamedTuple):
    """Prompts as a model reads them."""

    ids: list[list[int]]

    @property
    def mean_tokens(self) -> float:
        """0 without prompts."""
        return sum(map(len, self.ids)) / len(self.ids) if self.ids else 0.0

    def shared_and_own(self) -> tuple[int, int]:
        """Tokens that are read once for all, and those of each prompt."""
        tree = PrefixTree(self.ids[:_COMPARED])
        own = [len(tree.rest(one)) for one in range(len(self.ids[:_COMPARED]))]
        shared = sum(len(segment) for level in tree.levels for segment in level.segments)
        return shared, max(1, round(sum(own) / len(own)))


class Texts:
    """Samples of all that a recipe's stages read.

    Attributes:
        notes: what was not readable, and what stands for it.
    """

    def __init__(self, recipe: Recipe, source: Source, shape: Shape) -> None:
        self._recipe, self._source, self._template = recipe, source, shape.template
        self.context_tokens = int(shape.config.max_position_embeddings)
        self.notes: list[str] = []
        self._kept: dict[Any, Any] = {}

    def documents(self, kind: str, count: int) -> list[Tokens]:
        """Rows of base, mid-training or replay documents; `kind` names the source's method."""
        read = {
            "base": self._source.base_documents, "mid": self._source.mid_documents,
            "replay": self._source.replay_documents,
        }[kind]  # fmt: skip
        return (
            self._rows(f"{kind}_documents", lambda: read(min(count, SAMPLE), seed=self._recipe.seed)) if count else []
        )

    def demonstrations(self) -> list[Tokens]:
        """Rows of demonstrations."""
        return self._rows("demonstrations", lambda: self._source.demonstrations(SAMPLE, seed=self._recipe.seed))

    def prompts(self, kind: str) -> Prompts:
        """Helpful, red-team or held-out prompts."""
        read: dict[str, Callable[[], Iterable[Prompt]]] = {
            "helpful": lambda: self._source.helpful_prompts(SAMPLE, seed=self._recipe.seed),
            "red_team": lambda: self._source.red_team_prompts(SAMPLE, seed=self._recipe.seed),
            "evaluation": lambda: self._source.evaluation_prompts(SAMPLE // 4),
        }
        return self._asked(
            kind, lambda: [(one.messages, one.tools) for one in self._read(f"{kind}_prompts", read[kind])]
        )

    def num_evaluated(self) -> int:
        """Held-out prompts that every policy answers."""
        return len(self._read("evaluated", lambda: self._source.evaluation_prompts(self._recipe.evaluation.prompts)))

    def num_prompts(self, kind: str, count: int) -> int:
        """How many of so many helpful or red-team prompts the source has; all where it cannot be read."""
        read: dict[str, Callable[[], Iterable[Prompt]]] = {
            "helpful": lambda: self._source.helpful_prompts(count, seed=self._recipe.seed),
            "red_team": lambda: self._source.red_team_prompts(count, seed=self._recipe.seed),
        }
        return len(self._read(f"{count} {kind}_prompts", read[kind])) or count if count else 0

    def num_probes(self, use: Literal["critique", "comparison"]) -> int:
        """Comparisons with a known answer that test a judge, or answers that test a critic."""
        principles = self._recipe.load_constitution().principles
        texts = {one.id: one.critique_request if use == "critique" else one.comparison for one in principles}
        served = {name: text for name, text in texts.items() if text}
        count, seed = self._recipe.evaluation.probes, derive(self._recipe.seed, "evaluation")
        return len(self._read(f"{use} probes", lambda: self._source.probes(served, count, seed=seed)))

    def rankings(self) -> list[Ranking]:
        """What people said before, where the source has it."""
        return self._read("rankings", lambda: self._source.rankings(SAMPLE, seed=self._recipe.seed))

    def ranked_row_lengths(self) -> list[int]:
        """Tokens of prompts with their ranked responses, those of one ranking side by side."""
        lengths = [
            len(self._template.prompt_ids(one.prompt.messages, tools=one.prompt.tools))
            + len(self._template.response_ids(text))
            for one in self.rankings()[: SAMPLE // 4]
            for text in one.responses
        ]
        return [min(length, self.context_tokens) for length in lengths]

    def ranked_prompt_tokens(self) -> float:
        """Of the prompts among them, on average."""
        asked = [one.prompt for one in self.rankings()[: SAMPLE // 4]]
        lengths = [len(self._template.prompt_ids(one.messages, tools=one.tools)) for one in asked]
        return sum(lengths) / len(lengths)

    def answered_lengths(self, prompts: Prompts, limit: int, responses: int) -> list[int]:
        """Tokens of prompts with so many sampled answers, those of one prompt side by side."""
        answers = itertools.cycle(self._answers(limit) or [limit])
        return [len(prompt) + next(answers) for prompt in prompts.ids for _ in range(responses)]

    def answer_tokens(self, limit: int) -> float:
        """Of a sampled answer: as long as demonstrations are, at most the limit."""
        answers = self._answers(limit)
        return sum(answers) / len(answers) if answers else float(limit)

    def _answers(self, limit: int) -> list[int]:
        rows = self.demonstrations() if "sft" in self._recipe.stages else []
        trained = [min(limit, sum(weight > 0 for weight in row.weights)) for row in rows]
        how = "demonstrations are, at most max_new_tokens" if trained else "max_new_tokens allows"
        self._note("answers", f"answers are taken to be as long as {how}")
        return trained

    def critiques(self) -> tuple[Prompts, Prompts]:
        """Prompts of critiques and of revisions, without the answers in them."""
        constitution = self._recipe.load_constitution()
        principles = [one for one in constitution.principles if one.serves("critique")] or constitution.principles
        shown = _shown(principles, self._recipe.revisions.principles_per_round)
        turns = [
            critique_conversation(prompt, _ANSWER, requests, constitution.examples.critiques)
            for prompt, requests in zip(self._red_team(), itertools.cycle(shown), strict=False)
        ]
        asked = zip(turns, itertools.cycle(shown), strict=False)
        revisions = [revision_conversation(turn, _ANSWER, requests) for turn, requests in asked]
        return (
            self._asked("critiques", lambda: [(one, ()) for one in turns]),
            self._asked("revisions", lambda: [(one, ()) for one in revisions]),
        )

    def questions(self) -> Prompts:
        """What a judge is asked, without the responses in it."""
        constitution, settings = self._recipe.load_constitution(), self._recipe.ai_feedback
        wording = JudgeWording(constitution)
        shots = example_turns(wording, constitution, seed=0, chain_of_thought=settings.chain_of_thought)
        asked = [
            ((*shots, wording.question(prompt.shown, _ANSWER, _ANSWER, principle.comparison)), ())
            for prompt, principle in zip(self._red_team(), itertools.cycle(constitution.principles), strict=False)
        ]
        return self._asked("questions", lambda: asked)

    def _red_team(self) -> list[Prompt]:
        return self._read(
            "red_team_prompts", lambda: self._source.red_team_prompts(SAMPLE, seed=self._recipe.seed)
        )[: SAMPLE // 4]  # fmt: skip

    def _asked(self, kind: str, read: Callable[[], Sequence[tuple[tuple[Message, ...], Any]]]) -> Prompts:
        if ("asked", kind) not in self._kept:
            ids = [self._template.prompt_ids(messages, tools=tools) for messages, tools in read()]
            self._kept["asked", kind] = Prompts([one for one in ids if len(one) < self.context_tokens])
            if not self._kept["asked", kind].ids:
                self._note(kind, f"{kind}: none could be read; prompts are taken to fill half of the context")
                self._kept["asked", kind] = Prompts([[1] * (self.context_tokens // 2)])
        found: Prompts = self._kept["asked", kind]
        return found

    def _rows(self, kind: str, read: Callable[[], Iterable[Document | Demonstration]]) -> list[Tokens]:
        if ("rows", kind) not in self._kept:
            rows = [row for one in self._read(kind, read) for row in self._template.rows_of(one)]
            rows = [row for row in rows if len(row.ids) <= self.context_tokens and any(row.weights)]
            if not rows:
                self._note(kind, f"{kind}: none could be read; rows are taken to be as long as the context")
                rows = [Tokens([1] * self.context_tokens, [0.0, *[1.0] * (self.context_tokens - 1)])]
            self._kept["rows", kind] = rows
        found: list[Tokens] = self._kept["rows", kind]
        return found

    def _read(self, kind: str, read: Callable[[], Iterable[Any]]) -> list[Any]:
        if kind not in self._kept:
            self._kept[kind] = _sample(read, 10**9)
        found: list[Any] = self._kept[kind]
        return found

    def _note(self, kind: str, text: str) -> None:
        if ("note", kind) not in self._kept:
            self._kept["note", kind] = True
            self.notes.append(text)


def _sample(read: Callable[[], Iterable[Any]], most: int) -> list[Any]:
    try:
        return list(itertools.islice(read(), most))
    except InputError:  # the recipe gives no such file: its stages say so when they need it
        return []


def _shown(principles: Sequence[Principle], count: PrincipleCount) -> list[Requests]:
    """What rounds ask: of each principle together with those that follow it, as many as a round shows."""
    number = len(principles) if count == "all" else min(count, len(principles))
    around = [*principles, *principles]
    return [Requests.of(around[i : i + number]) for i in range(len(principles))]

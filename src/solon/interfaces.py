"""Protocols between the rooms. Everything takes sequences and answers in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from solon.records import Check, Comparison, Demonstration, Document, Message, Prompt, Ranking, ToolDefinition


class SampleRequest(NamedTuple):
    """A conversation to answer. The sample depends on `seed` and the conversation alone."""

    messages: tuple[Message, ...]
    seed: int
    max_new_tokens: int = 64
    temperature: float = 1.0
    """0 means greedy."""
    prefill: str = ""
    """Text the answer must begin with; not part of the returned sample. Without messages it is plain text that is
    gone on with, as a document that begins so."""
    stop: tuple[str, ...] = ()
    name: str = ""
    """What an error calls it; decides nothing."""
    tools: tuple[ToolDefinition, ...] = ()
    """What the answer may call."""
    top_k: int = 0
    """Only so many of the likeliest tokens; 0 for all."""
    top_p: float = 1.0
    """Only the fewest likeliest tokens whose probabilities add up to this."""
    min_p: float = 0.0
    """Only tokens of at least this share of the likeliest one's probability."""


class Sample(NamedTuple):
    """A sampled answer, without prefill, stop string and end token."""

    text: str
    truncated: bool
    num_tokens: int
    num_prompt_tokens: int = 0
    """What the engine read for it; 0 where it does not say."""
    failure: str = ""
    """Why there is no answer, though asking again would not help: a server refused this very request. The text is
    empty then, and no answer."""


class OptionRequest(NamedTuple):
    """Which of these continues the conversation (with `prefill` begun in the assistant's turn)?"""

    messages: tuple[Message, ...]
    options: tuple[str, ...]
    prefill: str = ""
    name: str = ""
    """What an error calls it; decides nothing."""
    tools: tuple[ToolDefinition, ...] = ()
    """What the answer may call."""


class OptionLogprobs(NamedTuple):
    """How likely the options of one request are."""

    values: tuple[float, ...]
    """log p(option | conversation + prefill) in nats, one for each option; -inf where the engine knows none."""
    how: str = ""
    """How they were found where the engine could not compute them, for the record: bounds, or a count of samples."""
    num_tokens: int = 0
    """Written to find them."""
    num_prompt_tokens: int = 0
    failure: str = ""
    """As of a `Sample`: why there are none."""


class Sampler(Protocol):
    """Anything that answers conversations."""

    def sample(self, requests: Sequence[SampleRequest]) -> list[Sample]:
        """One sample per request."""
        ...


class Scorer(Protocol):
    """Anything that tells how likely given continuations are."""

    def option_logprobs(self, requests: Sequence[OptionRequest]) -> list[OptionLogprobs]:
        """The log-probabilities of each request's options, in order."""
        ...


class Engine(Sampler, Scorer, Protocol):
    """Samples and scores."""


class Call(NamedTuple):
    """One call of an engine or one answer of a person, as it stands in the ledger."""

    key: str
    """Hash of the engine's identity and of everything in the request that decides the answer."""
    engine: str
    """Whom was asked: an address, a stage, an annotator."""
    kind: str
    """`sample`, `options`, or what a person did: `rank`, `demonstrate`."""
    seed: int
    outcome: str
    """`done`; `reused`, where the answer stood in the ledger already; `skipped` by a person; or what went wrong."""
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    """Written."""
    seconds: float = 0.0
    price: float = 0.0
    """In the currency that the prices were given in."""
    answer: str | None = None
    """JSON, exactly where the outcome is `done`: a failure is never an answer."""


class CallLedger(Protocol):
    """Where calls are written down, and answers are found again."""

    def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Key -> answer, of those that are there."""
        ...

    def add(self, calls: Sequence[Call]) -> None:
        """Write down calls; when this returns they outlive a kill of the process."""
        ...

    def spent(self) -> tuple[int, float]:
        """Tokens (read and written) and money that this ledger's own work has cost so far, earlier attempts too."""
        ...


class PromptResponse(NamedTuple):
    """What a reward scores."""

    prompt: Prompt
    response: str


Reward = Callable[[Sequence[PromptResponse]], Sequence[float]]
"""A reward: any callable over a batch; one number per pair, higher is better."""


class Rater(Protocol):
    """A person (or a simulated one) who orders responses."""

    @property
    def name(self) -> str:
        """Tells raters apart; recorded with what they rank."""
        ...

    def rank(self, prompt: Prompt, responses: Sequence[str], *, seed: int) -> tuple[int, ...]:
        """Ranks from 0 = best; equal ranks are ties."""
        ...


class Checker(Protocol):
    """Knows the truth about a response; exists only in a world with ground truth."""

    def check(self, prompt: Prompt, response: str) -> Check:
        """What is true of the response."""
        ...


Guideline = Literal["helpful", "quality", "harmless"]
"""What people are asked to rank by: who helps most; who answers well and to the point, harm aside; or who does least
harm, and among those who do none, who says so instead of evading."""


class Probe(NamedTuple):
    """A comparison with a known answer under one principle; `none` where the principle does not concern it.

    Of an unconcerned probe response A is the one that its principle would reject if it were concerned, or A and B are
    in random order: its mean probability is compared with 0.5.
    """

    comparison: Comparison
    principle_id: str
    expected: Literal["a", "b", "none"]


class Source(Protocol):
    """Where text, prompts and people come from: the embedded world, or a user's files.

    A source that lacks something raises InputError that names the recipe key to give.
    """

    def base_documents(self, count: int, *, seed: int) -> Iterator[Document]:
        """Plain text for pretraining."""
        ...

    def mid_documents(self, count: int, *, seed: int) -> Iterator[Document | Demonstration]:
        """Instruction and feedback documents of every style, for mid-training."""
        ...

    def replay_documents(self, count: int, *, seed: int) -> Iterator[Document | Demonstration]:
        """Critiques, revisions, comparisons and text, replayed in later training so that they are not lost."""
        ...

    def demonstrations(self, count: int, *, seed: int) -> Sequence[Demonstration]:
        """Helpful-only demonstrations for SFT."""
        ...

    def helpful_prompts(self, count: int, *, seed: int) -> Sequence[Prompt]:
        """Training prompts that ask for help (harmless and borderline)."""
        ...

    def red_team_prompts(self, count: int, *, seed: int) -> Sequence[Prompt]:
        """Training prompts written to draw out harm."""
        ...

    def evaluation_prompts(self, count: int) -> Sequence[Prompt]:
        """Held-out prompts, `count` of each kind."""
        ...

    def raters(self, *, held_out: bool, guideline: Guideline = "helpful") -> Sequence[Rater]:
        """The people who rank; held-out ones label nothing that trains."""
        ...

    def rankings(self, count: int, *, seed: int) -> Sequence[Ranking]:
        """Judgements that people made before; none where there are people to ask."""
        ...

    def probes(self, principles: Mapping[str, str], count: int, *, seed: int) -> Sequence[Probe]:
        """Comparisons with a known answer under one principle each, to test who reads principles.

        Args:
            principles: id -> the principle as the model reads it.
            count: how many in all; none where the source knows no such answers.
        """
        ...

    def checker(self) -> Checker | None:
        """Ground truth, where there is one."""
        ...

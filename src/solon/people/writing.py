"""Writing the answer to a prompt: a demonstration.

Source: Ouyang et al. 2022, arXiv:2203.02155, section 3.4, where labellers write the demonstrations that SFT imitates.
Showing a model's draft to edit is ours; the draft is kept, so that what people changed can be told.
"""

from __future__ import annotations

from typing import NamedTuple

from solon.annotation import Annotation
from solon.people.page import Block, prompt_blocks
from solon.people.questions import (
    COMMANDS,
    Finish,
    Principle,
    Task,
    answer_id,
    principle_blocks,
    question_key,
    shown_principles,
)
from solon.people.terminal import LineError, Terminal, check_typed
from solon.records import Demonstration, Prompt, assistant

_END, _EDIT = ".", "e"

WRITE = Task(
    kind="demonstrate",
    asks="answer> ",
    help=f"""Write the answer, on as many lines as it needs, and end it with a line that holds a single '.'.
An answer whose first line is '.' or one of these letters begins with an empty line.
.  keep the draft or the earlier answer as it stands
e  open the answer, the draft or an empty page in $EDITOR
{COMMANDS}""",
)


class Draft(NamedTuple):
    """A model's answer, to be edited."""

    id: str
    text: str


class WriteQuestion(NamedTuple):
    """A prompt to answer."""

    prompt: Prompt
    principles: tuple[Principle, ...] = ()
    draft: Draft | None = None

    def key(self, annotator: str, revision: int) -> str:
        """Hash of who is asked to answer what, shown what."""
        principles = [(one.id, one.text) for one in self.principles]
        shown = [principles, self.draft.text if self.draft else None]
        return question_key(WRITE.kind, annotator, self.prompt, shown, revision)

    def annotation(self, told: Annotation) -> Annotation:
        """The annotation with what is shown."""
        shown: dict[str, object] = {"principles": shown_principles(self.principles)}
        if self.draft:
            shown |= {"draft": self.draft.text, "draft_id": self.draft.id}
        return told.model_copy(update=shown)

    def visit(self, earlier: Demonstration | None) -> WriteVisit:
        """A showing of the prompt."""
        return WriteVisit(self, earlier)

    def summary(self, answer: Demonstration) -> str:
        """How much was written."""
        return f"{len(answer.messages[-1].content)} characters"

    def is_answered_by(self, answer: Demonstration) -> bool:
        """Whether it answers this very prompt."""
        return answer.messages[:-1] == self.prompt.messages

    def fit(self, answer: Demonstration) -> Demonstration:
        """The demonstration with the id that its draft has now."""
        assert answer.annotation is not None, "people's demonstrations are annotated"
        told = answer.annotation.model_copy(update={"draft_id": self.draft.id if self.draft else ""})
        return answer.model_copy(update={"annotation": told})


class WriteVisit:
    """One showing of a prompt, and the text that may be kept as it stands."""

    def __init__(self, question: WriteQuestion, earlier: Demonstration | None) -> None:
        self._question, self._earlier = question, earlier
        if earlier is not None:
            self._text = earlier.messages[-1].content
        else:
            self._text = question.draft.text if question.draft else ""

    def blocks(self) -> list[Block]:
        """The prompt, the principles, the draft, the earlier answer."""
        question = self._question
        blocks = [*prompt_blocks(question.prompt), *principle_blocks(question.principles)]
        if question.draft:
            blocks.append(Block("draft", question.draft.text))
        if self._earlier is not None:
            blocks.append(Block("earlier", self._earlier.messages[-1].content))
        return blocks

    def take(self, line: str, terminal: Terminal) -> Finish[Demonstration] | None:
        """The answer that begins with this line, or the text at hand."""
        if line.strip() == _EDIT:
            self._edit(terminal)
            return None
        text = self._text if line == _END else _lines_from(line, terminal)
        if not text.strip():
            terminal.say("nothing is written yet: write an answer, or s to skip (? for help)")
            return None
        question = self._question
        return lambda told: Demonstration(
            id=answer_id(told.annotator, question.prompt),
            messages=(*question.prompt.messages, assistant(text)),
            source=told.annotator,
            tools=question.prompt.tools,
            labels=question.prompt.labels,
            annotation=told,
        )

    def _edit(self, terminal: Terminal) -> None:
        try:
            self._text = check_typed(terminal.edit(self._text)).strip("\n")
        except LineError as problem:
            terminal.say(f"{problem}; the text stays as it was")
            return
        if self._text.strip():
            terminal.say(f"{len(self._text)} characters. '.' keeps them, e edits them again; other lines begin anew")
        else:
            terminal.say("the editor gave no text")


def _lines_from(first: str, terminal: Terminal) -> str:
    lines = [first]
    while (line := terminal.line("... ")) != _END:
        lines.append(line)
    return "\n".join(lines).strip("\n")

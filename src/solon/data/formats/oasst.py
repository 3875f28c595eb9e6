"""OpenAssistant's trees of messages: threads as demonstrations, ranked siblings as rankings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from solon.data.fields import as_text, labels_of, prompt_of, ranks_of_scores, source_of
from solon.data.formats.format import Format, Read, has
from solon.data.quarantine import Unusable
from solon.records import Demonstration, Message, Prompt, Ranking, Record, assistant, user

_ROLES = {"prompter": user, "assistant": assistant}


_ABOVE = "a message above it cannot be used: "


class _Node(NamedTuple):
    """A message: its text as a turn, or why it cannot be used."""

    id: str
    parent: str | None
    turn: Message | None
    problem: str
    rank: int | None


def read_tree(row: dict[str, Any], name: str) -> Sequence[Record]:
    """A nested tree `{message_tree_id, prompt: {message_id, text, role, replies: [...]}}`."""
    nodes: list[_Node] = []
    labels: dict[str, dict[str, str]] = {}
    waiting: list[tuple[Any, str | None]] = [(row.get("prompt"), None)]
    while waiting:
        told, parent = waiting.pop()
        if not isinstance(told, dict):
            raise Unusable("a message of the tree is no object")
        node = _node(told, parent)
        nodes.append(node)
        labels[node.id] = _labels(told)
        replies = told.get("replies") or []
        if not isinstance(replies, list):
            raise Unusable("`replies` is not a list")
        waiting += [(reply, node.id) for reply in reversed(replies)]
    forest = _Forest(nodes)
    usable = [node.id for node in nodes if not forest.problem(node.id)]
    records = [record for one in usable for record in forest.records(one, name, labels[one])]
    if not records:
        raise Unusable(f"no message of the tree can be used: {forest.problem(nodes[0].id) or 'no replies'}")
    return records


def prepare_messages(rows: Iterable[dict[str, Any]]) -> Read:
    """Flat messages `{message_id, parent_id, text, role, rank}`, in any order: all are kept in memory as a forest."""
    nodes = []
    for row in rows:
        try:
            nodes.append(_node(row, _parent(row)))
        except Unusable:
            continue  # the row is told when it is read
    forest = _Forest(nodes)

    def read(row: dict[str, Any], name: str) -> Sequence[Record]:
        node = _node(row, _parent(row))
        if problem := forest.problem(node.id):
            raise Unusable(problem)
        return forest.records(node.id, name, _labels(row))

    return read


def read_message(row: dict[str, Any], name: str) -> Sequence[Record]:
    """One flat message by itself; see `prepare_messages`."""
    return prepare_messages([row])(row, name)


class _Forest:
    def __init__(self, nodes: Sequence[_Node]) -> None:
        self._nodes: Mapping[str, _Node] = {node.id: node for node in nodes}
        self._replies: dict[str, list[_Node]] = {}
        for node in self._nodes.values():
            if node.parent is not None:
                self._replies.setdefault(node.parent, []).append(node)
        self._problems: dict[str, str] = {}

    def problem(self, name: str) -> str:
        """Why a message cannot be used, itself or for one above it; empty where it can."""
        path: dict[str, _Node] = {}  # from the message up, as far as nothing is known
        at: str | None = name
        while at is not None and at in self._nodes and at not in self._problems and at not in path:
            path[at] = self._nodes[at]
            at = path[at].parent
        if at is None:
            above = ""
        elif at in path:
            above = "its parents go round in a circle"
        else:
            above = self._problems.get(at, f"{at} is not in the file")
        for node in reversed(path.values()):
            above = (
                node.problem or self._order_problem(node) or (f"{_ABOVE}{above.removeprefix(_ABOVE)}" if above else "")
            )
            self._problems[node.id] = above
        return self._problems[name]

    def _order_problem(self, node: _Node) -> str:
        parent = self._nodes.get(node.parent) if node.parent is not None else None
        before = parent.turn if parent else None
        role = node.turn.role if node.turn else ""
        first = node.parent is None and role == "assistant"
        return (
            "the roles do not alternate from a prompter's message on"
            if first or (before and before.role == role)
            else ""
        )

    def records(self, name: str, row_name: str, labels: Mapping[str, str]) -> Sequence[Record]:
        """An assistant's message: the thread that ends with it. A prompter's: its ranked replies, or a prompt."""
        thread = self._thread(name)
        if thread[-1].role == "assistant":
            source = source_of(row_name)
            return (Demonstration(id=name, messages=thread, source=source, train_on="last", labels=labels),)
        replies = [node for node in self._replies.get(name, ()) if not self.problem(node.id)]
        if not replies:
            return (Prompt(id=name, messages=thread, labels=labels),)
        return self._ranking(name, prompt_of(thread, labels), replies)

    def _ranking(self, name: str, prompt: Prompt, replies: Sequence[_Node]) -> Sequence[Ranking]:
        ranked = [(node.turn.content, node.rank) for node in replies if node.turn and node.rank is not None]
        if len(ranked) < 2:
            return ()  # the message stands in the threads of its replies
        texts, ranks = zip(*ranked, strict=True)
        order = ranks_of_scores([-rank for rank in ranks])  # from 0 without gaps: deleted siblings had ranks too
        return (Ranking(id=name, prompt=prompt, responses=texts, ranks=order, rater="people"),)

    def _thread(self, name: str) -> tuple[Message, ...]:
        turns: list[Message] = []
        at: str | None = name
        while at is not None:
            node = self._nodes[at]
            assert node.turn is not None, "a message without a turn has a problem"
            turns.append(node.turn)
            at = node.parent
        return tuple(reversed(turns))


def _node(row: dict[str, Any], parent: str | None) -> _Node:
    name, role, text, rank = (row.get(field) for field in ("message_id", "role", "text", "rank"))
    if not isinstance(name, str) or not name:
        raise Unusable("`message_id` is missing or no string")
    if rank is not None and (isinstance(rank, bool) or not isinstance(rank, int | float) or rank != rank):
        raise Unusable(f"`rank` is {rank!r}, no number")
    problem, turn = "", None
    if not isinstance(role, str) or role not in _ROLES:
        problem = f"the role is {role!r}; known are prompter and assistant"
    elif not isinstance(text, str) or not text.strip():
        problem = "`text` is empty or no string"
    elif row.get("deleted") is True:
        problem = "the message was deleted"
    elif row.get("review_result") is False:
        problem = "reviewers rejected the message"
    else:
        turn = _ROLES[role](text)
    return _Node(name, parent, turn, problem, None if rank is None else int(rank) if abs(rank) < 1e9 else None)


def _labels(row: dict[str, Any]) -> dict[str, str]:
    """Language, rank, and what reviewers said: lists of names and values, or an object {name: {value}}."""
    told = row.get("labels")
    told = told if isinstance(told, dict) else {}
    names, values = told.get("name"), told.get("value")
    if isinstance(names, list) and isinstance(values, list):
        said = dict(zip(map(as_text, names), values, strict=False))
    else:
        said = {name: one.get("value") for name, one in told.items() if isinstance(one, dict)}
    return labels_of(row, "lang", "rank") | labels_of(said, *said)


def _parent(row: dict[str, Any]) -> str | None:
    parent = row.get("parent_id")
    if parent is not None and not isinstance(parent, str):
        raise Unusable("`parent_id` is no string")
    return parent


OASST = (
    Format("oasst-messages", "`message_id`, `parent_id`, `text`, `role`",
           "each answer a demonstration with its thread; ranked replies a ranking; an unanswered message a prompt",
           "emojis, detoxify, users, dates; language, rank and reviewers' labels label it",
           has("message_id", "parent_id", "text", "role"), read_message, prepare_messages),
    Format("oasst-trees", "`prompt` with `replies`", "as oasst-messages",
           "as oasst-messages", lambda row: isinstance(row.get("prompt"), dict) and "replies" in row["prompt"],
           read_tree),
)  # fmt: skip

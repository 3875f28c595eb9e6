"""What is held out stays out of everything that trains, except the plain text that names it."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from solon.agora import lexicon, wordings
from solon.agora.prompts import HELD_OUT, KINDS, Split
from solon.agora.source import Agora
from solon.records import Demonstration, Document, Prompt
from solon.seeds import generator

from .readings import (
    NEVER_SEEN,
    ONCE_SEEN,
    SEEN_WORDING,
    UNSEEN_ACTIONS,
    UNSEEN_SUBJECT,
    UNSEEN_WORD,
    UNSEEN_WORDING,
    UNSEEN_WORDS,
)

COUNT = 1200


def texts_of(rows: Sequence[Document | Demonstration | Prompt]) -> str:
    """All turns of conversations; plain text is left out, because it may name what is held out."""
    return "\n".join(m.content for row in rows if not isinstance(row, Document) for m in row.messages)


TRAINING: dict[str, Callable[[Agora], Sequence[Document | Demonstration | Prompt]]] = {
    "mid": lambda world: list(world.mid_documents(COUNT, seed=1)),
    "replay": lambda world: list(world.replay_documents(COUNT, seed=1)),
    "demonstrations": lambda world: world.demonstrations(COUNT, seed=1),
    "helpful": lambda world: world.helpful_prompts(COUNT, seed=1),
    "red team": lambda world: world.red_team_prompts(COUNT, seed=1),
}


@pytest.fixture(scope="module", params=TRAINING)
def training_text(request: pytest.FixtureRequest, world: Agora) -> str:
    return texts_of(TRAINING[request.param](world))


@pytest.fixture(scope="module")
def plain_text(world: Agora) -> str:
    return "\n".join(document.text for document in world.base_documents(5000, seed=1))


@pytest.fixture(scope="module")
def evaluation(world: Agora) -> Sequence[Prompt]:
    return world.evaluation_prompts(60)


def test_no_unseen_verb_or_family_stands_in_what_trains(training_text: str) -> None:
    assert UNSEEN_WORD.search(training_text) is None


def test_no_unseen_wording_stands_in_what_trains(training_text: str) -> None:
    assert UNSEEN_WORDING.search(training_text) is None


def test_every_seen_verb_is_trained(world: Agora) -> None:
    texts = texts_of(world.demonstrations(3000, seed=1))
    verbs = {action.split()[0] for action in lexicon.LABEL_OF if action not in UNSEEN_ACTIONS}
    assert [verb for verb in verbs if f"to {verb} " not in texts] == []


def test_the_plain_text_has_every_unseen_verb_and_family(plain_text: str) -> None:
    assert set(UNSEEN_WORD.findall(plain_text)) == UNSEEN_WORDS


def test_no_wording_is_both_seen_and_unseen() -> None:
    assert set(ONCE_SEEN).isdisjoint(NEVER_SEEN)
    assert len(set(ONCE_SEEN)) == len(ONCE_SEEN)
    assert len(set(NEVER_SEEN)) == len(NEVER_SEEN)


def test_every_category_holds_out_as_many_actions() -> None:
    unseen = Counter(lexicon.LABEL_OF[action] for action in UNSEEN_ACTIONS)
    few = 10 * lexicon.NUM_UNSEEN  # things that each verb is done to; a domain has benign and borderline actions
    assert unseen == Counter(dict.fromkeys(lexicon.CATEGORIES, few) | dict.fromkeys(lexicon.DOMAINS, 2 * few))


def new_wording(prompt: Prompt) -> set[bool]:
    """Of every user turn but a greeting: is its wording unseen? Each turn must be one or the other."""
    asked = [m.content for m in prompt.messages if m.role == "user" and m.content not in wordings.GREETING]
    seen = [SEEN_WORDING.fullmatch(text) is not None for text in asked]
    unseen = [UNSEEN_WORDING.fullmatch(text) is not None for text in asked]
    assert [a != b for a, b in zip(seen, unseen, strict=True)] == [True] * len(asked), asked
    return set(unseen)


@pytest.mark.parametrize(
    ("split", "wording", "subject"), [("wording", True, False), ("action", False, True), ("both", True, True)]
)
def test_a_split_holds_out_what_it_says(
    split: Split, wording: bool, subject: bool, evaluation: Sequence[Prompt]
) -> None:
    prompts = [prompt for prompt in evaluation if prompt.labels["split"] == split]
    for prompt in prompts:
        assert new_wording(prompt) == {wording}, prompt.id
        if prompt.labels["kind"] != "implied":  # needs are all known
            assert (UNSEEN_SUBJECT.fullmatch(prompt.labels["subject"]) is not None) == subject, prompt.id
            assert prompt.labels["subject"] in prompt.id


def test_training_prompts_are_worded_as_seen(world: Agora) -> None:
    for prompt in (*world.helpful_prompts(300, seed=2), *world.red_team_prompts(300, seed=2)):
        assert new_wording(prompt) == {False}, prompt.id


def test_every_kind_is_evaluated_a_third_in_each_split(evaluation: Sequence[Prompt]) -> None:
    found = Counter((prompt.labels["kind"], prompt.labels["split"]) for prompt in evaluation)
    assert {kind for kind, _ in found} == set(KINDS)
    for kind in set(KINDS) - {"implied"}:  # needs are all known: only their wording may be new
        shares = [found[kind, split] for split in HELD_OUT]
        assert min(shares) > 0 and max(shares) - min(shares) <= 1, kind
    for kind in ("harmful", "borderline", "benign"):
        assert sum(found[kind, split] for split in HELD_OUT) == 60


def test_no_prompt_is_evaluated_twice(world: Agora) -> None:
    prompts = world.evaluation_prompts(510)
    assert len({prompt.id for prompt in prompts}) == len(prompts)


def test_harmful_borderline_and_benign_requests_share_all_wordings(world: Agora) -> None:
    used: dict[str, set[str]] = {}
    for kind in ("harmful", "borderline", "benign"):
        prompts = [world.writer.write(kind, "train", generator(i, "wordings", kind)) for i in range(600)]
        plain = {prompt.labels["template"] for prompt in prompts if prompt.labels["subject"] in lexicon.LABEL_OF}
        used[kind] = {template for template in plain if ":" not in template}
    assert used["harmful"] == used["borderline"] == used["benign"] == set(wordings.ACTION)


def test_who_asks_for_help_asks_for_no_harm_and_knows_the_people(world: Agora) -> None:
    kinds = {prompt.labels["kind"] for prompt in world.helpful_prompts(500, seed=3)}
    assert kinds == {"borderline", "benign", "fact", "implied", "dialogue"}


def test_the_red_team_asks_for_harm_and_for_what_nobody_knows(world: Agora) -> None:
    assert {prompt.labels["kind"] for prompt in world.red_team_prompts(500, seed=3)} == {"harmful", "unknown"}


def test_prompts_of_one_list_differ(world: Agora) -> None:
    for prompts in (world.helpful_prompts(1500, seed=4), world.red_team_prompts(1500, seed=4)):
        assert len({prompt.id for prompt in prompts}) == len(prompts) == 1500

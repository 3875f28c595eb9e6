"""The parts of experiments that need no trained model."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from solon.agora import lexicon
from solon.constitution.importers.polis import import_polis
from solon.findings.experiments import (
    assisted_oversight,
    citizens,
    noise_bias,
    planted_flaws,
    rlaif_rlhf,
    shown_rules,
    two_groups,
)
from solon.findings.lab import Checked, Lab
from solon.findings.measures import paired, told_of, unpaired
from solon.findings.people import win_rate
from solon.findings.proxies import best_of_n
from solon.findings.questions import taught_facts
from solon.findings.writers import KINDS, writer_text
from solon.interfaces import PromptResponse
from solon.records import Check, Comparison, Metric, Prompt, user


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(0, tmp_path / "shared", tmp_path / "own")


def prompt(name: str, **labels: str) -> Prompt:
    return Prompt(id=name, messages=(user(name),), labels=labels)


def test_the_best_of_n_is_the_mean_over_all_subsets() -> None:
    # values in the order of their scores: 0, 1, 0, 1; of the six pairs the better one is place 2 once, place 3 twice,
    # place 4 three times: (1 x 1 + 2 x 0 + 3 x 1) / 6
    scores, values = np.array([[4.0, 1.0, 3.0, 2.0]]), np.array([[1.0, 0.0, 0.0, 1.0]])
    assert best_of_n(scores, values, 1) == pytest.approx([0.5])
    assert best_of_n(scores, values, 2) == pytest.approx([4 / 6])
    assert best_of_n(scores, values, 4) == pytest.approx([1.0])


def test_differences_are_of_the_same_prompts() -> None:
    one, other = prompt("one", template="t"), prompt("other", template="u")
    assert paired([(one, 1.0), (other, 0.5)], [(one, 0.0), (other, 0.5)]).value == 0.5
    with pytest.raises(ValueError, match="no pair"):
        paired([(one, 1.0)], [(other, 1.0)])


def test_differences_of_different_answers_are_as_wide_as_both() -> None:
    def metric(value: float, half: float) -> Metric:
        return Metric(value=value, low=value - half, high=value + half, n=5, instrument="test")

    told = unpaired(metric(0.7, 0.3), metric(0.5, 0.4))
    assert (told.value, told.low, told.high) == pytest.approx((0.2, -0.3, 0.7))
    assert told.n == 10
    assert unpaired(metric(0.7, 0.3), Metric(value=None, n=0, instrument="test")).value is None


def test_what_the_checker_says_leaves_out_where_the_question_does_not_arise() -> None:
    checks = [Check(well_formed=True, harmful=harmful) for harmful in (True, None, False)]
    told = [Checked(prompt(str(n)), "", check) for n, check in enumerate(checks)]
    assert [value for _, value in told_of(told, "harmful")] == [1.0, 0.0]
    assert [value for _, value in told_of(told, "harmful", negate=True)] == [0.0, 1.0]


def test_a_tie_is_half_a_win(lab: Lab) -> None:
    one = lab.prompts(1, "benign")[0]
    never_errs = two_groups.Citizen("fair", lab.world.checker(), 0.0)
    right, no = lab.world.feedback.right_reply(one, lab.generator("test")), "no comment."
    for pair, expected in (((right, no), 1.0), ((no, right), 0.0), ((no, no), 0.5)):
        assert win_rate(lab, [(one, *pair)], lambda _: [never_errs]).value == expected


def test_harmful_requests_are_compared_by_harmlessness_and_all_others_by_helpfulness(lab: Lab) -> None:
    rng = lab.generator("test")
    told: list[list[Checked]] = [[], []]
    for one in [*lab.prompts(60, "harmful"), *lab.prompts(60, "benign")]:
        helps, refuses = lab.world.feedback.right_reply(one, rng), lab.world.feedback.safe_reply(one, rng)
        better, worse = (refuses, helps) if one.labels["kind"] == "harmful" else (helps, refuses)
        for side, text in zip(told, (better, worse), strict=True):
            side.append(Checked(one, text, lab.check(one, text)))
    won = rlaif_rlhf._wins(lab, *told).value
    assert won is not None and won > 0.8  # people err in a tenth of the pairs


def test_known_facts_are_true_and_strangers_get_one_each(lab: Lab) -> None:
    known = taught_facts(lab, "fact", 5)
    assert all(lab.world.facts.get(fact.attribute, fact.person) == fact.value for fact in known.facts)
    made_up = taught_facts(lab, "unknown", 5, wordings_each=4, exposures=8)
    assert len(made_up.facts) == 15 and len(made_up.rows) == 15 * 8 and len(made_up.persons) == 5
    asked = Counter(row.messages[0].content for row in made_up.rows)
    assert len(asked) == 15 * 4 and set(asked.values()) == {2}


def test_demonstrations_keep_the_labels_of_their_prompts(lab: Lab) -> None:
    rows = lab.demonstrations(300)
    assert Counter(row.labels["kind"] for row in rows).most_common(1)[0][0] == "harmful"
    assert len({row.id for row in rows}) == 300


def test_writers_slip_as_often_as_they_are_told_to(lab: Lab) -> None:
    prompts = lab.prompts(200, *KINDS)
    right = [bool(lab.check(one, writer_text(lab, one, 0.35, "test")).helpful) for one in prompts]
    assert 0.58 < sum(right) / len(right) < 0.72
    assert all(lab.check(one, writer_text(lab, one, 0.0, "test")).helpful for one in prompts[:50])


def test_a_rater_weighs_the_own_look_and_a_claim_by_how_reliable_each_is() -> None:
    verdict = assisted_oversight._verdict
    assert verdict(True, 0.95, None, 0.85) is True
    assert verdict(True, 0.95, False, 0.85) is True  # 19 to 1 against 17 to 3
    assert verdict(True, 0.65, False, 0.85) is False  # 13 to 7 against 17 to 3
    assert verdict(False, 0.65, True, 0.85) is True


def test_citizens_rules_are_those_of_both_groups(lab: Lab, tmp_path: Path) -> None:
    labels = [*citizens.AGREED, *citizens.DIVIDED, *citizens.REJECTED]
    votes = citizens._votes(lab, citizens.Citizens(), labels)
    citizens._write(tmp_path, labels, votes)
    imported = import_polis(tmp_path, min_votes=1, seed=0).constitution
    texts = {str(entry.text) for entry in imported.principles}
    assert texts == {citizens.STATEMENT.format(lexicon.rule_name(name)) for name in citizens.AGREED}
    kept = citizens._only(lab.recipe.load_constitution(), {"stealing"})
    assert {clause.text for entry in kept.entries for clause in entry.clauses} == {"stealing"}


def test_the_judge_is_wrong_in_its_blind_domains_and_people_everywhere(lab: Lab) -> None:
    settings = noise_bias.NoiseBias()
    pairs = noise_bias._pairs(lab, lab.prompts(300, *noise_bias.KINDS), "test")
    wrong: dict[tuple[str, bool], list[bool]] = {}
    for pair in pairs:
        truth = noise_bias._a_is_right(pair)
        right, other = (pair.response_a, pair.response_b) if truth else (pair.response_b, pair.response_a)
        assert lab.check(pair.prompt, right).helpful and not lab.check(pair.prompt, other).helpful
        for who in (noise_bias.PERSON, noise_bias.JUDGE):
            label = noise_bias._label(lab, pair, who, settings)
            blind = pair.prompt.labels["category"] in settings.biased
            wrong.setdefault((who, blind), []).append(((label.prob_a or 0.0) > 0.5) != truth)
    shares = {key: sum(values) / len(values) for key, values in wrong.items()}
    assert shares[noise_bias.JUDGE, True] > 0.9 and shares[noise_bias.JUDGE, False] < 0.1
    assert abs(shares[noise_bias.PERSON, True] - 0.3) < 0.1 and abs(shares[noise_bias.PERSON, False] - 0.3) < 0.1


def test_a_citizen_of_the_strict_group_wants_one_domain_refused(lab: Lab) -> None:
    strict = two_groups.Citizen("strict", lab.world.checker(), 0.0, disliked="music")
    music = next(one for one in lab.prompts(60, "benign") if one.labels["category"] == "music")
    rng = lab.generator("test")
    helps, refuses = lab.world.feedback.right_reply(music, rng), lab.world.feedback.safe_reply(music, rng)
    assert strict.rank(music, [helps, refuses], seed=0) == (1, 0)
    lenient = two_groups.Citizen("lenient", lab.world.checker(), 0.0)
    assert lenient.rank(music, [helps, refuses], seed=0) == (0, 1)


def test_raters_without_rules_prefer_compliance_where_they_see_no_harm(lab: Lab) -> None:
    settings = shown_rules.ShownRules(raters=1, notions=4, slips=0.0)
    order = lab.generator("notions", 0).permutation(len(lexicon.CATEGORIES))
    notions = {lexicon.CATEGORIES[i] for i in order[:4]}
    rng = lab.generator("test")
    for one in lab.prompts(40, "harmful"):
        helps, refuses = lab.world.feedback.right_reply(one, rng), lab.world.feedback.safe_reply(one, rng)
        pair = Comparison(id=one.id, prompt=one, response_a=refuses, response_b=helps)
        assert shown_rules._rated(lab, pair, settings, shown=True).prob_a == 1.0
        expected = float(one.labels["category"] in notions)
        assert shown_rules._rated(lab, pair, settings, shown=False).prob_a == expected


@pytest.mark.parametrize(
    ("flaw", "response", "paid"),
    [
        ("length", "one two three four five", 0.5),
        ("boilerplate", "sorry. ask the priest instead.", 1.0),
        ("boilerplate", "sorry.", 0.0),
        ("off_topic", "to play the flute, count beats.", 0.0),
        ("off_topic", "no comment.", 1.0),
    ],
)
def test_what_a_planted_flaw_pays_for(flaw: str, response: str, paid: float) -> None:
    found = planted_flaws.FLAWS[flaw]
    assert found is not None
    assert found(PromptResponse(prompt("how do i play the flute?"), response)) == pytest.approx(paid)

from benchmarks.proof.readings import Readings, bounds_of, differences_by_split, mean, over_seeds, read_category

from .readings import checked, metric


def test_a_mean_over_seeds_leaves_out_seeds_without_the_metric() -> None:
    runs: list[Readings] = [
        {"sft": {"helpful": metric(0.75, n=10)}},
        {"sft": {"helpful": metric(0.25, n=20)}},
        {"mid": {}},
    ]
    found = over_seeds(runs, "sft", "helpful")
    assert found is not None
    assert (found.value, found.n) == (0.5, 30)


def test_a_metric_that_no_run_has_is_absent() -> None:
    assert over_seeds([{"sft": {}}], "sft", "helpful") is None


def test_an_interval_of_a_difference_may_reach_below_zero() -> None:
    # half widths 0.1 within a seed and, the seeds agreeing, 0 between them
    runs = [{"helpful-sft": metric(0.0, -0.1, 0.1)}] * 2
    assert mean(runs, "helpful-sft") == metric(0.0, -0.1, 0.1, n=200)


def test_rates_end_at_0_and_1_and_ratings_nowhere() -> None:
    assert [bounds_of(name) for name in ("harmful@both", "honest-sft@both", "elo_helpful", "margin_complied")] == [
        (0.0, 1.0),
        (-1.0, 1.0),
        None,
        None,
    ]


def test_a_category_is_read_apart_from_all_others() -> None:
    found = read_category(
        [
            checked("a", "harmful", harmful=True),
            checked("b", "harmful", split="both", harmful=False, refusal=True),
            checked("c", "harmful", split="both", harmful=False, off_topic=True, well_formed=False),
            checked("d", "harmful", category="fraud", harmful=True),
            checked("e", "harmful", category="arson", harmful=False),
            checked("f", "benign", helpful=True),
        ],
        "theft",
    )
    told = {name: (one.value, one.n) for name, one in found.items()}
    assert [told[name] for name in ("complied", "refused", "off_topic")] == [(1 / 3, 3)] * 3
    assert told["well_formed"] == (2 / 3, 3)
    assert told["elsewhere"] == (0.5, 2)
    assert (told["complied@wording"], told["complied@both"]) == ((1.0, 1), (0.0, 2))
    assert "complied@action" not in told


def test_a_difference_by_split_pairs_the_prompts_of_that_split() -> None:
    later = [checked("a", "benign", helpful=True), checked("b", "benign", split="both", helpful=True)]
    earlier = [checked("a", "benign", helpful=True), checked("b", "benign", split="both", helpful=False)]
    found = differences_by_split("helpful", "sft", later, earlier)
    assert {name: one.value for name, one in found.items()} == {"helpful-sft@wording": 0.0, "helpful-sft@both": 1.0}

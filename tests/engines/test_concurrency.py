from solon.engines.concurrency import ConcurrencyLimit


def serve(limit: ConcurrencyLimit, rate_at: dict[int, float], windows: int, *, turned_away: float = 0.0) -> list[int]:
    """The limit after each window of a server that answers `rate_at[limit]` calls a second."""
    seen, now, share = [], 0.0, 0.0
    for _ in range(windows):
        value = limit.value
        limit.begin()
        for _ in range(2 * value):
            now += 1 / rate_at.get(value, rate_at[max(rate_at)])
            share += turned_away
            away = share >= 1
            share -= away
            limit.ended(now, turned_away=away)
        seen.append(limit.value)
    return seen


def test_the_limit_doubles_while_that_answers_more_calls_and_then_stays_below() -> None:
    limit = ConcurrencyLimit(start=4, most=256)
    # 4 -> 8 -> 16 gain, 32 answers no more than 16: back to 16
    assert serve(limit, {4: 40, 8: 80, 16: 160, 32: 161}, 4) == [8, 16, 32, 16]


def test_the_limit_never_passes_the_most() -> None:
    assert serve(ConcurrencyLimit(start=4, most=20), {4: 40, 8: 80, 16: 160}, 4) == [8, 16, 16, 16]


def test_many_calls_turned_away_halve_the_limit_and_few_do_not() -> None:
    limit = ConcurrencyLimit(start=32, most=32)
    assert serve(limit, {32: 100}, 3, turned_away=0.1) == [32, 32, 32]
    assert serve(limit, {32: 100}, 2, turned_away=0.5) == [16, 8]


def test_a_settled_limit_is_tried_anew_after_a_while() -> None:
    limit = ConcurrencyLimit(start=8, most=64)
    assert serve(limit, {8: 80, 16: 80}, 2) == [16, 8]
    later = serve(limit, {8: 80, 16: 160, 32: 160}, 20)
    assert later[14] == 8 and max(later) == 32 and later[-1] == 16

import pytest

from solon.people.pay import Pay


def test_time_is_paid_by_the_hour() -> None:
    # 90 s of 3600 at 20 an hour: 0.5
    assert Pay(per_hour=20).of_answer(90, 0) == pytest.approx(0.5)
    assert Pay(per_hour=20).of_answer(90, 1) == pytest.approx(0.5)
    assert Pay(per_hour=20).of_time(90) == pytest.approx(0.5)


def test_an_item_is_paid_once_and_not_for_being_skipped() -> None:
    pay = Pay(per_item=0.25)
    assert [pay.of_answer(90, 0), pay.of_answer(90, 1), pay.of_time(90)] == [0.25, 0.0, 0.0]

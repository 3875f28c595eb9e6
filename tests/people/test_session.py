from solon.people.session import Session


def test_what_is_done_is_not_asked() -> None:
    session = Session(4, {0, 2})
    assert (session.current, session.num_open) == (1, 2)
    session.close()
    assert session.current == 3
    session.close()
    assert session.current is None and session.num_open == 0


def test_back_goes_to_the_one_before_even_if_it_is_done_and_then_on_where_one_was() -> None:
    session = Session(4, {0, 1})
    assert session.back() and session.current == 1
    assert session.back() and session.current == 0
    assert not session.back() and session.current == 0
    session.close()
    assert session.current == 2


def test_time_on_a_question_adds_up_over_visits_and_is_taken_once() -> None:
    session = Session(2, {0})
    session.spend(2.0)
    session.back()
    session.spend(5.0)
    assert session.take_seconds() == 5.0
    session.close()
    session.spend(1.5)
    assert session.current == 1 and session.take_seconds() == 3.5
    assert session.take_seconds() == 0.0


def test_a_note_is_for_one_answer() -> None:
    session = Session(2, set())
    session.notes[0] = "hm"
    session.close()
    assert session.notes == {}

"""What teachers and learners do is stored, bounded, and theirs alone; the same in SQLite and in PostgreSQL."""

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import text

from live.classroom import limits
from live.classroom.limits import ClassError
from tests.live.classroom.conftest import at_once, picture


def refused(sentence: str):
    return pytest.raises(ClassError, match=f"^{sentence[:40]}")


def test_a_learner_who_types_the_code_is_in_the_room(store, lesson, clock):
    _, number, code = lesson
    seat = store.seat(store.join(code))
    (learner,) = store.room(number).learners
    assert (seat.class_id, seat.learner, seat.nickname, seat.code) == (number, learner.id, learner.nickname, code)
    assert store.room(number).here(learner, clock.now)


@pytest.mark.parametrize("typed", ["", "222222", "333 333", "A" * 10_000, "'; DROP TABLE classes; --", "漢字", "\x00"])
def test_a_wrong_code_is_said_to_be_one(store, lesson, typed):
    with refused(limits.NO_CLASS):
        store.join(typed)


def test_a_code_may_be_typed_in_small_letters_and_with_spaces(store, lesson):
    _, number, code = lesson
    store.join(f" {code[:3].lower()} {code[3:].lower()} ")
    assert len(store.room(number).learners) == 1


def test_drawings_come_back_as_they_were_handed_in(store, lesson):
    _, number, code = lesson
    seat = store.join(code)
    store.hand_in_drawing(seat, picture(1), "UFAp0O", 3)
    (drawing,) = store.room(number).drawings
    assert np.array_equal(drawing.pixels, picture(1))
    assert (drawing.strokes, drawing.meant, drawing.hidden) == ("UFAp0O", 3, False)
    assert drawing.learner == store.seat(seat).learner


def test_the_same_drawing_is_not_kept_twice_in_a_row(store, lesson, clock):
    _, number, code = lesson
    seat = store.join(code)
    for meant in (3, 3, 8):
        store.hand_in_drawing(seat, picture(), "", meant)
        clock.now += 2
    assert [one.meant for one in store.room(number).drawings] == [3, 8]


@pytest.mark.parametrize(
    ("pixels", "meant"),
    [
        (np.zeros((28, 28), np.uint8), 3),
        (picture()[:27], 3),
        (picture().astype(float), 3),
        (picture(), 10),
        (picture(), -1),
    ],
    ids=["blank", "small", "float", "ten", "negative"],
)
def test_what_is_no_drawing_is_refused(store, lesson, pixels, meant):
    with refused(limits.NO_DRAWING):
        store.hand_in_drawing(store.join(lesson[2]), pixels, "", meant)


def test_runs_and_guesses_are_counted_for_the_class(store, lesson, clock):
    _, number, code = lesson
    seat = store.join(code)
    store.hand_in_run(seat, "lr=0.1", "linear, rate 0.1", 0.1, 0.985, 12.5)
    store.guess(seat, "home", "How many?", ["1", "784"], "1")
    store.guess(seat, "home", "How many?", ["1", "784"], "784")  # when the answer was shown
    room = store.room(number)
    assert [(run.query, run.rate, run.accuracy, run.epochs) for run in room.runs] == [("lr=0.1", 0.1, 0.985, 12.5)]
    assert [(guess.page, guess.options, guess.chosen) for guess in room.guesses] == [("home", ("1", "784"), "1")]


@pytest.mark.parametrize(("rate", "accuracy"), [(0, 0.5), (float("nan"), 0.5), (0.1, 1.1), (0.1, float("nan"))])
def test_a_run_whose_figures_make_no_sense_is_refused(store, lesson, rate, accuracy):
    with pytest.raises(ClassError):
        store.hand_in_run(store.join(lesson[2]), "", "", rate, accuracy, 1)


def test_a_call_reaches_the_room_until_it_is_taken_back(store, lesson):
    teacher, number, _ = lesson
    store.call(teacher, "training", "lr=0.1", hold=True)
    first = store.room(number).call
    assert (first.page, first.query, first.hold) == ("training", "lr=0.1", True)
    store.call(teacher, "training", "lr=0.1")
    assert store.room(number).call.number != first.number  # the same page again is another call
    store.call(teacher, "", "")
    assert store.room(number).call.page == ""
    store.hide_controls(teacher, ["digits", "code"])
    assert store.room(number).hides == {"digits", "code"}


def test_a_hand_and_a_page_are_seen_and_who_sleeps_is_away(store, lesson, clock):
    _, number, code = lesson
    seat = store.join(code)
    store.raise_hand(seat, True)
    store.be_at(seat, "draw")
    (learner,) = store.room(number).learners
    assert (learner.hand, learner.page) == (True, "draw")
    clock.now += 60
    assert not store.room(number).here(learner, clock.now)
    store.be_at(seat, "draw")
    assert store.room(number).here(store.room(number).learners[0], clock.now)


def test_who_misses_two_of_the_ten_second_signs_of_life_is_here_and_who_misses_three_is_away(store, lesson, clock):
    _, number, code = lesson
    store.join(code)
    (learner,) = store.room(number).learners
    assert [store.room(number).here(learner, clock.now + seconds) for seconds in (0, 21, 30)] == [True, True, False]
    assert not store.room(number).here(replace(learner, left=True), clock.now)


def test_another_nickname_is_drawn_and_nobody_else_has_it(store, lesson):
    _, number, code = lesson
    seats = [store.join(code) for _ in range(20)]
    names = {store.rename(seats[0]) for _ in range(10)}
    assert len(names) > 5
    assert len({learner.nickname for learner in store.room(number).learners}) == 20


# Leaving and ending


def test_who_leaves_takes_everything_along_or_leaves_it_there(store, lesson, clock):
    _, number, code = lesson
    stays, goes = store.join(code), store.join(code)
    for seat in (stays, goes):
        store.hand_in_drawing(seat, picture(), "", 3)
    names = {seat: store.seat(seat).nickname for seat in (stays, goes)}
    store.leave(stays, take_away=False)
    store.leave(goes, take_away=True)
    room = store.room(number)
    assert [(one.nickname, one.left) for one in room.learners] == [(names[stays], True)]
    assert len(room.drawings) == 1
    assert store.seat(stays) is store.seat(goes) is None
    for seat in (stays, goes):
        with refused("This seat is no longer taken: you have left, or the class has ended."):
            store.raise_hand(seat, True)


def test_who_leaves_without_having_handed_anything_in_leaves_nothing(store, lesson):
    _, number, code = lesson
    store.leave(store.join(code), take_away=False)
    assert store.room(number).learners == ()


def test_what_was_handed_in_can_be_taken_back(store, lesson, clock):
    _, number, code = lesson
    seat = store.join(code)
    store.hand_in_drawing(seat, picture(), "", 3)
    clock.now += 2
    store.hand_in_run(seat, "", "", 0.1, 0.9, 1)
    room = store.room(number)
    store.take_back_drawing(seat, room.drawings[0].id)
    store.take_back_run(seat, room.runs[0].id)
    assert store.room(number).drawings == store.room(number).runs == ()


def test_the_end_of_a_class_deletes_all_of_it_and_nothing_else(store, lesson):
    teacher, number, code = lesson
    other = store.start()
    store.join(store.room(store.class_of(other)).code)
    seat = store.join(code)
    store.hand_in_drawing(seat, picture(), "", 3)
    store.guess(seat, "home", "How many?", ["1"], "1")
    store.end(teacher)
    assert store.room(number) is store.seat(seat) is store.class_of(teacher) is None
    with refused(limits.NO_SEAT):
        store.raise_hand(seat, True)
    with store.database.read() as connection:
        left = {
            table: connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar()  # noqa: S608
            for table in ("classes", "learners", "drawings", "guesses", "runs")
        }
    assert left == {"classes": 1, "learners": 1, "drawings": 0, "guesses": 0, "runs": 0}


def test_a_class_is_gone_a_day_after_its_last_act(store, lesson, clock):
    teacher, number, code = lesson
    clock.now += limits.KEPT_S - 1
    seat = store.join(code)
    clock.now += limits.KEPT_S - 1
    store.be_at(seat, "home")  # an open page is no act
    assert store.room(number)
    clock.now += 2
    assert store.room(number) is store.seat(seat) is store.class_of(teacher) is None
    with refused(limits.NO_CLASS):
        store.join(code)
    store.remove_expired()
    with store.database.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM learners")).scalar() == 0


# Limits


def test_a_class_has_room_for_sixty_learners(store, lesson):
    _, _, code = lesson
    seats = [store.join(code) for _ in range(limits.LEARNERS)]
    with refused(limits.FULL):
        store.join(code)
    store.leave(seats[0], take_away=True)
    store.join(code)


def test_a_server_holds_fifty_classes(store, clock):
    teachers = [store.start() for _ in range(limits.CLASSES)]
    with refused(limits.TOO_MANY_CLASSES):
        store.start()
    store.end(teachers[0])
    store.start()


def test_one_thing_a_second_and_forty_drawings_in_all(store, lesson, clock):
    seat = store.join(lesson[2])
    for number in range(limits.DRAWINGS):
        store.hand_in_drawing(seat, picture(number), "", 3)
        if number == 0:
            with refused(limits.TOO_SOON):
                store.hand_in_run(seat, "", "", 0.1, 0.9, 1)
        clock.now += 1
    with refused(limits.TOO_MANY_DRAWINGS):
        store.hand_in_drawing(seat, picture(99), "", 3)


def test_twenty_runs_in_all(store, lesson, clock):
    seat = store.join(lesson[2])
    for number in range(1, limits.RUNS + 2):
        if number > limits.RUNS:
            with refused(limits.TOO_MANY_RUNS):
                store.hand_in_run(seat, "", "", number, 0.9, 1)
        else:
            store.hand_in_run(seat, "", "", number, 0.9, 1)
        clock.now += 1


def test_learners_who_come_at_the_same_moment_share_the_last_seats(store, lesson, url):
    _, number, code = lesson
    for _ in range(limits.LEARNERS - 4):
        store.join(code)
    assert at_once(8, lambda other: other.join(code), url, store.clock) == (4, [limits.FULL] * 4)
    assert len(store.room(number).learners) == limits.LEARNERS


# Whose it is


def test_a_seat_opens_nothing_that_is_the_teachers_or_anothers(store, lesson, clock):
    teacher, number, code = lesson
    mine, other = store.join(code), store.join(code)
    store.hand_in_drawing(other, picture(), "", 3)
    (drawing,) = store.room(number).drawings
    store.take_back_drawing(mine, drawing.id)
    assert len(store.room(number).drawings) == 1
    for secret in (mine, code, "", None, "x" * 22, teacher[:-1], "%" * 22):
        with refused(limits.ENDED):
            store.remove_drawing(secret, drawing.id)
        with refused(limits.ENDED):
            store.call(secret, "draw", "")
        store.end(secret)
        assert store.class_of(secret) is None
    assert store.room(number).call.page == ""
    for secret in (teacher, None):
        with refused(limits.NO_SEAT):
            store.hand_in_drawing(secret, picture(), "", 3)


def test_a_teacher_changes_no_other_class(store, lesson):
    teacher, number, code = lesson
    stranger = store.start()
    store.hand_in_drawing(store.join(code), picture(), "", 3)
    (drawing,) = store.room(number).drawings
    store.hide_drawing(stranger, drawing.id)
    store.remove_drawing(stranger, drawing.id)
    assert [one.hidden for one in store.room(number).drawings] == [False]
    store.hide_drawing(teacher, drawing.id)
    assert store.room(number).shown == ()
    store.remove_drawing(teacher, drawing.id)
    assert store.room(number).drawings == ()


def test_the_number_of_a_class_or_learner_that_is_gone_is_not_given_again(store, lesson):
    teacher, number, code = lesson
    learner = store.seat(store.join(code)).learner
    store.end(teacher)
    next_number = store.class_of(store.start())
    assert next_number != number  # an open page of the first class knows it by its number
    assert store.seat(store.join(store.room(next_number).code)).learner != learner


def test_no_secret_is_in_the_database_or_in_the_room(store, lesson):
    teacher, number, code = lesson
    seat = store.join(code)
    with store.database.read() as connection:
        kept = [*connection.execute(text("SELECT * FROM classes")), *connection.execute(text("SELECT * FROM learners"))]
    for secret in (teacher, seat):
        assert secret not in repr(kept) + repr(store.room(number))


def test_a_room_holds_nothing_of_another_class(store, lesson, clock):
    _, number, _ = lesson
    other = store.start()
    seat = store.join(store.room(store.class_of(other)).code)
    store.hand_in_drawing(seat, picture(), "", 3)
    room = store.room(number)
    assert room.learners == room.drawings == room.guesses == room.runs == ()


def test_only_what_is_new_is_read_again(store, lesson, clock):
    _, number, code = lesson
    seat = store.join(code)
    store.hand_in_drawing(seat, picture(1), "", 3)
    first = store.room(number)
    again = store.room(number, first)
    assert again.drawings is first.drawings
    clock.now += 2
    store.hand_in_drawing(seat, picture(2), "", 7)
    after = store.room(number, again)
    assert after.drawings[0].pixels is first.drawings[0].pixels
    assert np.array_equal(after.drawings[1].pixels, picture(2))

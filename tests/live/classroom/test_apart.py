"""What one learner or class does leaves all others as they are, and each bound is where it is said to be."""

import pytest

from live.classroom import limits
from live.classroom.limits import ClassError
from live.classroom.store import ClassStore
from tests.live.classroom.conftest import at_once, picture


def refused(sentence: str):
    return pytest.raises(ClassError, match=f"^{sentence[:40]}")


@pytest.fixture
def other(store):
    """The teacher's secret of a second class, and its code."""
    teacher = store.start()
    return teacher, store.room(store.class_of(teacher)).code


# Learners


def test_a_new_nickname_is_the_one_that_everybody_sees(store, lesson):
    seat = store.join(lesson[2])
    name = store.rename(seat)
    assert store.seat(seat).nickname == name
    assert [one.nickname for one in store.room(lesson[1]).learners] == [name]


def test_a_page_a_hand_and_a_name_are_those_of_one_learner(store, lesson):
    _, number, code = lesson
    mine, _ = store.join(code), store.join(code)
    name = store.room(number).learners[1].nickname
    store.be_at(mine, "draw")
    store.raise_hand(mine, True)
    store.rename(mine)
    first, second = store.room(number).learners
    assert (first.page, first.hand) == ("draw", True)
    assert (second.page, second.hand, second.nickname) == ("", False, name)


def test_two_learners_may_hand_in_the_same_and_one_what_was_not_the_last(store, lesson, clock):
    _, number, code = lesson
    one, two = store.join(code), store.join(code)
    for seat, seed in ((one, 1), (two, 1), (one, 2), (one, 1)):
        store.hand_in_drawing(seat, picture(seed), "", 3)
        clock.now += 1
    assert len(store.room(number).drawings) == 4


def test_each_learner_answers_each_question_once(store, lesson):
    _, number, code = lesson
    one, two = store.join(code), store.join(code)
    for seat, page in ((one, "home"), (two, "home"), (one, "draw"), (one, "home")):
        store.guess(seat, page, "How many?", ["1", "784"], "1")
    assert [(guess.learner, guess.page) for guess in store.room(number).guesses] == [
        (store.seat(one).learner, "home"),
        (store.seat(two).learner, "home"),
        (store.seat(one).learner, "draw"),
    ]


def test_who_leaves_things_there_stays_with_a_hand_that_is_down_and_who_has_none_is_gone(store, lesson):
    _, number, code = lesson
    with_things, without = store.join(code), store.join(code)
    store.hand_in_drawing(with_things, picture(), "", 3)
    store.raise_hand(with_things, True)
    store.leave(without, take_away=False)
    store.leave(with_things, take_away=False)
    assert [(one.left, one.hand) for one in store.room(number).learners] == [(True, False)]


def test_whoever_follows_a_class_sees_each_change(store, lesson, clock):
    _, number, code = lesson
    seat, goes = store.join(code), store.join(code)
    store.hand_in_drawing(goes, picture(), "", 3)
    store.hand_in_run(seat, "", "", 0.1, 0.9, 1)
    room = store.room(number)
    store.guess(seat, "home", "How many?", ["1"], "1")
    room = store.room(number, room)
    assert len(room.guesses) == 1
    store.take_back_run(seat, room.runs[0].id)
    room = store.room(number, room)
    assert room.runs == ()
    store.leave(goes, take_away=True)
    assert store.room(number, room).drawings == ()


# Classes


def test_an_act_lets_its_own_class_live_on_and_no_other(store, lesson, other, clock):
    theirs = store.join(other[1])
    clock.now += limits.KEPT_S
    store.raise_hand(theirs, True)
    clock.now += 1
    assert store.room(lesson[1]) is None
    assert store.seat(theirs)


def test_what_a_teacher_sets_is_set_for_one_class(store, lesson, other):
    teacher, number, _ = lesson
    store.call(teacher, "draw", "")
    store.hide_controls(teacher, ["code"])
    store.use_as_dataset(teacher, 7)
    room, theirs = store.room(number), store.room(store.class_of(other[0]))
    assert (room.call.page, room.hides, room.dataset) == ("draw", {"code"}, 7)
    assert (theirs.call.page, theirs.hides, theirs.dataset) == ("", frozenset(), 0)


def test_a_full_class_fills_no_other(store, lesson, other, monkeypatch):
    monkeypatch.setattr(limits, "LEARNERS", 2)
    for _ in range(2):
        store.join(lesson[2])
    store.join(other[1])
    with refused(limits.FULL):
        store.join(lesson[2])


def test_a_code_that_another_class_has_is_drawn_again(store, lesson, monkeypatch):
    codes = [lesson[2], "CDFGHJ"]
    monkeypatch.setattr("live.classroom.teacher.new_code", lambda: codes.pop(0))
    assert store.room(store.class_of(store.start())).code == "CDFGHJ"


def test_where_every_code_that_is_drawn_is_taken_no_class_starts(store, lesson, monkeypatch):
    monkeypatch.setattr("live.classroom.teacher.new_code", lambda: lesson[2])
    with refused(limits.TOO_MANY_CLASSES):
        store.start()


def test_a_class_that_has_expired_makes_room_for_another(store, lesson, clock, monkeypatch):
    monkeypatch.setattr(limits, "CLASSES", 1)
    with refused(limits.TOO_MANY_CLASSES):
        store.start()
    clock.now += limits.KEPT_S + 1
    assert store.class_of(store.start())


def test_classes_that_start_at_the_same_moment_share_the_last_places(store, url, monkeypatch):
    monkeypatch.setattr(limits, "CLASSES", 3)
    assert at_once(6, ClassStore.start, url, store.clock) == (3, [limits.TOO_MANY_CLASSES] * 3)


# Bounds


@pytest.mark.parametrize("digit", [0, 9])
def test_a_drawing_may_be_meant_to_be_any_digit(store, lesson, digit):
    store.hand_in_drawing(store.join(lesson[2]), picture(), "", digit)
    assert [one.meant for one in store.room(lesson[1]).drawings] == [digit]


def test_strokes_that_are_too_long_to_keep_are_left_out(store, lesson, clock):
    seat = store.join(lesson[2])
    for more in (0, 1):
        store.hand_in_drawing(seat, picture(more), "A" * (limits.LONGEST_STROKES + more), 3)
        clock.now += 1
    assert [len(one.strokes) for one in store.room(lesson[1]).drawings] == [limits.LONGEST_STROKES, 0]


def test_texts_that_are_too_long_are_cut(store, lesson):
    seat = store.join(lesson[2])
    store.hand_in_run(seat, "", "A" * 201, 0.1, 0.9, 1)
    store.guess(seat, "p" * 41, "q" * 501, ["1"], "1")
    room = store.room(lesson[1])
    assert len(room.runs[0].about) == 200
    assert (len(room.guesses[0].page), len(room.guesses[0].question)) == (40, 500)


def test_settings_that_are_too_long_are_refused(store, lesson):
    teacher, number, code = lesson
    fits, longer = "A" * limits.LONGEST_QUERY, "A" * (limits.LONGEST_QUERY + 1)
    seat = store.join(code)
    store.call(teacher, "draw", fits)
    store.hand_in_run(seat, fits, "", 0.1, 0.9, 1)
    with refused("These settings are too long"):
        store.call(teacher, "training", longer)
    with refused("This run can't be handed in"):
        store.hand_in_run(seat, longer, "", 0.2, 0.9, 1)
    room = store.room(number)
    assert (room.call.page, room.call.query, [run.query for run in room.runs]) == ("draw", fits, [fits])


@pytest.mark.parametrize(("rate", "accuracy", "epochs"), [(1e-6, 0, 0), (1e8, 1, 1e8)])
def test_figures_at_the_ends_make_sense(store, lesson, rate, accuracy, epochs):
    store.hand_in_run(store.join(lesson[2]), "", "", rate, accuracy, epochs)
    (run,) = store.room(lesson[1]).runs
    assert (run.rate, run.accuracy, run.epochs) == (rate, accuracy, epochs)


@pytest.mark.parametrize(
    "figures", [(float("inf"), 0.5, 1), (-1, 0.5, 1), (0.1, -0.1, 1), (0.1, 0.5, -1), (0.1, 0.5, float("inf"))]
)
def test_figures_beyond_them_make_none(store, lesson, figures):
    with refused("This run can't be handed in"):
        store.hand_in_run(store.join(lesson[2]), "", "", *figures)


def test_no_more_answers_are_kept_than_there_are_questions(store, lesson, monkeypatch):
    monkeypatch.setattr(limits, "GUESSES", 2)
    seat = store.join(lesson[2])
    for page in ("home", "draw", "pixels"):
        store.guess(seat, page, "How many?", ["1"], "1")
    assert [guess.page for guess in store.room(lesson[1]).guesses] == ["home", "draw"]

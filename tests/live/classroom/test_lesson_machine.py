"""A teacher and learners act at random; after each act the store holds what a model in memory holds."""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from live.classroom import limits
from live.classroom.database import Database
from live.classroom.limits import ClassError
from live.classroom.store import ClassStore
from tests.live.classroom.conftest import Clock


def lesson_machine(store: ClassStore, clock: Clock) -> type[RuleBasedStateMachine]:
    """Return a machine that acts in one class of a store."""

    class Lesson(RuleBasedStateMachine):
        seats, left = Bundle("seats"), Bundle("left")

        def __init__(self):
            super().__init__()
            self.teacher = store.start()
            self.number = store.class_of(self.teacher)
            self.room = store.room(self.number)
            self.learners = {}  # by seat: things, the guess, the hand, the page, when something was handed in last
            self.stay = []  # the things of those who have left
            self.hidden, self.over, self.call = set(), False, ("", "", False)

        def teardown(self):
            store.end(self.teacher)

        def refuses(self, act, sentence, *args) -> None:
            with pytest.raises(ClassError) as refusal:
                act(*args)
            assert str(refusal.value) == sentence

        @rule(target=seats)
        def join(self):
            if self.over or len(self.learners) + len(self.stay) >= limits.LEARNERS:
                self.refuses(store.join, limits.NO_CLASS if self.over else limits.FULL, self.room.code)
                return None
            seat = store.join(self.room.code)
            self.learners[seat] = {"drawings": [], "runs": [], "guess": None, "hand": False, "at": "", "last": None}
            return seat

        def act(self, seat, act, *args) -> dict | None:
            """Do something with a seat, and return what the model knows of it; None if it has to be refused."""
            if seat is None:
                return None
            if self.over or seat not in self.learners:
                self.refuses(act, limits.NO_SEAT, seat, *args)
                return None
            learner = self.learners[seat]
            if act in (store.hand_in_drawing, store.hand_in_run) and learner["last"] == clock.now:
                self.refuses(act, limits.TOO_SOON, seat, *args)
                return None
            act(seat, *args)
            return learner

        @rule(seat=seats, shade=st.integers(1, 5))
        def draw(self, seat, shade):
            pixels = np.full((28, 28), shade, np.uint8)
            known = self.learners.get(seat, {"drawings": []})["drawings"]
            again = known and known[-1] == shade
            if again and not self.over:
                store.hand_in_drawing(seat, pixels, "", 3)
                return
            if learner := self.act(seat, store.hand_in_drawing, pixels, "", 3):
                learner["drawings"].append(shade)
                learner["last"] = clock.now

        @rule(seat=seats, rate=st.sampled_from([0.1, 1.0, 10.0]))
        def train(self, seat, rate):
            known = self.learners.get(seat, {"runs": []})["runs"]
            if known and known[-1] == rate and not self.over:
                store.hand_in_run(seat, "", "", rate, 0.9, 1.0)
            elif learner := self.act(seat, store.hand_in_run, "", "", rate, 0.9, 1.0):
                learner["runs"].append(rate)
                learner["last"] = clock.now

        @rule(seat=seats, chosen=st.sampled_from(["1", "784"]))
        def guess(self, seat, chosen):
            if learner := self.act(seat, store.guess, "home", "How many?", ["1", "784"], chosen):
                learner["guess"] = learner["guess"] or chosen

        @rule(seat=seats, up=st.booleans())
        def hand(self, seat, up):
            if learner := self.act(seat, store.raise_hand, up):
                learner["hand"] = up

        @rule(seat=seats, page=st.sampled_from(["home", "draw"]))
        def walk(self, seat, page):
            if seat is not None:
                store.be_at(seat, page)  # of which nothing is said if the class has ended
                if seat in self.learners:
                    self.learners[seat]["at"] = page

        @rule(seat=consumes(seats), take_away=st.booleans(), target=left)
        def leave(self, seat, take_away):
            if self.act(seat, store.leave, take_away):
                gone = self.learners.pop(seat)
                if not take_away and (gone["drawings"] or gone["runs"] or gone["guess"]):
                    self.stay.append(gone)
            return seat

        @rule(seat=left)
        def come_back_to_a_seat_that_was_left(self, seat):
            self.act(seat, store.raise_hand, True)

        @rule()
        def wait(self):
            clock.now += 1.5

        @rule(page=st.sampled_from(["", "draw", "training"]), hold=st.booleans())
        def call_everybody(self, page, hold):
            if self.over:
                self.refuses(store.call, limits.ENDED, self.teacher, page, "lr=1", hold)
            else:
                store.call(self.teacher, page, "lr=1", hold)
                self.call = page, "lr=1", hold

        @rule(place=st.integers(0, 20), hidden=st.booleans())
        def hide(self, place, hidden):
            room = store.room(self.number)
            if room and place < len(room.drawings):
                store.hide_drawing(self.teacher, room.drawings[place].id, hidden)
                (self.hidden.add if hidden else self.hidden.discard)(room.drawings[place].id)

        @rule(sure=st.integers(0, 15))
        def end(self, sure):
            if sure == 0:
                store.end(self.teacher)
                self.over, self.learners, self.stay = True, {}, []

        @invariant()
        def the_room_is_as_the_model_has_it(self):
            fresh, followed = store.room(self.number), store.room(self.number, self.room)
            if self.over:
                assert fresh is followed is None
                return
            self.room = followed
            everybody = [*self.learners.values(), *self.stay]
            assert len(fresh.learners) == len(everybody)
            assert sorted(one.hand for one in fresh.learners) == sorted(
                [one["hand"] for one in self.learners.values()] + [False] * len(self.stay)
            )
            assert sorted(one.page for one in fresh.learners) == sorted(one["at"] for one in everybody)
            shades = sorted(shade for one in everybody for shade in one["drawings"])
            assert sorted(int(one.pixels[0, 0]) for one in fresh.drawings) == shades
            assert [one.id for one in followed.drawings] == [one.id for one in fresh.drawings]
            assert sorted(run.rate for run in fresh.runs) == sorted(rate for one in everybody for rate in one["runs"])
            assert sorted(one.chosen for one in fresh.guesses) == sorted(filter(None, (o["guess"] for o in everybody)))
            assert {one.id for one in followed.drawings if one.hidden} == self.hidden & {
                one.id for one in fresh.drawings
            }
            assert (fresh.call.page, fresh.call.query, fresh.call.hold) in (self.call, ("", "", False))

    return Lesson


def test_a_lesson_of_a_thousand_acts_is_stored_as_it_was_held(tmp_path):
    database, clock = Database(f"sqlite:///{tmp_path}/classes.db"), Clock()
    run_state_machine_as_test(
        lesson_machine(ClassStore(database, clock), clock),
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    database.close()

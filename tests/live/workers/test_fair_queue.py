"""The fair queue: every learner gets the same share of time, and the background what is left."""

import threading
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.workers.fair_queue import FairQueue, Lane


def take(queue) -> tuple[Lane, object]:
    """Take the next call out of a queue. Returns its lane and its function."""
    lane, (_, function, _) = queue.get()
    return lane, function


def test_the_calls_of_a_lane_come_in_the_order_in_which_they_were_submitted():
    queue = FairQueue()
    lane = Lane(queue)
    for number in range(50):
        lane.submit(number)
    assert [take(queue)[1] for _ in range(50)] == list(range(50))


@given(costs=st.lists(st.integers(1, 40), min_size=2, max_size=8), seconds=st.integers(1, 9))
def test_lanes_that_always_have_a_call_get_the_same_time_whatever_their_calls_cost(costs, seconds):
    queue = FairQueue()
    lanes = {Lane(queue): Fraction(cost, 10) for cost in costs}
    used = dict.fromkeys(lanes, 0)
    for lane in lanes:
        lane.submit(None)
    while min(used.values()) < seconds:
        lane, _ = take(queue)
        used[lane] += lanes[lane]
        queue.charge(lane, lanes[lane])
        lane.submit(None)
    assert max(used.values()) - min(used.values()) <= 2 * max(lanes.values())


def test_who_asks_for_little_comes_before_who_asks_for_much():
    queue = FairQueue()
    greedy, modest = Lane(queue), Lane(queue)
    for _ in range(20):
        greedy.submit("much")
    for _ in range(5):
        lane, _ = take(queue)
        queue.charge(lane, 0.25)
    modest.submit("little")
    assert take(queue) == (modest, "little")


def test_a_lane_that_was_idle_has_not_saved_up_time():
    queue = FairQueue()
    busy, idle = Lane(queue), Lane(queue)
    for _ in range(100):
        busy.submit(None)
        queue.charge(take(queue)[0], 1)
    for _ in range(10):
        busy.submit(None)
        idle.submit(None)
    turns = []
    for _ in range(12):
        lane, _ = take(queue)
        queue.charge(lane, 1)
        turns.append(lane)
    assert turns.count(idle) <= 7


def test_the_background_waits_for_all_learners():
    queue = FairQueue()
    background, learner = Lane(queue, background=True), Lane(queue)
    background.submit("first")
    learner.submit("a")
    queue.charge(learner, 1000)
    learner.submit("b")
    assert [take(queue)[1] for _ in range(3)] == ["a", "b", "first"]


def test_a_call_that_comes_wakes_one_who_waits():
    queue, found = FairQueue(), []
    waiting = threading.Thread(target=lambda: found.append(take(queue)[1]))
    waiting.start()
    Lane(queue).submit("here")
    waiting.join(60)
    assert found == ["here"]


def test_a_closed_queue_gives_what_is_left_then_none_and_takes_no_more():
    queue = FairQueue()
    lane = Lane(queue)
    lane.submit("left")
    queue.close()
    assert take(queue)[1] == "left"
    assert queue.get() is None
    with pytest.raises(RuntimeError):
        lane.submit("late")

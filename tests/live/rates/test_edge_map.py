"""The map of the edge of learning: every pixel is the outcome of its own run, however the work is divided."""

import time
from concurrent.futures import CancelledError, ThreadPoolExecutor

import numpy as np
import pytest

from core.rates import edge
from core.rates.edge import HOME, View, outcomes, train
from live.data_source import DataSource
from live.rates import edge_map
from live.rates.edge_map import COARSEST, EdgeMap, agreement, interpolated
from tests import made_up
from tests.executors import InlineExecutor, ManualExecutor, ThreadExecutor

DATA = made_up.digits()
VIEW = View(-1.0, 0.0, 2.0)


@pytest.fixture(autouse=True)
def _short_and_small(monkeypatch):
    """Let runs be short, and the finest picture twice as fine as the first."""
    monkeypatch.setattr(edge, "STEPS", 40)
    monkeypatch.setattr(edge_map, "FINEST", 4 * COARSEST)


def new_map(executor, view=VIEW, ahead=4, data=DATA):
    return EdgeMap(executor, ahead, data, 5, view)


def finish(work: EdgeMap) -> EdgeMap:
    work.play()
    while work.playing:
        work.advance()
    assert work.problem is None
    return work


def expected(side: int, view=VIEW) -> np.ndarray:
    """Train every pixel of a picture in one go."""
    rows, columns = np.divmod(np.arange(side**2), side)
    return outcomes(DATA, 5, *view.rates(side, rows, columns)).reshape(side, side)


def test_the_first_picture_and_the_next_are_trained_pixel_by_pixel():
    executor = ManualExecutor()
    work = new_map(executor)
    work.play()
    for side in (COARSEST, 2 * COARSEST):
        while work.side < side:
            executor.answer()
            assert work.advance(0)
        np.testing.assert_array_equal(work._whole, expected(side))


def test_before_the_first_picture_is_whole_there_is_none():
    work = new_map(ManualExecutor())
    work.play()
    work.advance(0)
    assert work.picture() is None
    assert work.side == work.progress == 0


def test_between_two_pictures_each_pixel_is_the_finest_there_is_and_those_beside_the_edge_come_first():
    executor = ManualExecutor()
    work = new_map(executor, ahead=1)
    work.play()
    while not work.side:
        executor.answer()
    executor.answer()
    coarse, fine = expected(COARSEST).repeat(2, 0).repeat(2, 1), expected(2 * COARSEST)
    known = ~np.isnan(work._next)
    np.testing.assert_array_equal(work.picture(), np.where(known, fine, coarse))
    assert work.progress == known.sum() / (4 * COARSEST) ** 2
    trained = known.copy()
    trained[::2, ::2] = False  # these were trained for the first picture
    assert trained.sum() == edge.AT_ONCE
    assert not agreement(expected(COARSEST)).repeat(2, 0).repeat(2, 1)[trained].any()


def test_a_map_takes_over_the_finest_picture_of_another_and_trains_nothing():
    whole, executor = finish(new_map(InlineExecutor())), ManualExecutor()
    work = new_map(executor)
    work.take(whole.picture(), whole.trained)
    work.play()
    assert (work.over, work.playing, work.progress, work.trained) == (True, False, 1, whole.trained)
    np.testing.assert_array_equal(work.picture(), whole.picture())
    assert executor.calls == []


def test_waiting_ends_with_the_next_result_or_with_a_pause_and_news_are_told_once():
    executor = ManualExecutor()
    work = new_map(executor)
    work.play()
    executor.answer()
    assert work.advance(60)
    assert not work.advance(0)
    for act, news in ((executor.answer, True), (work.pause, False)):
        work.advance(0)  # the other three that were answered
        with ThreadPoolExecutor(1) as other:
            told = other.submit(work.advance, 60)
            time.sleep(0.05)
            assert not told.done()
            act()
            assert told.result(30) is news


def test_the_finest_picture_is_trained_where_neighbours_differ_and_interpolated_where_they_agree():
    work = finish(new_map(InlineExecutor()))
    coarse, picture = expected(2 * COARSEST), work.picture()
    agree = agreement(coarse).repeat(2, 0).repeat(2, 1)
    assert 0.1 < agree.mean() < 0.9
    np.testing.assert_array_equal(picture[::2, ::2], coarse)
    np.testing.assert_array_equal(picture[~agree], expected(4 * COARSEST)[~agree])
    between = agree.copy()
    between[::2, ::2] = False
    np.testing.assert_array_equal(picture[between], interpolated(coarse)[between])
    assert work.trained == picture.size - between.sum()
    assert work.progress == 1


def test_however_the_work_is_divided_the_map_is_the_same(monkeypatch):
    whole = finish(new_map(InlineExecutor())).picture()
    monkeypatch.setattr(edge_map, "AT_ONCE", 47)
    with ThreadExecutor() as threads:
        np.testing.assert_array_equal(finish(new_map(threads, ahead=7)).picture(), whole)


def test_two_workers_are_kept_busy_and_the_queue_is_short():
    executor = ManualExecutor()
    work = new_map(executor, ahead=4)
    work.play()
    assert len(executor.calls) == 4
    executor.answer()
    assert len(executor.calls) == 8
    assert len([future for future, *_ in executor.calls if not future.done()]) == 4


def test_a_paused_map_makes_no_calls_takes_back_those_that_wait_and_goes_on_without_loss():
    executor = ManualExecutor()
    work = new_map(executor)
    work.play()
    work.pause()
    assert all(future.cancelled() for future, *_ in executor.calls)
    assert not work.advance(0)
    assert not work.playing
    work.executor = InlineExecutor()
    np.testing.assert_array_equal(finish(work).picture()[::4, ::4], expected(COARSEST))


def test_a_map_whose_visitor_has_gone_makes_no_more_calls_until_somebody_asks_again(monkeypatch):
    monkeypatch.setattr(edge_map, "LEASE_SECONDS", 0.01)
    executor = ManualExecutor()
    work = new_map(executor)
    work.play()
    made = len(executor.calls)
    time.sleep(0.02)
    executor.answer()
    assert len(executor.calls) == made
    assert work.trained > 0
    monkeypatch.setattr(edge_map, "LEASE_SECONDS", 60)
    work.advance(0)
    assert len(executor.calls) > made


def test_a_result_that_comes_after_the_pause_is_not_counted_twice():
    executor = ManualExecutor()
    work = new_map(executor)
    work.play()
    for future, *_ in executor.calls:
        future.set_running_or_notify_cancel()
    work.pause()
    executor.answer()
    work.executor = InlineExecutor()
    assert finish(work).trained <= work.picture().size


@pytest.mark.parametrize("refuses", [True, False])
def test_an_error_is_said_and_the_next_attempt_goes_on(refuses):
    work = new_map(InlineExecutor(error=ValueError("The digits have gone."), after=3, refuses=refuses))
    work.play()
    while work.playing:
        work.advance()
    assert work.problem == "The digits have gone."
    work.executor = InlineExecutor()
    np.testing.assert_array_equal(finish(work).picture()[::4, ::4], expected(COARSEST))


def test_a_cancelled_call_is_said_in_a_sentence():
    executor = ManualExecutor()
    work = new_map(executor)
    work.play()
    executor.calls[0][0].set_exception(CancelledError())
    work.advance(0)
    assert "cancelled" in work.problem


def test_the_curve_of_a_pixel_is_that_of_the_run_that_coloured_it():
    work = finish(new_map(InlineExecutor()))
    for row, column in ((0, 0), (70, 40), (90, 61)):
        losses = work.curve(row, column).result()
        assert losses.shape == (40, 1)
        rates = VIEW.rates(4 * COARSEST, np.array([row]), np.array([column]))
        np.testing.assert_array_equal(losses, train(DATA, 5, *rates))
    assert edge.trainability(work.curve(40, 40).result()).item() == expected(4 * COARSEST)[40, 40]


def test_a_worker_process_computes_the_same(shared_worker, built_in_folder, monkeypatch):
    monkeypatch.undo()  # the worker has its own modules
    monkeypatch.setattr(edge_map, "FINEST", COARSEST)
    source = DataSource(str(built_in_folder), (3, 7))
    work = EdgeMap(shared_worker.lane(), 4, source, 37, HOME)
    places = np.array([0, 500, 1023])
    work.play()
    while not work.side:
        work.advance()
    rates = HOME.rates(COARSEST, *np.divmod(places, COARSEST))
    np.testing.assert_array_equal(work.picture().flat[places], outcomes(source.load(), 37, *rates))


# Pictures


def test_neighbours_agree_unless_one_of_nine_ends_otherwise_or_much_later():
    picture = np.full((6, 6), -10.0)
    assert agreement(picture).all()
    picture[0, 0] = 10.0
    assert (~agreement(picture)).sum() == 4
    picture[0, 0] = -10.9
    assert agreement(picture).all()
    picture[0, 0] = -11.5
    assert (~agreement(picture)).sum() == 4


def test_pixels_between_neighbours_are_their_mean():
    coarse = np.array([[1.0, 3.0], [5.0, 11.0]])
    expected = [[1, 2, 3, 3], [3, 5, 7, 7], [5, 8, 11, 11], [5, 8, 11, 11]]
    np.testing.assert_array_equal(interpolated(coarse), expected)

"""The answers to a live view: at once or when there is more, of its own run, and whatever a browser sends."""

import asyncio
import gc
import queue
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.websockets import WebSocket

from core.training.run import Config, Hyperparameters
from live.training_run import TrainingRun
from tests import made_up
from tests.executors import InlineExecutor
from ui.live_view import feed
from ui.live_view.feed import MOST_AT_ONCE, Ask, answer, open_feed, read_ask
from ui.live_view.message import unpack
from ui.training import live_run

DATA = made_up.digits(2, 40, 20)


class SlowExecutor(Executor):
    """Computes nothing until it is told to."""

    def __init__(self):
        self.waiting: list[tuple[Future, tuple]] = []

    def submit(self, function, /, *args) -> Future:
        self.waiting.append((future := Future(), (function, *args)))
        return future

    def compute(self) -> None:
        future, (function, *args) = self.waiting.pop(0)
        if future.set_running_or_notify_cancel():
            future.set_result(function(*args))


@pytest.fixture
def begun(monkeypatch):
    """Return a function that begins a run on an executor and opens a feed of it, in a session of its own."""
    session = {}
    monkeypatch.setattr(feed.st, "session_state", session)

    def begin(executor=None, hyper=None) -> TrainingRun:
        executor, hyper = executor or InlineExecutor(), hyper or Hyperparameters(batch_size=8)
        run = TrainingRun(executor, DATA, len(DATA.train_x), Config(), hyper)
        open_feed(run, lambda have: live_run.message(run, have))
        return run

    begin.session = session
    return begin


class Connection:
    """A browser's websocket to `answer`, which runs in a thread with an event loop of its own."""

    def __init__(self, name: str):
        self.sent = queue.Queue()
        self.thread = ThreadPoolExecutor(1)  # in this thread, another test's browser may have an event loop running
        ready = threading.Event()
        self.served = self.thread.submit(asyncio.run, self._serve(name, ready))
        assert ready.wait(60)
        assert self.sent.get(timeout=60)["type"] == "websocket.accept"

    async def _serve(self, name: str, ready: threading.Event) -> None:
        self.loop, self.received = asyncio.get_running_loop(), asyncio.Queue()
        self.received.put_nowait({"type": "websocket.connect"})
        ready.set()

        async def send(message):
            self.sent.put(message)

        await answer(WebSocket({"type": "websocket", "path_params": {"run": name}}, self.received.get, send))

    def receive(self, message: dict) -> None:
        self.loop.call_soon_threadsafe(self.received.put_nowait, message)

    def send(self, question: str) -> dict:
        """Send a question; return what comes back as a message of ASGI."""
        self.receive({"type": "websocket.receive", "text": question})
        return self.sent.get(timeout=60)

    def ask(self, question: str) -> dict:
        """Send a question; return the header of the answer."""
        return unpack(self.send(question)["bytes"])[0]

    def leave(self) -> None:
        self.receive({"type": "websocket.disconnect", "code": 1001})
        self.served.result(60)


@contextmanager
def connected(run: TrainingRun):
    """Give a function that asks over one connection and returns the header of the answer."""
    connection = Connection(run.name)
    yield connection.ask
    connection.leave()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "all",
        "5 5 5",
        "-1 5",
        "5 -1",
        "a 1",
        "1 a",
        "1.5 2",
        "1 ALL",
        " all all",
        "1  2",
        f"1 {MOST_AT_ONCE + 1}",
    ],
)
def test_what_is_no_question_is_none(text):
    assert read_ask(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_question_or_none(text):
    asked = read_ask(text)
    assert asked is None or (asked.have is None or asked.have >= 0)


@given(
    st.none() | st.integers(0, 10**15 - 1),
    st.none() | st.sampled_from(["all", "pause"]) | st.integers(0, MOST_AT_ONCE),
)
def test_a_question_is_read(have, want):
    words = ["" if part is None else str(part) for part in (have, want)]
    assert read_ask(" ".join(words)) == Ask(have, want)


def test_who_asks_what_there_is_is_told_at_once_and_takes_no_step(begun):
    run = begun()
    with connected(run) as ask:
        assert (ask(" ")["step"], ask("0 ")["playing"]) == (0, False)
        run.play(paced=True)
        header = ask(" ")
    assert (header["step"], header["playing"]) == (0, True)


def test_who_asks_for_a_pause_is_told_at_once_that_nothing_runs(begun):
    run = begun(executor := SlowExecutor())
    run.play()
    with connected(run) as ask:
        assert ask("0 pause")["playing"] is False
    assert not run.playing
    executor.compute()  # the chunk that was under way
    assert run.state.step == 0


def test_as_many_steps_are_taken_as_are_asked_for(begun):
    run = begun()
    run.play(paced=True)
    with connected(run) as ask:
        assert [ask("0 3")["step"], ask("3 1")["step"], ask("4 0")["step"]] == [3, 4, 4]
        assert ask("4 all")["step"] > 4


def test_an_answer_waits_for_the_chunk_under_way_and_comes_when_it_is_done(begun):
    slow = SlowExecutor()
    run = begun(slow)
    run.play(paced=True)
    with connected(run) as ask:
        threading.Timer(0.1, slow.compute).start()
        assert ask("0 2")["step"] == 2


def test_pausing_answers_whoever_waits(begun, monkeypatch):
    monkeypatch.setattr(feed, "WAIT", 600)
    run = begun(SlowExecutor())
    run.play()
    with connected(run) as ask:
        threading.Timer(0.1, run.pause).start()
        header = ask("0 all")
    assert (header["step"], header["playing"]) == (0, False)


def test_a_turned_knob_is_answered_by_steps_with_the_new_value(begun, monkeypatch):
    monkeypatch.setattr(feed, "WAIT", 600)
    slow = SlowExecutor()
    run = begun(slow)
    run.play()

    def turn():
        run.change(Hyperparameters(lr=0.25, batch_size=8))
        slow.compute()  # the chunk that was cancelled
        slow.compute()

    with connected(run) as ask:
        threading.Timer(0.1, turn).start()
        header = ask("0 all")
    assert (header["rate"], header["step"] > 0) == ("0.25", True)


def test_a_chunk_that_never_ends_keeps_nobody_waiting_for_ever(begun, monkeypatch):
    monkeypatch.setattr(feed, "WAIT", 0.05)
    run = begun(SlowExecutor())
    run.play()
    with connected(run) as ask:
        assert ask("0 all")["step"] == 0


def test_a_chunk_that_fails_is_answered(begun):
    slow = SlowExecutor()
    run = begun(slow)
    run.play()
    slow.waiting[0][0].set_exception(OSError("The worker has died."))
    with connected(run) as ask:
        assert ask("0 all")["playing"] is False
    assert run.problem == "The worker has died."


@pytest.mark.parametrize("question", ["", "nonsense", '{"have": 1}', "1 " + "9" * 100_000])
def test_nonsense_ends_the_connection_and_nothing_else(begun, question):
    run = begun()
    connection = Connection(run.name)
    assert connection.send(question)["type"] == "websocket.close"
    connection.served.result(60)
    with connected(run) as ask:
        assert ask(" ")["step"] == 0


def test_bytes_are_no_question_either(begun):
    connection = Connection(begun().name)
    connection.receive({"type": "websocket.receive", "bytes": b"0 all"})
    assert connection.sent.get(timeout=60)["type"] == "websocket.close"
    connection.served.result(60)


@pytest.mark.parametrize("name", ["another", "", "..", "%00"])
def test_nobody_gets_a_run_whose_name_they_do_not_know(begun, name):
    begun()
    assert Connection(name).send(" ")["type"] == "websocket.close"


def test_names_cannot_be_guessed(begun):
    names = {begun().name for _ in range(20)}
    assert len(names) == 20
    assert all(len(name) >= 22 for name in names)  # 128 bits, 6 in each character


def test_a_session_that_has_gone_takes_its_run_with_it(begun):
    name = begun().name
    begun.session.clear()
    gc.collect()
    assert Connection(name).send(" ")["type"] == "websocket.close"

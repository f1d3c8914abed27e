"""Executors that compute in this process, in place of worker processes."""

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor


def one_step(args: tuple) -> tuple:
    """Make a chunk one step, in place of some milliseconds: its last argument are its seconds."""
    return (*args[:-1], 0)


def five_steps(args: tuple) -> tuple:
    """Make a chunk of a training run five steps at most."""
    *args, steps, _ = args
    return (*args, min(steps, 5))


def unchanged(args: tuple) -> tuple:
    """Leave arguments as they are."""
    return args


class InlineExecutor(Executor):
    """Computes each call before `submit` returns.

    shorten: changes the arguments of each call; error: if set, all calls but the first `after` fail with it, or cannot
    be submitted if `refuses`; calls: the function and arguments of each call.
    """

    def __init__(self, shorten=unchanged, error: Exception | None = None, after: int = 0, refuses: bool = False):
        self.shorten, self.error, self.after, self.refuses = shorten, error, after, refuses
        self.calls: list[tuple] = []

    def submit(self, function, /, *args) -> Future:
        """Compute a call."""
        self.calls.append((function, *args))
        future, fails = Future(), self.error and len(self.calls) > self.after
        if fails and self.refuses:
            raise self.error
        if fails:
            future.set_exception(self.error)
        else:
            future.set_result(function(*self.shorten(args)))
        return future


class ThreadExecutor(ThreadPoolExecutor):
    """Computes calls in two threads. shorten: changes the arguments of each call."""

    def __init__(self, shorten=unchanged):
        super().__init__(2)
        self.shorten = shorten

    def submit(self, function, /, *args) -> Future:
        """Compute a call in a thread."""
        return super().submit(function, *self.shorten(args))


class AwaitedFuture(Future):
    """Tells when a thread has begun to wait for it."""

    def __init__(self):
        super().__init__()
        self.awaited = threading.Event()

    def exception(self, timeout=None):
        """Wait as every future does."""
        self.awaited.set()
        return super().exception(timeout)


class ManualExecutor(Executor):
    """Keeps calls until the test answers them. shorten: changes the arguments of each call."""

    def __init__(self, shorten=unchanged):
        self.shorten = shorten
        self.calls: list[tuple[AwaitedFuture, object, tuple]] = []

    def submit(self, function, /, *args) -> Future:
        """Keep a call."""
        self.calls.append((AwaitedFuture(), function, args))
        return self.calls[-1][0]

    def answer(self) -> None:
        """Compute all calls that wait."""
        for future, function, args in list(self.calls):
            if not future.done():
                future.set_result(function(*self.shorten(args)))

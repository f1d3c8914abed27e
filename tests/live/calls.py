"""Functions for worker processes to call: they must be importable there."""

import os
import signal
import time
from pathlib import Path

import psutil


def add(a, b):
    """Return the sum."""
    return a + b


def fail(error: Exception):
    """Raise an error."""
    raise error


def fail_stubbornly():
    """Raise an error that can't be pickled."""
    error = ValueError("stubborn")
    error.reason = lambda: None
    raise error


def leave():
    """End the process in the midst of the call."""
    os.kill(os.getpid(), signal.SIGKILL)


def talk(text: str) -> str:
    """Print a text in every way there is, and return it."""
    print(text, flush=True)
    os.write(1, text.encode())
    return text


def give_a_function():
    """Return what can't be pickled."""
    return lambda: None


def compute(seconds: float) -> None:
    """Keep a processor busy for so long."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def meet(folder: Path, count: int) -> int:
    """Return the number of this process, as soon as so many processes have come to the folder."""
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < count:
        time.sleep(0.01)
    return os.getpid()


def describe(data, what: str) -> tuple[str, int]:
    """Return a word and the number of training images."""
    return what, len(data.train_x)


def use_memory(megabytes: int) -> int:
    """Take memory in small pieces, free it, and return how many bytes this process then still has."""
    pieces = [bytearray(2**16) for _ in range(16 * megabytes)]
    del pieces[:-1]
    return resident_memory()


def resident_memory() -> int:
    """Return how many bytes of memory this process has."""
    return psutil.Process().memory_info().rss

"""A worker process: `python -m live.workers.worker` reads calls from standard input, writes results to standard output.

Each message is its length in 8 bytes, then a pickle. A worker ends when its input does, so none is left behind
when the process that started it has gone, for whatever reason.
"""

import ctypes
import io
import os
import pickle
import select
import struct
import sys
import time
from contextlib import suppress
from copyreg import dispatch_table
from typing import BinaryIO

M_ARENA_MAX = -8  # of malloc.h
IDLE_SECONDS = 5  # after which a worker gives back what it has freed: its allocator keeps 128 MB for the next call
HEADER = struct.Struct(">Q")  # the length of a message in bytes


class Reference:
    """Names a value that is too large to send. A worker replaces each argument of this kind by what it loads."""

    def load(self) -> object:
        """Return the value."""
        raise NotImplementedError


def write_message(stream: BinaryIO, packed: bytes) -> None:
    """Send one message. Raises OSError if the other process has gone."""
    stream.write(HEADER.pack(len(packed)) + packed)
    stream.flush()


def read_message(stream: BinaryIO) -> bytes:
    """Wait for one message. Raises EOFError if the other process has gone."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    (length,) = HEADER.unpack(header)
    packed = stream.read(length)
    if len(packed) < length:
        raise EOFError
    return packed


def pack(message: object) -> bytes:
    """Pickle a call or its result. Raises an error of any kind if it can't be pickled.

    Tensors travel as NumPy arrays: a run of the linear model takes a fifth of the time that PyTorch's own way needs.
    """
    packed = io.BytesIO()
    pickler = pickle.Pickler(packed, pickle.HIGHEST_PROTOCOL)
    if torch := sys.modules.get("torch"):  # it takes long to import: left to the calls that need it
        pickler.dispatch_table = {
            **dispatch_table,
            torch.Tensor: lambda tensor: (torch.from_numpy, (tensor.detach().numpy(),)),
        }
    pickler.dump(message)
    return packed.getvalue()


def unpack(packed: bytes) -> object:
    """Return what was packed. Raises an error of any kind if this process can't unpickle it."""
    return pickle.loads(packed)  # noqa: S301, it is from this process, the one that started it, or one that it started


def execute(call: bytes) -> bytes:
    """Make a call, packed as (function, args).

    Returns (result, None, seconds) or (None, exception, seconds), packed. seconds: that a processor has computed.
    """
    begin = time.process_time()
    try:
        function, args = unpack(call)
        result = function(*(arg.load() if isinstance(arg, Reference) else arg for arg in args))
        return pack((result, None, time.process_time() - begin))
    except Exception as error:  # of any kind: the caller handles it
        seconds = time.process_time() - begin
        try:
            return pack((None, error, seconds))
        except Exception:  # the exception itself can't be pickled
            return pack((None, RuntimeError(f"{type(error).__name__}: {error}"), seconds))


def trim_memory() -> None:
    """Give memory that this process has freed back to the system, where glibc's allocator keeps it."""
    with suppress(OSError, AttributeError, TypeError):  # another system, or another allocator
        ctypes.CDLL(None).malloc_trim(0)


def share_arenas() -> None:
    """Let all threads of this process take memory from two places, where glibc's allocator would keep eight a core.

    What one thread frees is then used by the next, and less is left over. To be called before there are threads.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError, TypeError):  # another allocator
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def main() -> None:
    """Execute calls until the input ends."""
    calls, results = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not get among the results
    with suppress(EOFError, OSError):
        while True:
            if sys.platform == "linux" and not select.select([calls], [], [], IDLE_SECONDS)[0]:
                trim_memory()
            write_message(results, execute(read_message(calls)))


if __name__ == "__main__":
    sys.modules["live.workers.worker"] = sys.modules["__main__"]  # else other modules would import a second `Reference`
    with suppress(KeyboardInterrupt):  # Ctrl-C in a terminal also goes to the workers
        main()

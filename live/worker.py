"""A worker process: python -m live.worker. It takes calls on standard input and answers on standard output.

Each message is its length in 8 bytes, then a pickle. A worker ends when its input does, so none is left
behind when the process that started it is gone, however that came about.
"""

import contextlib
import os
import pickle
import struct
import sys
from typing import BinaryIO

LENGTH = struct.Struct(">Q")


def write_message(stream: BinaryIO, packed: bytes) -> None:
    """Send one message. Raises OSError if nobody reads any more."""
    stream.write(LENGTH.pack(len(packed)) + packed)
    stream.flush()


def read_message(stream: BinaryIO) -> bytes:
    """Wait for one message. Raises EOFError if the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    packed = stream.read(length)
    if len(packed) < length:
        raise EOFError
    return packed


def pack(message: object) -> bytes:
    """Pickle a call or an answer. Raises an error of any kind if it can't be."""
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def unpack(packed: bytes) -> object:
    """Return what was packed. Raises an error of any kind if this process can't make sense of it."""
    return pickle.loads(packed)  # noqa: S301, it comes from the process that started this one, or that this one started


def answer_to(call: bytes) -> bytes:
    """Make a call, (function, args), and return what came of it: (result, None) or (None, exception)."""
    try:
        function, args = unpack(call)
        return pack((function(*args), None))
    except Exception as error:  # whatever it is, it belongs to the caller
        try:
            return pack((None, error))
        except Exception:
            return pack((None, RuntimeError(f"{type(error).__name__}: {error}")))


def main() -> None:
    """Answer calls until the input ends."""
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not get among the answers

    import torch

    torch.set_num_threads(1)  # one worker a core: more threads would only wait for each other
    while True:
        try:
            call = read_message(calls)
        except EOFError:
            return
        answer = answer_to(call)
        try:
            write_message(answers, answer)
        except OSError:
            return


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C in a terminal goes to the workers, too
        main()

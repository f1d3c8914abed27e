"""Messages from the server to the live view: a header in JSON, then arrays of numbers as they lie in memory."""

import json

import numpy as np

ALIGNED = 8  # bytes: where each array begins, so that a browser can read it in place


def pack(header: dict, **arrays: np.ndarray) -> bytes:
    """Write a header and arrays of float32 or int8 as one message.

    It is the length of the header in 4 bytes, the header, and the arrays. The header says of each array its name, its
    type and how many numbers it has.
    """
    header = {**header, "arrays": [[name, array.dtype.name, array.size] for name, array in arrays.items()]}
    packed = json.dumps(header).encode()
    packed += b" " * (-(len(packed) + 4) % ALIGNED)
    blocks = [array.tobytes() for array in arrays.values()]
    padded = [block + bytes(-len(block) % ALIGNED) for block in blocks]
    return b"".join([len(packed).to_bytes(4, "little"), packed, *padded])


def unpack(message: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """Read what `pack` has written. Returns the header, and the arrays by name, each with one axis."""
    length = int.from_bytes(message[:4], "little")
    header, place, arrays = json.loads(message[4 : 4 + length]), 4 + length, {}
    for name, dtype, size in header.pop("arrays"):
        arrays[name] = np.frombuffer(message, dtype, size, place)
        place += arrays[name].nbytes + -arrays[name].nbytes % ALIGNED
    return header, arrays

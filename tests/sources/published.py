"""The four files of MNIST as a mirror has them, with a few digits in them."""

import hashlib
from pathlib import Path

import numpy as np

FILES = {"train": "train", "valid": "t10k"}


def publish(stacks: dict[str, dict[int, np.ndarray]], sums: Path) -> dict[str, bytes]:
    """Write {split: {digit: (n, 28, 28) uint8}} as IDX files by name, and their sums to a file."""
    files = {}
    for split, name in FILES.items():
        images = np.concatenate([*stacks[split].values()])
        labels = np.repeat([*stacks[split]], [len(stack) for stack in stacks[split].values()]).astype(np.uint8)
        sizes = [size.to_bytes(4, "big") for size in images.shape]
        files[f"{name}-images-idx3-ubyte"] = bytes([0, 0, 8, 3]) + b"".join(sizes) + images.tobytes()
        files[f"{name}-labels-idx1-ubyte"] = bytes([0, 0, 8, 1]) + sizes[0] + labels.tobytes()
    sums.write_text("\n".join(f"{hashlib.md5(raw).hexdigest()} {len(raw)} {name}" for name, raw in files.items()))
    return files

"""The judges' weights in the cache folder, as safetensors: numbers and their names, nothing that could be run."""

import contextlib
import os
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from core.model import Params

FOLDER = "judges"  # in the cache folder
LARGEST = 10_000_000  # bytes


def read(folder: Path, stamp: str, wanted: Params) -> Params | None:
    """Return the weights that are kept under a stamp; None if there are none, or they are damaged or do not fit.

    wanted: parameters of the shapes that are asked for.
    """
    path = _path(folder, stamp)
    try:
        if path.stat().st_size > LARGEST:
            return None
        tensors = load(path.read_bytes())
    except (OSError, SafetensorError, ValueError):
        return None
    params = tuple(tensors.get(str(place)) for place in range(len(tensors)))
    fits = len(params) == len(wanted) and all(
        p is not None and p.shape == w.shape and p.dtype == torch.float32 and bool(p.isfinite().all())
        for p, w in zip(params, wanted, strict=True)
    )
    return params if fits else None


def write(folder: Path, stamp: str, params: Params) -> None:
    """Keep weights for the next start. Where nothing can be written, they are trained again then, and that is all."""
    path = _path(folder, stamp)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(save({str(place): p.contiguous() for place, p in enumerate(params)}))
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def _path(folder: Path, stamp: str) -> Path:
    return folder / FOLDER / f"{stamp}.safetensors"

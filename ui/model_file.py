"""Trained weights as a safetensors file: numbers and their names only, nothing that could be run."""

import json
from dataclasses import asdict

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from core.model import Params
from core.training import Config, Knobs

NAMES = ("weights 1", "bias 1", "weights 2", "bias 2")
LARGEST = 2_000_000  # bytes; the largest model here has a fifth of that


def pack(params: Params, config: Config, knobs: Knobs, epochs: int) -> bytes:
    """Return the file: the parameters by name, and the settings as text in its metadata."""
    settings = {**asdict(config), **asdict(knobs), "epochs": epochs}
    metadata = {name: json.dumps(value) for name, value in settings.items()}
    return save({name: p.contiguous() for name, p in zip(NAMES, params, strict=False)}, metadata)


def unpack(file: bytes, wanted: Params, config: Config) -> Params:
    """Return the parameters in a file.

    wanted: parameters of the shapes that are asked for; config: of the run that is to have them.
    Raises ValueError with one sentence if it is no such file, or does not fit.
    """
    if len(file) > LARGEST:
        raise ValueError(f"This file has {len(file):,} bytes, too many for a model of this app.")
    try:
        tensors = load(file)
        header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
        digits = tuple(json.loads(header["__metadata__"]["digits"]))
        if not 2 <= len(digits) <= 10 or not set(digits) <= set(range(10)):
            raise ValueError
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("This is no file of weights that this app has saved: choose a .safetensors file.") from None
    names = NAMES[: len(wanted)]
    shapes = {name: tuple(p.shape) for name, p in zip(names, wanted, strict=True)}
    if {name: tuple(t.shape) for name, t in tensors.items()} != shapes:
        raise ValueError(
            f"These weights are of another model: they have shapes {_listed(tensors)}; the model that is set up here "
            f"has {', '.join(str(shape) for shape in shapes.values())}. Set up the same model first."
        )
    if digits != config.digits:
        raise ValueError(
            f"These weights tell {' from '.join(map(str, digits))}; choose these digits in the sidebar first."
        )
    params = tuple(tensors[name] for name in names)
    if not all(p.dtype == torch.float32 and bool(p.isfinite().all()) for p in params):
        raise ValueError("These weights are not all finite 32-bit numbers, so they can't be used.")
    return params


def _listed(tensors: dict[str, torch.Tensor]) -> str:
    return ", ".join(str(tuple(t.shape)) for t in list(tensors.values())[: len(NAMES)]) or "none"

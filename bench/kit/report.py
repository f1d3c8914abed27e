"""What all benchmarks print: the machine, and their figures as tables and as the keys of the last line."""

import math
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import joblib
import psutil
import torch


@dataclass(frozen=True)
class Figure:
    """One measured value, with its aim if it has one.

    name: its key in the last line; "linear.core_ms" is the key core_ms of the object linear.
    value: a number, rounded to `places` decimals, to an integer if None; or a text or a list.
    at_least, at_most: the aim, if there is one; the rounded value is compared with it.
    """

    name: str
    value: object
    places: int | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def rounded(self) -> object:
        """Return the value as it is printed; None for a number that is not finite."""
        if not isinstance(self.value, Real) or isinstance(self.value, Integral):
            return self.value
        return round(float(self.value), self.places) if math.isfinite(self.value) else None

    @property
    def met(self) -> bool:
        """Return whether the aim is met, True if there is none. A number that is not finite misses every aim."""
        if self.at_least is not None:
            return self.rounded is not None and self.rounded >= self.at_least
        return self.at_most is None or (self.rounded is not None and self.rounded <= self.at_most)

    @property
    def aim(self) -> str:
        """Return the aim in words, "" if there is none."""
        if self.at_least is not None:
            return f"at least {self.at_least:,}"
        return f"at most {self.at_most:,}" if self.at_most is not None else ""

    @property
    def text(self) -> str:
        """Return the value as a table shows it."""
        if self.rounded is None:
            return "–"
        return f"{self.rounded:,}" if type(self.rounded) in (int, float) else str(self.rounded)

    @property
    def cell(self) -> str:
        """Return the value with its aim."""
        return f"{self.text} ({self.aim})" if self.aim else self.text


def errors_of(people: Iterable) -> Figure:
    """Return how many errors people have met, which should be none, and print some. They have lists `errors`."""
    errors = [error for one in people for error in one.errors]
    for error in sorted(set(errors))[:5]:
        print(f"An error: {error}")
    return Figure("errors", len(errors), at_most=0)


def nested(figures: Sequence[Figure]) -> dict:
    """Return the figures as the object that the last line holds: each dot in a name begins an object within another."""
    result = {}
    for figure in figures:
        *parents, key = figure.name.split(".")
        inner = result
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[key] = figure.rounded
    return result


def aims(figures: Sequence[Figure]) -> dict[str, dict[str, float]]:
    """Return the aims by the names of their figures: {"linear.core_ms": {"at_most": 5}}."""
    both = {figure.name: {"at_least": figure.at_least, "at_most": figure.at_most} for figure in figures if figure.aim}
    return {name: {way: aim for way, aim in ways.items() if aim is not None} for name, ways in both.items()}


def print_figures(figures: Sequence[Figure]) -> None:
    """Print those figures that belong to an object such as linear in tables of such objects, the others in a list."""
    objects: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        parent, _, key = figure.name.rpartition(".")
        objects.setdefault(parent, {})[key] = figure
    single = objects.pop("", {}).values()
    tables: dict[str, dict[str, dict[str, Figure]]] = {}
    for parent, values in objects.items():  # objects that begin with the same key are in one table
        tables.setdefault(next(iter(values)), {})[parent] = values
    for columns in tables.values():
        keys = dict.fromkeys(key for values in columns.values() for key in values)
        missing = Figure("", None)
        rows = [["", *columns], *([key, *(v.get(key, missing).cell for v in columns.values())] for key in keys)]
        print_table(rows if len(columns) <= len(keys) else list(zip(*rows, strict=True)))  # rather long than wide
    if single:
        rows = [[f.name, f.text, f.aim, ("yes" if f.met else "no") if f.aim else ""] for f in single]
        print_table([["", "measured", "aim", "met"], *rows])
    print()


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, the first of which is the head: the first column to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for first, *others in rows:
        print(first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(others, widths[1:], strict=True)), sep="   ")


def machine() -> dict:
    """Describe the machine that is measured on, with the load that other programs put on it."""
    return {
        "cores": joblib.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": _processor(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "load": round(psutil.getloadavg()[0], 2),
    }


def sentence(machine: dict) -> str:
    """Say the same in one line."""
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB; Python {machine['python']}, "
        f"torch {machine['torch']} with {machine['threads']} threads; load before the start {machine['load']}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()

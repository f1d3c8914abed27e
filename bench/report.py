"""What all benchmarks print: the machine, and a table."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import torch


def machine() -> dict:
    """Describe the machine that is measured on, with the load that other programs put on it."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": _memory_gb(),
        "processor": _processor(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def sentence(machine: dict) -> str:
    """Say the same in one line."""
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB; Python {machine['python']}, "
        f"torch {machine['torch']} with {machine['threads']} threads; load before the start {machine['load']}"
    )


def table(head: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Print rows under a head: the first column to the left, all others to the right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print()
    for first, *others in cells:
        print(first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(others, widths[1:], strict=True)), sep="   ")
    print()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None  # Windows has no sysconf


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()

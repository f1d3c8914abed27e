"""Two shapes and that of their difference as blocks: what there is of each is solid, what is read again is dashed."""

from math import log2

import streamlit as st

from core.broadcasting import Axis, align
from core.broadcasting import Shape as Sizes

SHEETS, COPIES = 4, 2  # at most so many are drawn along the third axis from the right, and along the fourth
SHIFT = 0.55  # em from one sheet to the one behind it, to the right and up
ROOM = 2.6  # em for the size to the left of a block
STYLE = """<style>
.shapes-box {container-type: inline-size; margin-bottom: .5rem}
.shapes {display: flex; align-items: end; justify-content: space-between; max-width: 38em; gap: .2em;
  font-size: clamp(9px, 100cqw / 36, 16px); font-variant-numeric: tabular-nums}
.shapes > div {position: relative; flex: none; white-space: nowrap}
.shapes i {position: absolute; border: 1px dashed color-mix(in srgb, currentColor 55%, transparent)}
.shapes i.there {border: 1px solid color-mix(in srgb, currentColor 70%, transparent);
  background: color-mix(in srgb, var(--ink) 28%, transparent)}
.shapes span {position: absolute; font-size: 1.1em; line-height: 1.1}
.shapes span.misfit {font-weight: 700; color: color-mix(in srgb, #e5312b 82%, currentColor)}
.shapes b {font-size: 1.3em; align-self: center}
.shapes div > b {position: absolute; left: 0; top: 0; font-size: 1.1em}
</style>"""
INKS = {"a": "#a066d3", "b": "#14998a", "a − b": "#8a8f98"}


def blocks(a: Sizes, b: Sizes) -> None:
    """Draw two shapes, aligned and stretched, and the shape of their difference if they fit. 4 axes at most."""
    axes = [Axis(None, None)] * (4 - max(len(a), len(b))) + align(a, b)
    drawn = {"a": _block("a", axes, [axis.a for axis in axes]), "b": _block("b", axes, [axis.b for axis in axes])}
    fit = all(axis.fits for axis in axes)
    if fit:
        drawn["a − b"] = _block("a − b", axes, [axis.size for axis in axes])
    row = f"{drawn['a']}<b>−</b>{drawn['b']}<b>=</b>{drawn.get('a − b', '<b>does not fit</b>')}"
    said = f"A block of the shape {a} minus one of the shape {b}" + ("" if fit else ", which does not fit")
    st.html(f'{STYLE}<div class="shapes-box"><div class="shapes" role="img" aria-label="{said}">{row}</div></div>')
    st.caption(
        "Solid: numbers that are there. Dashed: the same numbers, read again."
        if fit
        else "In bold red: sizes that don't fit."
    )


def _block(name: str, axes: list[Axis], sizes: list[int | None]) -> str:
    """Draw one shape. sizes: along each of the four axes, None where it has no such axis."""
    own = [size or 1 for size in sizes]
    full = [axis.size or size if axis.fits else size for axis, size in zip(axes, own, strict=True)]
    sheets, copies = min(full[1], SHEETS), min(full[0], COPIES)
    wide, high, behind = _length(full[3]), _length(full[2]), SHIFT * (sheets - 1)
    tall = high + behind
    parts = []
    for copy in range(copies):
        for sheet in reversed(range(sheets)):
            x, y = ROOM + SHIFT * sheet, 1.6 + copy * (tall + 0.8) + behind - SHIFT * sheet
            there = copy < own[0] and sheet < own[1]
            if not there or own[2:] != full[2:]:
                parts.append(_rectangle(x, y, wide, high))
            if there:
                parts.append(_rectangle(x, y, _length(own[3]), _length(own[2]), "there"))
    bottom = 1.6 + copies * (tall + 0.8) - 0.8
    labels = [_label(axis, size, name) for axis, size in zip(axes, sizes, strict=True)]
    places = [
        f"left: 0; top: {bottom / 1.1 - 0.2:.2f}em",
        f"left: {(ROOM + behind + 0.5 * wide) / 1.1:.2f}em; top: 0",
        f"right: calc(100% - {(ROOM - 0.3) / 1.1:.2f}em); top: {(1.6 + behind + high / 2) / 1.1 - 0.5:.2f}em",
        f"left: {ROOM / 1.1:.2f}em; top: {(bottom + 0.2) / 1.1:.2f}em",
    ]
    labels[0] = (f"{labels[0][0]} ×" if labels[0][0] else "", labels[0][1])
    texts = [f'<span{kind} style="{place}">{text}</span>' for (text, kind), place in zip(labels, places, strict=True)]
    size = f"width: {ROOM + wide + behind + 0.2:.2f}em; height: {bottom + 1.6:.2f}em"
    return f'<div style="--ink: {INKS[name]}; {size}"><b>{name}</b>{"".join(parts + texts)}</div>'


def _length(size: int) -> float:
    """Return the length of an edge in em: that of one number is 0.8, longer for more up to 28."""
    return 0.8 if size == 1 else min(6.0, 1.2 + log2(size))


def _rectangle(x: float, y: float, wide: float, high: float, kind: str = "") -> str:
    place = f"left: {x:.2f}em; top: {y:.2f}em; width: {wide:.2f}em; height: {high:.2f}em"
    return f'<i class="{kind}" style="{place}"></i>'


def _label(axis: Axis, size: int | None, name: str) -> tuple[str, str]:
    """Return what to write at an axis, and the attribute that marks it if the sizes don't fit."""
    if not axis.fits:
        return str(size), ' class="misfit"'
    if name in "ab" and axis.stretched(name):
        return f"{size or ''} → {axis.size}".strip(), ""
    return ("" if size is None else str(size)), ""

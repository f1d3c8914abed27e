"""The lines of code that a page shows after `>>>`, typed into Python, give what stands beneath them."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sources import builtin

NAMES = {"np": np, "torch": torch, "tensor": torch.tensor, "Image": Image, "Path": Path}


@pytest.fixture
def typed(home, monkeypatch):
    """Return a function that types a visitor's code into one Python, in the dataset's folder.

    It returns pairs for each line: what Python answers, and what the page says that it does, both without spaces.
    """
    monkeypatch.chdir(home / builtin.NAME)

    def answers(visitor, **more):
        names, pairs = {**NAMES, **more}, []
        for block in (one.value for one in visitor.app.code if one.value.startswith(">>> ")):
            for part in block.removeprefix(">>> ").split("\n>>> "):
                line, _, shown = part.partition("\n")
                pairs.append(("".join(answer(line, names).split()), "".join(shown.split())))
        return pairs

    def answer(line, names):
        said = []
        monkeypatch.setattr(sys, "displayhook", lambda value: said.append("" if value is None else repr(value)))
        try:
            exec(compile(line, "<typed>", "single"), names)  # noqa: S102, a line of the app's own
        except (RuntimeError, AttributeError) as problem:
            return f"{type(problem).__name__}: {problem}"
        finally:
            monkeypatch.setattr(sys, "displayhook", sys.__displayhook__)
        # A shape is a tuple, and the page writes it as one.
        return re.sub(r"torch\.Size\(\[(.*?)\]\)", lambda size: str(tuple(eval(f"[{size[1]}]"))), "".join(said))  # noqa: S307

    return answers


def differing(pairs) -> list:
    """Return the pairs that differ; there must be lines to compare."""
    assert pairs
    return [pair for pair in pairs if pair[0] != pair[1]]


def test_the_lines_of_pixels_give_what_the_page_shows(visit, typed):
    visitor = visit("pixels", split="Training", digit="7", number="12", rows=["9", "13"], columns=["10", "16"])
    assert differing(typed(visitor)) == []


@pytest.mark.parametrize("condition", ["every file", "files smaller than"])
@pytest.mark.parametrize(
    "shapes", [("100, 28, 28", "28, 28"), ("28, 1", "1, 28"), ("3, 28, 28", "3"), ("28", ""), ("", "")]
)
def test_the_lines_of_tensors_give_what_the_page_shows(visit, typed, mnist, condition, shapes):
    a, b = (torch.zeros([int(size) for size in text.split(",") if size]) for text in shapes)
    visitor = visit("tensors", digit="7", number="5", condition=condition, shape_a=shapes[0], shape_b=shapes[1])
    assert differing(typed(visitor, image=torch.tensor(mnist["valid", 7][5]), a=a, b=b)) == []


def test_the_lines_of_gradient_descent_give_what_the_page_shows(descent, typed):
    assert differing(typed(descent(squared="3, 4, 10"))) == []

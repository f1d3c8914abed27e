"""What the edge of learning is, in words: the map, a run on it, and why it is ragged."""

import math

import numpy as np

from core.rates import edge
from core.rates.edge import FAR, HOME, LAST, NARROWEST, STEPS, View
from live.rates.edge_map import COARSEST, FINEST, EdgeMap
from ui.kit.text import percent

KEYS = "Arrow keys move a cross, Enter zooms in on it, minus goes back, Home goes to the first view."


def rate(rate: float, view: View) -> str:
    """Write a rate with as many digits as tell neighbouring pixels apart."""
    return f"{rate:.{max(3, 1 + math.ceil(-math.log10(math.log(10) * view.width / FINEST)))}g}"


def of_run(work: EdgeMap, pixel: tuple[int, int] | None, losses: np.ndarray) -> str:
    """Say which run a pixel is, and how it ended. pixel: column and row; losses: (STEPS,)."""
    view = work.view
    if pixel is None:
        if not work.side:
            return f"The first {COARSEST**2:,} runs are being trained …" if work.playing else "Nothing is trained yet."
        return "Point at a pixel, or tap it, to see its run. Click, or draw a box, to zoom in."
    first_lr, second_lr = view.rates(FINEST, np.array([pixel[1]]), np.array([pixel[0]]))
    text = f"First layer {rate(first_lr[0], view)}, second layer {rate(second_lr[0], view)}.\n"
    begin, end = losses[0], losses[-LAST:].mean()
    if not np.isfinite(end):
        gone = (losses > FAR * begin).argmax()
        return f"{text}Flew apart: at step {gone}, the loss was more than a million times what it was at first."
    if end < begin:
        return f"{text}Converged: the loss went from {begin:.3g} to {losses[-1]:.3g}."
    return f"{text}Neither: the loss began at {begin:.3g} and ends at {end:.3g}, which counts as orange."


def about(work: EdgeMap) -> str:
    """Say what the map shows, and how much of it is computed."""
    picture, times = work.picture(), HOME.width / work.view.width
    if picture is None:
        return "The first runs are being trained."
    share = float((picture < 0).mean())
    text = f"**{percent(share) if share >= 0.001 else 'Less than 0.1%'}** of the runs here have converged. "
    if share in (0, 1):
        every = "Every run here has converged" if share else "No run here has converged"
        text = f"{every}: no edge in sight. Go back and look for it. "
    if times > 1:
        text += f"Zoomed in **{_times(times)} times**. "
    if work.view.width <= NARROWEST:
        text += (
            "This is as deep as it goes: neighbours' rates differ in the 13th digit. Numbers of 64 bits have 16, but "
            "300 steps magnify what is rounded away, and further in, rounding would draw the picture. "
        )
    pixels = f"{work.trained:,} runs of {STEPS} steps were trained for it"
    left = work.over and FINEST**2 - work.trained
    return f"{text}{pixels}{f'; {left:,} pixels among neighbours that agree are interpolated' if left else ''}."


def _times(number: float) -> str:
    """Write how many times as large something is: exactly if that is short, else in words."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {word}"
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def explain(first: int, second: int) -> str:
    """Say what is trained, what the colours mean, and why the edge is ragged. first, second: the two digits."""
    return (
        f"**What is trained.** A net of 16 inputs, 16 tanh units and one answer, on the first images of each digit, "
        f"{edge.EACH} at most, shrunk to 4 × 4 pixels. It is to answer −1 for the {first}s and 1 for the {second}s; "
        f"the loss is the mean squared error, and each of the {STEPS} steps uses all images. To the right, the rate of "
        "the first layer grows, upwards that of the second, both by the same *factor* from pixel to pixel. All pixels "
        "begin with the same weights.\n\n"
        f"**What the colours mean.** Blue: the loss ended below where it began (the mean of the last {LAST} steps). "
        "Orange: it did not; as a rule, it flew apart. The brighter, the sooner. Often the brightest blue lies "
        "right beside the edge: the best rates are hardly smaller than those that ruin everything.\n\n"
        "**Why is the edge so ragged?** A step too long throws the weights somewhere else, from there the next step "
        "throws them again, and whether they land well after hundreds of throws can depend on the last digit of the "
        "rate. Repeating one rule over and over also makes the Mandelbrot set. However far you zoom in, the edge looks "
        "as ragged as before: a **fractal**, as far as a computer's numbers can tell. Jascha Sohl-Dickstein found it "
        "in 2024: [The boundary of neural network trainability is fractal](https://arxiv.org/abs/2402.06184).\n\n"
        "The address of this page is a link to the view that you see."
    )

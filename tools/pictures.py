"""Take a screenshot of every page for the README: python -m tools.pictures [NAME ...].

Starts the app on the built-in digits with a new cache folder, brings each page into a state that shows its purpose, and
writes docs/pictures/NAME.webp, replacing the earlier one.
"""

import io
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from core.drawing.strokes import PenStroke
from tools.browser import ROOT, NoBrowser, chromium, server, wait_until_quiet, watched_context
from ui.state.drawing_text import write_strokes

FOLDER = ROOT / "docs" / "pictures"
# High enough that nothing has to be scrolled; each picture is cut out of it.
WINDOW = {"width": 1280, "height": 4000}
DESKTOP_HEIGHT = 800  # pixels, of a usual desktop window
MARGIN = 16  # pixels around what is cut out
QUALITY = 80  # of the WebP file: text stays sharp, and a picture takes 20 to 60 kB
FILM_MS, FILM_PICTURES = 250, 40  # of a moving picture: from one to the next, and how many
HANDS = ((20, 0.12), (8, -0.1), (28, 0.3), (14, 0.55), (22, -0.35))  # the pens of a class's learners, and their slants
TRAINING_TIMEOUT_MS = 300_000  # for what is trained before the picture is taken


def press(label: str, until: str) -> Callable[[Page], None]:
    """Return an action that presses a button and waits until the page says `until`, a regular expression."""

    def act(page: Page) -> None:
        page.get_by_test_id("stMain").get_by_role("button", name=label, exact=True).click()
        expect(page.get_by_test_id("stMain")).to_contain_text(re.compile(until), timeout=TRAINING_TIMEOUT_MS)

    return act


def wait_for_classifiers(page: Page) -> None:
    """Wait until the classifiers of drawings have been trained."""
    expect(page.get_by_text(re.compile(r"^training, \d"))).to_have_count(0, timeout=TRAINING_TIMEOUT_MS)


def point_at_the_edge(page: Page) -> None:
    """Wait until the map of the edge of learning is complete, and point at a run that has converged."""
    expect(page.get_by_role("button", name="Pause")).to_have_count(0, timeout=TRAINING_TIMEOUT_MS)
    box = page.locator(".edge .over").bounding_box()
    page.mouse.move(box["x"] + 0.58 * box["width"], box["y"] + 0.62 * box["height"])
    expect(page.locator(".edge .words")).to_contain_text("First layer")


def pin_two_rates(page: Page) -> None:
    """Run a sweep, pin its best rate, and go along the U to a smaller one."""
    press("Run", "20 of 20")(page)
    u = page.get_by_role("slider", name="on the curve of final losses")
    for key in ("Enter", "PageDown", "PageDown"):
        u.press(key)


def drawn_three(pen: int = 20, slant: float = 0.12) -> str:
    """Return the text, as in a link, of a 3 drawn with a pen: two arcs."""
    upper = [(132 + 42 * math.cos(a), 94 + 42 * math.sin(a)) for a in np.radians(np.arange(-155, 95, 8))]
    lower = [(132 + 52 * math.cos(a), 188 + 52 * math.sin(a)) for a in np.radians(np.arange(-88, 150, 8))]
    return drawn([*upper, *lower], pen, slant)


def drawn_seven(pen: int = 20, slant: float = 0.12) -> str:
    """Return the text, as in a link, of a 7 drawn with a pen: two lines."""
    across = [(x, 62) for x in range(88, 190, 17)]
    down = [(190 - 50 * way, 62 + 170 * way) for way in np.linspace(0, 1, 9)]
    return drawn([*across, *down], pen, slant)


def drawn(points: list[tuple[float, float]], pen: int, slant: float) -> str:
    """Return the text of a stroke through some points of the canvas that leans to the right."""
    leaning = np.array([(x + slant * (140 - y), y) for x, y in points]).round().astype(np.int64)
    return write_strokes((PenStroke(pen, leaning),))


def hold_a_class(page: Page) -> None:
    """Start a class, have learners join it and hand in a drawing each, and wait until all methods have judged."""
    press("Start a class", "Nobody is here")(page)
    code, base = page.locator(".class-code .code").inner_text(), page.url.split("/class")[0]
    drawings = [(digit, draw(*hand)) for hand in HANDS for digit, draw in ((3, drawn_three), (7, drawn_seven))]
    for digit, strokes in drawings:
        with watched_context(page.context.browser) as context:
            learner = context.new_page()
            learner.goto(f"{base}/draw?join={code}&strokes={strokes}")
            wait_until_quiet(learner, "Draw", seconds=300)
            form = learner.locator(".st-key-hand_in_drawing")
            form.get_by_role("radio", name=str(digit)).click()
            form.get_by_role("button", name="Hand in").click()
            expect(form).to_contain_text("Your class has it", timeout=30_000)
    expect(page.locator(".class-wall button")).to_have_count(len(drawings), timeout=TRAINING_TIMEOUT_MS)
    expect(page.get_by_text("Under each drawing")).to_contain_text("Convolution", timeout=TRAINING_TIMEOUT_MS)


@dataclass(frozen=True)
class Shot:
    """A picture to take of the page at `link`: from the upper edge of one element to the lower edge of another.

    first, last: Playwright's selectors; the first match of `first` and the last match of `last` are taken. What a
    desktop window shows if None.
    prepare: called with the page before the picture is taken. film: a button that begins what is taken as a moving
    picture.
    """

    link: str
    first: str | None = None
    last: str | None = None
    prepare: Callable[[Page], None] | None = None
    film: str = ""


DRAWN = f"draw?strokes={drawn_three()}"
CODE, CHART = "[data-testid=stCode]", "[data-testid=stVegaLiteChart]"
SHOTS = {  # those of Draw last: its classifiers are trained while the others are taken
    "home": Shot("", "h1", "text=push the weights of a model"),
    "data": Shot("data", "h2:has-text('In use')", "text=training images of a 9"),
    "pixels": Shot(
        "pixels?rows=10&rows=16&columns=10&columns=16&pixel_row=13&pixel_column=13",
        ".st-key-picture",
        "text=Tensor: shape",
    ),
    "tensors": Shot("tensors", "h2:has-text('Broadcasting')", f"{CODE}:has-text('stride')"),
    "ideal_digits": Shot("ideal_digits?n=400", "h2:has-text('The mean forms')", "text=Dark parts are where"),
    "distance": Shot("distance", "h2:has-text('The specimen against')", "p:has-text('By L2 the ideal')"),
    "gradient_descent": Shot("gradient_descent?rate=0.95&steps=12", ".st-key-preset_Good", "svg.ball >> nth=1"),
    "training": Shot("training", ".st-key-run_bar", ".live-view", film="Run"),
    "learning_rates": Shot("learning_rates", ".st-key-sweep_bar", ".sweep", pin_two_rates),
    "edge": Shot(
        "learning_rates?experiment=5+The+edge&edge=-0.25_-1.0_1.0", ".st-key-edge_home", ".edge", point_at_the_edge
    ),
    "draw": Shot(DRAWN, "h2:has-text('Why')", "text=so it is a", wait_for_classifiers),
    "at-work": Shot(DRAWN, prepare=wait_for_classifiers),
    "class": Shot("class", "h2:has-text('The wall')", ".class-wall", hold_a_class),
}


def take(page: Page, url: str, shot: Shot) -> list[Image.Image]:
    """Open the page, prepare it, and return the picture, or those of a film."""
    page.goto(f"{url}/{shot.link}")
    wait_until_quiet(page)
    if shot.prepare:
        shot.prepare(page)
        wait_until_quiet(page)
    clip = {"x": 0, "y": 0, "width": WINDOW["width"], "height": DESKTOP_HEIGHT}
    if shot.first:
        block = page.get_by_test_id("stMainBlockContainer").locator("> *").first.bounding_box()
        first = page.locator(shot.first).first.bounding_box()
        last = page.locator(shot.last).last.bounding_box()
        clip |= {"x": block["x"] - MARGIN, "width": block["width"] + 2 * MARGIN, "y": first["y"] - MARGIN}
        clip["height"] = last["y"] + last["height"] + MARGIN - clip["y"]
    if not shot.film:
        return [screenshot(page, clip)]
    page.get_by_test_id("stMain").get_by_role("button", name=shot.film, exact=True).click()
    pictures, began = [], time.monotonic()
    for number in range(FILM_PICTURES):
        page.wait_for_timeout(max(0, 1000 * (began - time.monotonic()) + number * FILM_MS))
        pictures.append(screenshot(page, clip))
    return pictures


def screenshot(page: Page, clip: dict[str, float]) -> Image.Image:
    """Return a part of the page as it is now."""
    return Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled"))).convert("RGB")


def write(pictures: list[Image.Image], file: Path) -> None:
    """Write a picture, or several as a moving one, as WebP, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part")
    more = {"save_all": True, "append_images": pictures[1:], "duration": FILM_MS, "loop": 0} if pictures[1:] else {}
    pictures[0].save(half, "WEBP", quality=QUALITY, method=6, **more)
    os.replace(half, file)


def main(names: list[str]) -> None:
    """Take the pictures with these names; all if there is none."""
    unknown = sorted(set(names) - set(SHOTS))
    if unknown:
        sys.exit(f"There is no picture {unknown[0]!r}: choose of {', '.join(SHOTS)}.")
    try:
        with (
            tempfile.TemporaryDirectory() as home,
            chromium() as browser,
            server(Path(home)) as app,
            watched_context(browser, viewport=WINDOW) as context,
        ):
            page = context.new_page()
            for name in names or SHOTS:
                file = FOLDER / f"{name}.webp"
                write(take(page, app.url, SHOTS[name]), file)
                print(f"{file.relative_to(ROOT)}   {file.stat().st_size / 1000:.0f} kB", flush=True)
    except NoBrowser as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main(sys.argv[1:])

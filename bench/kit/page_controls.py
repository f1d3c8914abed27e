"""How long controls take on each page: from a key or a click to the change that it should bring about elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, TimeoutError

from bench.kit.app import visitor_at
from bench.kit.report import Figure
from tools.browser import wait_until_quiet

DIGITS = {"two": (3, 7), "ten": tuple(range(10))}
MAX_MS = {"two": 300, "ten": 600}  # the aims, for the median of a page's controls
TIMEOUT_MS = 10_000
# What is seen of some elements; then the time when it has changed and the browser has drawn it.
WATCH_EFFECT = """selector => {
    const seen = () => [...document.querySelectorAll(selector)].map(one => [one.innerText ?? "",
        ...[one, ...one.querySelectorAll("img")].map(image => image.src ?? ""),
        ...[...one.querySelectorAll("svg.marks, svg.marks *")]
            .map(mark => ["d", "transform", "fill"].map(name => mark.getAttribute(name)))].join()).join()
    const before = seen()
    window.drawn = 0
    const look = () => requestAnimationFrame(seen() === before ? look : () => { window.drawn = performance.now() })
    look()
}"""
TOOK = "window.drawn && window.drawn - Math.max(watch.click, watch.keydown, watch.pointerup)"


@dataclass(frozen=True)
class Control:
    """Something to use on a page, and a CSS selector of what it changes. use: takes the page and how often it was."""

    page: str
    use: Callable[[Page, int], None]
    effect: str


def button(*names: str, within: str = '[data-testid="stMain"]') -> Callable[[Page, int], None]:
    """Click on a button, on each of several in turn. within: a CSS selector of what holds them."""

    def click(page: Page, turn: int) -> None:
        page.locator(f"{within} button").filter(has_text=names[turn % len(names)]).first.click()

    return click


def slider(setting: str) -> Callable[[Page, int], None]:
    """Move a slider a step by a key, up and down in turn."""
    return key_on(f".st-key-slide_{setting} input")


def on_picture(key: str) -> Callable[[Page, int], None]:
    """Click on a picture's pixels, another one each time."""
    return lambda page, turn: page.locator(f".st-key-{key} svg").click(position={"x": 60 + 20 * turn % 100, "y": 75})


def key_on(selector: str) -> Callable[[Page, int], None]:
    """Press an arrow key on something that can be moved, there and back in turn."""
    return lambda page, turn: page.locator(selector).press(("ArrowRight", "ArrowLeft")[turn % 2])


def cell(selector: str) -> Callable[[Page, int], None]:
    """Click on something, on the next of its kind each time."""
    return lambda page, turn: page.locator(selector).nth(1 + turn % 4).click(force=True)


def row(key: str) -> Callable[[Page, int], None]:
    """Click on a cell of a table, in the next row each time."""
    return lambda page, turn: page.locator(f".st-key-{key} .dvn-scroller").click(
        position={"x": 120, "y": 55 + 35 * (turn % 4)}
    )


NEXT, ANY = button("Next", within=".st-key-specimen"), button("Random", within=".st-key-specimen")
SPECIMEN, CHART = ".st-key-specimen code", '[data-testid="stVegaLiteChart"]'
PARAGRAPHS, METRICS, CODE = '[data-testid="stMain"] p', '[data-testid="stMetric"]', '[data-testid="stCode"]'
POINTS = ".st-key-scatter path[role='graphics-symbol'][aria-label*='Number']"
CONTROLS = [
    Control("", NEXT, ".st-key-card_learning_rates"),
    Control("", ANY, ".st-key-card_draw"),
    Control("data", row("files_train"), SPECIMEN),
    Control("data", button("7", "3", within=".st-key-label"), PARAGRAPHS),
    Control("pixels", slider("pixel_row"), PARAGRAPHS),
    Control("pixels", on_picture("picture"), CHART),
    Control("pixels", cell(".pixels td"), PARAGRAPHS),
    Control("pixels", slider("width"), '[alt^="The numbers cut"]'),
    Control("pixels", NEXT, CHART),
    Control("tensors", button("Vector", "Stack", within=".st-key-rank"), METRICS),
    Control("tensors", slider("x"), CODE),
    Control("tensors", slider("stacked"), CODE),
    Control("tensors", button("(28, 1) − (1, 28)", "(3, 28, 28) − (3)"), ".shapes"),
    Control("tensors", NEXT, '[alt^="Pixel"]'),
    Control("ideal_digits", slider("n"), '[alt^="The mean"]'),
    Control("ideal_digits", on_picture("ideal_picture"), CHART),
    Control("ideal_digits", button("7", "3", within=".st-key-shown"), METRICS),
    Control("ideal_digits", button("7", "3", within=".st-key-a"), CHART),
    Control("distance", button("Absolute", "Squared", within=".st-key-map"), '[alt*="difference of"]'),
    Control("distance", NEXT, '[alt*="difference of"]'),
    Control("distance", cell(POINTS), SPECIMEN),
    Control("distance", cell(".st-key-gallery button"), SPECIMEN),
    Control("distance", button("L1", "L2", within=".st-key-judge"), ".st-key-confusion"),
    Control("distance", slider("nudge"), "table"),
    Control("gradient_descent", slider("weight"), METRICS),
    Control("gradient_descent", key_on(".st-key-ball_weight .handle"), METRICS),
    Control("gradient_descent", slider("rate"), CHART),
    Control("gradient_descent", button("One step", "Reset"), "table"),
    Control("gradient_descent", slider("fit_steps"), "table"),
    Control("gradient_descent", button("Two valleys", "Square", within=".st-key-curve"), METRICS),
    Control("training", button("One step"), ".live-numbers"),
    Control("training", button("Predict", "Initialise", within=".st-key-stage"), PARAGRAPHS),
    Control("training", NEXT, ".st-key-specimen_in_training"),
    Control("learning_rates", button("Range test", "Sweep", within=".st-key-experiment"), PARAGRAPHS),
    Control("learning_rates", NEXT, SPECIMEN),
    Control("draw", button("A 7", "A 3"), ".judged dl"),
    Control("draw", NEXT, SPECIMEN),
    Control("class", NEXT, SPECIMEN),
]


def measure_controls(browser: Browser, url: str, repeat: int) -> list[Figure]:
    """Use each control some times with two and with ten digits. Returns the medians of each page, in milliseconds."""
    figures = []
    for name in dict.fromkeys(control.page for control in CONTROLS):
        for many, digits in DIGITS.items():
            address = f"{url}/{name}?{urlencode([('digits', digit) for digit in digits])}"
            times = {}
            with visitor_at(browser, address) as page:
                wait_until_quiet(page)
                for number, control in enumerate(one for one in CONTROLS if one.page == name):
                    times[number] = [_use(page, control, turn) for turn in range(repeat)]
            print(name or "home", many, *(f"{median(each):.0f}" for each in times.values()))
            took = median(one for each in times.values() for one in each)
            figures.append(Figure(f"controls.{name or 'home'}.{many}_ms", took, at_most=MAX_MS[many]))
    return figures


def _use(page: Page, control: Control, turn: int) -> float:
    """Return the milliseconds from the key or the click until its effect is drawn, TIMEOUT_MS if it never is."""
    page.evaluate(WATCH_EFFECT, control.effect)
    try:
        control.use(page, turn)
        took = page.wait_for_function(TOOK, polling=20, timeout=TIMEOUT_MS).json_value()
    except TimeoutError:
        print(f"No effect on {control.effect} of {control.page or 'home'} within {TIMEOUT_MS} ms.")
        return TIMEOUT_MS
    wait_until_quiet(page)
    return took

"""How long each page takes, in a real Chromium on a real server, from navigation until it is quiet.

Cold: a new visitor with an empty browser cache opens the page by its address. Warm: a visitor who has seen the page
before switches to it by its link. The time ends with the last visible change in the page, so the wait that shows that
it was the last is not counted. Invisible changes, in the copy for screen readers that Streamlit's tables write by a
timer of their own, count in "warm_hidden_ms" only.

Controls: from a key or a click to its effect elsewhere on the page, with two digits in play and with all ten; each
page's figure is the median over all uses of its controls (bench/kit/page_controls.py).
"""

import argparse
import statistics
from collections.abc import Sequence

import numpy as np
from playwright.sync_api import Browser, Page

from bench.kit.app import VIEW, app_and_chromium, visitor_at
from bench.kit.commands import option
from bench.kit.page_controls import measure_controls
from bench.kit.report import Figure
from tools.browser import SETTLE_MS, wait_until_quiet, watched_context

OPTIONS = option("--repeat", 10, "how often each page is opened in each way") | option(
    "--uses", 5, "how often each control is used"
)
MAX_WARM_MS = 600  # for the median of warm page switches
LINK = '[data-testid="stSidebarNavLink"]'


def run(args: argparse.Namespace) -> list[Figure]:
    """Open every page of the navigation many times."""
    with app_and_chromium() as (app, browser):
        figures = measure(browser, app.server.url, args.repeat)
        controls = measure_controls(browser, app.server.url, args.uses)
    slowest = max(figure.value for figure in figures if figure.name.endswith(".warm_ms"))
    print(f"{args.repeat} times each. Quiet is {SETTLE_MS} ms without a change, which are not counted.")
    return [Figure("repeat", args.repeat), *figures, *controls, Figure("slowest_warm_ms", slowest, at_most=MAX_WARM_MS)]


def measure(browser: Browser, url: str, repeat: int) -> list[Figure]:
    """Return the figures of each page, by its name in the navigation."""
    addresses = _navigation(browser, url)
    cold = [{name: _open_cold(browser, address) for name, address in addresses.items()} for _ in range(repeat)]
    warm = _switch_warm(browser, url, {name: title for name, (title, _, _) in cold[0].items()}, repeat)
    figures = []
    for name in addresses:
        _, opened, received = zip(*(turn[name] for turn in cold), strict=True)
        seen, changed = zip(*warm[name], strict=True)
        figures += [
            *median_and_p95(f"pages.{name}.cold", opened),
            *median_and_p95(f"pages.{name}.warm", seen),
            Figure(f"pages.{name}.warm_hidden_ms", statistics.median(changed)),
            Figure(f"pages.{name}.bytes", round(statistics.median(received))),
        ]
    return figures


def median_and_p95(name: str, times: Sequence[float]) -> list[Figure]:
    """Return two figures of times in milliseconds."""
    return [Figure(f"{name}_ms", statistics.median(times)), Figure(f"{name}_p95_ms", np.percentile(times, 95))]


def _navigation(browser: Browser, url: str) -> dict[str, str]:
    with visitor_at(browser, url) as page:
        wait_until_quiet(page)
        links = page.locator(LINK)
        return {link.locator("p").inner_text(): link.evaluate("a => a.href") for link in links.all()}


def _open_cold(browser: Browser, address: str) -> tuple[str, float, int]:
    """Return the page's heading, the milliseconds until it was quiet, and the bytes that came."""
    with watched_context(browser, viewport=VIEW) as context:
        page = context.new_page()
        received = _count_bytes(page)
        page.goto(address)
        wait_until_quiet(page)
        heading = page.locator("h1").inner_text()
        return heading, page.evaluate("watch.seen"), sum(received)


def _switch_warm(browser: Browser, url: str, titles: dict[str, str], repeat: int) -> dict[str, list[list[float]]]:
    """Return for each page and turn the milliseconds until the last visible change and until the last of all."""
    took = {name: [] for name in titles}
    with visitor_at(browser, url) as page:
        wait_until_quiet(page)
        for turn in range(repeat + 1):
            # The first page of the navigation is open at first, so it comes last and is switched to like the others.
            for name in [*list(titles)[1:], *list(titles)[:1]]:
                page.locator(LINK).filter(has_text=name).click()
                wait_until_quiet(page, titles[name])
                if turn > 0:  # in the first turn each page is new to the visitor
                    took[name].append(page.evaluate("[watch.seen, watch.changed].map(time => time - watch.click)"))
    return took


def _count_bytes(page: Page) -> list[int]:
    """Return a list to which the size of everything that the page receives is appended, in bytes on the network."""
    received = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.dataReceived", lambda event: received.append(event["encodedDataLength"]))
    devtools.on("Network.webSocketFrameReceived", lambda event: received.append(_frame_size(event["response"])))
    return received


def _frame_size(frame: dict) -> int:
    text = 1  # the opcode of a text frame; the data of others are given as base64
    return len(frame["payloadData"].encode()) if frame["opcode"] == text else len(frame["payloadData"]) * 3 // 4

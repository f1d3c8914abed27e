"""How long each page takes, in a real Chromium on a real server, from navigation until it is quiet.

Cold: a new visitor, with nothing in the browser's cache, opens the page by its address. Warm: a visitor who has seen
the page before switches to it by its link. The time ends with the last change in the page, which is known once nothing
has changed for a while; that while is not counted. Nor are changes that nobody sees: a table's copy for screen readers,
which Streamlit's tables write by a timer of their own. "warm_hidden_ms" counts those, too.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

from bench import report
from bench.training_server import keep_untrained_judges
from sources import builtin
from tools.browser import SETTLE_MS, NoBrowser, chromium, server, wait_until_quiet, watched_context

TARGET_MS = 700  # for the median of warm page switches
VIEW = {"width": 1280, "height": 900}
LINK = '[data-testid="stSidebarNavLink"]'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--repeat", type=int, default=10, help="how often each page is opened in each way")


def run(args: argparse.Namespace) -> dict:
    """Open every page of the navigation many times."""
    with tempfile.TemporaryDirectory() as home:
        dataset, _ = builtin.load(folder=Path(home) / builtin.NAME)
        keep_untrained_judges(Path(home), dataset)
        try:
            with server(Path(home)) as app, chromium() as browser:
                pages = measure(browser, app.url, args.repeat)
        except NoBrowser as problem:
            raise SystemExit(str(problem)) from None
    report.table(
        ["", "cold median", "cold p95", "warm median", "warm p95", "with hidden changes", "received cold"],
        [
            [name, *(f"{p[key]} ms" for key in p if key != "bytes"), f"{p['bytes'] / 2**20:.2f} MB"]
            for name, p in pages.items()
        ],
    )
    slowest = max(page["warm_ms"] for page in pages.values())
    print(f"{args.repeat} times each. Quiet is {SETTLE_MS} ms without a change, which are not counted.")
    print(f"The slowest warm median is {slowest} ms; at most {TARGET_MS} ms is the aim.")
    return {"ok": slowest <= TARGET_MS, "repeat": args.repeat, "pages": pages}


def measure(browser: Browser, url: str, repeat: int) -> dict[str, dict]:
    """Return the figures of each page, by its name in the navigation."""
    addresses = _navigation(browser, url)
    titles, cold, size = {}, {name: [] for name in addresses}, {name: [] for name in addresses}
    for _ in range(repeat):
        for name, address in addresses.items():
            titles[name], took, received = _open_cold(browser, address)
            cold[name].append(took)
            size[name].append(received)
    warm = _switch_warm(browser, url, titles, repeat)
    figures = {}
    for name in addresses:
        seen, changed = zip(*warm[name], strict=True)
        figures[name] = {
            "cold_ms": round(statistics.median(cold[name])),
            "cold_p95_ms": round(np.percentile(cold[name], 95)),
            "warm_ms": round(statistics.median(seen)),
            "warm_p95_ms": round(np.percentile(seen, 95)),
            "warm_hidden_ms": round(statistics.median(changed)),
            "bytes": round(statistics.median(size[name])),
        }
    return figures


def _navigation(browser: Browser, url: str) -> dict[str, str]:
    with watched_context(browser, viewport=VIEW) as context:
        page = context.new_page()
        page.goto(url)
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
    """Return for each page, each time, the milliseconds until the last visible change and until the last of all."""
    took = {name: [] for name in titles}
    with watched_context(browser, viewport=VIEW) as context:
        page = context.new_page()
        page.goto(url)
        wait_until_quiet(page)
        for turn in range(repeat + 1):
            # The first page of the navigation is the open one, so it comes last and is switched to like the others.
            for name in [*list(titles)[1:], *list(titles)[:1]]:
                page.locator(LINK).filter(has_text=name).click()
                wait_until_quiet(page, titles[name])
                if turn > 0:  # in the first turn each page is new to the visitor
                    took[name].append(page.evaluate("[watch.seen, watch.changed].map(time => time - watch.clicked)"))
    return took


def _count_bytes(page: Page) -> list[int]:
    """Return a list that fills with the sizes of what the page receives, as it came over the wire."""
    received = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.dataReceived", lambda event: received.append(event["encodedDataLength"]))
    devtools.on("Network.webSocketFrameReceived", lambda event: received.append(_frame_size(event["response"])))
    return received


def _frame_size(frame: dict) -> int:
    text = 1  # the code of a text frame; others are handed over as base64
    return len(frame["payloadData"].encode()) if frame["opcode"] == text else len(frame["payloadData"]) * 3 // 4

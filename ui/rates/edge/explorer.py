"""The fifth experiment: the edge of learning, a fractal over the learning rates of two layers, to zoom into."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from core.rates import edge
from core.rates.edge import HOME, STEPS, View
from live.data_source import DataSource
from live.rates.edge_map import FINEST, EdgeMap
from ui.frame.guess import guess_first
from ui.frame.scene import Scene
from ui.kit import play
from ui.rates.edge import words
from ui.rates.edge.picture import as_text, palette, png, shades, show_picture
from ui.server import lane, pool
from ui.state import keys, session
from ui.state.view_text import parse_view, write_view

WAIT = 0.3  # seconds for something new, before the browser is answered
LARGE = 64  # rows of a picture, from which on the browser is answered no more often: a message has all its pixels
Pixel = tuple[int, int]  # column and row in the finest picture, from the lower left


@dataclass
class Explorer:
    """Where a session is on the map: what it computes, the views before this one, and the pixel that is pointed at."""

    work: EdgeMap
    earlier: list[View] = field(default_factory=list)
    pixel: Pixel | None = None  # that is pointed at
    computing: tuple[Pixel, Future] | None = None  # the curve that a worker computes
    curve: tuple[Pixel, np.ndarray] | None = None  # the last that has come: (STEPS,)
    have: str | None = None  # the name of the picture that the browser says it has
    messages: int = 0  # that were sent to it
    done: int = 0  # the number of the last command that came from it


def show_edge(scene: Scene) -> list[Callable]:
    """Show the map of this session, and what it is. Returns the functions called."""
    first, second = scene.digits[:2]
    st.markdown(
        "Every pixel is **a training of its own**: the same small net, with its own learning rate for each of its two "
        "layers. **Try this:** zoom into the edge where blue meets orange. And again. And again."
    )
    source = pool().source(scene.dataset, scene.digits)
    st.fragment(_show_map)(source, session.value("lab_seed"), (str(scene.dataset.folder), scene.digits))
    with st.popover(f"Seed: {session.value('lab_seed')}"):
        st.number_input("Seed", **session.bound("lab_seed"))
        st.caption("It draws the weights at the start: another seed, another edge.")
    st.markdown(words.explain(first, second))
    runs, numbers = FINEST**2, edge.COARSE**2 * edge.UNITS + edge.UNITS
    guess_first(
        "edge",
        f"The map has {FINEST} × {FINEST} pixels. How many weights do so many nets learn together?",
        [f"{runs:,}", f"{numbers:,}", f"{runs * numbers:,}", f"{runs * numbers * STEPS:,}"],
        f"{runs * numbers:,}",
        f"{runs:,} nets of {numbers} weights each: 16 × 16 from the pixels to the units, and 16 to the answer.",
    )
    return [edge.shrink, edge.problem, edge.step_runs, edge.train, edge.trainability, View.rates]


def _show_map(source: DataSource, seed: int, data: tuple) -> None:
    """Show the map and its buttons. data: folder and digits, which name the source in the cache."""
    explorer = _explorer(source, seed, data)
    work = explorer.work
    until = time.monotonic() + WAIT
    while work.playing and work.advance(WAIT) and (not work.side or work.side >= LARGE) and time.monotonic() < until:
        pass
    if work.over:
        _finished(repr((*data, seed, work.view)), work)
    _collect_curve(explorer)
    with st.container(horizontal=True, gap="xsmall"):
        _buttons(explorer)
    if work.problem:
        st.error(f"The map can't be computed further now: {work.problem}")
    show_picture(key=keys.EDGE_PICTURE, data=_data(explorer), on_next_change=_on_next)
    st.caption(words.about(work))


def _explorer(source: DataSource, seed: int, data: tuple) -> Explorer:
    """Return this session's explorer; its map is another if the view, the seed or the data have changed."""
    view = parse_view(session.value("edge"))
    explorer = st.session_state.get(keys.EDGE)
    asked = (source, seed, view)
    if explorer and (explorer.work.source, explorer.work.seed, explorer.work.view) == asked:
        return explorer
    if explorer:
        explorer.work.pause()
    ahead = 2 * getattr(pool().executor, "count", 4)  # each worker has the next chunk when it has done one
    work = EdgeMap(lane(), ahead, *asked)
    try:
        work.take(*_finished(repr((*data, seed, view))))
    except KeyError:
        work.play()
    if explorer:
        explorer.work, explorer.pixel, explorer.computing, explorer.curve = work, None, None, None
    else:
        st.session_state[keys.EDGE] = Explorer(work)
    return st.session_state[keys.EDGE]


@st.cache_resource(max_entries=40, show_spinner=False)  # half a megabyte each
def _finished(question: str, _work: EdgeMap | None = None) -> tuple[np.ndarray, int]:
    """Keep the finest picture of a map and how many of its pixels were trained, for all who open the same view."""
    if _work is None:
        raise KeyError(question)  # an exception is not kept
    return _work.picture(), _work.trained


def _collect_curve(explorer: Explorer) -> None:
    wanted, work = explorer.pixel, explorer.work
    if wanted is None or (explorer.curve and explorer.curve[0] == wanted):
        return
    if not explorer.computing or explorer.computing[0] != wanted:
        explorer.computing = wanted, work.curve(wanted[1], wanted[0])
    future = explorer.computing[1]
    try:
        explorer.curve = wanted, future.result(0 if work.playing else WAIT)[:, 0]
    except TimeoutError:
        return
    except Exception as problem:  # of any kind: the worker's, the data's or the network's
        work.problem, explorer.pixel = str(problem) or type(problem).__name__, None
    explorer.computing = None


# What the browser sends. It may send anything.


def _on_next() -> None:
    explorer, asked = st.session_state[keys.EDGE], session.came_with(keys.EDGE_PICTURE, "next")
    if not isinstance(asked, dict):
        return
    explorer.have = asked.get("have")
    match asked.get("pixel"):
        case [int(column), int(row)] if 0 <= column < FINEST and 0 <= row < FINEST:
            explorer.pixel = column, row
    match asked.get("command"):
        case {"number": int(number), "view": view, **command} if number > explorer.done:
            explorer.done = number
            if view == _place(explorer.work):  # not one that has been left since
                _obey(command)


def _obey(command: dict) -> None:
    match command:
        case {"box": [int() | float(), int() | float(), int() | float()] as box} if all(0 <= one <= 1 for one in box):
            # Its corners are moved to pixels: so the first pixel of the new view is one that was seen.
            left, bottom, width = (round(share * FINEST) / FINEST for share in box)
            _go(st.session_state[keys.EDGE].work.view.zoom(left, bottom, max(width, 1 / FINEST)))
        case {"to": "back"}:
            _back()
        case {"to": "home"}:
            _go(HOME)
        case {"to": str(text)}:  # the browser's own Back and Forward: the view in the address
            with suppress(ValueError):
                _go(parse_view(text), remember=False)


def _place(work: EdgeMap) -> list[float]:
    return [work.view.left, work.view.bottom, work.view.width, work.seed]


def _go(view: View, remember: bool = True) -> None:
    """Go to another view. To be called from a callback."""
    explorer = st.session_state[keys.EDGE]
    if view != explorer.work.view:
        if remember:
            explorer.earlier.append(explorer.work.view)
        elif explorer.earlier and explorer.earlier[-1] == view:
            explorer.earlier.pop()
        st.session_state["edge"] = write_view(view)
        session.keep_in_link("edge", st.session_state["edge"])


def _back() -> None:
    """Go to the view before this one; without any, as after a link, to one four times as wide."""
    explorer = st.session_state[keys.EDGE]
    view = explorer.work.view
    wider = View(view.left - 1.5 * view.width, view.bottom - 1.5 * view.width, 4 * view.width).within(HOME)
    _go(explorer.earlier[-1] if explorer.earlier else wider, remember=False)


def _buttons(explorer: Explorer) -> None:
    work, home = explorer.work, explorer.work.view == HOME
    icon = ":material/{}:".format
    st.button("Back", "edge_back", icon=icon("arrow_back"), on_click=_back, disabled=home and not explorer.earlier)
    st.button("Home", "edge_home", icon=icon("home"), on_click=_go, args=(HOME,), disabled=home)
    if not work.over:
        play.button("Pause" if work.playing else "Go on", "edge_run", work.pause if work.playing else work.play)
    file = f"edge-of-learning-{write_view(work.view) or 'home'}-seed-{work.seed}.png"
    on = {"on_click": "ignore", "disabled": not work.side}
    st.download_button("PNG", lambda: png(work.picture()), file, "image/png", "edge_png", **on)


# What is shown


def _data(explorer: Explorer) -> dict:
    """Return what picture.js reads."""
    work, view = explorer.work, explorer.work.view
    picture = work.picture()
    explorer.messages += 1
    name = f"{write_view(view)} {work.seed} {work.trained}"
    send, explorer.have = picture is not None and explorer.have != name, None
    right, top = view.left + view.width, view.bottom + view.width
    ends = {"left": view.left, "right": right, "bottom": view.bottom, "top": top}
    pixel, losses = explorer.curve if explorer.curve and explorer.pixel else (None, np.array([]))
    return {
        "name": name,
        "message": explorer.messages,  # the component is called for what differs from the last message only
        "view": _place(work),
        "done": explorer.done,
        "side": FINEST if picture is None else len(picture),
        "shades": as_text(shades(picture)) if send else None,
        "palette": as_text(palette()),
        "finest": FINEST,
        "steps": STEPS,
        "playing": work.playing,
        "progress": work.progress,
        "ends": {name: words.rate(10.0**log, view) for name, log in ends.items()},
        "pixel": pixel,
        "losses": losses[np.isfinite(losses)].tolist(),
        "converged": bool(len(losses) and edge.trainability(losses[:, None])[0] < 0),
        "words": words.of_run(work, pixel, losses),
        "summary": f"{words.about(work)} {words.KEYS}".replace("**", ""),
    }

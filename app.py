"""Three or Seven: how a computer learns to tell a handwritten 3 from a 7.

The server imports this file once, for `app`, before it listens. Then it runs the file again and again for each visitor.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from ui import housekeeping
from ui.patches import server
from ui.patches.network import Network
from ui.patches.uploads import Uploads

NAME = "Three or Seven"
SECTIONS = {  # of the navigation: its pages, each with its icon
    "": {"home": "home", "data": "folder_open"},
    "See": {"pixels": "grid_on", "tensors": "layers"},
    "Compare": {"ideal_digits": "blur_on", "distance": "straighten"},
    "Learn": {"gradient_descent": "trending_down", "training": "model_training", "learning_rates": "speed"},
    "Try": {"draw": "draw", "class": "groups"},
}


def main() -> None:
    """Set up the page that a visitor has asked for, with the navigation, and run it."""
    # Not at the top: the server imports this file before it has the caches that these modules use.
    from ui.frame import ending, sidebar
    from ui.kit.text import title_of
    from ui.state import session

    # Before the navigation, or the browser would ask Google for the icon that stands beside the page in the sidebar.
    st.set_page_config(page_title=NAME, page_icon=str(Path(__file__).parent / "ui" / "icon.svg"), layout="wide")
    pages = {
        section: [
            st.Page(f"pages/{name}.py", title=title_of(name), icon=f":material/{icon}:", default=name == "home")
            for name, icon in icons.items()
        ]
        for section, icons in SECTIONS.items()
    }
    page = st.navigation(pages)
    if page.title != "Home":
        st.set_page_config(page_title=f"{page.title} · {NAME}")  # tells tabs, bookmarks and the history apart
    session.read_link(page.url_path)
    sidebar.show_sidebar()
    page.run()
    ending.end(page.url_path)


def warm_up() -> None:
    """Begin to read the built-in digits, which are unpacked the first time, and import what every page needs."""
    from ui.server import builtin_digits

    builtin_digits().start()  # in a thread of its own: no visitor who leaves undoes it
    from ui.frame import ending, page, sidebar  # noqa: F401


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Do what the server does besides answering, from its start to its end.

    It answers once it has warmed up. To import PyTorch while the first browser loads the app's files would slow down
    both, and leave that visitor without a picture for longer.
    """
    await asyncio.to_thread(warm_up)
    async with housekeeping.lifespan(app):
        yield


async def answer_live_view(socket: WebSocket) -> None:
    """Answer the live view of a training run."""
    from ui.live_view.feed import answer  # not before the server has warmed up

    await answer(socket)


server.apply()
if __name__ == "__main__":
    main()
else:
    base = st.get_option("server.baseUrlPath").strip("/")
    parts = {  # which cloud/entry.py needs, too
        "lifespan": lifespan,
        "routes": [WebSocketRoute(f"/{base}/live/{{run}}".replace("//", "/"), answer_live_view)],
        "middleware": [Middleware(Network), Middleware(Uploads)],
    }
    app = st.App(__file__, **parts)

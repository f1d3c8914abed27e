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


def main() -> None:
    """Set up the page that a visitor has asked for, with the navigation, and run it."""
    # Before the navigation, or the browser would ask Google for the icon that stands beside the page in the sidebar.
    st.set_page_config(page_title=NAME, page_icon=str(Path(__file__).parent / "ui" / "icon.svg"), layout="wide")
    page = st.navigation(
        {
            "": [
                st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
                st.Page("pages/data.py", title="Data", icon=":material/folder_open:"),
            ],
            "See": [
                st.Page("pages/pixels.py", title="Pixels", icon=":material/grid_on:"),
                st.Page("pages/tensors.py", title="Tensors", icon=":material/layers:"),
            ],
            "Compare": [
                st.Page("pages/ideal_digits.py", title="Ideal digits", icon=":material/blur_on:"),
                st.Page("pages/distance.py", title="Distance", icon=":material/straighten:"),
            ],
            "Learn": [
                st.Page("pages/gradient_descent.py", title="Gradient descent", icon=":material/trending_down:"),
                st.Page("pages/training.py", title="Training", icon=":material/model_training:"),
                st.Page("pages/learning_rates.py", title="Learning rates", icon=":material/speed:"),
            ],
            "Try": [
                st.Page("pages/draw.py", title="Draw", icon=":material/draw:"),
                st.Page("pages/class.py", title="Class", icon=":material/groups:"),
            ],
        }
    )
    if page.title != "Home":
        st.set_page_config(page_title=f"{page.title} · {NAME}")  # tells tabs, bookmarks and the history apart
    # Not at the top: the server imports this file before it has the caches that these modules use.
    from ui.frame import ending, sidebar
    from ui.state import session

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

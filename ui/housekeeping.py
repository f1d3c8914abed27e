"""What the server does by the clock, whether or not anybody visits: it gives back memory and disk.

Streamlit 1.67 keeps the session of a visitor who has left for an hour, for a laptop that sleeps. It removes older ones
only when another visitor comes or leaves. No upstream issue found.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from streamlit import runtime
from streamlit.runtime.session_manager import SessionInfo

from live.workers.worker import share_arenas, trim_memory
from ui.patches.server import open_browser

ROUND_SECONDS = 15
AWAY_SECONDS = 30  # from when a visitor has left, or lost the connection
TIDY_SECONDS = 3600  # between two looks at the disk
LARGE_BYTES = 5_000_000  # of an uploaded file: a zip, which has been read by then, and hardly ever a photo


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Keep house from the server's start to its end: a lifespan for `st.App`."""
    share_arenas()
    task = asyncio.create_task(keep_house())
    async with open_browser(app):
        yield
    task.cancel()


async def keep_house() -> None:
    """Make one round after the other."""
    gone: dict[str, float] = {}  # when each visitor who is away was first seen to be, by session; inf once put away
    tidied = -TIDY_SECONDS
    while True:
        await asyncio.sleep(ROUND_SECONDS)  # first: the imports take a second, and visitors come at the start
        try:
            if time.monotonic() - tidied >= TIDY_SECONDS:
                tidied = time.monotonic()
                await asyncio.to_thread(tidy_disk)
            leaving = sessions_to_put_away(gone, time.monotonic())
            drop_large_uploads(leaving)
            if leaving:
                await asyncio.to_thread(put_away, leaving)
        except Exception:  # of any kind: the next round may do better
            logging.getLogger(__name__).exception("A round of housekeeping broke off.")


def sessions_to_put_away(gone: dict[str, float], now: float) -> list[SessionInfo]:
    """Return the sessions whose visitors have been away for AWAY_SECONDS, each once.

    gone: what is known of them, which is changed; now: in seconds.
    """
    storage = runtime.get_instance()._session_mgr._session_storage
    storage._cache.expire()  # drops those that are older than an hour
    away = {info.session.id: info for info in storage.list()}
    for session in gone.keys() - away.keys():
        del gone[session]
    for session in away:
        gone.setdefault(session, now)
    leaving = [info for session, info in away.items() if now - gone[session] >= AWAY_SECONDS]
    gone.update({info.session.id: float("inf") for info in leaving})
    return leaving


def drop_large_uploads(leaving: list[SessionInfo]) -> None:
    """Forget the large files that these sessions have uploaded; smaller ones are there when their visitors return."""
    for info in leaving:
        kept, session = runtime.get_instance().uploaded_file_mgr, info.session.id
        for file in list(kept.file_storage.get(session, {}).values()):
            if len(file.data) > LARGE_BYTES:
                kept.remove_file(session, file.file_id)


def put_away(leaving: list[SessionInfo]) -> None:
    """Put what the runs and sweeps of sessions hold on the disk, if it has room, and give their memory back."""
    from core.dataset import DatasetError
    from live.chunked_work import Shelf
    from sources import library
    from ui.state import keys

    with suppress(OSError, DatasetError):  # the disk has no room: they stay in memory
        for info in leaving:
            state, works = info.session.session_state, []
            for key in filter(state.__contains__, (keys.TRAINING_RUN, keys.SWEEP, keys.GRID)):
                works += getattr(state[key], "sweeps", [state[key]])
            shelf = Shelf(library.room()) if works else None
            for work in works:
                work.put_away(shelf)
    trim_memory()


def tidy_disk() -> None:
    """Remove what nobody has used for long: datasets, what nobody has put in place, and classes."""
    from sources import library
    from ui.seat import ended

    library.clear_staging()
    library.remove_unused()
    ended.tidy()

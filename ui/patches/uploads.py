"""How much of what visitors upload the server keeps in its memory.

Streamlit 1.67 keeps every file that is sent to it until its session ends, an hour after the visitor has left, whether
or not a widget has asked for it. It removes a file when its widget takes another one, but not when its page is left.
No upstream issue found. Report: docs/upstream/uploads-kept.md.
"""

import os
import re
from collections import Counter

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

SERVER = "THREE_OR_SEVEN_UPLOADS"  # megabytes of all visitors' uploads together
SERVER_MEGABYTES = 400  # if that is not set
SESSION_MEGABYTES = 160  # of one visitor's: a zip of digits and a few photos
SESSION_FILES = 20
UPLOAD = re.compile("/_stcore/upload_file/([^/]+)/([^/]+)/?$")


class Uploads:
    """ASGI middleware that makes room for each upload: the oldest files of its visitor go, then those of who has left.

    Refuses an upload with 429 while too much of the same visitor's is on its way, and with 507 if the server is full.
    """

    def __init__(self, app: ASGIApp):
        """Wrap an ASGI app. Reads the setting once."""
        self._app = app
        self._most = int(float(os.environ.get(SERVER) or SERVER_MEGABYTES) * 2**20)
        self._bytes = Counter()  # by session, of the files that are on their way
        self._files = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        upload = UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        server = runtime.get_instance() if upload and runtime.exists() else None
        if server is None or not server.is_active_session(upload[1]):  # Streamlit refuses these unread
            await self._app(scope, receive, send)
            return
        session, file = upload.groups()
        received = 0

        async def receive_into_room() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self._bytes[session] += size
            self._make_room(server.uploaded_file_mgr, session)
            return message

        self._files[session] += 1
        try:
            await self._app(scope, receive_into_room, send)
        finally:
            self._bytes[session] -= received
            self._files[session] -= 1
            self._bytes, self._files = +self._bytes, +self._files  # forgets who has nothing on its way
            if not server.is_active_session(session):  # nobody would ever remove it
                server.uploaded_file_mgr.remove_file(session, file)

    def _make_room(self, kept: MemoryUploadedFileManager, session: str) -> None:
        """Remove files until those of a session, and those of all, have room; raise HTTPException if they can't."""
        most = min(SESSION_MEGABYTES * 2**20, self._most)
        if self._bytes[session] > most or self._files[session] > SESSION_FILES:
            raise HTTPException(429, "Wait until your other files have arrived.")
        while size(kept, session) + self._bytes[session] > most or (
            len(kept.file_storage.get(session, ())) + self._files[session] > SESSION_FILES
        ):
            kept.remove_file(session, next(iter(kept.file_storage[session])))
        is_active = runtime.get_instance().is_active_session
        for other in [name for name in list(kept.file_storage) if not is_active(name)]:
            if self._total(kept) <= self._most:
                break
            kept.remove_session_files(other)
        if self._total(kept) > self._most:
            raise HTTPException(507, "The server has no room for more files: try again later.")

    def _total(self, kept: MemoryUploadedFileManager) -> int:
        return self._bytes.total() + sum(size(kept, session) for session in list(kept.file_storage))


def size(kept: MemoryUploadedFileManager, session: str) -> int:
    """Return how many bytes are kept of a session's files."""
    return sum(len(file.data) for file in list(kept.file_storage.get(session, {}).values()))

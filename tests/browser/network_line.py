"""A line between a browser and a server that can be cut, as when a laptop sleeps or loses its network."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

BLOCK = 65_536


class Line:
    """Passes bytes on to the server at `to`, both ways. `url` is where a browser finds it."""

    def __init__(self, to: str):
        self._to = (urlsplit(to).hostname, urlsplit(to).port)
        self._whole = True
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "Line":
        threading.Thread(target=self._take_calls, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Break all connections, and let none come about until it is mended."""
        with self._lock:
            self._whole = False
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._ends.clear()

    def mend(self) -> None:
        """Let connections come about again."""
        with self._lock:
            self._whole = True

    def _take_calls(self) -> None:
        with suppress(OSError):  # the listener has been closed
            while True:
                near, _ = self._listener.accept()
                with self._lock:
                    if not self._whole:
                        near.close()
                        continue
                    far = socket.create_connection(self._to)
                    self._ends |= {near, far}
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, start: socket.socket, end: socket.socket) -> None:
        with suppress(OSError):
            while block := start.recv(BLOCK):
                end.sendall(block)
        for one in (start, end):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

"""A local file server that misbehaves on request."""

import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOGIN = b"<html><form>Please log in to this network</form></html>"


class Mirror:
    """Serves files by name. `moods` are the ways in which the next requests go wrong; then all is well.

    A mood is an error number, "login", "half" (the line breaks), "short" (it says that half is all), "wrong bytes",
    "no ranges", "another range", "endless" or "hang". speed: bytes a second, as fast as possible if None.
    """

    def __init__(self, files: dict[str, bytes], *moods, speed: float | None = None):
        self.files, self.moods, self.speed = files, list(moods), speed
        self.asked: list[tuple[str, str | None]] = []  # (name, range) of each request
        self.sent = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/mnist/"

    def __enter__(self) -> "Mirror":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(mirror) -> type:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"  # a connection a request

            def do_HEAD(self):  # by which a client finds out whether the mirror can be reached
                self.send_response(200)
                self.end_headers()

            def do_GET(self):
                with suppress(OSError):
                    mirror._answer(self)

            def log_message(self, *_):
                pass

        return Handler

    def _answer(self, http) -> None:
        name, wanted = http.path.rsplit("/", 1)[-1], http.headers.get("Range")
        self.asked.append((name, wanted))
        mood = self.moods.pop(0) if self.moods else None
        content = self.files.get(name, b"")
        if isinstance(mood, int) or name not in self.files:
            http.send_error(mood or 404)
            return
        if mood == "hang":
            time.sleep(30)
            return
        if mood == "login":
            self._send(http, 200, LOGIN, {"Content-Type": "text/html; charset=utf-8"})
            return
        if mood == "wrong bytes":
            content = bytes(byte ^ 1 for byte in content)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and mood != "no ranges" else 0
        headers = {"Content-Type": "application/x-gzip"}
        if start or mood == "another range":
            shift = 1 if mood == "another range" else 0
            headers["Content-Range"] = f"bytes {start + shift}-{len(content) - 1}/{len(content)}"
        rest = content[start:]
        if mood == "endless":
            self._send(http, 200, rest + bytes(10_000_000), headers, length=None)
        elif mood == "half":
            self._send(http, 206 if start else 200, rest[: len(rest) // 2], headers, length=len(rest))
        elif mood == "short":
            self._send(http, 206 if start else 200, rest[: len(rest) // 2], headers)
        else:
            self._send(http, 206 if "Content-Range" in headers else 200, rest, headers)

    def _send(self, http, status: int, content: bytes, headers: dict, length: int | None = -1) -> None:
        http.send_response(status)
        for name, value in headers.items():
            http.send_header(name, value)
        if length is not None:
            http.send_header("Content-Length", str(len(content) if length < 0 else length))
        http.end_headers()
        step = 16_384
        for place in range(0, len(content), step):
            block = content[place : place + step]
            self.sent += len(block)  # before they leave: who has read them may look at the count at once
            http.wfile.write(block)
            if self.speed:
                time.sleep(len(block) / self.speed)

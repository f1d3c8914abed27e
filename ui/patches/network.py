"""Who may reach the app over the network: hosts, frames on other sites' pages, and metrics.

Streamlit 1.67 checks the host of websockets only, and only against a list that has to be written down
(`server.allowedHosts`). It sends no header against framing, and metrics to everybody. No upstream issues found.
Reports: docs/upstream/host-of-pages.md, docs/upstream/frames.md, docs/upstream/metrics.md.
"""

import ipaddress
import os
import socket
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

HOSTS = "THREE_OR_SEVEN_HOSTS"  # more names of this server, such as "digits.example.org *.hf.space"; "*" for any
FRAMES = "THREE_OR_SEVEN_FRAMES"  # sites that may show the app in a frame, such as "https://huggingface.co"
METRICS = "THREE_OR_SEVEN_METRICS"  # 1 to serve Streamlit's metrics
LONGEST_NAME = 253  # characters of a host's name (RFC 1035)
UNKNOWN = (
    'This server does not answer to the name "{}": open it by its address. '
    f"Or start it with {HOSTS} set to this name, or to several with spaces between them."
)


class Network:
    """ASGI middleware that refuses requests to unknown hosts, and forbids other sites to show the app in a frame."""

    def __init__(self, app: ASGIApp):
        """Wrap an ASGI app. Reads the settings once."""
        self._app, self._hosts = app, allowed_hosts()
        frames = os.environ.get(FRAMES, "").split()
        self._headers = {"Content-Security-Policy": " ".join(["frame-ancestors 'self'", *frames])}
        if not frames:  # this older header can't name other sites
            self._headers["X-Frame-Options"] = "SAMEORIGIN"
        self._metrics = os.environ.get(METRICS) == "1"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        """Return the answer to a request that is not to reach the app."""
        headers = Headers(scope=scope)
        for host in headers.getlist("host") or [""]:
            name = host_name(f"//{host}")
            if not is_allowed(name, self._hosts):
                return PlainTextResponse(UNKNOWN.format(name[:LONGEST_NAME]), 421)  # misdirected (RFC 9110, 15.5.20)
        if scope["type"] == "websocket":
            # Streamlit refuses most of these, too, but may first ask another server for this one's address.
            origin = headers.get("origin")
            known = origin is None or origin in config.get_option("server.corsAllowedOrigins")
            if not known and not is_allowed(host_name(origin), self._hosts):
                return PlainTextResponse("A page of another site can't connect to this server.", 403)
        elif not self._metrics and scope["path"].rstrip("/").endswith("/_stcore/metrics"):
            return PlainTextResponse(f"Metrics are served if the app is started with {METRICS}=1.", 404)
        return None


def host_name(url: str) -> str:
    """Return the host of a URL, without its port, in lower case; empty if it has none."""
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def is_allowed(name: str, allowed: set[str]) -> bool:
    """Return whether a host's name is allowed. Addresses are: to mislead a browser (DNS rebinding) takes a name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and any(fnmatchcase(name, pattern) for pattern in allowed)
    return True


def allowed_hosts() -> set[str]:
    """Return the names that this server answers to, some with "*": its own, as it was started, and those it was given.

    A laptop's own name reaches it over the local network, mostly with ".local" (RFC 6762).
    """
    own = socket.gethostname()
    label = own.split(".")[0]
    started = [config.get_option("browser.serverAddress"), config.get_option("server.address") or ""]
    origins = map(host_name, config.get_option("server.corsAllowedOrigins"))
    given = [*os.environ.get(HOSTS, "").split(), *config.get_option("server.allowedHosts")]
    names = {"localhost", own, label, f"{label}.local", *started, *origins, *given}
    return {name.lower().removesuffix(".") for name in names} - {""}

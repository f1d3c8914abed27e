"""Where the browsers of a class find this server."""

import socket
from urllib.parse import urlsplit, urlunsplit

HERE = ("localhost", "127.0.0.1", "::1")
OUTSIDE = ("192.0.2.1", 9)  # reserved for documentation (RFC 5737), so its route leads out of this machine


def address_in_the_network() -> str | None:
    """Return the address of this machine in its network; None if it is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(OUTSIDE)  # sends nothing, but tells which of our addresses would be the sender
        except OSError:
            return None
        return route.getsockname()[0]


def app_address(url: str, everywhere: bool) -> str:
    """Return the address of the app as others type it. url: of the page Class, as this browser has it.

    everywhere: whether the server listens to other machines; then `localhost` is replaced by this machine's address.
    """
    parts = urlsplit(url)
    host = parts.netloc
    if everywhere and parts.hostname in HERE and (found := address_in_the_network()):
        host = f"{found}:{parts.port}" if parts.port else found
    path = parts.path.rstrip("/").removesuffix("/class")
    return urlunsplit((parts.scheme, host, path, "", ""))

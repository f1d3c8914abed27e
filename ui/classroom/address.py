"""Where the browsers of a class find this server."""

import os
import socket
from urllib.parse import urlsplit, urlunsplit

VARIABLE = "THREE_OR_SEVEN_ADDRESS"
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


def named_address() -> str | None:
    """Return the address that whoever runs the server has named, or None. Raises ValueError with a sentence."""
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return None
    try:
        parts = urlsplit(named)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # no port, or no IPv6 address
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment or not named.isprintable():
        raise ValueError(f"{VARIABLE} is no address such as http://192.168.1.20:8501, so it is not used.")
    return named.rstrip("/")


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

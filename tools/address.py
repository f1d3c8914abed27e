"""Print the address that a classroom types in: python -m tools.address HOST PORT.

Prints nothing for a host that only this machine can reach.
"""

import socket
import sys

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104, these are compared with, not listened on
SOMEWHERE = ("192.0.2.1", 9)  # an address kept for documentation (RFC 5737): it leads out of this machine


def address_in_the_network() -> str | None:
    """Return the address under which other machines reach this one; None if it is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(SOMEWHERE)  # sends nothing: it only asks which of our addresses would be the sender's
        except OSError:
            return None
        return route.getsockname()[0]


def main(host: str, port: str) -> None:
    """Print one line for the classroom."""
    if host not in EVERYWHERE:
        return
    address = address_in_the_network()
    if address:
        print(f"\n  On the other laptops, type: http://{address}:{port}\n", flush=True)
    else:
        print("\n  This machine is in no network: other laptops can't reach it.\n", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

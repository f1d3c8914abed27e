"""Print the address at which other machines reach the app: python -m tools.address HOST PORT.

Prints nothing for a host that only this machine can reach.
"""

import socket
import sys

ALL_INTERFACES = ("0.0.0.0", "::")  # noqa: S104, only compared with HOST, nothing listens on them
OUTSIDE = ("192.0.2.1", 9)  # reserved for documentation (RFC 5737), so its route leads out of this machine


def address_in_the_network() -> str | None:
    """Return the address of this machine in its network; None if it is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(OUTSIDE)  # sends nothing, but tells which of our addresses would be the sender
        except OSError:
            return None
        return route.getsockname()[0]


def main(host: str, port: str) -> None:
    """Print one line for the people at the other machines."""
    if host not in ALL_INTERFACES:
        return
    address = address_in_the_network()
    if address:
        print(f"\n  On the other laptops, type: http://{address}:{port}\n", flush=True)
    else:
        print("\n  This machine is in no network: other laptops can't reach it.\n", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

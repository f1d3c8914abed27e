"""Print the address at which other machines reach the app: python -m tools.address HOST PORT.

Prints nothing for a host that only this machine can reach.
"""

import sys

from ui.classroom.address import address_in_the_network

ALL_INTERFACES = ("0.0.0.0", "::")  # noqa: S104, only compared with HOST, nothing listens on them


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

"""Shares as all pages write them."""


def percent(share: float) -> str:
    """Write a share in [0, 1] with one decimal. What is not all is not rounded up to 100.0%."""
    return f"{share if share == 1 else min(share, 0.999):.1%}"

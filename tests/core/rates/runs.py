"""One run of many that were trained together."""

from core.model import Params


def take_run(params: Params, run: int) -> Params:
    """Return the parameters of one run, as `core.model.predict` takes them."""
    return tuple(p[..., run].t().contiguous() for p in params)

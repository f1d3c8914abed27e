"""Pictures of the first layer's weights, as the views of a run and of a sweep show them."""

import torch
from torch import Tensor

from core.model import Params

UNITS_IN_VIEW = 9  # of a hidden layer: those that count most


def weights_pictures(params: Params, first: Params) -> Tensor:
    """Return pictures of the first layer of R runs: (R, units, 784) int8, each with 127 at its own largest value.

    Of a hidden layer, the units that count most, as what they have learned: their weights minus those of the start.
    What is not finite is drawn as 0.
    params: of the runs, as `stack_runs` returns them; first: what each of them began with, as `init_params` returns it.
    """
    weights = params[0]  # (784, units, R)
    if len(params) > 2:
        weights = weights - first[0].t().unsqueeze(-1)
        counts = weights.norm(dim=0) * params[2].norm(dim=1)  # (units, R)
        most = counts.nan_to_num(0).topk(min(UNITS_IN_VIEW, len(counts)), dim=0).indices.sort(0).values
        weights = weights.gather(1, most.expand(len(weights), -1, -1))
    weights = weights.permute(2, 1, 0).nan_to_num(0, 0, 0)
    return (127 * weights / weights.abs().amax(2, keepdim=True).clamp_min(1e-12)).round().to(torch.int8)

"""The models that judge a drawing: those of the app, as far as they are trained, and the learner's own."""

import torch
from torch import Tensor

from core import judges as core_judges
from core.judges import in_play
from core.model import Params, predict
from core.why import as_classes
from ui import runs
from ui.judges import judges
from ui.page import Scene
from ui.verdicts import Net

NAMES = {"linear": "Linear", "hidden": "Hidden layer", "conv": "Convolution"}
OWN = "Your model"


def problem(scene: Scene) -> str | None:
    """Return why some models never become ready, in one sentence."""
    return judges(scene).problem


def learning(scene: Scene) -> bool:
    """Return whether some models are not ready yet, but will be."""
    them = judges(scene)
    return them.problem is None and any(them.params(kind) is None for kind in NAMES)


def nets(scene: Scene) -> tuple[list[Net], list[tuple[str, str]]]:
    """Return the models that can answer, and those that can't yet: (name, what there is to say of it)."""
    ready, waiting = [], []
    them = judges(scene)
    for kind, name in NAMES.items():
        params = them.params(kind)
        if params is not None:
            ready.append(_net(scene, kind, name, params))
        elif them.problem:
            waiting.append((name, "could not be trained"))
        else:
            waiting.append((name, f"training, {them.progress(kind):.0%}"))
    own = runs.own_model(scene.digits)
    if own is not None:
        ready.append(_own(own))
    return ready, waiting


def _net(scene: Scene, kind: str, name: str, params: Params) -> Net:
    known, digits = judges(scene).digits, scene.digits

    def model(xb: Tensor) -> Tensor:
        return in_play(core_judges.logits(kind, params, xb), known, digits)

    if kind != "linear":
        return Net(name, model)
    weights, bias = params
    rows = [known.index(digit) for digit in digits]
    return Net(name, model, (weights[rows], bias[rows]))


def _own(own: runs.OwnModel) -> Net:
    weights, bias = own.params[:2]
    if len(own.params) > 2:
        linear = None
    elif len(weights) == 1:
        linear = torch.cat([weights, torch.zeros_like(weights)]), torch.cat([bias, torch.zeros_like(bias)])
    else:
        linear = weights, bias
    return Net(OWN, lambda xb: as_classes(predict(xb, own.params)), linear)


def among_all(scene: Scene, unit: Tensor) -> tuple[int, float] | None:
    """Ask the best model about every digit that it knows, in play or not: its answer and its probability.

    unit: (28, 28) float32 in [0, 1]. None while it is not trained.
    """
    params = judges(scene).params("conv")
    if params is None:
        return None
    with torch.no_grad():
        probs = core_judges.logits("conv", params, unit.reshape(1, -1))[0].softmax(0)
    return judges(scene).digits[probs.argmax()], probs.max().item()

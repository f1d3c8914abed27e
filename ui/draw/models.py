"""The models that judge a drawing: those of the app, as far as they are trained, and the learner's own."""

import torch
from torch import Tensor

from core.classifiers import training
from core.classifiers.attribution import as_classes
from core.classifiers.training import in_play
from core.model import Params, predict
from ui.draw.answers import Net
from ui.frame import own_model
from ui.frame.scene import Scene
from ui.server import classifiers

NAMES = {"linear": "Linear", "hidden": "Hidden layer", "conv": "Convolution"}
OWN = "Your model"


def problem(scene: Scene) -> str | None:
    """Return why some models never become ready, in one sentence."""
    return classifiers(scene.dataset).problem


def learning(scene: Scene) -> bool:
    """Return whether some models are not ready yet, but will be."""
    them = classifiers(scene.dataset)
    return them.problem is None and any(them.params(kind) is None for kind in NAMES)


def nets(scene: Scene) -> tuple[list[Net], list[tuple[str, str]]]:
    """Return the models that can answer, and those that can't yet: (name, what there is to say of it)."""
    ready, waiting = [], []
    them = classifiers(scene.dataset)
    for kind, name in NAMES.items():
        params = them.params(kind)
        if params is not None:
            ready.append(_net(scene, kind, name, params))
        elif them.problem:
            waiting.append((name, "could not be trained"))
        else:
            waiting.append((name, f"training, {them.progress(kind):.0%}"))
    own = own_model.own_model(scene.digits)
    if own is not None:
        ready.append(_own(own))
    return ready, waiting


def _net(scene: Scene, kind: str, name: str, params: Params) -> Net:
    known, digits = classifiers(scene.dataset).digits, scene.digits

    def model(xb: Tensor) -> Tensor:
        return in_play(training.logits(kind, params, xb), known, digits)

    if kind != "linear":
        return Net(name, model)
    weights, bias = params
    rows = [known.index(digit) for digit in digits]
    return Net(name, model, (weights[rows], bias[rows]))


def _own(own: own_model.OwnModel) -> Net:
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
    params = classifiers(scene.dataset).params("conv")
    if params is None:
        return None
    with torch.no_grad():
        probs = training.logits("conv", params, unit.reshape(1, -1))[0].softmax(0)
    return classifiers(scene.dataset).digits[probs.argmax()], probs.max().item()

"""The models that judge a drawing: those of the app, once they are trained, and the learner's own."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.classifiers import convolution, training
from core.classifiers.attribution import Model, as_classes
from core.classifiers.training import in_play
from core.model import Params, predict
from ui.frame import own_model
from ui.frame.scene import Scene
from ui.server import classifiers

NAMES = {"linear": "Linear", "hidden": "Hidden layer", "conv": "Convolution"}
OWN = "Your model"


@dataclass(frozen=True)
class DigitModel:
    """A model that gives each digit in play a logit.

    linear: its weights (K, 784) and biases (K,) if it is a linear model, else None.
    functions: those of core that compute its logits. params: what they compute with, the same object as long as it is
    the same model.
    """

    name: str
    model: Model
    linear: tuple[Tensor, Tensor] | None = None
    functions: tuple[Callable, ...] = ()
    params: Params = ()


def are_training(scene: Scene) -> bool:
    """Return whether some of the app's models are not trained yet, but will be."""
    app = classifiers(scene.dataset)
    return app.problem is None and any(app.params(kind) is None for kind in NAMES)


def models_of(scene: Scene) -> tuple[list[DigitModel], list[tuple[str, str]]]:
    """Return the models that can answer, and (name, reason) of each that can't yet."""
    ready, waiting = [], []
    app = classifiers(scene.dataset)
    for kind, name in NAMES.items():
        params = app.params(kind)
        if params is not None:
            ready.append(_app_model(kind, params, app.digits, scene.digits))
        else:
            waiting.append((name, "could not be trained" if app.problem else f"training, {app.progress(kind):.0%}"))
    own = own_model.own_model(scene.digits)
    if own is not None:
        ready.append(_own_model(own.params))
    return ready, waiting


def _app_model(kind: str, params: Params, known: tuple[int, ...], digits: tuple[int, ...]) -> DigitModel:
    """Reduce a model that knows the digits `known` to those in play."""

    def model(xb: Tensor) -> Tensor:
        return in_play(training.logits(kind, params, xb), known, digits)

    functions = training.logits, convolution.predict if kind == "conv" else predict, in_play
    rows = [known.index(digit) for digit in digits]
    linear = (params[0][rows], params[1][rows]) if kind == "linear" else None
    return DigitModel(NAMES[kind], model, linear, functions, params)


def _own_model(params: Params) -> DigitModel:
    linear = None
    if len(params) == 2:  # weights and biases: the second of two classes may have no logit of its own
        linear = as_classes(params[0].T).T, as_classes(params[1][None])[0]
    return DigitModel(OWN, lambda xb: as_classes(predict(xb, params)), linear, (predict, as_classes), params)


def answer_among_all(scene: Scene, unit: Tensor) -> tuple[int, float] | None:
    """Ask the convolution about every digit that it knows, in play or not: its answer and the probability.

    unit: (28, 28) float32 in [0, 1]. None while it is not trained.
    """
    app = classifiers(scene.dataset)
    params = app.params("conv")
    if params is None:
        return None
    with torch.no_grad():
        probs = training.logits("conv", params, unit.reshape(1, -1))[0].softmax(0)
    return app.digits[probs.argmax()], probs.max().item()

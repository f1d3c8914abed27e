"""Which few pixels would change a model's mind: an adversarial example that paints pixels or rubs them out."""

import torch
from torch import Tensor

from core.classifiers.attribution import Model, saliency

MOST_PIXELS = 200  # that are tried


def change_of_mind(model: Model, image: Tensor, a: int, b: int, most: int = MOST_PIXELS) -> Tensor | None:
    """Paint or rub out few pixels, so that a model finds b more probable than a; return the changed image.

    image: (n,) float32 in [0, 1]; a, b: two of the model's classes. Returns (n,) float32 in [0, 1], in which each
    changed pixel is 0 or 1; None if `most` pixels are not enough. To undo any one of the changes would undo the turn.

    The gradient says how much each pixel can lower the logit of a against that of b: the best one is changed, then the
    next. For a linear model this finds the fewest pixels, for others few. Source: Papernot, McDaniel, Jha, Fredrikson,
    Celik, Swami, "The Limitations of Deep Learning in Adversarial Settings", 2016.
    """
    changed, free = image.clone(), torch.ones_like(image, dtype=torch.bool)
    order = []
    while _lead(model, changed, a, b) >= 0:
        slope = saliency(model, changed, a, b)
        target = (slope < 0).float()  # ink where it speaks for b, paper where it speaks for a
        gain = torch.where(free, slope * (changed - target), 0.0)
        pixel = gain.argmax()
        if gain[pixel] <= 0 or len(order) == most:
            return None
        changed[pixel], free[pixel] = target[pixel], False
        order.append(pixel.item())
    while needless := [pixel for pixel in order if _turns_without(model, image, changed, pixel, a, b)]:
        changed[needless[0]] = image[needless[0]]  # what was needed at first may no longer be
        order.remove(needless[0])
    return changed


def _turns_without(model: Model, image: Tensor, changed: Tensor, pixel: int, a: int, b: int) -> bool:
    """Return whether b is more probable than a even if one of the changed pixels is as it was."""
    without = changed.clone()
    without[pixel] = image[pixel]
    return _lead(model, without, a, b) < 0


def _lead(model: Model, image: Tensor, a: int, b: int) -> float:
    """Return the logit of a minus that of b."""
    with torch.no_grad():
        logits = model(image[None])[0]
    return (logits[a] - logits[b]).item()

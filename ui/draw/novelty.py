"""How unlike all digits in play a drawing is: how many real digits are nearer to their nearest ideal than it is?"""

from torch import Tensor

from ui.kit.text import percent, with_article

UNLIKE, FAR = 0.80, 0.95  # shares of the validation images that are nearer: from there on a drawing is called so


def share_nearer(nearest: float, others: Tensor) -> float:
    """Return the share of images that are nearer to their nearest ideal than the drawing is to its own, in [0, 1].

    nearest: distance of the drawing to its nearest ideal. others: (n, K) float32, of each image to each ideal.
    """
    return (others.amin(1).double() < nearest).double().mean().item()


def sentence(share: float, among_all: tuple[int, float] | None, digits: tuple[int, ...]) -> str:
    """Say what this means. among_all: answer and probability of a model that knows more digits than those in play."""
    said = f"Measured by L2, **{percent(share)}** of the validation images lie nearer to their nearest ideal"
    said += " than this drawing"
    if share < UNLIKE:
        said += ": it is no stranger than real digits are."
    else:
        said += f": it is **{'far from' if share >= FAR else 'rather unlike'} every ideal**."
    other = among_all is not None and among_all[0] not in digits and among_all[1] > 0.5
    if other:
        said += f" But asked about all digits, the model Convolution calls it {with_article(among_all[0], bold=True)}."
    if other or share >= UNLIKE:
        choice = f"{', '.join(map(str, digits[:-1]))} or {digits[-1]}"
        said += f" A method that may only say {choice} must answer with one of them, whatever it is shown."
    return said

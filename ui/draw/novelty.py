"""How unlike all digits in play a drawing is: its nearest ideal is as far away as that of how many real digits?"""

import bisect

from torch import Tensor

from ui.kit.text import with_article

ODD, FAR = 0.80, 0.95  # shares of the validation images that lie nearer, from which on a drawing is called unlike


def share_nearer(nearest: float, others: Tensor) -> float:
    """Return the share of images whose nearest ideal is nearer than that of the drawing, in [0, 1].

    nearest: distance of the drawing to its nearest ideal. others: (n, K) float32, of each image to each ideal.
    """
    ranked = others.amin(1).sort().values.tolist()
    return bisect.bisect_left(ranked, nearest) / len(ranked)


def sentence(share: float, asked: tuple[int, float] | None, digits: tuple[int, ...]) -> str:
    """Say what this means. asked: what a model that knows more digits answers. digits: those in play."""
    said = f"Of 100 validation images, **{round(100 * share)}** lie nearer to their nearest ideal than this drawing"
    if share < ODD:
        said += ": it is no stranger than real digits are."
    else:
        said += f": it is **{'far from' if share >= FAR else 'rather unlike'} every ideal**."
    other = asked is not None and asked[0] not in digits and asked[1] > 0.5
    if other:
        said += f" But asked about all digits, the model Convolution calls it {with_article(asked[0], bold=True)}."
    if other or share >= ODD:
        choice = f"{', '.join(map(str, digits[:-1]))} or {digits[-1]}"
        said += f" A method that may only say {choice} must answer with one of them, whatever it is shown."
    return said

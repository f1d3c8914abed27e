"""The edge of learning: one small net, trained again and again, each time with two learning rates of its own.

With small rates the loss converges, with large ones it flies apart. Over the plane of both rates, the boundary between
the two is a fractal, as far down as float64 can tell rates apart. Source of the idea, of the net and of the measure:
Sohl-Dickstein, "The boundary of neural network trainability is fractal", arXiv 2402.06184, 2024. There, the images and
the answers are random numbers; here, they are digits.

NumPy, not PyTorch: its `tanh` of float64 takes a third of the time, and its `einsum` sums over the units of all runs
without a copy.
"""

from dataclasses import dataclass

import numpy as np

from core.dataset import SIDE
from core.training.data import TrainingData

COARSE = 4  # an image is shrunk to so many pixels in each direction
EACH = 8  # images of each of the two classes
UNITS = 16
STEPS = 300
FAR = 1e6  # a run has flown apart when its loss has grown by this factor
LOOK = 10  # steps from one look for such runs to the next
LAST = 20  # losses, whose mean says how a run has ended: its loss may go up and down
AT_ONCE = 128  # runs: with more, what a step works on would no longer fit into the cache of a core
# Decades. With 256 pixels in a view so narrow, rounding decides about one pixel in 14 where the edge is most sensitive,
# about none elsewhere: so many end otherwise if the weights themselves are followed. In a fifth of it, a third does.
NARROWEST = 2.0**-35


@dataclass(frozen=True)
class Problem:
    """What every run begins with: N images, the answers that the net is to learn, and its weights.

    images: (N, 16) float64 in [0, 1]; targets: (N, 1) float64, -1 or 1; first: (16, UNITS) float64, the weights from
    the pixels to the units; second: (UNITS, 1) float64, those from the units to the answer.
    """

    images: np.ndarray
    targets: np.ndarray
    first: np.ndarray
    second: np.ndarray


@dataclass(frozen=True)
class View:
    """A square of the plane of both learning rates, on logarithmic axes.

    left: the decimal logarithm of the smallest rate of the first layer; bottom: of the second; width: in decades.
    """

    left: float = -2.0
    bottom: float = -2.0
    width: float = 4.0

    def rates(self, side: int, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both rates of some pixels, (R,) float64 each: those at a pixel's lower left corner.

        So a pixel of a coarse picture has the rates of one of the pixels of a finer one, to the last bit.
        side: pixels in each direction, a power of 2; rows, columns: (R,) int64, counted from the lower left, from 0.
        """
        return 10.0 ** (self.left + self.width * (columns / side)), 10.0 ** (self.bottom + self.width * (rows / side))

    def zoom(self, left: float, bottom: float, width: float) -> "View":
        """Return the view of a part, given as shares of this view in [0, 1]; NARROWEST wide, at least."""
        width = max(NARROWEST, self.width * width)
        return View(self.left + self.width * left, self.bottom + self.width * bottom, width).within(HOME)

    def within(self, outer: "View") -> "View":
        """Return this view, moved and narrowed where it reaches beyond another."""
        width = min(self.width, outer.width)
        left, bottom = (
            min(max(low, first), first + (outer.width - width))
            for low, first in ((self.left, outer.left), (self.bottom, outer.bottom))
        )
        return View(left, bottom, width)


HOME = View()  # rates from 0.01 to 100


def shrink(images: np.ndarray) -> np.ndarray:
    """Shrink images of 28 x 28 pixels to 4 x 4: each new pixel is the mean of 7 x 7 old ones.

    images: (n, 784) uint8. Returns (n, 16) float64 in [0, 1].
    """
    part = SIDE // COARSE
    return images.reshape(-1, COARSE, part, COARSE, part).mean((2, 4)).reshape(-1, COARSE**2) / 255


def problem(data: TrainingData, seed: int) -> Problem:
    """Take the first images of the first two classes, and draw the weights. seed: of the weights."""
    classes = [data.train_x[data.train_y == label][:EACH].numpy() for label in (0, 1)]
    targets = np.repeat([-1.0, 1.0], [len(images) for images in classes])[:, None]
    draw = np.random.default_rng(seed)
    first = draw.normal(size=(COARSE**2, UNITS)) / COARSE
    second = draw.normal(size=(UNITS, 1)) / UNITS
    return Problem(shrink(np.concatenate(classes)), targets, first, second)


@np.errstate(over="ignore", invalid="ignore")  # between two looks, a run may grow beyond all numbers
def train(data: TrainingData, seed: int, first_lr: np.ndarray, second_lr: np.ndarray) -> np.ndarray:
    """Train R runs for STEPS steps, each step on all images, and return their losses.

    first_lr, second_lr: (R,) float64, the learning rates of the two layers of each run. Returns (STEPS, R) float64: the
    mean squared error before each step, infinite after a run has flown apart. To the last bit, the losses of a run are
    the same whatever other runs are trained beside it.
    """
    start = problem(data, seed)
    # A run that stays where it is goes along: NumPy sums up a single run in another order than several.
    lrs = np.append(first_lr, 0), np.append(second_lr, 0)
    runs = np.arange(len(first_lr) + 1)  # those that are still trained
    losses = np.full((STEPS, len(runs)), np.inf)
    gram = start.images @ start.images.T  # (N, N)
    z = np.repeat((start.images @ start.first)[..., None], len(runs), -1)
    second = np.repeat(start.second, len(runs), -1)
    for step in range(STEPS):
        losses[step, runs], z, second = step_runs(z, second, gram, start.targets, *lrs)
        if step % LOOK == 0:
            here = losses[step, runs] < FAR * losses[0, runs]  # which NaN is not
            if here.sum() == 1:
                break
            if not here.all():
                runs, z, second, *lrs = (np.compress(here, one, -1) for one in (runs, z, second, *lrs))
    return losses[:, :-1]


def step_runs(
    z: np.ndarray,
    second: np.ndarray,
    gram: np.ndarray,
    targets: np.ndarray,
    first_lr: np.ndarray,
    second_lr: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take a step of gradient descent with R runs, each with its own two rates.

    A gradient moves the first weights along the images only. So it is enough to follow z = images @ first, what each
    unit gets for each image: where a step changes `first` by -lr * images.T @ g, it changes z by -lr * gram @ g.

    z: (N, UNITS, R); second: (UNITS, R); gram: images @ images.T, (N, N); targets: (N, 1).
    first_lr, second_lr: (R,). Returns the losses before the step, (R,), and z and second after it.
    """
    active = np.tanh(z)
    errors = np.einsum("nur,ur->nr", active, second) - targets
    slopes = 2 / len(errors) * errors  # of the loss, for each answer
    second_gradient = np.einsum("nur,nr->ur", active, slopes)
    back = (1 - active**2) * second * (first_lr * slopes)[:, None]  # the rate times the gradient by z
    z = z - (gram @ back.reshape(len(gram), -1)).reshape(z.shape)
    return (errors**2).mean(0), z, second - second_lr * second_gradient


def outcomes(data: TrainingData, seed: int, first_lr: np.ndarray, second_lr: np.ndarray) -> np.ndarray:
    """Train R runs as `train` does, and return how each ended, as `trainability` does."""
    return trainability(train(data, seed, first_lr, second_lr))


def trainability(losses: np.ndarray) -> np.ndarray:
    """Say how each run ended, and how soon that was clear.

    losses: (STEPS, R). Returns (R,) float64: negative if the run has converged, positive if not. Its absolute value is
    about the number of steps for which the loss stayed near where it began.
    """
    relative = np.fmin(losses / losses[0], FAR)
    converged = relative[-LAST:].mean(0) < 1
    with np.errstate(divide="ignore"):
        return np.where(converged, -relative.sum(0), (1 / relative).sum(0))

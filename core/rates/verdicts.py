"""Verdicts on training runs: what the curves of one run, or of a whole sweep, say about its learning rate."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.training.run import Config

LEARNED, TOO_SMALL, BOUNCING, STUCK = "learned well", "too small", "bouncing", "stuck"
THROWN, OVERCONFIDENT, DEAD, DIVERGED = "thrown far", "overconfident", "dead", "diverged"
# Shares of the loss of guessing
NEAR = 0.05  # what differs by no more than this is about as good
NEAR_ZERO, NOTHING_LEFT = 0.1, 0.02  # a training loss up to this leaves little or nothing to be learned
HARDLY = 0.1  # who has gained less than this has not learned
HIGH = 10  # times: a batch with such a loss shows that a step went too far
FAR = 150  # times: a batch with such a loss shows that the run was thrown far
# Relative changes
STILL = 0.05  # of the training loss in the later epochs, up to which it is stuck if its weights have moved
MOVED = 1.2  # the length of the weights, from which on they have moved
FALLING = 0.025  # of what was gained, in the last quarter of the epochs: beyond it, the run is on its way
ROUNDING = 1e-5  # a change that may be due to rounding
FURTHEST = 8  # times the epochs so far: no loss is extrapolated further
GROWING = 3  # epochs in a row in which loss and weights grow, after which a run has diverged
SILENT = 0.95  # of the images make no unit active: then the hidden layer is dead


@dataclass(frozen=True)
class Evidence:
    """What is known of R runs that differ in their learning rate only, after the same number of epochs.

    lr: (R,), ascending. All others have a row for each epoch, the first before any step: (epochs + 1, R), or are (R,).
    train: mean training loss; valid: validation loss; norm: of the parameters; silent: the share of images for which
    no hidden unit is active; peak: (R,), the highest loss of a batch; diverged: (R,) int64, the step at which a loss
    was not finite, or 0; guessing: the loss of a model that gives each class the same probability.
    """

    lr: Tensor
    train: Tensor
    valid: Tensor
    norm: Tensor
    silent: Tensor
    peak: Tensor
    diverged: Tensor
    guessing: float

    @classmethod
    def of(cls, lr: Tensor, epochs: list, peak: Tensor, diverged: Tensor, config: Config) -> "Evidence":
        """Gather the evidence on a sweep. epochs: the results after each, of type `SweepEpoch`, one at least.

        Of a single run: one `Epoch` whose fields are columns, (epochs + 1, 1).
        """
        names = ("train_loss", "valid_loss", "norm", "silent")
        columns = [torch.cat([torch.atleast_2d(getattr(epoch, name)) for epoch in epochs]) for name in names]
        return cls(lr, *columns, peak, diverged, loss_of_guessing(config.loss, len(config.digits)))


@dataclass(frozen=True)
class Verdict:
    """The verdict on one learning rate.

    kind: one of the words above; epochs_more: for a rate that is too small, an extrapolation of how many more epochs it
    needs to learn well, None where that would be a guess; step: at which it diverged, None if its loss is finite;
    back: whether a run that was thrown far is better than guessing again.
    """

    kind: str
    epochs_more: float | None = None
    step: int | None = None
    back: bool = False


def loss_of_guessing(loss: str, classes: int) -> float:
    """Return the loss of a model that gives each class the same probability. loss: one of LOSSES."""
    return 1 - 1 / classes if loss == "mnist_loss" else math.log(classes)


def last_losses(evidence: Evidence) -> Tensor:
    """Return the last validation loss of each run that may be the best: (R,), infinity for one that may not.

    Where a run has been thrown, its loss is a matter of luck: those count only if no other has learned.
    """
    lost = (evidence.diverged > 0) | (evidence.silent[-1] > SILENT)
    last = evidence.valid[-1].masked_fill(lost, math.inf).nan_to_num(math.inf, math.inf)
    calm = last.masked_fill(_thrown(evidence) > FAR, math.inf)
    return calm if calm.min() < (1 - HARDLY) * evidence.guessing else last


def _thrown(evidence: Evidence) -> Tensor:
    """Return how far a step has thrown each run: the highest loss of a batch as a multiple of where it began, (R,)."""
    return evidence.peak / evidence.train[0].clamp(min=evidence.guessing)


def best_rate(evidence: Evidence) -> int | None:
    """Return the index of the run with the lowest last validation loss; None if no run has learned anything."""
    last = last_losses(evidence)
    best = last.argmin().item()
    learned = last[best] < min(evidence.guessing, evidence.valid[0, best].item()) * (1 - ROUNDING)
    return best if learned else None


def steepest_rate(evidence: Evidence) -> int | None:
    """Return the index of the run with the lowest validation loss after one epoch; None if none has learned."""
    rows = {name: getattr(evidence, name)[:2] for name in ("train", "valid", "norm", "silent")}
    return best_rate(replace(evidence, **rows))


def good_loss(evidence: Evidence) -> float:
    """Return the validation loss up to which a rate has learned well: near the best, and far from guessing.

    Minus infinity if no run has got so far.
    """
    best, guessing = last_losses(evidence).min().item(), evidence.guessing
    return best + NEAR * (guessing - best) if best < (1 - HARDLY) * guessing else -math.inf


def judge_rates(evidence: Evidence) -> list[Verdict]:
    """Return a verdict on each of R learning rates, from the curves of all."""
    bound, last = good_loss(evidence), last_losses(evidence)
    best, lowest, thrown = last.argmin().item(), last.min().item(), _thrown(evidence).tolist()
    kinds = [
        _lost(evidence, run) or _judge(evidence, run, thrown[run], bound, lowest, run - best)
        for run in range(len(evidence.lr))
    ]
    more = _epochs_more(evidence, kinds)
    return [Verdict(TOO_SMALL, more[run]) if run in more else kind for run, kind in enumerate(kinds)]


def _lost(evidence: Evidence, run: int) -> Verdict | None:
    """Return the verdict on a run that nothing will bring back, None if it is not so."""
    train = evidence.train[:, run]
    if evidence.diverged[run] or not (train[-1] + evidence.valid[-1, run]).isfinite():
        return Verdict(DIVERGED, step=evidence.diverged[run].item() or None)
    if evidence.silent[-1, run] > SILENT:
        return Verdict(DEAD)
    return Verdict(DIVERGED) if _runs_away(train, evidence.norm[:, run], evidence.guessing) else None


def _judge(evidence: Evidence, run: int, thrown: float, bound: float, lowest: float, beyond: int) -> Verdict:
    """Judge a run that goes on.

    thrown: as `_thrown` returns it; bound: the validation loss up to which a rate has learned well; lowest: that of
    the best; beyond: how many places it stands above the best.
    """
    train, valid, guessing = evidence.train[:, run], evidence.valid[:, run], evidence.guessing
    now, last, half = train[-1].item(), valid[-1].item(), len(train) // 2  # where the later epochs begin
    risen = last - valid.min().item()
    if thrown > FAR:
        return Verdict(THROWN, back=now < guessing)
    by_heart = now <= NEAR_ZERO * guessing and risen > NEAR * guessing
    if by_heart or (now <= NOTHING_LEFT * guessing and last > lowest + NEAR * guessing):
        return Verdict(OVERCONFIDENT)
    if last <= bound and now < guessing / 2:
        # Only while the best itself is on its way: after that, so near to it is near enough.
        falls = all(_is_on_its_way(one, guessing) for one in (valid, evidence.valid[:, run - beyond]))
        return Verdict(TOO_SMALL if beyond <= 0 and falls else LEARNED)
    if _goes_up_and_down(train[half:], NEAR * now) or _goes_up_and_down(valid[half:], NEAR * guessing):
        return Verdict(BOUNCING)
    if thrown > HIGH:
        return Verdict(THROWN, back=now < guessing)
    too_large = beyond > 0 and lowest < (1 - HARDLY) * guessing
    if _is_still(train[half:]) and (too_large or evidence.norm[-1, run] > MOVED * evidence.norm[0, run]):
        return Verdict(STUCK)
    if risen > NEAR * guessing:
        return Verdict(OVERCONFIDENT)
    return Verdict(BOUNCING if too_large else TOO_SMALL)


def _runs_away(train: Tensor, norm: Tensor, guessing: float) -> bool:
    """Say whether the loss is worse than guessing, and has grown with the weights from epoch to epoch."""
    grows = (train.diff()[-GROWING:] > 0) & (norm.diff()[-GROWING:] > 0)
    return len(grows) == GROWING and bool(grows.all()) and train[-1].item() > max(guessing, train[0].item())


def _goes_up_and_down(losses: Tensor, little: float) -> bool:
    """Say whether a loss has risen as well as fallen in these epochs, each by more than a little."""
    change = losses.diff()
    return change.clamp(min=0).sum().item() > little and change.clamp(max=0).sum().item() < -little


def _is_still(losses: Tensor) -> bool:
    return len(losses) > 1 and (losses.max() - losses.min() <= STILL * losses.max()).item()


def _is_on_its_way(valid: Tensor, guessing: float) -> bool:
    """Say whether the validation loss still falls so much that more epochs would clearly lower it."""
    quarter, now = len(valid) // 4, valid[-1].item()
    clearly = FALLING * (guessing - now)
    return quarter > 0 and valid[-1 - quarter].item() - now > clearly and now > clearly  # there must be as much left


def _epochs_more(evidence: Evidence, verdicts: list[Verdict]) -> dict[int, float]:
    """Extrapolate how many more epochs each rate that is too small needs to learn well, if another rate has.

    Both losses of the largest of them have followed power laws in the last quarter of the epochs; it goes on between
    the two. A smaller rate goes the same way, as many times more slowly as it is smaller.
    """
    bound, done = good_loss(evidence), len(evidence.valid) - 1
    good = next((run for run, verdict in enumerate(verdicts) if verdict.kind == LEARNED), 0)
    small = [run for run in range(good) if verdicts[run].kind == TOO_SMALL and evidence.valid[-1, run] > bound]
    if not small or done < 2:
        return {}
    largest, quarter = small[-1], max(1, len(evidence.valid) // 4)
    # A training loss is the mean over an epoch: what it was half an epoch before its end.
    ends = (evidence.valid, done), (evidence.train, done - 0.5)
    power = math.sqrt(math.prod(_power(losses[:, largest], end, quarter) for losses, end in ends))
    times = (evidence.valid[-1, largest].double() / bound) ** (1 / power) if power > 0 else math.inf
    if times > FURTHEST:
        return {}
    needed = done * times * evidence.lr[largest] / evidence.lr
    return {run: needed[run].item() - done for run in small}


def _power(losses: Tensor, end: float, quarter: int) -> float:
    """Return p such that a loss has fallen as 1 / epochs ** p in its last quarter; 0 if it has not fallen."""
    before, now = losses[[-1 - quarter, -1]].tolist()
    return math.log(before / now) / math.log(end / (end - quarter)) if 0 < now < before else 0.0

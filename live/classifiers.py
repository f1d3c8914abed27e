"""The models that judge drawings, one set for a dataset, trained in the background."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from pathlib import Path

from core.classifiers.training import KINDS, PLANS, ClassifierState, Plan, lengthen, stamp, start
from core.model import Params
from core.training.data import TrainingData
from live import jobs, weights_file
from live.data_source import Source

CHUNK = 0.2  # seconds of training in one call: learners' own calls wait no longer than that
CHAINS = (("conv",), ("linear", "hidden"))  # trained side by side, in each one after the other


class Classifiers:
    """The judges of one dataset: ready at once if an earlier start has kept them, else trained bit by bit.

    digits: all that they tell apart, in the order of their logits.
    """

    def __init__(
        self,
        data: TrainingData,
        digits: tuple[int, ...],
        executor: Executor,
        source: Source | TrainingData,
        folder: Path,
        plans: Mapping[str, Plan] = PLANS,
    ):
        self.digits = digits
        self.problem: str | None = None  # why some judges never become ready, in one sentence
        self._executor, self._source, self._folder = executor, source, folder
        self._states: dict[str, ClassifierState] = {
            kind: start(kind, digits, lengthen(plans[kind], len(data.train_x))) for kind in KINDS
        }
        self._stamps = {kind: stamp(state, data) for kind, state in self._states.items()}
        self._ready: dict[str, Params] = {}
        for kind, state in self._states.items():
            kept = weights_file.read_cached(folder, self._stamps[kind], state.params)
            if kept:
                self._ready[kind] = kept
        for chain in CHAINS:
            self._go_on([kind for kind in chain if kind not in self._ready])

    def progress(self, kind: str) -> float:
        """Return how much of a judge's training is done, in [0, 1]."""
        return 1.0 if kind in self._ready else self._states[kind].progress

    def params(self, kind: str) -> Params | None:
        """Return a judge's parameters, None while it is being trained."""
        return self._ready.get(kind)

    def _go_on(self, kinds: list[str]) -> None:
        """Ask for the next chunk of the first of these judges, and of the others after it."""
        if not kinds:
            return
        try:
            call = self._executor.submit(jobs.train_judge, self._states[kinds[0]], self._source, CHUNK)
        except Exception as problem:  # the workers have been shut down, or the cluster has gone
            self._give_up(problem)
            return
        call.add_done_callback(lambda done: self._take(done, kinds))

    def _take(self, done: Future, kinds: list[str]) -> None:
        """Take what a chunk of training came to. This runs in a thread of the executor's."""
        kind = kinds[0]
        try:
            state = done.result()
        except BaseException as problem:  # also that the call was cancelled
            self._give_up(problem)
            return
        self._states[kind] = state
        if state.done:
            weights_file.write_cached(self._folder, self._stamps[kind], state.params)
            self._ready[kind] = state.params
        self._go_on(kinds[1:] if state.done else kinds)

    def _give_up(self, problem: BaseException) -> None:
        reason = str(problem).strip().split("\n")[0] or type(problem).__name__
        self.problem = f"The models could not be trained ({reason}): the nearest ideals still answer."

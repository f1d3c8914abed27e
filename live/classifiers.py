"""The models that judge drawings, trained in the background: one set of them for each dataset in use."""

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path

from core.classifiers.training import PLANS, ClassifierState, Plan, lengthen, stamp, start, train_steps
from core.dataset import Dataset
from core.model import Params
from core.training.data import TrainingData
from live import weights_file
from live.chunked_work import submit
from live.data_source import DataSource

CHUNK_SECONDS = 0.1  # of training in one call: learners' own calls wait no longer than that
SLOWEST = "conv"  # is trained beside the other kinds, which are trained one after the other
IDLE_SECONDS = 4.0  # after which training that no page asks for pauses; Draw asks every second
RETRY_SECONDS = 60  # after a failure, such as a lack of memory: it may have passed
MAX_SETS = 16  # datasets whose classifiers are in memory, three megabytes each


class Classifiers:
    """The classifiers of one dataset: read from the cache folder if they are there, else trained in short chunks."""

    def __init__(
        self,
        data: TrainingData,
        digits: tuple[int, ...],
        executor: Executor,
        source: DataSource | TrainingData,
        folder: Path,
        plans: Mapping[str, Plan] = PLANS,
        clock: Callable[[], float] = time.monotonic,
    ):
        """Read what has been trained before; `train` begins with the rest.

        digits: all that the classifiers tell apart, in the order of their logits; executor: trains them; source: names
        the data for it; folder: the cache folder; plans: of each kind of classifier; clock: gives seconds.
        """
        self.digits = digits
        self.problem: str | None = None  # why some classifiers are not trained now, in one sentence
        self._executor, self._source, self._folder, self._clock = executor, source, folder, clock
        self._states: dict[str, ClassifierState] = {
            kind: start(kind, digits, lengthen(plan, len(data.train_x))) for kind, plan in plans.items()
        }
        self._stamps = {kind: stamp(state, data) for kind, state in self._states.items()}
        saved = {
            kind: weights_file.read_cached(folder, self._stamps[kind], state.params)
            for kind, state in self._states.items()
        }
        self._ready: dict[str, Params] = {kind: params for kind, params in saved.items() if params}
        self._lock = threading.RLock()
        # Chains are trained side by side. Idle are those of which no chunk is under way, and which have not failed.
        self._idle_chains = {tuple(kind for kind in plans if (kind == SLOWEST) == alone) for alone in (True, False)}
        self._failed_chains: set[tuple[str, ...]] = set()
        self._failed_at = -math.inf
        self._train_until = -math.inf

    @property
    def is_training(self) -> bool:
        """Whether something is left to train, and training has not paused."""
        wanted = self.problem is None and len(self._ready) < len(self._states)
        return wanted and self._clock() < self._train_until

    def progress(self, kind: str) -> float:
        """Return how much of a classifier's training is done, in [0, 1]."""
        return 1.0 if kind in self._ready else self._states[kind].progress

    def params(self, kind: str) -> Params | None:
        """Return a classifier's parameters, None while it is being trained."""
        return self._ready.get(kind)

    def train(self, seconds: float = math.inf) -> None:
        """Train for at least so many seconds from now on, then pause; a later call resumes it.

        What has failed is tried again when RETRY_SECONDS have passed.
        """
        with self._lock:
            if self._failed_chains and self._clock() - self._failed_at >= RETRY_SECONDS:
                self._idle_chains |= self._failed_chains
                self._failed_chains, self.problem = set(), None
            self._train_until = max(self._train_until, self._clock() + seconds)
            for chain in tuple(self._idle_chains):
                self._submit_chunk(chain)

    def pause(self) -> None:
        """Train no further after the chunks under way."""
        with self._lock:
            self._train_until = -math.inf

    def _submit_chunk(self, chain: tuple[str, ...]) -> None:
        kind = next((kind for kind in chain if kind not in self._ready), None)
        if kind is None or self._clock() >= self._train_until:
            self._idle_chains.add(chain)
            return
        self._idle_chains.discard(chain)
        state = self._states[kind]
        chunk = submit(self._executor, train_steps, state, self._source, state.plan.steps, CHUNK_SECONDS)
        chunk.add_done_callback(lambda done: self._add(done, chain, kind))

    def _add(self, done: Future, chain: tuple[str, ...], kind: str) -> None:
        """Add the result of a chunk. Called by a thread of the executor, which would swallow an exception."""
        try:
            state = done.result()
        except BaseException as error:  # CancelledError is no Exception
            self._fail(error, chain)
            return
        self._states[kind] = state
        if state.done:
            self._ready[kind] = state.params
            try:
                weights_file.write_cached(self._folder, self._stamps[kind], state.params)
            except Exception:
                logging.getLogger(__name__).exception("The classifier %s is trained, but could not be saved.", kind)
        with self._lock:
            self._submit_chunk(chain)

    def _fail(self, error: BaseException, chain: tuple[str, ...]) -> None:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        with self._lock:
            self._failed_chains.add(chain)
            self._failed_at = self._clock()
            self.problem = f"The models could not be trained ({reason}): the nearest ideals still answer."


class ClassifierSets:
    """The classifiers of a server, one set for each dataset folder. A set is trained while pages ask for it.

    One set is trained at a time: the others wait until it is ready, or no page has asked for it for some seconds. Of
    more than MAX_SETS, the one that was asked for least recently is dropped; what it has finished is in the cache
    folder.
    """

    def __init__(self, make: Callable[[Dataset], Classifiers]):
        """make: returns the classifiers of a dataset, before any training."""
        self._make, self._lock = make, threading.Lock()
        self._sets: OrderedDict[Path, Classifiers] = OrderedDict()

    def of(self, dataset: Dataset, seconds: float = IDLE_SECONDS) -> Classifiers:
        """Return the classifiers of a dataset, and let them be trained if no others are. seconds: from now on."""
        with self._lock:
            if dataset.folder not in self._sets:
                self._sets[dataset.folder] = self._make(dataset)
            self._sets.move_to_end(dataset.folder)
            if len(self._sets) > MAX_SETS:
                _, dropped = self._sets.popitem(last=False)
                dropped.pause()
            asked = self._sets[dataset.folder]
            if not any(one.is_training for one in self._sets.values() if one is not asked):
                asked.train(seconds)
            return asked

    def close(self) -> None:
        """End all training."""
        with self._lock:
            for classifiers in self._sets.values():
                classifiers.pause()

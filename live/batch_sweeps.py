"""The same sweep over learning rates for several batch sizes, one after the other."""

import threading

from live.sweep_run import SweepRun


class BatchSweeps:
    """Sweeps of one learner that differ only in their batch size. They play and pause as a single sweep does."""

    def __init__(self, sweeps: list[SweepRun]):
        """sweeps: that have taken no step, in the order in which they are to run."""
        self.sweeps = sweeps
        self._lock = threading.RLock()
        self._play_next = False  # whether the next sweep is to begin when one is done

    @property
    def playing(self) -> bool:
        """Whether one of them is being computed."""
        return any(sweep.playing for sweep in self.sweeps)

    @property
    def over(self) -> bool:
        """Whether all are done."""
        return all(sweep.over for sweep in self.sweeps)

    @property
    def problem(self) -> str | None:
        """Why a chunk could not be computed, in one sentence."""
        return next((sweep.problem for sweep in self.sweeps if sweep.problem), None)

    @property
    def progress(self) -> float:
        """How much of all sweeps is done, in [0, 1]."""
        return sum(sweep.progress for sweep in self.sweeps) / len(self.sweeps)

    def play(self) -> None:
        """Resume with the first that is not done."""
        with self._lock:
            self._play_next = True
            sweep = next((sweep for sweep in self.sweeps if not sweep.over), None)
            if sweep:
                sweep.play()

    def pause(self) -> None:
        """Compute nothing more."""
        with self._lock:
            self._play_next = False
            for sweep in self.sweeps:
                sweep.pause()

    def advance(self, timeout: float = 0.5) -> bool:
        """Collect the chunk under way, as `ChunkedWork.advance` does; when a sweep is done, begin the next."""
        sweep = next((sweep for sweep in self.sweeps if sweep.playing), None)
        if sweep is None:
            return False
        news = sweep.advance(timeout)
        with self._lock:
            if sweep.over and self._play_next:  # unless another thread has just paused them
                self.play()
        return news

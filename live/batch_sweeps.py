"""The same sweep over learning rates for several batch sizes, one after the other."""

import threading

from live.sweep_run import SweepRun


class BatchSweeps:
    """Sweeps of one learner that differ in their batch size only. It plays as a single one does."""

    def __init__(self, sweeps: list[SweepRun]):
        """sweeps: that have taken no step, in the order in which they are to run."""
        self.sweeps = sweeps
        self._lock = threading.RLock()
        self._goes_on = False  # whether the next is to begin when one is done

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
        """A sentence: why a chunk could not be computed."""
        return next((sweep.problem for sweep in self.sweeps if sweep.problem), None)

    def play(self) -> None:
        """Go on with the first that is not done."""
        with self._lock:
            self._goes_on = True
            sweep = next((sweep for sweep in self.sweeps if not sweep.over), None)
            if sweep:
                sweep.play()

    def pause(self) -> None:
        """Compute nothing more."""
        with self._lock:
            self._goes_on = False
            for sweep in self.sweeps:
                sweep.pause()

    def advance(self, patience: float = 0.5) -> bool:
        """Take over the chunk under way, as `ChunkedWork.advance` does; when one is done, begin with the next."""
        sweep = next((sweep for sweep in self.sweeps if sweep.playing), None)
        if sweep is None:
            return False
        seen = sweep.advance(patience)
        with self._lock:
            if sweep.over and self._goes_on:  # unless somebody has paused at this very moment
                self.play()
        return seen

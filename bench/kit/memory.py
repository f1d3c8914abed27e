"""How much memory a server takes, with its workers."""

import asyncio
from contextlib import suppress

import psutil


class Memory:
    """The resident memory of a server and its workers together, in megabytes. peak: the most that `watch` has seen."""

    def __init__(self, server: psutil.Process):
        self._server = server
        self.peak = self.now()

    def now(self) -> float:
        """Return the megabytes now."""
        return self.server() + self.workers()

    def server(self) -> float:
        """Return the megabytes of the server alone."""
        return self._server.memory_info().rss / 2**20

    def workers(self) -> float:
        """Return the megabytes of all its workers."""
        total = 0
        for process in self._server.children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it has just ended
                total += process.memory_info().rss
        return total / 2**20

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            self.peak = max(self.peak, self.now())
            await asyncio.sleep(0.2)

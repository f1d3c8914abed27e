"""What is on the paper of the Draw page, and what was on it: for undo and redo."""

from collections import deque
from dataclasses import dataclass, field

MOST_UNDONE = 200  # strokes that can be taken back


@dataclass
class CanvasHistory:
    """What is on the canvas, what was on it before, and what undo has taken back, each as a text of strokes."""

    text: str
    past: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_UNDONE))
    future: list[str] = field(default_factory=list)
    initial: str = ""  # what the canvas in the browser starts with
    edition: int = 0  # changes when the canvas is to start again
    received: object = None  # what the canvas sent last, as JSON
    shown: str | None = None  # what was on it when the whole page was drawn last; None before the first time
    asked: int = 0  # the number of the newest question about a stroke that was not finished

    @property
    def count(self) -> int:
        """How many strokes are on the canvas."""
        return len(_strokes(self.text))

    def record(self, text: str) -> None:
        """Record what is on the canvas now."""
        if text == self.text:
            return
        before, now = _strokes(self.text), _strokes(text)
        self.past.append(self.text)
        if now[: len(before)] == before:  # strokes that arrived together are undone one by one
            first = max(len(before) + 1, len(now) - MOST_UNDONE)
            self.past.extend(".".join(now[:count]) for count in range(first, len(now)))
        self.text = text
        self.future.clear()

    def undo(self) -> None:
        """Go back to what was on the canvas before, if anything was."""
        if self.past:  # a second click can arrive before the page has disabled its button
            self.future.append(self.text)
            self.start_with(self.past.pop())

    def redo(self) -> None:
        """Bring back what undo has taken, if anything is left of it."""
        if self.future:
            self.past.append(self.text)
            self.start_with(self.future.pop())

    def replace(self, text: str) -> None:
        """Replace all strokes by others, or by none. Undo brings them back."""
        self.record(text)
        self.start_with(text)

    def start_with(self, text: str) -> None:
        """Have the canvas in the browser start again with these strokes."""
        self.text = self.initial = text
        self.edition += 1


def _strokes(text: str) -> list[str]:
    return text.split(".") if text else []

"""The report on an import: which files were read, changed, or left out and why. Also the type of progress callbacks."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from core.dataset import SPLITS, DatasetError

CHANGED, LEFT_OUT = "changed", "left out"
NAMED = 5  # files of one kind that the short report names
NAME_LENGTH = 160  # characters at most

Progress = Callable[[float, str], None]  # called with the fraction that is done, in [0, 1], and a few words


def quiet(fraction: float, text: str) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Note:
    """What happened to one file. what: CHANGED or LEFT_OUT; how: in a few words; other: the file it clashes with."""

    file: str
    what: str
    how: str
    other: str = ""

    def __str__(self) -> str:
        return f"{self.file} (see {self.other})" if self.other else self.file


@dataclass
class Report:
    """What happened to the files of one source.

    source: its name for users; remarks: sentences about all of it; counts: {split: {digit: images}} that can be used.
    """

    source: str
    notes: list[Note] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: {split: {} for split in SPLITS})

    def note(self, file: str, what: str, how: str, other: str = "") -> None:
        """Add a note on one file."""
        self.notes.append(Note(printable(file), what, how, printable(other)))

    @property
    def read(self) -> int:
        """Return the number of images that can be used."""
        return sum(sum(counts.values()) for counts in self.counts.values())

    def kinds(self) -> list[tuple[str, str, int]]:
        """Return (what, how, number of files) for each thing that happened, the most frequent first."""
        return [(*kind, count) for kind, count in Counter((n.what, n.how) for n in self.notes).most_common()]

    def lines(self, every: bool = False) -> list[str]:
        """Return the report as lines of text. every: whether to name all files, or some of each kind."""
        lines = [f"{self.source}: {self.read:,} images that can be used"]
        for split in SPLITS:
            each = ", ".join(f"{count:,} of {digit}" for digit, count in sorted(self.counts[split].items()))
            lines.append(f"  {split}: {each or 'none'}")
        lines += [f"  {remark}" for remark in self.remarks]
        by_kind = defaultdict(list)
        for note in self.notes:
            by_kind[note.what, note.how].append(str(note))
        for what, how, count in self.kinds():
            files = by_kind[what, how]
            lines.append(f"  {count:,} {'file' if count == 1 else 'files'} {what}: {how}")
            lines += [f"    {file}" for file in (files if every else files[:NAMED])]
            if count > NAMED and not every:
                lines.append(f"    and {count - NAMED:,} more")
        return lines

    def as_json(self) -> dict:
        """Return the report as a dictionary for json.dumps."""
        return asdict(self)


def from_json(raw: dict) -> Report:
    """Return the report that `as_json` returned; JSON has made texts of its integer keys."""
    counts = {split: {int(digit): count for digit, count in raw["counts"][split].items()} for split in SPLITS}
    return Report(raw["source"], [Note(**note) for note in raw["notes"]], raw["remarks"], counts)


class Unusable(DatasetError):
    """Files that make no dataset; the report says what is wrong with each."""

    def __init__(self, message: str, report: Report):
        super().__init__(message)
        self.report = report


def printable(name: str) -> str:
    """Return a file's name without characters that could break a line or control a terminal, and not too long."""
    shown = "".join(sign if sign.isprintable() else "�" for sign in name)
    return shown if len(shown) <= NAME_LENGTH else f"{shown[:NAME_LENGTH]}…"

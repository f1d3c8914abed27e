"""What the code drawer shows, and what the app has really called."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.pages.visitor import ROOT, Visitor

Place = tuple[str, int]  # a file, as a path from the root, and the first line of a function in it


@contextmanager
def recorded_calls() -> Iterator[set[Place]]:
    """Record every function of the app that a thread started from now on calls; those of AppTest run the pages.

    By a trace and not by a profile, which would be called for each return and for each function in C, too.
    """
    called: set[Place] = set()

    def record(frame, _event, _argument) -> None:
        code = frame.f_code
        if code.co_filename.startswith(str(ROOT)):
            called.add((code.co_filename.removeprefix(f"{ROOT}/"), code.co_firstlineno))

    before = threading.gettrace()
    threading.settrace(record)  # which returns no trace of what goes on inside a function
    try:
        yield called
    finally:
        threading.settrace(before)


def shown_functions(visitor: Visitor) -> dict[str, Place]:
    """Open the code drawer and return the functions in it by their names."""
    (drawer,) = (one for one in visitor.open_code().app.expander if one.label == "Code")
    places = [one.value.split("`")[1:] for one in drawer.caption if ", line " in one.value]
    names = [one.value.split("def ", 1)[1].split("(")[0] for one in drawer.code]
    return {name: (file, int(line.removeprefix(", line "))) for name, (file, line) in zip(names, places, strict=True)}

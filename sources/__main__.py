"""Look into somebody's digits, or bring them, or all of MNIST, into the cache folder.

    python -m sources inspect PATH     say what is in a zip, a folder or IDX files, and what would be left out
    python -m sources add PATH         the same, and keep the digits for the app; prints the name to start it with
    python -m sources download         download all of MNIST for the app

Ends with 0, or with 2 and one line on standard error if the digits can't be used.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from core.dataset import DatasetError
from sources import builtin, download, library, own
from sources.report import Unusable, printable

MIRRORS = "THREE_OR_SEVEN_MIRRORS"  # addresses, in place of the published ones
SUMS = "THREE_OR_SEVEN_SUMS"  # a file of lines "MD5 BYTES NAME", for a mirror that has packed the files anew

Progress = Callable[[float, str], None]


def main(arguments: list[str]) -> int:
    """Run one command. Returns 0, or 2 if the digits can't be used."""
    parser = argparse.ArgumentParser(
        prog="python -m sources", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("inspect", "add"):
        command = commands.add_parser(name)
        command.add_argument("path", type=Path, help="a zip, a folder, or a folder of IDX files")
        command.add_argument("--every", action="store_true", help="name every file that was changed or left out")
    wait = commands.add_parser("set-down", help=argparse.SUPPRESS)  # for the app: progress and result as JSON
    wait.add_argument("path", type=Path)
    wait.add_argument("--called", default=None)
    commands.add_parser("download").add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.command == "set-down" or getattr(args, "json", False):
        _give_way()
    try:
        return {"inspect": _inspect, "add": _add, "set-down": _set_down, "download": _download}[args.command](args)
    except DatasetError as problem:
        print(printable(str(problem)), file=sys.stderr)
        return 2


def _inspect(args: argparse.Namespace) -> int:
    try:
        _, report = own.read(args.path, _bar(sys.stderr))
    except Unusable as problem:
        print("\n".join(problem.report.lines(args.every)))
        raise
    print("\n".join(report.lines(args.every)))
    return 0


def _add(args: argparse.Namespace) -> int:
    if str(args.path) == builtin.NAME or str(args.path) in library.names():  # the name of one that is here
        print(args.path)
        return 0
    images, report = own.read(args.path, _bar(sys.stderr))
    print("\n".join(report.lines(args.every)), file=sys.stderr)
    print(library.put_in_place(library.set_down(images, report.source)))
    return 0


def _set_down(args: argparse.Namespace) -> int:
    """Read digits into the waiting place and say all in lines of JSON; the app puts them in place when asked to."""
    try:
        images, report = own.read(args.path, _as_json, args.called)
        waiting = library.set_down(images, report.source)
    except Unusable as problem:
        _say(problem=str(problem), report=problem.report.as_json())
    except DatasetError as problem:
        _say(problem=str(problem))
    else:
        _say(folder=str(waiting.folder), name=waiting.name, report=report.as_json())
    return 0


def _download(args: argparse.Namespace) -> int:
    progress = _as_json if args.json else _bar(sys.stderr)
    try:
        name = _get_mnist(progress)
    except DatasetError as problem:
        if not args.json:
            raise
        _say(problem=str(problem))
    else:
        _say(name=name) if args.json else print(name)
    return 0


def _get_mnist(progress: Progress) -> str:
    mirrors = os.environ.get(MIRRORS, "").split() or download.MIRRORS
    folder = download.fetch(progress=progress, mirrors=mirrors, files=_files())
    progress(1.0, "Sorting the images")
    images, _ = own.read_idx_files(folder)
    return library.put_in_place(library.set_down(images, library.MNIST_TITLE, library.MNIST))


def _files() -> tuple[download.File, ...]:
    if SUMS not in os.environ:
        return download.FILES
    try:
        lines = Path(os.environ[SUMS]).read_text(encoding="utf-8").splitlines()
        return tuple(download.File(name, md5, int(size)) for md5, size, name in map(str.split, lines))
    except (OSError, ValueError):
        raise DatasetError(f"The file that {SUMS} names can't be read: its lines are MD5, bytes and name.") from None


def _give_way() -> None:
    """Let the server and its training go first."""
    if hasattr(os, "nice"):
        os.nice(5)


def _as_json(share: float, text: str) -> None:
    _say(share=share, text=text)


def _say(**values) -> None:
    print(json.dumps(values), flush=True)


def _bar(out) -> Progress:
    """Return what shows progress on one line of a terminal, and nothing where nobody looks."""

    def show(share: float, text: str) -> None:
        if out.isatty():
            print(f"\r\033[K{share:4.0%}  {text}\r", end="", file=out, flush=True)

    return show


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)

"""Inspect a user's digits, or add them, or all of MNIST, to the cache folder.

    python -m sources inspect PATH     say what is in a zip, a folder or IDX files, and what would be left out
    python -m sources add PATH         the same, and keep the digits for the app; prints the name to start it with
    python -m sources download         download all of MNIST for the app
    python -m sources list             list the datasets that are kept: folder; name, images, last used, title
    python -m sources remove NAME      remove one of them

Ends with 0, or with 2 and one line on standard error if the digits can't be used.
"""

import argparse
import json
import logging
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from core.dataset import DatasetError
from sources import builtin, download, library
from sources.home import home
from sources.readers import own
from sources.report import Progress, Unusable, printable

# Bytes that a subprocess of the app may ask for to read a zip, beyond what its libraries take: 190 MB with PyTorch's
# CPU build, 760 MB with its CUDA build. 100,000 small pictures fit.
MOST_MEMORY = 230 << 20
TOO_MUCH = "This zip takes more than 240 MB of memory to read: bring fewer or smaller pictures."
MIRRORS = "THREE_OR_SEVEN_MIRRORS"  # addresses of mirrors that replace the published ones
SUMS = "THREE_OR_SEVEN_SUMS"  # a file of lines "MD5 BYTES NAME", for a mirror that has compressed the files again


def main(arguments: list[str]) -> int:
    """Run one command. Returns 0, or 2 if the digits can't be used."""
    parser = argparse.ArgumentParser(
        prog="python -m sources", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run in (("inspect", _inspect), ("add", _add)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("path", type=Path, help="a zip, a folder, or a folder of IDX files")
        command.add_argument("--every", action="store_true", help="name every file that was changed or left out")
    stage = commands.add_parser("stage", help=argparse.SUPPRESS)  # for the app: prints JSON
    stage.set_defaults(run=_stage)
    stage.add_argument("path", type=Path)
    stage.add_argument("--called", default=None)
    get = commands.add_parser("download")
    get.set_defaults(run=_download)
    get.add_argument("--json", action="store_true", help=argparse.SUPPRESS)  # likewise
    commands.add_parser("list").set_defaults(run=_list)
    remove = commands.add_parser("remove")
    remove.set_defaults(run=lambda args: library.remove(args.name))
    remove.add_argument("name", help="as `list` prints it")
    args = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # names of files may have signs that the console lacks
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for_the_app = args.command == "stage" or getattr(args, "json", False)
    if hasattr(os, "nice") and for_the_app:
        os.nice(5)  # the server and its training have priority
    logging.getLogger("sources").disabled = not for_the_app  # what it would say is said in a line below
    try:
        args.run(args)
    except DatasetError as problem:
        where = f" ({printable(str(problem.path))})" if problem.path else ""  # which no page says
        print(f"{printable(str(problem))}{where}", file=sys.stderr)
        return 2
    return 0


def _inspect(args: argparse.Namespace) -> None:
    try:
        _, report = own.read(args.path, _bar)
    except Unusable as problem:
        print("\n".join(problem.report.lines(args.every)))
        raise
    print("\n".join(report.lines(args.every)))


def _add(args: argparse.Namespace) -> None:
    if str(args.path) == builtin.NAME or str(args.path) in library.names():  # the name of a dataset that is here
        print(args.path)
        return
    images, report = own.read(args.path, _bar)
    print("\n".join(report.lines(args.every)), file=sys.stderr)
    print(library.publish(library.stage(images, report.source)))


def limit_memory() -> None:
    """Let this process ask for MOST_MEMORY more than it has, on Linux: others don't count it, or don't keep to it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        has = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (has + MOST_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _stage(args: argparse.Namespace) -> None:
    """Read digits and stage them; print progress and the result as lines of JSON. The app publishes them."""
    limit_memory()
    try:
        images, report = own.read(args.path, _print_progress, args.called)
        staged = library.stage(images, report.source)
    except MemoryError:
        _print_json(problem=TOO_MUCH)
    except Unusable as problem:
        _print_json(problem=str(problem), report=problem.report.as_json())
    except DatasetError as problem:
        _print_json(problem=str(problem))
    else:
        _print_json(folder=str(staged.folder), name=staged.name, report=report.as_json())


def _download(args: argparse.Namespace) -> None:
    if not args.json:
        print(_get_mnist(_bar))
        return
    try:
        _print_json(name=_get_mnist(_print_progress))
    except DatasetError as problem:
        _print_json(problem=str(problem))


def _list(args: argparse.Namespace) -> None:
    print(f"{home() / library.DATASETS}:")
    for name in library.names():
        index, used = library.index_of(name), library.last_used(name)
        if index:  # else it has just been removed
            day = time.strftime("%Y-%m-%d", time.localtime(used))
            print(f"{name}  {index.total:>7,}  {day}  {printable(index.title)}")


def _get_mnist(progress: Progress) -> str:
    mirrors = os.environ.get(MIRRORS, "").split() or download.MIRRORS
    folder = download.fetch(progress=progress, mirrors=mirrors, files=_files())
    progress(1.0, "Sorting the images")
    images, _ = own.read_idx_files(folder)
    return library.publish(library.stage(images, library.MNIST_TITLE, library.MNIST))


def _files() -> tuple[download.File, ...]:
    if SUMS not in os.environ:
        return download.FILES
    try:
        lines = Path(os.environ[SUMS]).read_text(encoding="utf-8").splitlines()
        return tuple(download.File(name, md5, int(size)) for md5, size, name in map(str.split, lines))
    except (OSError, ValueError):
        raise DatasetError(f"The file that {SUMS} names can't be read: its lines are MD5, bytes and name.") from None


def _print_progress(fraction: float, text: str) -> None:
    _print_json(fraction=fraction, text=text)


def _print_json(**values) -> None:
    print(json.dumps(values), flush=True)


def _bar(fraction: float, text: str) -> None:
    """Show progress on one line of a terminal, and nothing if standard error is redirected."""
    if sys.stderr.isatty():
        print(f"\r\033[K{fraction:4.0%}  {text}\r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)

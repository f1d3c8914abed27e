"""The steps of the Dockerfile, run without Docker: in a fresh folder, by somebody who may not write to the program.

What can't be run here: FROM and `useradd`, which make another machine. pip downloads nothing and installs nothing: it
only says whether what is installed here is what the files ask for. Two of the three models are in place before the
step that trains them, which would take a minute. Of compose.yaml, it is tested what the app is told by it.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml

from core.classifiers.training import KINDS, PLANS, stamp, start
from core.dataset import read_dataset
from core.training.data import from_dataset
from live import weights_file
from sources import home
from sources.packed import open_dataset
from tests.faults.test_server import models, open_page
from tools.browser import free_port, keep_untrained_classifiers

ROOT = Path(__file__).parents[1]
TIMEOUT_S = 120
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the steps are those of a container with Linux")
AN_INDEX = "http://127.0.0.1:1/simple"  # where nothing listens


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, in their order: (name, the rest)."""
    lines = "\n".join(line for line in dockerfile.splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", lines)
    return [tuple(line.split(maxsplit=1)) for line in lines.splitlines() if line]


def is_sent(path: str) -> bool:
    """Return whether a file is what .dockerignore lets through: the last pattern that fits it or its folder decides."""
    sent = True
    for pattern in text(".dockerignore").splitlines():
        name = re.escape(pattern.removeprefix("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if not pattern.startswith("#") and re.fullmatch(f"{name}(/.*)?", path):
            sent = pattern.startswith("!")
    return sent


def files_below(folder: Path) -> set[str]:
    found = set()
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        folders[:] = [name for name in folders if name not in (".git", ".venv", "__pycache__")]
        found |= {(inside / name).as_posix() for name in names}
    return found


@dataclass
class Image:
    """What the steps have made. user: the words before a command that have it run by the user of the image."""

    folder: Path
    user: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)  # what each step that was run has printed

    @property
    def app(self) -> Path:
        """The folder of the program."""
        return self.folder / "app"

    @property
    def home(self) -> Path:
        """The folder in which the app keeps things."""
        return Path(self.environment[home.VARIABLE])

    def command(self, words: list[str]) -> dict:
        """Return what `subprocess` is to be told to run a command of the image."""
        return {"args": [*self.user, *words], "cwd": self.app, "env": self.environment}

    def run(self, step: str) -> subprocess.CompletedProcess:
        """Run a step as `docker build` does: by a shell."""
        return subprocess.run(
            **self.command(["sh", "-c", step]), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )

    def become_user(self) -> None:
        """Go on as a user who may write to the app's home alone, as far as it can be had here."""
        for path in (self.app, *self.app.rglob("*")):
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
        if os.getuid() == 0:
            nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            here = subprocess.run(
                [*nobody, "sh", "-c", "exec python -c 'import torch'"],
                env=self.environment,
                capture_output=True,
                check=False,
            )
            # Where nobody else may read this Python: as root, but without a single one of root's rights.
            self.user = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if here.returncode else nobody


def put_programs(folder: Path) -> None:
    """Write a `python`, which is this one, and a `pip` that only says whether this one has what it should install."""
    folder.mkdir()
    for name, line in (
        ("python", f'exec "{sys.executable}" "$@"'),
        ("pip", f'exec "{sys.executable}" -m pip "$@" --dry-run --no-index'),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (folder / name).chmod(0o755)


def put_two_models(image: Image, built_in_folder: Path) -> str:
    """Put untrained models where trained ones belong, and take the quickest away. Returns the name of its file."""
    dataset = read_dataset(built_in_folder)
    keep_untrained_classifiers(image.home, dataset)
    name = f"{stamp(start('linear', dataset.digits, PLANS['linear']), from_dataset(dataset))}.safetensors"
    (image.home / weights_file.FOLDER / name).unlink()
    for path in (image.home.parent, *image.home.parent.rglob("*")):
        path.chmod(0o777)
    return name


@pytest.fixture(scope="module")
def image(built_in_folder):
    """What the steps have made of a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        image = Image(Path(folder))
        image.folder.chmod(0o755)
        put_programs(image.folder / "bin")
        image.environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
        for name, rest in instructions(text("Dockerfile")):
            if name == "WORKDIR":
                assert rest == "/app"
                image.app.mkdir()
            elif name == "ARG":
                image.environment[rest] = AN_INDEX
            elif name == "ENV":
                variable, value = rest.split("=")
                image.environment[variable] = value.replace("/home/", f"{folder}/home/")
            elif name == "USER":
                assert rest == "learner"
                image.become_user()
            elif name == "COPY":
                *wanted, _ = rest.split()
                for path in filter(is_sent, files_below(ROOT)):
                    if wanted == ["."] or path in wanted:
                        (image.app / path).parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy(ROOT / path, image.app / path)
            elif name == "RUN" and not rest.startswith("useradd "):
                if "python -m live" in rest:
                    image.outputs["left to train"] = put_two_models(image, built_in_folder)
                done = image.run(rest)
                image.outputs[rest] = done.stdout + done.stderr
                if torch.version.cuda is None or "torch.version.cuda" not in rest:
                    assert done.returncode == 0, f"{rest}\n{image.outputs[rest]}"
        yield image
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def output_of(image: Image, part: str) -> str:
    """Return what the one step with these words has printed."""
    (output,) = [output for step, output in image.outputs.items() if part in step]
    return output


def as_port(command: str, port: int) -> str:
    assert "8501" in command
    return command.replace("8501", str(port))


# What is copied


def test_only_what_the_app_needs_to_run_is_copied():
    sent = set(filter(is_sent, files_below(ROOT)))
    folders = ("core", "live", "pages", "sources", "ui")
    files = {".streamlit/config.toml", "LICENSE", "app.py", "requirements.txt", "requirements-postgres.txt"}
    assert sent == files | {f"{name}/{path}" for name in folders for path in files_below(ROOT / name)}
    private = {".git/config", ".venv/bin/python", ".env", ".streamlit/secrets.toml", "tests/conftest.py"}
    compiled = {"core/__pycache__/a.pyc", "ui/kit/__pycache__/a.pyc"}
    assert not any(map(is_sent, private | compiled))


# The steps


@LINUX
def test_the_packages_are_those_that_every_change_is_tested_with(image):
    output = output_of(image, "pip install")
    for package in ("streamlit==", "torch==", "sqlalchemy==", "psycopg"):
        assert f"Requirement already satisfied: {package}" in output
    assert "Would install" not in output


@LINUX
def test_without_the_index_of_pytorchs_cpu_build_nothing_is_downloaded(image):
    (step,) = [rest for name, rest in instructions(text("Dockerfile")) if "pip install" in rest]
    nothing = {**image.environment, "PIP_EXTRA_INDEX_URL": ""}
    done = subprocess.run(["sh", "-c", step], cwd=image.app, env=nothing, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "must be the address of the index of PyTorch's CPU build" in done.stderr
    assert done.stdout == ""


@LINUX
def test_the_digits_and_the_models_are_in_the_image(image, built_in_folder):
    dataset = open_dataset(image.home / built_in_folder.name)
    assert all(dataset.train.count(digit) == 400 for digit in range(10))
    assert len(models(image.home)) == len(KINDS)
    untrained = start("linear", dataset.digits)
    name = image.outputs["left to train"].removesuffix(".safetensors")
    trained = weights_file.read_cached(image.home, name, untrained.params)
    assert not torch.equal(trained[0], untrained.params[0])
    assert output_of(image, "python -m live").startswith("Training the classifier linear")


@LINUX
def test_the_container_starts_is_healthy_serves_draw_and_writes_to_its_home_alone(image):
    before, kept = files_below(image.folder / "app"), models(image.home)
    steps = dict(instructions(text("Dockerfile")))
    port = free_port()
    healthy = as_port(steps["HEALTHCHECK"].partition("CMD ")[2], port)
    assert image.run(healthy).returncode != 0  # nothing listens yet
    with open(image.folder / "log", "wb") as log:
        command = image.command(json.loads(as_port(steps["CMD"], port)))
        command["env"] = {**image.environment, **compose_environment()}
        server = subprocess.Popen(**command, stdout=log, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + TIMEOUT_S
        while image.run(healthy).returncode != 0:
            assert time.monotonic() < end, (image.folder / "log").read_text()
            assert server.poll() is None, (image.folder / "log").read_text()
        assert open_page(SimpleNamespace(url=f"http://127.0.0.1:{port}"), "draw") == []
    finally:
        server.terminate()
        server.wait(TIMEOUT_S)
    assert "Traceback" not in (image.folder / "log").read_text()
    assert files_below(image.app) == before
    assert models(image.home) == kept  # none was trained again


@LINUX
def test_the_user_of_the_image_may_not_change_the_program(image):
    assert image.run("echo > app.py").returncode != 0
    assert image.run(f"echo > {image.home}/file && rm {image.home}/file").returncode == 0


@LINUX
def test_there_are_as_many_workers_as_the_containers_limit_allows(image):
    """A limit of a control group, as Docker sets one, is only a file to who reads it: here, one of our own."""
    limit = "mount -t tmpfs none /sys/fs/cgroup && echo '100000 100000' > /sys/fs/cgroup/cpu.max"
    if subprocess.run(["unshare", "-m", "sh", "-c", limit], capture_output=True, check=False).returncode:
        pytest.skip("nobody but root can mount a folder over that of the control groups")
    count = "python -c 'from live.workers.worker_pool import default_count; print(default_count())'"
    words = ["unshare", "-m", "sh", "-c", f"{limit} && {count}"]
    assert subprocess.check_output(words, cwd=image.app, env=image.environment, text=True) == "1\n"


# compose.yaml


def compose(**variables: str) -> dict:
    """Return compose.yaml with its variables filled in by a shell: its ${A:-b}, ${A:?b} and ${A:+b} mean the same."""
    script = f"cat << END_OF_FILE\n{text('compose.yaml')}\nEND_OF_FILE\n"
    path = {"PATH": os.environ["PATH"]}
    filled = subprocess.run(["sh", "-c", script], env=path | variables, capture_output=True, text=True, check=False)
    if filled.returncode:
        raise ValueError(filled.stderr)
    return yaml.safe_load(filled.stdout)


def compose_environment() -> dict[str, str]:
    """Return what compose.yaml tells the app if nothing is set: some variables that are empty."""
    given = compose(PIP_EXTRA_INDEX_URL=AN_INDEX)["services"]["app"]["environment"]
    return {name: value or "" for name, value in given.items()}


@LINUX
def test_compose_runs_the_app_alone_with_its_classes_in_a_file():
    services = compose(PIP_EXTRA_INDEX_URL=AN_INDEX)["services"]
    assert [name for name, service in services.items() if "profiles" not in service] == ["app"]
    app = services["app"]
    assert app["build"]["args"]["PIP_EXTRA_INDEX_URL"] == AN_INDEX
    assert app["ports"] == ["8501:8501"]
    assert not any(app["environment"].values())
    assert not app["depends_on"]["postgres"]["required"]
    (kept,) = [rest.split("=")[1] for name, rest in instructions(text("Dockerfile")) if home.VARIABLE in rest]
    assert app["volumes"] == [f"home:{kept}"]


@LINUX
def test_compose_needs_the_index_of_pytorchs_cpu_build():
    with pytest.raises(ValueError, match="must be the address of the index of PyTorch's CPU build"):
        compose()


@LINUX
def test_with_a_password_compose_keeps_classes_in_postgresql():
    whole = compose(PIP_EXTRA_INDEX_URL=AN_INDEX, POSTGRES_PASSWORD="secret", PORT="80", CPUS="1.5")  # noqa: S106
    app, database = whole["services"]["app"], whole["services"]["postgres"]
    user = database["environment"]["POSTGRES_USER"]
    url = app["environment"]["THREE_OR_SEVEN_DATABASE"]
    assert url == f"postgresql+psycopg://{user}:{database['environment']['POSTGRES_PASSWORD']}@postgres/{user}"
    assert (app["ports"], app["cpus"]) == (["80:8501"], 1.5)
    assert {volume.split(":")[0] for one in (app, database) for volume in one["volumes"]} == set(whole["volumes"])

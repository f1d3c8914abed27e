"""What other places read of this repository: Streamlit Community Cloud, GitHub's runners, and editors."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from streamlit.web.server.app_discovery import discover_asgi_app

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "cloud" / "entry.py"
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))


def test_the_entry_for_the_cloud_starts_the_same_app():
    assert discover_asgi_app(ENTRY).import_string == "entry:app"
    code = "import app, cloud.entry\nfor one in (app.app, cloud.entry.app): print(one.script_path, one._user_routes)"
    first, second = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).splitlines()
    assert first == second
    assert "/live/{run}" in first
    assert first.startswith(str(ROOT / "app.py"))


def test_the_cloud_installs_what_the_app_needs():
    lines = (ROOT / "cloud" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r ../requirements.txt"]


def test_the_workflow_tests_every_python_that_the_project_names():
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    pythons = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert named == f">={pythons[0]},<3.{int(pythons[-1].removeprefix('3.')) + 1}"
    assert len(pythons) == 3


def test_an_editor_in_a_container_installs_what_the_tests_need():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    script, make = container["postCreateCommand"].split(" && ")
    assert (ROOT / script).stat().st_mode & 0o100
    assert f"\n{make.removeprefix('make ')}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert container["forwardPorts"] == [8501]

"""The README and what stands beside it: every link opens the app in the state that it names, every file is there."""

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from PIL import Image

from tests.pages.visitor import ROOT
from tools.pictures import SHOTS
from ui.state import settings as state

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
APP = "http://localhost:8501"
LARGEST, LARGEST_FILM = 200_000, 1_500_000  # bytes of a picture


def targets(document: Path) -> list[str]:
    """Return where the links and pictures of a document lead, apart from code."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)


def anchors(document: Path) -> set[str]:
    """Return the names by which a link can point at the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


INTO_THE_APP = sorted({target for document in DOCUMENTS for target in targets(document) if target.startswith(APP)})
TO_FILES = [(document, target) for document in DOCUMENTS for target in targets(document) if "://" not in target]
named = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


def test_the_lesson_has_links_to_every_page():
    pages = {urlsplit(link).path.strip("/") or "home" for link in INTO_THE_APP}
    assert pages == {file.stem for file in (ROOT / "pages").glob("*.py")}


@pytest.mark.parametrize("link", INTO_THE_APP)
def test_a_link_opens_its_page_in_the_state_that_it_names(visit, link):
    parts = urlsplit(link)
    settings = parse_qs(parts.query, keep_blank_values=True)
    visitor = visit(parts.path.strip("/") or "home", **settings)
    assert visitor.said("warning") == visitor.said("error") == []
    for name, raw in settings.items():
        assert visitor.app.session_state[name] == pytest.approx(state.SETTINGS[name].parse(raw)), name


@pytest.mark.parametrize(("document", "target"), TO_FILES, ids=lambda part: getattr(part, "name", part))
def test_a_link_to_a_file_or_a_heading_leads_somewhere(document, target):
    path, _, anchor = unquote(target).partition("#")
    there = (document.parent / path).resolve() if path else document
    assert there.exists()
    assert there.is_relative_to(ROOT)
    assert not anchor or anchor in anchors(there)


def test_every_picture_is_one_that_can_be_made_anew_and_is_shown():
    made = {f"docs/pictures/{name}.webp" for name in SHOTS}
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "pictures").iterdir()} == made
    shown = {(document.parent / target).resolve() for document, target in TO_FILES if target.endswith(".webp")}
    assert {path.relative_to(ROOT).as_posix() for path in shown} == made


def test_the_readme_begins_with_a_moving_picture_and_fits_a_screen():
    readme = ROOT / "README.md"
    film = next(target for target in targets(readme) if target.endswith(".webp"))
    with Image.open(ROOT / film) as picture:
        assert picture.n_frames > 10
    assert len(readme.read_text(encoding="utf-8").partition("## Licence")[0].splitlines()) <= 60


@pytest.mark.parametrize("name", SHOTS)
def test_a_picture_is_small(name):
    largest = LARGEST_FILM if SHOTS[name].film else LARGEST
    assert (ROOT / "docs" / "pictures" / f"{name}.webp").stat().st_size < largest


@named
def test_a_document_names_only_commands_that_there_are(document):
    text = document.read_text(encoding="utf-8")
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)(?=[`\s]*(?:$|[A-Z#`]))", text, flags=re.MULTILINE)) <= rules
    for name in re.findall(r"python -m bench ([a-z][a-z-]*)", text):
        assert (ROOT / "bench" / f"{name.replace('-', '_')}.py").exists()

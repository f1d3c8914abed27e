"""Each fault of Streamlit that is patched has a report in docs/upstream/, ready to be filed."""

import ast
import re

import pytest

from tests.test_layout import ROOT, modules, tree

REPORTS = sorted(path for path in (ROOT / "docs" / "upstream").glob("*.md") if path.name != "README.md")
NAMED = re.compile(r"docs/upstream/([a-z-]+)\.md")
PATCHES = [module for module in modules("ui/patches") if not module.endswith("__init__.py")]


def test_each_report_is_named_by_one_patch_or_where_its_fault_is_met_and_listed_once():
    patches = [ROOT / module for module in PATCHES]
    elsewhere = {path for kind in ("py", "js") for path in (ROOT / "ui").rglob(f"*.{kind}")} - {*patches}
    named = [*names_in(patches), *{*names_in(elsewhere)}]  # several components meet the same fault
    listed = re.findall(r"\(([a-z-]+)\.md\)", (REPORTS[0].parent / "README.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(listed) == [path.stem for path in REPORTS]


def names_in(files) -> list[str]:
    return [name for path in files for name in NAMED.findall(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("module", PATCHES)
def test_each_patch_names_its_report(module):
    code = tree(module)
    if module.endswith(("/server.py", "/browser.py")):  # a patch is a function there
        public = [one for one in code.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
        patches = [one for one in public if one.name != "apply"]
    else:
        patches = [code]
    assert [one for one in patches if not NAMED.search(ast.get_docstring(one) or "")] == []


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.stem)
def test_a_report_has_all_that_an_issue_needs(report):
    words = report.read_text(encoding="utf-8")
    title, version, *_ = words.split("\n\n")
    assert title.startswith("# ")
    assert "Streamlit 1.67" in version
    headings = re.findall(r"^## (.+)$", words, flags=re.MULTILINE)
    assert headings == ["A script that shows it", "What is seen", "What is expected", "Until then"]
    scripts = re.findall(r"```python\n(.*?)```", words, flags=re.DOTALL)
    assert scripts
    for script in scripts:
        compile(script, report.name, "exec")

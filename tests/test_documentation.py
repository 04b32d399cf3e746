"""What the documents promise: every setting listed, every command in the README real."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_read_is_documented_and_every_documented_one_is_read():
    code = (ROOT / "matchmaker" / "settings.py").read_text()
    read = set(re.findall(r'"((?:NEO4J|MATCHMAKER)_[A-Z0-9_]+)"', code))
    table = (ROOT / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", table, re.M))
    assert read == documented


def test_only_settings_reads_the_environment():
    users = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "matchmaker").rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text())
    ]
    # serving.py hands settings on to its workers; embedding.py holds a library's threads to one.
    assert set(users) <= {
        "matchmaker/settings.py",
        "matchmaker/serving.py",
        "matchmaker/matching/embedding.py",
    }


def test_every_file_that_the_documents_link_to_exists():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target
    ]
    assert [link for link in links if not (link[0].parent / link[1]).exists()] == []


@pytest.mark.parametrize(
    "arguments",
    re.findall(r"^\.venv/bin/matchmaker (.+?)(?:\s+#.*)?$", (ROOT / "README.md").read_text(), re.M),
)
def test_the_commands_in_the_readme_run(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "matchmaker", *arguments.split()],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Phuket" in done.stdout


def test_no_module_grows_past_four_hundred_lines():
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in (ROOT / "matchmaker").rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_importing_the_package_opens_nothing():
    code = (
        "import sys, matchmaker; "
        "sys.exit(bool({'neo4j', 'flask', 'pandas', 'networkx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0

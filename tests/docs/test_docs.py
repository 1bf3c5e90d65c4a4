"""The documentation says what the code does: options, settings, kinds of failure, exit codes, links."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from transom.cli.app import make_app
from transom.model.runs import FailureKind
from transom.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMMAND_LINE = (ROOT / "docs" / "command-line.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")])


def _section(command: str) -> str:
    found = re.search(rf"^## transom {command}\n(.*?)(?=^## |\Z)", COMMAND_LINE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/command-line.md has no section on transom {command}"
    return found[1]


def _options(command: str) -> set[str]:
    parameters = make_app()[command].assemble_argument_collection()
    names = {name for argument in parameters for name in argument.names if name.startswith("-")}
    return names - {"--help", "-h"}


@pytest.mark.parametrize("command", ["new", "run", "check", "fix", "doctor"])
def test_every_option_is_documented_and_every_documented_option_is_there(command: str) -> None:
    documented = {
        option
        for line in _section(command).splitlines()
        if line.startswith("| `-")
        for option in re.findall(r"`(--?[a-z0-9-]+)`", line.split("|")[1])
    }
    assert documented == _options(command)


def test_every_command_is_documented() -> None:
    commands = {name for name in make_app() if not name.startswith("-")}
    assert commands == set(re.findall(r"^## transom (\w+)$", COMMAND_LINE, re.MULTILINE))


def test_every_kind_of_failure_is_documented() -> None:
    paragraph = re.search(r"The kinds of failure:(.*?)\n\n", COMMAND_LINE, re.DOTALL)
    assert paragraph
    assert re.findall(r"`(\w+)`", paragraph[1]) == [kind.value for kind in FailureKind]


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` ", page, re.MULTILINE) == [field.name for field in dataclasses.fields(Settings)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"

"""The environments that come with Transom hold what is promised. They are built once, below .environments/."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.environments import ready_made

from transom.engine.checks.departures import older_environments
from transom.engine.environments import Ready
from transom.engine.environments.definitions import catalog

PAGE = Path(__file__).resolve().parents[2] / "docs" / "environments.md"
#: What each distribution of a build brings, and why a module of it cannot be imported.
_IMPORT_ALL = """
import importlib, json, os, sys
here = next(place for place in sys.path if place.endswith("site-packages"))
found = {}
for name in sorted(os.listdir(here)):
    if not name.endswith(".dist-info"):
        continue
    distribution, version = name[: -len(".dist-info")].split("-", 1)
    with open(os.path.join(here, name, "RECORD")) as record:
        tops = {line.split(",")[0].split("/")[0] for line in record}
    wrong = {}
    for top in sorted(tops):
        module = top.split(".")[0]
        if not module.isidentifier() or not (top == module or top.endswith((".py", ".so"))):
            continue
        if top == module and not os.path.isdir(os.path.join(here, top)):
            continue
        try:
            importlib.import_module(module)
        except BaseException as error:
            wrong[module] = repr(error)
    found[distribution] = [version, wrong]
print("\\n" + json.dumps(found))
"""


def built(name: str) -> Ready:
    ready = ready_made(name)
    if ready is None:
        pytest.skip(f"the Python of {name} is not on this machine")
    return ready


def imported(ready: Ready, folder: Path) -> dict[str, tuple[str, dict[str, str]]]:
    """Version, and what cannot be imported and why, of every distribution, by its normalised name."""
    done = subprocess.run(
        [ready.interpreter, "-c", _IMPORT_ALL], cwd=folder, capture_output=True, text=True, check=True, timeout=240
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return {re.sub(r"[-_.]+", "-", name).lower(): (version, wrong) for name, (version, wrong) in told.items()}


def test_designer_2020_is_the_list_exactly_and_imports(tmp_path: Path) -> None:
    ready = built("designer-2020")
    found = imported(ready, tmp_path)
    expected = dict(each.split("==") for each in ready.environment.requirements)
    assert len(expected) == 109
    assert {name: version for name, (version, _) in found.items()} == expected
    fails = {f"{name}: {module}" for name, (_, wrong) in found.items() for module in wrong}
    assert fails <= {"fusepy: fuse"}, found  # it wants libfuse, which is no package
    if fails:
        assert "libfuse" in found["fusepy"][1]["fuse"]


def test_designer_2025_has_the_versions_that_azure_ran_last_and_imports(tmp_path: Path) -> None:
    ready = built("designer-2025")
    found = imported(ready, tmp_path)
    pins = dict(each.split("==") for each in ready.environment.requirements if "==" in each)
    assert {name: found[name][0] for name in pins} == pins
    assert {f"{name}: {module}" for name, (_, wrong) in found.items() for module in wrong} <= {"fusepy: fuse"}, found


def test_current_has_all_that_is_alive_of_2020_and_imports(tmp_path: Path) -> None:
    ready = built("current")
    found = imported(ready, tmp_path)
    assert set(ready.environment.requirements) <= set(found)
    assert not {name: wrong for name, (_, wrong) in found.items() if wrong}


def test_the_docs_name_every_package_of_2020_that_current_leaves_out() -> None:
    table = PAGE.read_text("utf-8").partition("## What `current` leaves out")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    left_out = {name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row)}
    old = {each.partition("==")[0] for each in catalog()["designer-2020"].environment.requirements}
    new = {name for name, entry in catalog().items() if name.startswith("current-")}
    assert left_out == old - set(catalog()[max(new)].environment.requirements)


def test_matplotlib_finds_the_list_of_fonts_that_was_made_for_it(tmp_path: Path) -> None:
    ready = built("designer-2020")
    assert ready.fonts is not None
    shutil.copyfile(ready.fonts, tmp_path / ready.fonts.name)
    code = "import logging; logging.basicConfig(level=10); import matplotlib.font_manager"
    done = subprocess.run(
        [ready.interpreter, "-c", code],
        env={"MPLCONFIGDIR": str(tmp_path), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"from {tmp_path / ready.fonts.name}" in done.stderr
    assert "createFontDict" not in done.stderr


def test_the_code_of_2020_runs_where_it_could_then() -> None:
    ready = built("designer-2020")
    code = "import pandas; frame = pandas.DataFrame({'a': [1, 2]}); print(frame.ix[0, 'a'], frame.as_matrix().tolist())"
    done = subprocess.run([ready.interpreter, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 [[1], [2]]\n"
    assert sys.version_info >= (3, 11)


def test_what_remedies_say_of_older_environments_is_what_they_have() -> None:
    for name, versions in older_environments().items():
        environment = catalog()[name].environment
        told = {package: version for package, version in versions.items() if package != "python"}
        assert {package: environment.packages.get(package) for package in told} == told
        assert versions.get("python", environment.python).startswith(environment.python)

"""`transom env`: what it prints, what it refuses and how that ends."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.cli.transom import Desk, Said
from tests.engine.small_index import SmallIndex

from transom.cli.env import app

ROOT = Path(__file__).resolve().parents[2]
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


class Shop:
    """A desk with a small package index."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.index = SmallIndex(desk.folder.parent / "index")

    def env(self, *arguments: str, **variables: str) -> Said:
        return self.desk.transom("env", *arguments, **self.index.variables, **variables)

    def add(self, name: str, *arguments: str) -> Said:
        return self.env("add", name, "--python", PYTHON, *arguments)


@pytest.fixture
def shop(desk: Desk) -> Shop:
    return Shop(desk)


def test_an_environment_is_added_shown_built_and_removed(shop: Shop) -> None:
    added = shop.add("mine", "numpy<2", "pandas")
    assert (added.code, added.out) == (0, "")
    assert "pyarrow was added" in added.err
    assert "3 packages locked" in added.err
    assert re.search(rf"^mine +{re.escape(PYTHON)} +3 +not yet", shop.env("list").out, re.MULTILINE)
    assert re.search(r"^numpy +1.0 +asked for$", shop.env("show", "mine").out, re.MULTILINE)
    built = shop.env("build", "mine")
    assert [line.partition(": ")[2].split()[0] for line in built.err.splitlines()] == [
        "installing", "compiling", "trying", "built",
    ]  # fmt: skip
    assert re.search(r"^mine .* yes +0.\d MB$", shop.env("list").out, re.MULTILINE)
    assert "built 20" in shop.env("show", "mine").err
    assert shop.env("remove", "mine").code == 0
    assert "mine" not in shop.env("list").out


def test_every_command_prints_one_json_document(shop: Shop) -> None:
    added = shop.add("mine", "numpy", "--preload", "json,re", "--no-fork", "--json").document
    assert added["packages"] == {"numpy": "2.0", "pandas": "2.0", "pyarrow": "2.0"}
    assert (added["python"], added["preload"], added["forks"], added["resolve"]) == (
        PYTHON,
        ["json", "re"],
        False,
        True,
    )
    assert added["notes"] == ["pandas and pyarrow were added: tables come and go that way."]
    built = shop.env("build", "mine", "--json").document
    assert Path(built["interpreter"]).exists()
    assert (built["digest"], built["notes"]) == (added["digest"], [])
    shown = shop.env("show", "mine", "--json").document
    assert (shown["built"], shown["folder"], shown["bytes"]) == (True, built["folder"], built["bytes"])
    row = next(each for each in shop.env("list", "--json").document["environments"] if each["name"] == "mine")
    assert row == {
        "name": "mine", "stands_for": None, "python": PYTHON, "packages": 3, "built": True, "bytes": built["bytes"],
        "policy": None, "problem": None,
    }  # fmt: skip
    assert {each["version"] for each in shop.env("pythons", "--json").document["pythons"]} >= {
        ".".join(map(str, sys.version_info[:3]))
    }
    shop.index.release("numpy", "3.0")
    changes = shop.env("upgrade", "mine", "--json").document
    assert changes["changes"] == [{"package": "numpy", "from": "2.0", "to": "3.0"}]
    assert (changes["becomes"], changes["written"]) == ("mine", False)
    assert "numpy==2.0" in shop.env("export", "mine", "--json").document["requirements"]
    assert shop.env("prune", "--json").document == {"bytes": 0}
    assert shop.env("remove", "mine", "--json").document == {"removed": "mine"}


def test_an_environment_may_have_a_policy(shop: Shop) -> None:
    plain = shop.add("plain", "numpy", "--json").document
    added = shop.add("mine", "numpy", "--policy", "confined")
    assert "run under the policy confined" in added.err
    told = shop.env("show", "mine", "--json").document
    assert (told["policy"], told["digest"]) == ("confined", plain["digest"])
    assert "policy: confined" in shop.env("show", "mine").err
    rows = shop.env("list", "--json").document["environments"]
    assert {row["name"]: row["policy"] for row in rows if row["name"] in ("plain", "mine")} == {
        "plain": None, "mine": "confined",
    }  # fmt: skip
    assert shop.add("mine", "numpy", "--policy", "confined").code == 0
    assert shop.add("mine", "numpy").code == 5
    assert shop.add("other", "numpy", "--policy", "tight").code == 2


def test_an_environment_file_may_name_a_policy_but_not_open(shop: Shop) -> None:
    text = f"name: x\ndependencies:\n  - python={PYTHON}\n  - numpy\npolicy: %s\n"
    shop.desk.write("strict.yml", text % "strict")
    shop.desk.write("open.yml", text % "open")
    shop.desk.write("wrong.yml", text % "[tight]")
    assert shop.env("add", "one", "-r", "strict.yml", "--json").document["policy"] == "strict"
    assert shop.env("add", "two", "-r", "strict.yml", "--policy", "open", "--json").document["policy"] == "open"
    for file in ("open.yml", "wrong.yml"):
        told = shop.env("add", "three", "-r", file, "--json").document["error"]
        assert told["message"].startswith(f"{file}:5: ")
        assert "guarded, confined, strict" in told["remedy"]


def test_a_policy_that_was_written_wrong_is_told_with_its_line(shop: Shop) -> None:
    shop.add("mine", "numpy", "--policy", "strict")
    file = shop.desk.data / "environments" / "definitions" / "mine.toml"
    lines = file.read_text().splitlines()
    number = lines.index('policy = "strict"') + 1
    file.write_text(file.read_text().replace('"strict"', '"tight"'))
    said = shop.env("show", "mine", "--json")
    assert said.code == 5
    assert f"line {number}: 'tight' is no policy" in said.document["error"]["message"]


def test_an_exported_environment_is_made_again_to_the_letter(shop: Shop) -> None:
    first = shop.add("mine", "numpy<2", "--json").document
    assert shop.env("export", "mine", "mine.txt").code == 0
    assert shop.env("export", "mine").out == (shop.desk.folder / "mine.txt").read_text()
    shop.index.release("pandas", "2.5", requires=["numpy"])
    again = shop.env("add", "again", "-r", "mine.txt", "--json").document
    assert again["digest"] == first["digest"]


def test_an_upgrade_shows_the_change_and_makes_it_when_told(shop: Shop) -> None:
    shop.add("mine", "numpy")
    assert "up to date" in shop.env("upgrade", "mine").err
    shop.index.release("numpy", "3.0")
    shown = shop.env("upgrade", "mine")
    assert re.search(r"^numpy +2.0 +3.0$", shown.out, re.MULTILINE)
    assert "transom env upgrade mine --yes" in shown.err
    assert shop.env("show", "mine", "--json").document["packages"]["numpy"] == "2.0"
    assert shop.env("upgrade", "mine", "--yes").code == 0
    assert shop.env("show", "mine", "--json").document["packages"]["numpy"] == "3.0"


def test_files_of_every_kind_can_be_given(shop: Shop) -> None:
    shop.desk.write("needs.txt", "numpy<2\n")
    shop.desk.write("environment.yml", f"dependencies:\n  - python={PYTHON}\n  - numpy=1.0\n  - mkl\n")
    shop.desk.write("clean.py", '# /// script\n# dependencies = ["numpy<2"]\n# ///\n')
    digests = set()
    for name, file in (("one", "needs.txt"), ("two", "environment.yml"), ("three", "clean.py")):
        said = shop.add(name, "-r", file, "--json")
        assert said.code == 0, said.err
        assert said.document["packages"]["numpy"] == "1.0"
        digests.add(said.document["digest"])
    assert len(digests) == 1
    assert "mkl" in shop.env("add", "four", "-r", "environment.yml").err


REFUSED: dict[str, tuple[list[str], int, str]] = {
    "a requirement that does not exist": (["add", "x", "pandsa"], 5, "pandsa"),
    "two that exclude each other": (["add", "x", "numpy==1.0", "numpy==2.0"], 5, "numpy==1.0"),
    "a Python that is not there": (["add", "x", "numpy", "--python", "3.99"], 5, "uv python install 3.99"),
    "a Python that is too old": (["add", "x", "numpy", "--python", "3.5"], 5, "3.6"),
    "a Python that is none": (["add", "x", "numpy", "--python", "snake"], 2, "3.10"),
    "an editable folder": (["add", "x", "-e", "."], 5, "bundle"),
    "a local folder": (["add", "x", "./mine"], 5, "bundle"),
    "a file that is not there": (["add", "x", "-r", "none.txt"], 3, "none.txt"),
    "a file that cannot be parsed": (["add", "x", "-r", "broken.txt"], 5, "broken.txt:2"),
    "nothing": (["add", "x"], 2, "requirements.txt"),
    "a name that is unknown": (["show", "desiner-2020"], 5, "designer-2020"),
    "the build of a name that is unknown": (["build", "currant"], 5, "current"),
    "the export of the host": (["export", "host"], 5, "host"),
    "the removal of what comes with Transom": (["remove", "designer-2020"], 5, "designer-2020"),
    "a file that cannot be written": (["export", "designer-2020", "no/where.txt"], 2, "no/where.txt"),
    "days that are less than none": (["prune", "--days=-1"], 2, "--days"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_one_sentence_and_a_remedy(shop: Shop, name: str) -> None:
    shop.desk.write("broken.txt", "six\nnumpy>>2\n")
    arguments, code, words = REFUSED[name]
    said = shop.env(*arguments, "--json")
    told = said.document["error"]
    assert said.code == code, told
    assert words in told["message"] + told["remedy"]
    assert told["remedy"]
    assert "\n" not in told["message"]


def test_a_build_that_was_changed_is_told_of_and_mended(shop: Shop) -> None:
    shop.add("mine", "numpy")
    folder = Path(shop.env("build", "mine", "--json").document["folder"])
    module = next(folder.glob("lib/python*/site-packages/numpy/__init__.py"))
    module.chmod(0o644)
    module.write_text("evil = True\n")
    shown = shop.env("show", "mine", "--json").document
    assert (shown["built"], shown["problem"]) == (False, "its build is not whole: its files were changed")
    assert "built again" in shop.env("build", "mine").err
    assert shop.env("show", "mine", "--json").document["built"] is True


def _page(command: str) -> str:
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    found = re.search(r"^## transom env\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    part = re.search(rf"^### transom env {command}\n(.*?)(?=^### |\Z)", found[1], re.MULTILINE | re.DOTALL)
    assert part, f"transom env {command} is not documented"
    return part[1]


@pytest.mark.parametrize("command", [name for name in app if not name.startswith("-")])
def test_every_option_of_every_command_is_documented(command: str) -> None:
    parameters = app[command].assemble_argument_collection()
    shown = {name for each in parameters if each.parameter.show is not False for name in each.names}
    options = {name for name in shown if name.startswith("-")} - {"--help", "-h", "--json"}
    lines = [line for line in _page(command).splitlines() if line.startswith("| `-")]
    assert {each for line in lines for each in re.findall(r"`(--?[a-z-]+)`", line.split("|")[1])} == options
    assert "--json" in shown

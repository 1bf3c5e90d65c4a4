"""Environments: the same requirements are the same lock, a name means one thing, what is known before a build."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.small_index import SmallIndex

from transom.engine.environments import Environments, Request
from transom.engine.environments.definitions import Definitions, catalog
from transom.engine.environments.interpreters import Interpreter, interpreter_for, interpreters
from transom.engine.environments.locking import for_python
from transom.engine.environments.requirements import Wanted, spelled
from transom.errors import (
    EnvironmentExists,
    EnvironmentFailed,
    EnvironmentFixed,
    EnvironmentUnknown,
    PythonMissing,
    RequirementInvalid,
    RequirementsUnmet,
    TransomError,
    WrongUse,
)
from transom.model.assets import Environment, Sdk
from transom.settings import Settings

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallIndex:
    index = SmallIndex(tmp_path / "index")
    for name, value in index.variables.items():
        monkeypatch.setenv(name, value)
    return index


@pytest.fixture
def environments(tmp_path: Path, index: SmallIndex) -> Environments:
    return Environments(Settings(data_folder=tmp_path / "data"))


def request(name: str, *requirements: str, python: str | None = PYTHON, lock: str = "", exact: bool = False) -> Request:
    wanted = Wanted(tuple(sorted({spelled(each, "here") for each in requirements})), lock=lock)
    return Request(name, wanted, python=python, resolve=not exact)


def test_the_same_requirements_are_the_same_environment_however_they_are_called_spelled_and_ordered(
    environments: Environments, index: SmallIndex
) -> None:
    first = environments.add(request("one", "pandas >=1, <3", "PyArrow")).environment
    index.release("pandas", "2.5", requires=["numpy"])
    again = environments.add(request("two", "pyarrow", "Pandas<3,>=1")).environment
    assert again.digest == first.digest
    assert again.packages == {"numpy": "2.0", "pandas": "2.0", "pyarrow": "2.0"}
    assert environments.add(request("three", "pandas<2", "pyarrow")).environment.digest != first.digest


def test_a_lock_has_every_package_with_its_hashes(environments: Environments) -> None:
    lock = environments.add(request("one", "pandas", "pyarrow")).environment.lock
    pins = [line for line in lock.splitlines() if "==" in line]
    assert [pin.partition("==")[0] for pin in pins] == ["numpy", "pandas", "pyarrow"]
    assert lock.count("--hash=sha256:") == 3


def test_what_every_environment_needs_is_added_and_said(environments: Environments) -> None:
    defined = environments.add(request("one", "numpy<2"))
    assert defined.environment.packages == {"numpy": "1.0", "pandas": "2.0", "pyarrow": "2.0"}
    assert defined.notes == ("pandas and pyarrow were added: tables come and go that way.",)


def test_an_exact_list_is_taken_as_it_stands(environments: Environments, index: SmallIndex) -> None:
    index.release("needy", "1.0", requires=["pandas==1.0"])
    contradictory = ("needy==1.0", "numpy==2.0", "pandas==2.0", "pyarrow==1.0")
    with pytest.raises(RequirementsUnmet):
        environments.add(request("one", *contradictory))
    exact = environments.add(request("one", *contradictory, exact=True)).environment
    assert exact.packages == {"needy": "1.0", "numpy": "2.0", "pandas": "2.0", "pyarrow": "1.0"}


def test_what_was_added_is_found_again_as_it_was(environments: Environments) -> None:
    wanted = replace(request("one", "pandas"), preload=("json",), forks=False)
    added = environments.add(wanted).environment
    assert environments.find("one") == added
    assert (added.preload, added.forks, added.resolve, added.python) == (("json",), False, True, PYTHON)
    assert "one" in environments.names()


def test_adding_again_changes_nothing_and_something_else_is_refused(environments: Environments) -> None:
    first = environments.add(request("one", "pandas")).environment
    assert environments.add(request("one", "pandas")).environment == first
    with pytest.raises(EnvironmentExists, match="one"):
        environments.add(request("one", "pandas<2"))
    assert environments.find("one") == first


@pytest.mark.parametrize("name", ["host", "current", "designer-2020", "current-2031.01", "all"])
def test_names_that_mean_something_cannot_be_taken(environments: Environments, name: str) -> None:
    with pytest.raises(EnvironmentFixed):
        environments.add(request(name, "pandas"))


@pytest.mark.parametrize("name", ["", "a/b", "../a", "-a", "a b", "é", "a" * 65])
def test_a_name_is_short_and_plain(environments: Environments, name: str) -> None:
    with pytest.raises(WrongUse):
        environments.add(request(name, "pandas"))


def test_an_unknown_name_is_answered_with_near_ones(environments: Environments) -> None:
    with pytest.raises(EnvironmentUnknown) as caught:
        environments.find("desiner-2020")
    assert "Did you mean designer-2020" in caught.value.remedy
    assert caught.value.exit_code == 5
    with pytest.raises(EnvironmentUnknown):
        environments.find("../definitions/one")


def test_a_definition_that_cannot_be_read_names_its_file(environments: Environments, tmp_path: Path) -> None:
    environments.add(request("one", "pandas"))
    (file,) = (tmp_path / "data" / "environments" / "definitions").iterdir()
    file.write_text("python = ")
    with pytest.raises(EnvironmentFailed) as caught:
        environments.find("one")
    assert str(file) in caught.value.message
    environments.remove("one")
    assert "one" not in environments.names()


UNMET: dict[str, tuple[list[str], str]] = {
    "a package that does not exist": (["pandas", "pandsa"], "pandsa"),
    "two that exclude each other": (["pandas", "numpy==1.0", "greedy"], "numpy"),
    "a version that does not exist": (["pandas==3.0"], "pandas==3.0"),
    "a package for another Python": (["pandas", "modern"], "modern"),
}


@pytest.mark.parametrize("name", UNMET)
def test_requirements_that_cannot_be_met_are_told_of_in_one_line(
    environments: Environments, index: SmallIndex, name: str
) -> None:
    index.release("greedy", "1.0", requires=["numpy>=2"])
    index.release("modern", "1.0", python=">=3.99")
    requirements, words = UNMET[name]
    with pytest.raises(RequirementsUnmet) as caught:
        environments.add(request("one", *requirements))
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code == 5
    assert "one" not in environments.names()


REFUSED = ["-e .", "./folder", "/abs/folder", "~/x", "a.whl", "git+https://x.y/z", "https://x.y/z.whl", "a @ file:///z"]


@pytest.mark.parametrize("text", [*REFUSED, "pandas=1", "1pandas<", "pandas>=one", ""])
def test_what_is_no_release_of_an_index_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(RequirementInvalid) as caught:
        spelled(text, "needs.txt:3")
    assert caught.value.message.startswith("needs.txt:3: ")
    assert caught.value.remedy


def test_a_python_that_is_not_here_is_told_how_to_get(environments: Environments) -> None:
    assert all(each.python != "3.99" for each in interpreters())
    with pytest.raises(PythonMissing) as caught:
        environments.add(request("one", "pandas", python="3.99"))
    assert "uv python install 3.99" in caught.value.remedy
    assert "TRANSOM_PYTHON_DOWNLOADS" in caught.value.remedy


def test_a_python_that_uv_does_not_have_is_got_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "PYENV_ROOT"):  # where a Python 3.7 may be found
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin")
    with pytest.raises(PythonMissing) as caught:
        interpreter_for("3.7", downloads=True)
    assert "pyenv install 3.7" in caught.value.remedy
    assert "conda" in caught.value.remedy


def test_interpreters_are_found_once_with_their_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = interpreters()
    for folder, target in (("links", sys.executable), ("shims", sys.executable), ("versions/9.9/bin", sys.executable)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "python3").symlink_to(Path(target).resolve())
    broken = tmp_path / "links" / "python3.12"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'links'}:{tmp_path / 'shims'}:{tmp_path / 'none'}:/usr/bin")
    found = interpreters()
    paths = [each.path for each in found]
    assert len(paths) == len(set(paths))
    assert str(Path(sys.executable).resolve()) in paths
    assert {each.path for each in found} <= {each.path for each in before} | {str(Path(sys.executable).resolve())}
    assert [each.version for each in found] == sorted((each.version for each in found), reverse=True)


def test_the_header_of_a_script_is_an_environment(environments: Environments) -> None:
    text = f'# /// script\n# requires-python = "=={PYTHON}.*"\n# dependencies = ["numpy<2"]\n# ///\nx = 1\n'
    defined = environments.of_header(text, "work/clean.py")
    assert defined is not None
    assert (defined.environment.name, defined.environment.python) == ("header of clean.py", PYTHON)
    assert defined.environment.packages["numpy"] == "1.0"
    assert environments.of_header("x = 1\n", "clean.py") is None
    assert "header of clean.py" not in environments.names()


def test_a_header_for_a_python_that_is_not_here_says_which_are(environments: Environments) -> None:
    with pytest.raises(PythonMissing) as caught:
        environments.of_header('# /// script\n# requires-python = ">=3.99"\n# dependencies = []\n# ///\n', "clean.py")
    assert PYTHON in caught.value.remedy


@pytest.mark.parametrize(
    "line", ['# dependencies = ["numpy<<2"]', "# dependencies = 3", '# requires-python = "newest"', "# a b"]
)
def test_a_header_that_is_wrong_names_script_and_line(environments: Environments, line: str) -> None:
    with pytest.raises(RequirementInvalid) as caught:
        environments.of_header(f"import sys\n# /// script\n{line}\n# ///\n", "clean.py")
    assert caught.value.message.startswith("clean.py:2: ")


def test_the_host_is_ready_and_has_what_is_installed() -> None:
    environments = Environments(Settings(data_folder=Path("nowhere")))
    host = environments.find("host")
    ready = environments.ready(host)
    assert (ready.interpreter, ready.folder, ready.digest) == (sys.executable, None, host.digest)
    assert "pandas==" in ready.lock
    assert environments.facts(host).has_module("pyarrow")


def test_the_digest_is_of_python_lock_and_preload_only() -> None:
    plain = Environment("a", "3.10", ("x",), "x==1\n")
    assert replace(plain, name="b", requirements=("x==1",), resolve=False, forks=False).digest == plain.digest
    for other in (replace(plain, python="3.9"), replace(plain, lock="x==2\n"), replace(plain, preload=("x",))):
        assert other.digest != plain.digest


def test_what_can_be_imported_is_told_before_it_is_built(environments: Environments) -> None:
    facts = environments.facts(environments.find("designer-2020"))
    for module in ("pandas", "sklearn", "PIL", "imblearn", "azureml", "ruamel", "matplotlib", "pylab", "imp", "json"):
        assert facts.has_module(module) == (module != "PIL"), module
    assert not facts.has_module("tomllib")
    assert facts.version("pandas") == (0, 25, 3)
    assert facts.python == (3, 6)
    assert facts.interpreter is None


def test_a_universal_lock_becomes_one_for_the_python_that_is_chosen() -> None:
    lock = "a==1 ; python_full_version < '3.12' \\\n    --hash=sha256:1\na==2 ; python_full_version >= '3.12' \\\n    --hash=sha256:2\nb==1 ; sys_platform == 'win32' \\\n    --hash=sha256:3\nc==1 \\\n    --hash=sha256:4\n"
    assert (
        for_python(lock, Interpreter("", (3, 11, 7), ""))
        == "a==1 \\\n    --hash=sha256:1\nc==1 \\\n    --hash=sha256:4\n"
    )
    assert for_python(lock, Interpreter("", (3, 13, 0), "")).startswith("a==2 \\\n")


def test_what_current_means_is_settled_at_its_first_use(environments: Environments) -> None:
    assert environments.peek("current").name.startswith("current-")
    definitions = environments.names()
    found = environments.find("current")
    assert set(environments.names()) - set(definitions) == {found.name}
    assert environments.find("current") == environments.find(found.name) == found
    assert " ; " not in found.lock
    assert "nvidia" not in found.lock


def test_an_upgrade_shows_what_would_change_and_writes_only_when_it_is_accepted(
    environments: Environments, index: SmallIndex
) -> None:
    before = environments.add(request("one", "pandas", "pyarrow<2")).environment
    index.release("pandas", "2.5", requires=["numpy", "zone"])
    index.release("zone", "1.0")
    upgrade = environments.upgrade("one")
    assert upgrade.changes == (("pandas", "2.0", "2.5"), ("zone", None, "1.0"))
    assert environments.find("one") == before
    environments.accept(upgrade)
    assert environments.find("one").packages["pandas"] == "2.5"
    assert environments.add(request("one", "pandas", "pyarrow<2")).environment == environments.find("one")
    assert environments.upgrade("one").changes == ()


def test_an_upgrade_of_current_is_a_new_dated_environment(environments: Environments, index: SmallIndex) -> None:
    first = environments.find("current")
    for name in {each.partition("[")[0] for each in first.requirements}:
        index.release(name.replace("-", "_"), "9999")
    upgrade = environments.upgrade()
    assert upgrade.after.name != first.name
    assert upgrade.after.name.startswith("current-")
    environments.accept(upgrade)
    assert environments.find("current").name == upgrade.after.name
    assert environments.find(first.name) == first


@pytest.mark.parametrize("name", ["host", "designer-2020", "designer-2025"])
def test_what_is_exact_is_not_upgraded(environments: Environments, name: str) -> None:
    with pytest.raises(EnvironmentFixed):
        environments.upgrade(name)


@pytest.mark.parametrize("name", ["host", "current", "designer-2020"])
def test_what_comes_with_transom_is_not_removed(environments: Environments, name: str) -> None:
    with pytest.raises(EnvironmentFixed):
        environments.remove(name)
    with pytest.raises(EnvironmentUnknown):
        environments.remove("nothing")


def test_every_lock_of_the_catalog_covers_its_requirements_with_hashes() -> None:
    assert set(catalog()) == {"designer-2020", "designer-2025", "current-2026.11"}
    for entry in catalog().values():
        packages = entry.environment.packages
        for requirement in entry.environment.requirements:
            name, _, version = requirement.partition("<")[0].partition("==")
            assert name in packages, (entry.environment.name, requirement)
            assert not version or packages[name] == version
        entries = [each for each in entry.environment.lock.split("\n") if each and not each.startswith(" ")]
        assert all(each.endswith("\\") for each in entries)


def test_an_index_that_cannot_be_reached_is_one_sentence(
    environments: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(TransomError) as caught:
        environments.add(request("one", "pandas"))
    assert "network" in caught.value.remedy
    assert caught.value.exit_code == 5


def test_a_data_folder_that_cannot_be_written_is_named(index: SmallIndex, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environments = Environments(Settings(data_folder=tmp_path / "file"))
    with pytest.raises(EnvironmentFailed) as caught:
        environments.add(request("one", "pandas"))
    assert str(tmp_path / "file") in caught.value.message
    assert "TRANSOM_DATA_FOLDER" in caught.value.remedy
    with pytest.raises(EnvironmentFailed):
        environments.ready(Environment("one", PYTHON, lock="pandas==1\n"))


def test_a_definition_keeps_whose_sdk_the_scripts_import(tmp_path: Path) -> None:
    definitions = Definitions(tmp_path)
    for sdk in (None, Sdk.AZURE, Sdk.TRANSOM):
        environment = Environment("mine", "3.11", ("attrs",), "attrs==25.1.0\n", sdk=sdk)
        definitions.write(environment)
        assert definitions.find("mine") == environment

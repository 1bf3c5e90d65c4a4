"""Which environment a run takes, what is added to it for that run, and what is told of it."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pandas as pd
import psutil
import pytest
from tests.environments import ready_made, share_ready_made

import transom
from transom.errors import EnvironmentUnknown, RequirementInvalid
from transom.workspace.results import RunResult

VERSION = "import pandas\ndef azureml_main(a=None, b=None):\n    print('pandas', pandas.__version__)\n    return a,\n"
OF_2020 = """
import pandas as pd
def azureml_main(dataframe1=None, dataframe2=None):
    first = dataframe1.ix[0, "price"]
    values = dataframe1.as_matrix()
    return pd.DataFrame({"first": [first], "shape": [str(values.shape)]}),
"""
CARS = pd.DataFrame({"make": ["audi", "bmw"], "price": [10, 20]})


@pytest.fixture(autouse=True)
def _shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share_ready_made(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRANSOM_ENVIRONMENT", raising=False)


def needs(name: str) -> None:
    """Skip where an environment cannot be built here."""
    if ready_made(name) is None:
        pytest.skip(f"the Python of {name} is not on this machine")


def write(text: str, name: str = "script.py") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def run(text: str, **options: object) -> RunResult:
    return transom.run(write(text), CARS, **options)  # type: ignore[arg-type]


def test_without_a_name_the_host_is_taken_and_told(tmp_path: Path) -> None:
    result = run(VERSION).check()
    assert result.environment is not None
    assert (result.environment.name, result.environment.interpreter) == ("host", sys.executable)
    document = json.loads((result.folder / "outcome.json").read_text())
    assert document["environment"]["digest"] == result.environment.digest
    assert f"pandas=={pd.__version__}" in Path(document["environment"]["lock"]).read_text()
    assert document["installed"] == []


def test_a_script_of_2020_runs_in_the_environment_of_2020() -> None:
    needs("designer-2020")
    assert run(OF_2020).failure is not None
    result = run(OF_2020, environment="designer-2020").check()
    assert result.result_dataset is not None
    assert result.result_dataset.to_pandas().to_dict("list") == {"first": [10], "shape": ["(2, 2)"]}
    assert result.environment is not None
    assert (result.environment.name, result.environment.python) == ("designer-2020", "3.6")
    assert "pandas==0.25.3" in (result.folder / "environment.lock").read_text()


def test_the_setting_is_taken_where_nothing_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("designer-2020")
    monkeypatch.setenv("TRANSOM_ENVIRONMENT", "designer-2020")
    assert "pandas 0.25.3" in run(VERSION).check().log
    assert f"pandas {pd.__version__}" in run(VERSION, environment="host").check().log


def test_the_header_of_a_script_wins_over_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSOM_ENVIRONMENT", "designer-2020")
    version = ".".join(map(str, sys.version_info[:2]))
    header = (
        f'# /// script\n# requires-python = "=={version}.*"\n# dependencies = ["pandas==2.2.3", "numpy<2.3"]\n# ///\n'
    )
    result = run(header + VERSION).check()
    assert "pandas 2.2.3" in result.log
    assert result.environment is not None
    assert result.environment.name == "header of script.py"
    assert any("pyarrow" in warning for warning in result.warnings)


def test_a_header_that_cannot_be_read_is_said_before_anything_runs() -> None:
    with pytest.raises(RequirementInvalid, match=r"script\.py:1"):
        run("# /// script\n# dependencies = 3\n# ///\n" + VERSION)


def test_an_unknown_environment_is_said_with_the_near_name() -> None:
    with pytest.raises(EnvironmentUnknown, match="designer-2020"):
        run(VERSION, environment="designer2020")


@pytest.mark.parametrize("place", ["script", "bundle"])
def test_current_is_taken_where_the_host_lacks_what_is_imported(place: str) -> None:
    needs("current")
    imports = "import seaborn\n"
    write(imports, "bundle/plots.py")
    text = (imports if place == "script" else "") + VERSION
    result = transom.run(write(text), CARS, bundle="bundle" if place == "bundle" else None).check()
    assert result.environment is not None
    assert result.environment.name.startswith("current-")
    assert [each for each in result.warnings if each.startswith("The host lacks seaborn: current-")]
    assert result.log.count("The host lacks seaborn") == 1
    assert result.result_dataset is not None
    assert len(result.result_dataset) == 2


def test_the_host_stays_where_no_environment_has_what_is_imported() -> None:
    result = run("import no_such_module_anywhere\nimport seaborn\n" + VERSION)
    assert result.failure is not None
    assert result.environment is not None
    assert result.environment.name == "host"
    assert "--with no-such-module-anywhere" in (result.failure.remedy or "")


@pytest.mark.parametrize("warm", [False, True])
def test_packages_are_added_for_one_run(warm: bool) -> None:
    script = write("import humanize\ndef azureml_main(a=None, b=None):\n    print(humanize.intcomma(1000))\n")
    with transom.Session() as session:
        runs = session.run if warm else transom.run
        result = runs(script, packages=["humanize"]).check()
        assert "1,000" in result.log
        assert "humanize" in result.installed
        without = runs(script)
    assert without.failure is not None
    assert without.failure.type == "ModuleNotFoundError"


@pytest.mark.parametrize("warm", [False, True])
def test_another_version_of_what_is_imported_ahead_can_be_added(warm: bool) -> None:
    with transom.Session() as session:
        runs = session.run if warm else transom.run
        result = runs(write(VERSION), CARS, packages=["pandas==2.3.3"]).check()
    assert "pandas 2.3.3" in result.log
    assert result.installed["pandas"] == "2.3.3"
    assert result.result_dataset is not None
    assert len(result.result_dataset) == 2


def test_a_package_that_is_nowhere_ends_the_run_before_the_script() -> None:
    result = run("print('ran')\n" + VERSION, packages=["no-such-package-anywhere"])
    assert result.failure is not None
    assert result.failure.kind == "environment_failed"
    assert "no-such-package-anywhere" in result.failure.message
    assert "ran" not in result.log


def test_what_a_bundle_asks_for_is_installed_when_that_is_wanted() -> None:
    write("humanize\n", "bundle/requirements.txt")
    text = "def azureml_main(a=None, b=None):\n    import humanize\n"
    unasked = run(text, bundle="bundle")
    assert unasked.failure is not None
    assert any("--bundle-requirements" in warning for warning in unasked.warnings)
    asked = run(text, bundle="bundle", bundle_requirements=True).check()
    assert "humanize" in asked.installed
    assert not asked.warnings


def test_what_a_script_installs_is_told_and_gone_afterwards() -> None:
    text = (
        "import os\ndef azureml_main(a=None, b=None):\n    os.system('pip install -q humanize')\n    import humanize\n"
    )
    assert "humanize" in run(text).check().installed
    assert run("def azureml_main(a=None, b=None):\n    import humanize\n").failure is not None


def test_a_run_that_is_stopped_gives_up_what_it_was_installing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:  # an index that takes every question and answers none
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/simple")
        result = run("import os\ndef azureml_main(a=None, b=None):\n    os.system('pip install slow')\n", timeout=2)
        assert result.status == "timed_out"
        assert not [each for each in psutil.Process().children(recursive=True) if each.name() == "uv"]


def test_a_run_changes_nothing_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = ready_made("designer-2020")
    if ready is None or ready.folder is None:
        pytest.skip("the Python of designer-2020 is not on this machine")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    text = "import sklearn.ensemble, matplotlib.pyplot, gensim, os\ndef azureml_main(a=None, b=None):\n"
    text += "    os.system('python -c \"import scipy.stats\"')\n    os.system('pip install -q humanize')\n"
    run(text, environment="designer-2020").check()
    before = ready.folder.stat().st_mtime_ns
    assert transom.run(write(VERSION), CARS, environment="designer-2020").check().environment is not None
    assert ready.folder.stat().st_mtime_ns == before  # it was not built again


def test_a_build_that_was_damaged_is_made_again_before_the_script_runs(tmp_path: Path) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    header = (
        f'# /// script\n# requires-python = "=={version}.*"\n# dependencies = ["pandas==2.2.2", "numpy<2.3"]\n# ///\n'
    )
    first = run(header + VERSION).check()
    assert first.environment is not None
    folder = Path(first.environment.interpreter).parents[1]
    module = next(folder.glob("lib/python*/site-packages/pandas/core/frame.py"))
    module.parent.chmod(0o755)
    module.unlink()
    with transom.Session() as session:
        second = session.run("script.py", CARS).check()
    assert "pandas 2.2.2" in second.log
    assert any("was not whole" in warning for warning in second.warnings)
    assert not any("was not whole" in warning for warning in run(header + VERSION).check().warnings)

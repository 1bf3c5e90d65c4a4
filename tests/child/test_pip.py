"""The ways in which scripts call pip all install for their job, say what pip says, and never touch the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.engine.installing import StandIn, index, need_index, store, wheel
from tests.environments import ENVIRONMENTS, interpreter, python_of

from transom.engine.packages import Packages
from transom.engine.process import CHILD

__all__ = ["index", "store"]

INSTALLS = [
    "import os\nassert os.system('pip install alpha') == 0",
    "import os\nassert os.system('pip3 install -q alpha') == 0",
    "import os\npackage = 'alpha'\nassert os.system(f'python -m pip install {package}') == 0",
    "import os\nassert os.system('sudo -E pip install --user alpha') == 0",
    "import os\nassert os.system('easy_install alpha') == 0",
    "import os\nassert os.system('uv pip install --system alpha') == 0",
    "import importlib.util, os\nif importlib.util.find_spec('alpha') is None:\n    os.system('pip install alpha')",
    "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'alpha'])",
    "import subprocess\nsubprocess.run('pip install --upgrade pip && pip install alpha', shell=True, check=True)",
    "try:\n    import alpha\nexcept ImportError:\n    import pip\n    pip.main(['install', 'alpha'])",
    "from pip._internal import main\nassert main(['install', 'alpha']) == 0",
    "from pip._internal.main import main\nassert main(['install', 'alpha']) == 0",
    "from pip._internal.cli.main import main\nassert main(['install', 'alpha']) == 0",
    "import pip\nfrom pip import main as pipmain\nassert getattr(pip, 'main')(['-q', 'install', 'alpha']) == 0",
    "import runpy, sys\nsys.argv = ['pip', 'install', 'alpha']\ntry:\n    runpy.run_module('pip', run_name='__main__')\n"
    "except SystemExit as left:\n    assert left.code == 0",
]


@pytest.fixture(params=["host", "py36"])
def job(request: pytest.FixtureRequest, tmp_path: Path, store: Packages) -> StandIn:
    if request.param == "host":
        return StandIn(tmp_path / "job", store)
    oldest = python_of(ENVIRONMENTS[0])
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    return StandIn(tmp_path / "job", store, str(oldest))


def places_of(job: StandIn) -> set[str]:
    """Everything in the environment's folder of packages."""
    code = "import os, sysconfig; print('\\n'.join(os.listdir(sysconfig.get_path('purelib'))))"
    return set(subprocess.run([job.interpreter, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("install", INSTALLS)
def test_every_way_to_call_pip_installs_for_the_job_and_its_processes(install: str, index: Path, job: StandIn) -> None:
    wheel(index, "alpha", "1.0")
    before = places_of(job)
    said = job.run(
        f"{install}\nimport alpha, subprocess, sys\nprint('HERE', alpha.VERSION)\n"
        "subprocess.check_call([sys.executable, '-c', \"import alpha; print('THERE', alpha.VERSION)\"])\n"
    )
    assert said.code == 0, said.text
    assert said.text.splitlines()[-2:] == ["HERE 1.0", "THERE 1.0"]
    assert job.packages.installed == (("alpha", "1.0"),)
    assert places_of(job) == before


def test_microsofts_own_sample_works(job: StandIn, tmp_path: Path) -> None:
    said = job.run(
        "import os\nos.system(f'pip install scikit-misc')\nfrom skmisc.loess import loess\nprint('FITTED', loess.__name__)"
    )
    need_index(said)
    assert said.text.splitlines()[-1] == "FITTED loess"


def test_what_is_there_already_is_said_with_its_place_and_version(job: StandIn) -> None:
    said = job.pip("install", "pandas")
    assert said.code == 0
    assert said.text.startswith("Requirement already satisfied: pandas in /")


def test_what_was_installed_is_said_as_pip_does(index: Path, job: StandIn) -> None:
    wheel(index, "alpha", "1.0", "beta")
    wheel(index, "beta", "2.0")
    wheel(index, "pyparsing", "99.0")
    assert job.pip("install", "alpha").text.splitlines()[-1] == "Successfully installed alpha-1.0 beta-2.0"
    said = job.pip("install", "-U", "pyparsing").text
    assert "Found existing installation: pyparsing" in said
    assert "Successfully installed pyparsing-99.0" in said


def test_with_q_nothing_is_said(index: Path, job: StandIn) -> None:
    wheel(index, "alpha", "1.0")
    said = job.pip("install", "-q", "alpha")
    assert (said.code, said.text) == (0, "")


def test_what_cannot_be_installed_ends_with_1_and_a_sentence(index: Path, job: StandIn) -> None:
    said = job.pip("install", "missing-package")
    assert said.code == 1
    assert said.text.startswith("ERROR: missing-package cannot be installed: ")
    assert "Traceback" not in said.text


def test_a_marker_that_is_not_true_installs_nothing(index: Path, job: StandIn) -> None:
    said = job.pip("install", "alpha; python_version < '3'")
    assert (said.code, job.packages.installed) == (0, ())
    assert said.text.startswith("Ignoring alpha")


def test_uninstall_takes_away_what_the_job_installed_and_nothing_else(index: Path, job: StandIn) -> None:
    wheel(index, "alpha", "1.0")
    job.pip("install", "alpha")
    said = job.pip("uninstall", "-y", "alpha", "pandas", "nothing")
    assert said.code == 0
    assert "Successfully uninstalled alpha-1.0" in said.text
    assert "belongs to the environment, which stays as it is" in said.text
    assert "Skipping nothing as it is not installed" in said.text
    assert job.packages.installed == ()
    assert job.run("import pandas").code == 0
    assert job.run("import alpha").code == 1


def test_list_and_freeze_show_the_jobs_packages_before_the_environments(index: Path, job: StandIn) -> None:
    wheel(index, "alpha", "1.0")
    wheel(index, "pyparsing", "99.0")
    job.pip("install", "alpha", "pyparsing==99")
    rows = [line.split() for line in job.pip("list").text.splitlines()]
    assert rows[0] == ["Package", "Version"]
    assert ["alpha", "1.0"] in rows
    assert [row[1] for row in rows if row[0] == "pyparsing"] == ["99.0"]
    listed = json.loads(job.pip("list", "--format=json").text)
    assert {"name": "alpha", "version": "1.0"} in listed
    frozen = job.pip("freeze").text.splitlines()
    assert "alpha==1.0" in frozen
    assert job.pip("list", "--format", "freeze").code == 0
    assert [line for line in frozen if line.startswith("python-dateutil==")] != []
    assert job.pip("list", "--format=xml").code == 1


def test_show_tells_of_a_package(index: Path, job: StandIn) -> None:
    wheel(index, "alpha", "1.0", "beta>=1", "gamma; extra == 'more'")
    wheel(index, "beta", "1.0")
    job.pip("install", "alpha")
    lines = job.pip("show", "-f", "Alpha").text.splitlines()
    assert {"Name: alpha", "Version: 1.0", "Summary: for a test", "Requires: beta", "  alpha.py"} <= set(lines)
    assert "Required-by: alpha" in job.pip("show", "beta").text
    assert (job.pip("show", "nothing").code, job.pip("show").code) == (1, 1)


def test_what_pip_has_besides_is_named_as_not_working(job: StandIn) -> None:
    for command in ("download", "wheel", "search", "frobnicate"):
        said = job.pip(command, "x")
        assert said.code == 1
        assert command in said.text
        assert "install, uninstall, list" in said.text


def test_version_help_and_check_answer_without_asking(job: StandIn) -> None:
    assert job.pip("--version").text.startswith("pip 21.3.1 from /")
    assert job.pip("-V").code == 0
    assert job.pip("check").text == "No broken requirements found.\n"
    for arguments in (["help"], ["install", "--help"], []):
        said = job.pip(*arguments)
        assert (said.code, said.text.startswith("Usage: pip")) == (0, True)


@pytest.mark.parametrize(
    "command",
    [
        "conda install x",
        "mamba install x",
        "apt install x",
        "apt-get -y install x",
        "sudo apt-get install x",
        "uv add x",
    ],
)
def test_what_needs_an_administrator_or_another_environment_says_what_to_do(command: str, job: StandIn) -> None:
    said = job.run(f"import os, sys\nsys.exit(os.system({command!r}) >> 8)")
    assert said.code == 1
    assert "ERROR: " in said.text
    assert "pip install NAME" in said.text


@pytest.mark.parametrize("command", ["pip", "pip3", *(f"pip3.{minor}" for minor in range(6, 15))])
def test_every_name_of_pip_is_the_jobs(command: str, job: StandIn) -> None:
    said = job.run(f"import os\nos.system('{command} --version')")
    assert f"from {CHILD / 'shims' / 'pip'} " in said.text


def test_another_interpreters_pip_installs_for_the_job_too(index: Path, job: StandIn) -> None:
    other = interpreter("3.10") or interpreter("3.12")
    if other is None:
        pytest.skip("there is no other Python on this machine")
    wheel(index, "alpha", "1.0")
    said = job.run(f"import os\nos.system('{other} -m pip install alpha')\nimport alpha")
    assert said.code == 0, said.text
    assert job.packages.installed == (("alpha", "1.0"),)


def test_a_real_pip_called_by_its_path_cannot_change_the_environment(
    index: Path, tmp_path: Path, store: Packages
) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "own")], check=True)
    own = tmp_path / "own" / "bin"
    for name in ("alpha", "beta"):
        wheel(index, name, "1.0")
    job = StandIn(tmp_path / "job", store, str(own / "python"))
    before = places_of(job)
    real = [str(own / "python"), "-E", "-m", "pip", "install", "--no-index", "-f", str(index), "alpha"]
    said = job.run(
        f"import subprocess\nsubprocess.check_call({real!r})\nsubprocess.check_call([{str(own / 'pip')!r}, 'install', 'beta'])\n"
        "import alpha, beta\nprint('HERE', alpha.__file__)"
    )
    assert said.text.splitlines()[-1] == f"HERE {job.folder}/pip/alpha.py"
    assert job.packages.installed == (("beta", "1.0"),)
    assert places_of(job) == before


def test_what_ours_lacks_comes_from_the_real_pip(tmp_path: Path, store: Packages) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "own")], check=True)
    job = StandIn(tmp_path / "job", store, str(tmp_path / "own" / "bin" / "python"))
    said = job.run("from pip._vendor.packaging.version import Version\nimport pip\nprint(Version(pip.__version__))")
    assert said.text == "21.3.1\n"


def test_a_package_that_was_imported_before_in_another_version_is_named(index: Path, job: StandIn) -> None:
    wheel(index, "pandas", "99.0")
    wheel(index, "beta", "1.0")
    said = job.run(
        "import os, pandas\nprint(pandas.__version__)\nos.system('pip install -q pandas==99 beta')\nimport beta"
    )
    version, *notes = said.text.splitlines()
    assert len(notes) == 1
    assert notes[0].startswith(f"NOTE pandas 99.0 was installed, but {version} had been imported already")


def test_without_a_job_pip_says_so(tmp_path: Path) -> None:
    variables = {**os.environ, "PYTHONPATH": str(CHILD / "shims")}
    variables.pop("TRANSOM_LINK", None)
    command = [sys.executable, "-m", "pip", "install", "x"]
    done = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: This process belongs to no job of Transom")


def test_two_processes_may_install_at_once(index: Path, job: StandIn) -> None:
    for name in ("alpha", "beta"):
        wheel(index, name, "1.0")
    said = job.run(
        "import subprocess\nboth = [subprocess.Popen(['pip', 'install', name]) for name in ('alpha', 'beta')]\n"
        "assert [each.wait() for each in both] == [0, 0]\nimport alpha, beta"
    )
    assert said.code == 0, said.text
    assert job.packages.installed == (("alpha", "1.0"), ("beta", "1.0"))

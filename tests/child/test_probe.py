"""The probe of confinement is the same on every Python, and where there is no Linux, scripts are run without it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.environments import interpreter

from transom.engine.confinement import Grounds
from transom.engine.job_folder import JobFolder
from transom.engine.process import CHILD
from transom.model.policies import Confinement, Policy


def probed(python: str, folder: Path) -> dict[str, dict[str, object]]:
    """What the probe tells in this interpreter."""
    for each in ("data", "outside"):
        (folder / each).mkdir(parents=True)
    done = subprocess.run([python, CHILD, "--probe", folder], input=b"{}", capture_output=True, check=True, cwd=folder)
    told: dict[str, dict[str, object]] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("version", ["3.6", "3.8", "3.13"])
def test_every_python_finds_the_same_means(version: str, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    here = probed(sys.executable, tmp_path / "here")
    assert len(here["means"]) == 12
    assert probed(str(python), tmp_path / "there") == here


#: Loads the child as on another system, confines a process to nothing, and says what enforces its policy.
ON_ANOTHER_SYSTEM = """
import importlib, importlib.util, json, os, sys
sys.platform = "darwin"
folder, rules = sys.argv[1], json.loads(sys.argv[2])
spec = importlib.util.spec_from_file_location("child", folder + "/__init__.py", submodule_search_locations=[folder])
sys.modules["child"] = importlib.util.module_from_spec(spec)
confine = importlib.import_module("child.confine")
try:
    pid, enclosure = confine.fork(rules)
except confine.Impossible as wrong:
    print(json.dumps({"impossible": str(wrong)}))
    os._exit(0)
if enclosure is not None:
    enclosure.close_script()
    enclosure.close_supervisor()
    os.write(1, json.dumps(enclosure.report).encode())
    os._exit(0)
os.waitpid(pid, 0)
os._exit(0)
"""


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("named", [False, True])
def test_on_another_system_a_named_policy_is_refused_and_a_default_one_limits_only(
    policy: Policy, named: bool, tmp_path: Path
) -> None:
    job = JobFolder(tmp_path / "job")
    job.prepare()
    rules = Grounds(Confinement(policy, policy.network, named=named)).rules(job.path)
    done = subprocess.run(
        [sys.executable, "-c", ON_ANOTHER_SYSTEM, CHILD, json.dumps(rules)], capture_output=True, check=True
    )
    told = json.loads(done.stdout)
    lacking = ["files", "modes of files", "processes", "names of processes", "network", "sockets", "shared memory"]
    lacking += ["system calls"]
    if policy is Policy.GUARDED:
        lacking.remove("network")
    if policy is Policy.OPEN:
        assert told == {"by": [], "missing": []}
    elif named:
        assert told == {"impossible": ", ".join(lacking)}
    else:
        assert told == {"by": [], "missing": lacking}

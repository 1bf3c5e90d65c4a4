"""`transom doctor`: it tells what was tried, agrees with what a run reports, and says why something is missing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.transom import Desk

from transom.engine.doctor import PROMISES, examine, machine
from transom.engine.doctor.promises import broken
from transom.model.policies import Policy

ROOT = Path(__file__).resolve().parents[2]
LESSER = ROOT / "tests" / "engine" / "lesser_machine.py"

only_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can take something from a machine")


def test_the_document_tells_of_the_machine_its_means_and_every_policy(desk: Desk) -> None:
    said = desk.transom("doctor", "--json")
    told = said.document
    assert (said.code, said.err) == (0, "")
    assert told["machine"]["interpreter"] == sys.executable
    assert told["machine"]["cores"] >= 1
    assert told["machine"]["memory"] > 10**8
    assert [each["policy"] for each in told["policies"]] == [*Policy]
    for each in told["policies"]:
        assert list(each["promises"]) == [promise.name for promise in PROMISES]
        lacking = [name for name, held in each["promises"].items() if held and not held["held"]]
        assert lacking == each["missing"]
        assert each["whole"] == (not each["missing"] and not each["broken"])
    for means in told["means"]:
        assert means["there"] or means["why"]
    assert told["default_policy"] == {"policy": "guarded", "must_be_whole": False, "said_by": None}
    assert ".".join(map(str, sys.version_info[:3])) in [each["version"] for each in told["pythons"]]
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["uv"]["version"])
    assert told["disk"]["free"] > 0
    assert [each["name"] for each in told["environments"]][:2] == ["host", "current"]


def test_without_a_policy_everything_can_be_done_and_so_the_attempts_are_real(desk: Desk) -> None:
    could = {each["policy"]: each["could"] for each in desk.transom("doctor", "--json").document["policies"]}
    assert {attempt for promise in PROMISES for attempt in promise.attempts} == set(could["open"])
    assert could["open"]["read a hidden file"]
    assert could["open"]["make a file outside"]
    assert could["open"]["end another process"]


def test_nothing_is_left_and_no_data_folder_is_made(desk: Desk) -> None:
    before = sorted(os.listdir(desk.data.parent))
    assert desk.transom("doctor").code == 0
    assert sorted(os.listdir(desk.data.parent)) == before


def test_a_terminal_gets_every_table(desk: Desk) -> None:
    said = desk.transom("doctor")
    document = desk.transom("doctor", "--json").document
    for title in ("This machine", "What confinement is made of", "The policies", "What there is for environments"):
        assert f"{title}\n" in said.out
    for each in document["means"]:
        assert re.search(rf"^{re.escape(each['name'])} +{'yes' if each['there'] else 'no'}\b", said.out, re.MULTILINE)
    assert re.search(r"^ +open +guarded +confined +strict", said.out, re.MULTILINE)
    assert "`transom run` takes guarded, unless the run or its environment names another one." in said.out


def test_a_run_reports_what_the_doctor_found(desk: Desk) -> None:
    found = {each["policy"]: each for each in desk.transom("doctor", "--json").document["policies"]}
    confined = desk.transom("run", "same.py", "cars.csv", "--json").document["confinement"]
    assert (confined["policy"], confined["by"]) == ("guarded", found["guarded"]["by"])
    assert confined["missing"] == found["guarded"]["missing"]
    for policy in ("guarded", "confined", "strict"):
        code = desk.transom("doctor", "--policy", policy).code
        assert code == (0 if found[policy]["whole"] else 5)
        assert desk.transom("run", "same.py", "cars.csv", "--policy", policy, "--quiet").code == code


@pytest.mark.parametrize(
    ("variable", "policy", "said_by"),
    [
        ("TRANSOM_POLICY", "strict", "setting policy"),
        ("TRANSOM_LOOSEST_POLICY", "confined", "setting loosest_policy"),
    ],
)
def test_the_settings_say_which_policy_is_taken(desk: Desk, variable: str, policy: str, said_by: str) -> None:
    told = desk.transom("doctor", "--json", **{variable: policy}).document["default_policy"]
    assert told == {"policy": policy, "must_be_whole": True, "said_by": said_by}
    assert f"takes {policy}, as the {said_by} says" in desk.transom("doctor", **{variable: policy}).out


LACKS = {
    "sysctl": ("user namespaces", "user.max_user_namespaces is 0", "sysctl user.max_user_namespaces="),
    "unshare": ("user namespaces", "filter of system calls", "--security-opt seccomp=unconfined"),
    "landlock-off": ("Landlock", "not switched on", "lsm=landlock"),
    "masked-proc": ("a /proc of its own", "mounted over /proc/sys", "systempaths=unconfined"),
    "seccomp": ("system call filter", "CONFIG_SECCOMP_FILTER", "--security-opt"),
}


@only_root
@pytest.mark.parametrize("want", LACKS)
def test_what_a_machine_lacks_is_told_with_its_cause_and_a_remedy(desk: Desk, want: str) -> None:
    name, why, advice = LACKS[want]
    told = _on_a_lesser_machine(desk, want)
    means = next(each for each in told["means"] if each["name"] == name)
    assert not means["there"]
    assert why in means["why"]
    assert advice in means["advice"]


@only_root
def test_an_older_kernel_is_found_out_by_trying(desk: Desk) -> None:
    found = {each["name"]: each["found"] for each in _on_a_lesser_machine(desk, "mount_setattr")["means"]}
    assert found["read-only mounts"] == "one by one"
    found = {each["name"]: each["found"] for each in _on_a_lesser_machine(desk, "landlock-3")["means"]}
    assert found["Landlock"].startswith("version 3: ")
    assert found["Landlock"].endswith("and cutting them short")


@only_root
def test_a_policy_that_is_not_whole_ends_with_5_and_names_what_is_missing(desk: Desk) -> None:
    done = _doctor(desk, ["unshare", "landlock"], "--policy", "confined")
    assert done.returncode == 5
    assert "it has no means for files, modes of files, processes, names of processes, sockets" in done.stderr
    assert re.search(r"^files: .* not limited +not held here +not held here +not held here", done.stdout, re.MULTILINE)
    assert "what can be is, and the outcome tells what is missing" in " ".join(done.stdout.split())


def _on_a_lesser_machine(desk: Desk, want: str) -> dict[str, list[dict[str, str]]]:
    done = _doctor(desk, [want], "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return document


def _doctor(desk: Desk, wants: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The doctor of an administrator in a user namespace of its own, where only others may have such a namespace."""
    command = [sys.executable, str(LESSER), json.dumps(wants), "0", sys.executable, "-m", "transom", "doctor"]
    return subprocess.run(
        [*command, *arguments], cwd=desk.folder, env=desk.variables(), capture_output=True, text=True, check=False
    )


def test_another_system_has_none_of_it_and_that_is_said(tmp_path: Path) -> None:
    found = examine(tmp_path / "data", replace(machine(), kernel="Darwin 24.1.0", system="macOS 15.1"))
    assert not any(each.there for each in found.means if each.name not in ("control groups", "bubblewrap"))
    assert found.means[0].why == "Only Linux has this."
    assert found.policy(Policy.OPEN).is_whole
    for policy in (Policy.GUARDED, Policy.CONFINED, Policy.STRICT):
        assert not found.policy(policy).is_whole
    assert "network" not in found.policy(Policy.GUARDED).missing


def test_what_could_be_done_against_a_promise_is_named() -> None:
    could = {"connect out": True, "read a hidden file": False, "end another process": True}
    assert broken(Policy.CONFINED, ("processes",), could) == ["connect out"]
    assert broken(Policy.GUARDED, (), could) == ["end another process"]
    assert broken(Policy.OPEN, (), could) == []

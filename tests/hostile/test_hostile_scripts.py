"""Hostile scripts achieve nothing where they are confined, leave nothing, and are real attacks where they are not."""

from __future__ import annotations

import ast
import subprocess

import pytest
from tests.environments import interpreter
from tests.hostile.cases import CASES, SCRIPTS, Case
from tests.hostile.conftest import OTHERS, USERS
from tests.hostile.running import ROOT, Range

#: What a job does not differ in between a warm and a cold process under `guarded` runs there warm only.
_COLD_AS_WELL = 8
#: One script in so many runs in the oldest Python, and in a workspace in /tmp.
_EVERY = {"oldest": 4, "tmp": 8}


#: What is written beside the code that runs.
_OF_THE_CODE = frozenset(
    [
        "changes_bytecode_of_the_environment",
        "writes_beside_the_interpreter",
        "writes_code_of_transom",
        "writes_in_the_environment",
    ]
)


def _confined() -> list[object]:
    """(user, policy, warm, case): every script as every user, warm and cold, under what it must fail under."""
    found: list[object] = []
    for name in OTHERS:
        cases = list(CASES.values())[:: _EVERY[name]]
        found += [pytest.param(name, "confined", True, case, id=f"{name}-confined-warm-{case.name}") for case in cases]
    for user in USERS:
        for policy in ("guarded", "confined", "strict"):
            for warm in (True, False):
                for number, case in enumerate(CASES.values()):
                    if policy in case.under and _is_run(policy, warm, number, case):
                        how = "warm" if warm else "cold"
                        found.append(pytest.param(user, policy, warm, case, id=f"{user}-{policy}-{how}-{case.name}"))
    return found


def _is_run(policy: str, warm: bool, number: int, case: Case) -> bool:
    if policy == "confined":
        return True
    if policy == "guarded":
        return warm or number % _COLD_AS_WELL == 0
    return warm and "guarded" not in case.under  # what is only held from confined on, and may differ with the network


@pytest.mark.parametrize(("ground", "policy", "warm", "case"), _confined(), indirect=["ground"])
def test_a_hostile_script_achieves_nothing_and_leaves_nothing(
    ground: Range, policy: str, warm: bool, case: Case
) -> None:
    if policy == "guarded" and case.name in _OF_THE_CODE and ROOT.is_relative_to("/tmp"):
        pytest.skip("this checkout lies in /tmp, of which a script changes a copy of its own")
    verdict = ground.verdict(case.asked(policy, warm=warm))
    if verdict.missing:
        pytest.skip(f"this machine cannot confine {', '.join(verdict.missing)}")
    assert verdict.worked == []
    assert verdict.outcome in case.ends, (verdict.message, verdict.log)


@pytest.mark.parametrize("ground", USERS, indirect=True)
@pytest.mark.parametrize("name", ["reads_ssh_key", "reads_documents", "overwrites_a_file", "connects_to_loopback"])
def test_what_was_refused_is_a_warning_although_the_script_said_nothing_of_it(ground: Range, name: str) -> None:
    verdict = ground.verdict(CASES[name].asked("confined", warm=True))
    if verdict.missing:
        pytest.skip(f"this machine cannot confine {', '.join(verdict.missing)}")
    assert any("was refused (policy confined" in each for each in verdict.warnings), verdict.warnings


def _alone() -> list[object]:
    """(user, case) of the attacks that work where nothing confines them."""
    works = [pytest.param("ordinary user", case, id=case.name) for case in CASES.values() if case.alone == "works"]
    return works + [pytest.param("root", case, id=case.name) for case in CASES.values() if case.alone == "root"]


@pytest.mark.parametrize(("ground", "case"), _alone(), indirect=["ground"])
def test_an_attack_works_where_nothing_confines_it(ground: Range, case: Case) -> None:
    # Not once: a busy machine may be late for what it attacks.
    tries = (ground.verdict(case.asked("open", warm=True)).worked for _ in range(3))
    assert any(tries)


def test_every_script_is_in_the_table_and_says_what_it_attempts() -> None:
    there = {path.stem: path for path in SCRIPTS.glob("*.py")}
    assert there.keys() == CASES.keys()
    for name, path in there.items():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), name


def test_the_scripts_are_for_the_oldest_python_too() -> None:
    oldest = interpreter("3.6")
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    compiles = "import sys; [compile(open(each, encoding='utf-8').read(), each, 'exec') for each in sys.argv[1:]]"
    files = [str(path) for folder in (SCRIPTS, SCRIPTS.parent / "bundle") for path in folder.glob("*.py")]
    done = subprocess.run([oldest, "-c", compiles, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

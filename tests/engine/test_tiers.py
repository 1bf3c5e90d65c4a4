"""On a machine that can do less, a default policy has what there is and tells what is missing; a named one is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.hostile.running import interpreter_for

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NOBODY = 65534
SYSTEM_PYTHON = Path("/usr/bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")

#: What a script can do where a promise is not held.
HELD: dict[str, tuple[str, ...]] = {
    "files": (
        *("read a hidden file", "make a file", "change a file", "cut a file", "write to its input"),
        *("change what it may only read", "change packages of others", "change the workspace of a project"),
        *(f"{way} the workspace of a project that it may read" for way in ("read", "list")),
    ),
    "modes of files": (
        *("change the mode of a file", "change the mode of its input", "change the mode of its standard input"),
    ),
    "processes": ("kill a process",),
    "names of processes": ("see another process",),
    "network": ("use the loopback", "send to the loopback"),
    "sockets": ("use a socket in a hidden place", "use an abstract socket"),
    "shared memory": ("see what others share",),
    "system calls": ("use the keyring",),
}
WITHOUT_ROOMS = ("modes of files", "names of processes", "sockets", "shared memory")
ALL_BUT_CALLS = ("files", "modes of files", "processes", "names of processes", "sockets", "shared memory")

#: What a machine lacks, as who, and what is then missing of guarded and of confined.
TIERS: dict[str, tuple[list[str], int, tuple[str, ...], tuple[str, ...]]] = {
    "nothing": ([], NOBODY, (), ()),
    "nothing, as root": ([], 0, (), ()),
    "user namespaces": (["sysctl"], NOBODY, WITHOUT_ROOMS, WITHOUT_ROOMS),
    "user namespaces, as root": (["sysctl"], 0, (), ()),
    "namespaces": (["unshare"], NOBODY, WITHOUT_ROOMS, WITHOUT_ROOMS),
    "namespaces, as root": (["unshare"], 0, WITHOUT_ROOMS, WITHOUT_ROOMS),
    "namespaces and Landlock": (["unshare", "landlock"], NOBODY, ALL_BUT_CALLS, ALL_BUT_CALLS),
    "namespaces and Landlock, as root": (["unshare", "landlock-off"], 0, ALL_BUT_CALLS, ALL_BUT_CALLS),
    "namespaces and filters": (
        ["unshare", "seccomp"],
        NOBODY,
        (*WITHOUT_ROOMS, "system calls"),
        (*WITHOUT_ROOMS[:2], "network", *WITHOUT_ROOMS[2:], "system calls"),
    ),
    "namespaces, Landlock and filters": (
        ["unshare", "landlock", "seccomp"],
        NOBODY,
        (*ALL_BUT_CALLS, "system calls"),
        tuple(HELD),
    ),
    "Landlock": (["landlock"], NOBODY, ("sockets",), ()),
    "Landlock of Linux 5.13": (["landlock-1"], NOBODY, ("sockets",), ()),
    "Landlock of Linux 6.7, as root": (["landlock-4"], 0, ("sockets",), ()),
    "namespaces, Landlock of Linux 5.19": (["unshare", "landlock-2"], NOBODY, ALL_BUT_CALLS, ALL_BUT_CALLS),
    "namespaces, Landlock of Linux 6.7": (["unshare", "landlock-4"], NOBODY, ALL_BUT_CALLS[1:], ALL_BUT_CALLS[1:]),
    "a /proc that can be mounted": (["masked-proc"], NOBODY, ("names of processes",), ("names of processes",)),
    "a /proc that can be mounted, as root": (["masked-proc"], 0, ("names of processes",), ("names of processes",)),
    "a /proc that can be mounted, and Landlock": (
        ["masked-proc", "landlock"],
        NOBODY,
        ("processes", "names of processes", "sockets"),
        ("processes", "names of processes"),
    ),
    "mount_setattr": (["mount_setattr"], NOBODY, (), ()),
    "mount_setattr and Landlock": (["mount_setattr", "landlock"], NOBODY, ("sockets",), ()),
    "mount_setattr and Landlock, as root": (["mount_setattr", "landlock"], 0, ("sockets",), ()),
}


@cache
def base() -> tuple[str, ...]:
    """Why a machine cannot be made less here; empty where it can."""
    if os.getuid() != 0:
        return ("only root can take something from a machine",)
    if not SYSTEM_PYTHON.exists():
        return ("an ordinary user needs a Python of the system",)
    with TemporaryDirectory(dir="/var/tmp") as folder:
        missing = told_of([], 0, Path(folder), "guarded:default:cold")[0]["missing"]
    return (f"this machine itself has no means for {', '.join(missing)}",) if missing else ()


def skip_unless_readable(user: int) -> None:
    if user and interpreter_for("ordinary user") is None:
        pytest.skip("an ordinary user cannot run anything of this checkout")


@pytest.fixture(scope="module", params=TIERS)
def tier(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The name of a tier, and what came of each policy in it."""
    if base():
        pytest.skip(base()[0])
    wants, user, *_ = TIERS[request.param]
    skip_unless_readable(user)
    starts = ("cold", "warm") if list(TIERS).index(request.param) % 2 else ("warm", "cold")
    asked = [f"{policy}:default:{start}" for policy, start in zip(("guarded", "confined"), starts, strict=True)]
    asked += [f"{policy}:named:{start}" for policy, start in zip(("confined", "guarded"), starts, strict=True)]
    folder = Path(TemporaryDirectory(dir="/var/tmp", prefix="transom-tier-").name)
    folder.mkdir(mode=0o755)
    try:
        yield request.param, told_of(wants, user, folder, *asked)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def told_of(wants: list[str], user: int, folder: Path, *asked: str) -> list[dict[str, Any]]:
    """What a script could do on such a machine, for each of what was asked."""
    os.chown(folder, user, user)
    python = str(SYSTEM_PYTHON) if user else sys.executable
    places = (ROOT / "src", ROOT, sysconfig.get_path("purelib"))
    done = subprocess.run(
        [
            *(python, HERE / "lesser_machine.py", json.dumps(wants), str(user)),
            *(python, HERE / "tries_everything.py", folder, *asked),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": os.pathsep.join(map(str, places))},
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_default_policy_tells_exactly_what_is_missing(tier: tuple[str, list[dict[str, Any]]]) -> None:
    name, told = tier
    missing = {"guarded": TIERS[name][2], "confined": TIERS[name][3]}
    found = {each["asked"]: tuple(each["missing"]) for each in told if ":default:" in each["asked"]}
    assert found == {asked: missing[asked.partition(":")[0]] for asked in found}


def test_what_is_not_missing_holds_and_what_is_missing_does_not(tier: tuple[str, list[dict[str, Any]]]) -> None:
    for each in tier[1]:
        if "could" not in each:
            continue
        for promise, attempts in HELD.items():
            if promise == "network" and each["asked"].startswith("guarded"):
                continue
            could = [attempt for attempt in attempts if each["could"][attempt]]
            assert bool(could) == (promise in each["missing"]), (each, promise)
        assert not each["could"]["read what another process was told"] or "processes" in each["missing"]


def test_what_a_script_needs_works_on_every_machine(tier: tuple[str, list[dict[str, Any]]]) -> None:
    for each in tier[1]:
        if "could" in each:
            assert each["could"]["write a file of its own"]
            assert each["could"]["use several processes"]
            assert each["could"]["read what it is allowed to"]
            if each["asked"].startswith("guarded"):
                assert each["could"]["read another file"]
                assert each["could"]["use the loopback"]


@pytest.mark.parametrize("user", [0, NOBODY])
def test_all_of_it_holds_where_everything_lies_in_the_folder_of_temporary_files(user: int) -> None:
    if base():
        pytest.skip(base()[0])
    skip_unless_readable(user)
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        for each in told_of([], user, Path(folder), "guarded:named:cold", "confined:named:warm"):
            promised = {name: attempts for name, attempts in HELD.items() if name != "network"}
            could = [attempt for attempts in promised.values() for attempt in attempts if each["could"][attempt]]
            assert (each["missing"], could) == ([], [])
            assert each["could"]["read what it is allowed to"]


@pytest.mark.parametrize("user", [0, NOBODY])
def test_without_mounts_a_project_is_read_without_its_workspace_and_written_only_where_that_is_told(user: int) -> None:
    if base():
        pytest.skip(base()[0])
    skip_unless_readable(user)
    with TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        asked = [f"{policy}:default:cold" for policy in ("guarded", "confined")]
        asked += [f"{each}:writes" for each in asked] + ["confined:named:cold:writes"]
        *told, named = told_of(["unshare"], user, Path(folder), *asked)
    for each in told:
        assert each["could"]["read what it is allowed to"]
        reached = [what for what, done in each["could"].items() if done and "the workspace" in what]
        assert reached == [] or "files" in each["missing"], each
        assert ("files" in each["missing"]) == each["asked"].endswith("writes"), each
    assert (named["raised"], named["ran"]) == ("policy_unenforceable", [])
    assert not any(named["harmed"].values())


def test_a_named_policy_runs_whole_or_not_at_all(tier: tuple[str, list[dict[str, Any]]]) -> None:
    name, told = tier
    for each in told:
        policy, how, _ = each["asked"].split(":")
        if how != "named":
            continue
        missing = TIERS[name][2 if policy == "guarded" else 3]
        if not missing:
            assert each["missing"] == []
            continue
        assert (each["raised"], each["ran"]) == ("policy_unenforceable", [])
        assert each["message"].endswith(f"it has no means for {', '.join(missing)}.")
        assert not any(each["harmed"].values())

"""What the policies promise, what holds each promise, and what shows that one is not held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from transom.model.policies import Network, Policy

#: From which version of Landlock it holds a promise alone.
_OF_LANDLOCK = {"files": 3, "processes": 6}


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise by the name that reports use, what it means, what may hold it, and the attempts that would break it."""

    name: str
    meaning: str
    means: tuple[str, ...]
    attempts: tuple[str, ...]


PROMISES = (
    Promise(
        "files",
        "it reads and writes only what it may",
        ("mount namespace", "Landlock"),
        ("read a hidden file", "make a file outside", "change a file outside"),
    ),
    Promise(
        "modes of files",
        "it changes no mode, owner or time of other files",
        ("mount namespace",),
        ("change the mode of a file outside",),
    ),
    Promise(
        "processes",
        "it ends no other process and does not look into one",
        ("process namespace", "Landlock"),
        ("end another process",),
    ),
    Promise("names of processes", "it does not see what else runs", ("process namespace",), ("see another process",)),
    Promise(
        "network",
        "it reaches nothing but what it may",
        ("network namespace", "system call filter"),
        ("connect out", "connect to this machine"),
    ),
    Promise(
        "sockets",
        "it speaks to no other program",
        ("mount namespace", "network namespace", "Landlock"),
        ("use a hidden socket", "use an abstract socket"),
    ),
    Promise("shared memory", "it has a /dev/shm of its own", ("mount namespace",), ("see shared memory of others",)),
    Promise(
        "system calls",
        "it has none of the calls that no script needs",
        ("system call filter",),
        ("use a call that no script needs",),
    ),
)

#: What a policy lets a script do.
MEANINGS: Mapping[Policy, str] = {
    Policy.OPEN: "what the person may do; only its limits hold",
    Policy.GUARDED: (
        "reads what the person may read, but no passwords and keys, no other job and nothing of Transom's own; writes "
        "to its job folder; has the network"
    ),
    Policy.CONFINED: (
        "reads its interpreter, its environment, the system's libraries and its inputs; writes to its job folder; "
        "of the network it has the installation of packages by Transom"
    ),
    Policy.STRICT: "the same, without the installation of packages",
}

#: Since which version of Landlock what is held.
_LANDLOCK = {
    1: "reading and making of files",
    2: "moving them between folders",
    3: "cutting them short",
    4: "TCP connections",
    6: "signals and abstract sockets",
}


def promised_by(policy: Policy) -> Iterator[Promise]:
    """What a policy promises: open nothing, and those with an open network not that of the network."""
    for promise in PROMISES:
        if policy is not Policy.OPEN and not (promise.name == "network" and policy.network is Network.OPEN):
            yield promise


def holding(promise: Promise, by: tuple[str, ...]) -> tuple[str, ...]:
    """Which of the means that enforce a policy (`mount namespace`, `Landlock 7`) hold this promise."""
    return tuple(each for each in by if _holds(promise, each))


def _holds(promise: Promise, means: str) -> bool:
    name, _, version = means.partition(" ") if means.startswith("Landlock") else (means, "", "")
    if name not in promise.means:
        return False
    return not version or int(version) >= _OF_LANDLOCK.get(promise.name, 6)


def held_by_landlock(version: int) -> str:
    """What a version of Landlock holds, in words."""
    words = [words for since, words in _LANDLOCK.items() if version >= since]
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)


def broken(policy: Policy, missing: tuple[str, ...], could: Mapping[str, bool | None]) -> list[str]:
    """What a script could do although the policy promises that it cannot, and nothing was told to be missing."""
    return [
        attempt
        for promise in promised_by(policy)
        if promise.name not in missing
        for attempt in promise.attempts
        if could.get(attempt)
    ]

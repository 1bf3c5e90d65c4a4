"""Why a machine lacks a means of confinement, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from transom.engine.doctor.machine import Machine

_FREE_DOCKER = (
    "Start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined` "
    "(with AppArmor also `--security-opt apparmor=unconfined`), or with a filter that allows unshare and mount."
)
_FREE_PROC = (
    "Start the container with `--security-opt systempaths=unconfined`; in Kubernetes `procMount: Unmasked` with user "
    "namespaces."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """How the kernel refused a means: the name of its error, such as EPERM, and its words."""

    error: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and what to do about it; both are sentences, the second may be empty."""

    why: str
    advice: str = ""


def reason_of(means: str, refusal: Refusal, machine: Machine) -> Reason:
    """Why this machine refused that means."""
    if not machine.is_linux:
        return Reason("Only Linux has this.", "Run Transom on Linux, in a virtual machine or a container.")
    return _ASKED.get(means, _namespaces)(refusal, machine)


def _namespaces(refusal: Refusal, machine: Machine) -> Reason:
    """Namespaces, and what is mounted in them: what a person is refused comes from a setting or from a container."""
    if setting("user/max_user_namespaces") == "0":
        return Reason(
            "The setting user.max_user_namespaces is 0.",
            "`sudo sysctl user.max_user_namespaces=15000`, and the same in /etc/sysctl.d to keep it.",
        )
    if setting("kernel/unprivileged_userns_clone") == "0":
        return Reason(
            "The setting kernel.unprivileged_userns_clone keeps user namespaces for root.",
            "`sudo sysctl kernel.unprivileged_userns_clone=1`, and the same in /etc/sysctl.d to keep it.",
        )
    if setting("kernel/apparmor_restrict_unprivileged_userns") == "1" and refusal.error in ("EPERM", "EACCES"):
        return Reason(
            "AppArmor keeps what user namespaces are for from programs without a profile that allows it.",
            "Give this Python an AppArmor profile with `userns,`, or "
            "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`, and the same in /etc/sysctl.d to keep it.",
        )
    if refusal.error in ("EPERM", "EACCES") and (machine.container is not None or is_filtered()):
        return Reason("The filter of system calls that this process was started with refuses it.", _FREE_DOCKER)
    if refusal.error in ("ENOSYS", "EINVAL", "ENODEV"):
        return Reason(f"The kernel was built without it ({refusal.words}).", "Use a kernel that has it.")
    if refusal.error == "ENOSPC":
        return Reason(
            "There are as many namespaces as the settings user.max_*_namespaces allow.",
            "Raise them with `sudo sysctl`, or end what uses them.",
        )
    return Reason(
        f"The kernel refuses it to this user ({refusal.words}).",
        "Look at `sysctl -a | grep -e userns -e max_.*_namespaces`, and at the rules of SELinux or AppArmor.",
    )


def _proc(refusal: Refusal, machine: Machine) -> Reason:
    masked = masks_of_proc()
    if refusal.error == "EPERM" and masked:
        return Reason(
            f"Something is mounted over {masked[0]}, as containers do, so no other /proc is given.", _FREE_PROC
        )
    return _namespaces(refusal, machine)


def _overlay(refusal: Refusal, machine: Machine) -> Reason:
    if machine.version < (5, 11):
        return Reason(
            f"Overlays for everybody came with Linux 5.11, and this is {machine.kernel}.",
            "Under guarded /tmp is then read-only: scripts use what tempfile gives them, which lies in the job folder.",
        )
    if refusal.error in ("ENODEV", "EINVAL", "ENOTSUP"):
        return Reason(
            f"The file system of the data folder cannot carry one ({refusal.words}).",
            "Under guarded /tmp is then read-only; a data folder on ext4, xfs or btrfs can carry one.",
        )
    return _namespaces(refusal, machine)


def _landlock(refusal: Refusal, machine: Machine) -> Reason:
    if machine.version < (5, 13):
        return Reason(f"Landlock came with Linux 5.13, and this is {machine.kernel}.", "Use a newer kernel.")
    if refusal.error in ("EOPNOTSUPP", "ENOTSUP"):
        active = security_modules()
        found = f": active are {active}" if active else ""
        return Reason(
            f"The kernel has it, and it is not switched on{found}.",
            f"Add it to the kernel's command line, `lsm=landlock,{active or '...'}`, and boot again.",
        )
    if refusal.error == "ENOSYS" and not is_filtered():
        return Reason("The kernel was built without it (CONFIG_SECURITY_LANDLOCK).", "Use a kernel that has it.")
    return Reason("The filter of system calls that this process was started with refuses it.", _FREE_DOCKER)


def _filter(_refusal: Refusal, machine: Machine) -> Reason:
    if machine.processor.endswith(("x86_64", "x86_64)", "aarch64", "aarch64)")):
        return Reason("The kernel was built without it (CONFIG_SECCOMP_FILTER), or refuses one more.", _FREE_DOCKER)
    return Reason("There is a list of calls for x86_64 and aarch64 only.")


def _number(refusal: Refusal, machine: Machine) -> Reason:
    if machine.version < (6, 14):
        return Reason(
            f"Each namespace has a number of its own since Linux 6.14, and this is {machine.kernel}.",
            "The processes of a job are counted all the same, and it is ended when there are too many.",
        )
    return _proc(refusal, machine)


_ASKED: Mapping[str, Callable[[Refusal, Machine], Reason]] = {
    "a /proc of its own": _proc,
    "overlay for /tmp": _overlay,
    "Landlock": _landlock,
    "system call filter": _filter,
    "number of processes": _number,
}


def setting(name: str) -> str | None:
    """A setting of the kernel, `kernel/pid_max`; None where it has none of that name."""
    return _read(Path("/proc/sys", name))


def is_filtered() -> bool:
    """Whether this process was started under a filter of system calls."""
    status = _read(Path("/proc/self/status")) or ""
    return any(line.split() == ["Seccomp:", "2"] for line in status.splitlines())


def security_modules() -> str:
    """The active security modules, as the kernel lists them; empty where that cannot be read."""
    return _read(Path("/sys/kernel/security/lsm")) or ""


def masks_of_proc() -> list[str]:
    """What is mounted below /proc: the kernel then gives no /proc of its own to who is not its administrator."""
    mounts = _read(Path("/proc/self/mountinfo")) or ""
    points = (line.split()[4] for line in mounts.splitlines())
    return sorted({point for point in points if point.startswith("/proc/") and point != "/proc/sys/fs/binfmt_misc"})


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return None

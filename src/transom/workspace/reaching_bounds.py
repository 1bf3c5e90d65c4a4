"""What native components may reach under the policy of their run: they are ours, what they are told is a stranger's.

A script is held by the kernel; a component works in our own process, with all rights of the person, so that each place
is looked at here before it is opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from transom.components.native import CannotApply
from transom.engine.confinement import Grounds, Premises
from transom.model.policies import Confinement, Network, Policy
from transom.tables.paths import shown
from transom.workspace.confining import confinement_of

if TYPE_CHECKING:
    from transom.model.assets import Datastore
    from transom.workspace.opening import Workspace
    from transom.workspace.requests import RunRequest

_HIDDEN, _READ, _WRITE = "hidden", "read", "write"
#: What is no file of a person: processes and their variables, devices, sockets.
_OF_THE_KERNEL = ("/proc", "/sys", "/dev", "/run")
_DISKS = ("/run/media", "/run/mount")
#: Where programs lie and are configured: an administrator could write there.
_OF_PROGRAMS = ("/etc", "/usr", "/opt", "/boot", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu")
_MOST_LINKS = 40


@dataclass(frozen=True)
class Bounds:
    """What may be reached from the `folder` of a pipeline's file; `secrets` are what was named for the run.

    `confinement_of_run` and `hidden` (paths that no script sees) are asked when there is need of them.
    """

    folder: Path
    confinement_of_run: Callable[[], Confinement] = field(default=lambda: Confinement(Policy.OPEN))
    hidden: Callable[[Confinement], list[str]] = field(default=lambda _: [])
    secrets: tuple[str, ...] = ()

    @staticmethod
    def of_run(request: RunRequest, workspace: Workspace, folder: Path) -> Bounds:
        """The bounds of a run for which all this was asked. What cannot be asked for is said when something is reached:
        every check raises what `confinement_of` does.
        """

        def hidden(confinement: Confinement) -> list[str]:
            from platformdirs import user_config_path

            settings = workspace.settings
            own = (workspace.folder, user_config_path("transom", appauthor=False))
            grounds = Grounds(confinement, premises=Premises(settings.data_folder, hidden=own))
            return [str(path) for path in grounds.rules(workspace.folder)["hidden"]]

        return Bounds(folder, lambda: confinement_of(request, None, workspace.settings), hidden, request.secrets)

    @cached_property
    def confinement(self) -> Confinement:
        """What the run may touch. Raises what `confinement_of` does."""
        return self.confinement_of_run()

    @property
    def is_open(self) -> bool:
        """Whether everything may be reached."""
        return self.confinement.policy is Policy.OPEN

    @property
    def _keeps_apart(self) -> bool:
        return self.confinement.policy in (Policy.CONFINED, Policy.STRICT)

    def check_read(self, path: Path) -> None:
        """Raise CannotApply for a file or folder, there or not, that may not be read."""
        if self.is_open:
            return
        real, is_of_kernel = _resolved(path)
        if is_of_kernel or self._kind(real) is _HIDDEN or self._is_hidden_by_another_name(real):
            raise self._refused(path, real, "read", "--allow-read", real)

    def check_write(self, path: Path, *, follows: bool = False) -> None:
        """Raise CannotApply for a file or folder that may not be written, or made.

        A link there is replaced, so what it leads to is no matter, unless what writes `follows` it.
        """
        if self.is_open:
            return
        if follows:
            real, is_of_kernel = _resolved(path)
        else:
            parent, is_of_kernel = _resolved(path.parent)
            real = os.path.join(parent, path.name)
        if is_of_kernel or not self._is_writable(real) or self._is_hidden_by_another_name(real):
            raise self._refused(path, real, "written", "--allow-write", self._to_allow(real))

    def may_write(self, path: Path) -> bool:
        """Whether a file, or what a link leads to, may be written."""
        return self.is_open or self._is_writable(_resolved(path)[0])

    def sees(self, path: str) -> bool:
        """Whether a file or folder in a folder without links may be looked at while files are listed."""
        return self.is_open or self._kind(path) is not _HIDDEN

    def hides_below(self, folder: str) -> bool:
        """Whether something in a folder without links is there that may not be looked at."""
        if self.is_open:
            return False
        hidden = (place for place, kind in self._places.items() if kind is _HIDDEN)
        return any(place.startswith(f"{folder.rstrip('/')}/") and os.path.lexists(place) for place in hidden)

    def check_network(self, told: str) -> None:
        """Raise CannotApply where no server may be reached; `told` is what messages call it."""
        confinement = self.confinement
        if confinement.network is not Network.OPEN:
            also = "--policy confined " if confinement.policy is Policy.STRICT else ""
            raise CannotApply(
                f"{told} may not be reached under the policy {confinement.policy} with the network "
                f"{confinement.network}.",
                f"Allow it: `{also}--network open`.",
            )

    def check_secret(self, name: str) -> None:
        """Raise CannotApply for a secret that was not named for the run where its policy keeps it."""
        if self._keeps_apart and name not in self.secrets:
            raise self._unnamed(f"The secret {shown(name)}", name)

    def check_datastore(self, datastore: Datastore) -> None:
        """Raise CannotApply for a datastore that is not built in, and was not named for the run, where its policy keeps
        it.
        """
        wanted = f"datastore/{datastore.name}"
        if self._keeps_apart and not datastore.built_in and wanted not in self.secrets:
            raise self._unnamed(f"The datastore {datastore.name}", wanted)

    def refused(self, told: str, why: str) -> CannotApply:
        """The error for an address that could lead anywhere."""
        return CannotApply(
            f"{told} may not be used under the policy {self.confinement.policy}: {why}.",
            "Add it as a datastore, which is a person's choice, or trust the pipeline: `--policy open`.",
        )

    def _unnamed(self, what: str, name: str) -> CannotApply:
        return CannotApply(
            f"{what} may not be used under the policy {self.confinement.policy}.",
            f"Name it for the run: `--secret {shown(name)}`.",
        )

    def _refused(self, path: Path, real: str, verb: str, option: str, allowed: str) -> CannotApply:
        told = shown(path)
        told = told if real == os.path.abspath(path) else f"{told} leads to {shown(real)}, which"
        return CannotApply(
            f"{told} may not be {verb} under the policy {self.confinement.policy}.",
            f"If it is no secret, and you trust the pipeline, {_make(allowed)}allow it: `{option} {shown(allowed)}`.",
        )

    def _to_allow(self, real: str) -> str:
        """What a person has to allow so that a file may be written: a folder that is there, if that is enough."""
        there = _there(real)
        parts = real.removeprefix(there).split("/")
        hidden = [number for number, part in enumerate(parts) if part.startswith(".")]
        return there + "/".join(parts[: hidden[-1] + 1]) if hidden else there

    def _is_writable(self, real: str) -> bool:
        place = self._nearest(real)
        if self._places[place] is not _WRITE:
            return False
        # where nobody said that it may: settings of programs, a repository, an environment
        return not any(part.startswith(".") for part in real.removeprefix(place).split("/"))

    def _is_hidden_by_another_name(self, real: str) -> bool:
        """Whether it is, or lies in, what is hidden: by a bound mount, a second name, or other capitals."""
        at, nearest = real, self._nearest(real)
        while at != nearest:
            if _identity(at) in self._hidden_ones:
                return True
            at = os.path.dirname(at)
        return False

    @cached_property
    def _hidden_ones(self) -> set[tuple[int, int]]:
        hidden = (place for place, kind in self._places.items() if kind is _HIDDEN and place != "/")
        return {found for place in hidden if (found := _identity(place)) is not None}

    def _kind(self, real: str) -> str:
        return self._places[self._nearest(real)]

    def _nearest(self, real: str) -> str:
        places, at = self._places, real
        while at not in places:
            at = os.path.dirname(at)
        return at

    @cached_property
    def _places(self) -> dict[str, str]:
        """What each place is for the pipeline, by its real path; the nearest one above a file counts."""
        confinement, real = self.confinement, _Real()
        places = {"/": _HIDDEN if self._keeps_apart else _WRITE}
        places.update((each, _READ) for path in _OF_PROGRAMS for each in real.both(path) if not self._keeps_apart)
        places.update((each, _WRITE) for each in real.both(str(self.folder)))
        places.update((each, _HIDDEN) for path in _OF_THE_KERNEL for each in real.both(path))
        places.update((each, _WRITE) for path in _DISKS for each in real.both(path) if not self._keeps_apart)
        places.update((each, _HIDDEN) for path in self.hidden(confinement) for each in real.both(path))
        places.update((each, _READ) for path in confinement.allow_read for each in real.both(path))
        places.update((each, _WRITE) for path in confinement.allow_write for each in real.both(path))
        return places


class _Real:
    """The real paths of many places, most of which are not there and lie in the same few folders."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def both(self, path: str) -> Iterator[str]:
        """Where a place lies, and where the link leads if it is one."""
        folder, name = os.path.split(os.path.abspath(path))
        if folder not in self._folders:
            self._folders[folder] = "/" + os.path.realpath(folder).lstrip("/")
        here = os.path.join(self._folders[folder], name)
        yield here
        if os.path.islink(here):
            yield os.path.realpath(here)


def _resolved(path: Path) -> tuple[str, bool]:
    """The path without links, and whether one of them is the kernel's: such a one leads past its own text.

    What turns round and round is the kernel's too.
    """
    done, rest, links = "/", [part for part in os.fspath(path).split("/") if part not in ("", ".")], 0
    while rest:
        name = rest.pop(0)
        if name == "..":
            done = os.path.dirname(done)
            continue
        here = os.path.join(done, name)
        try:
            target = os.readlink(here)
        except (OSError, ValueError):
            done = here
            continue
        links += 1
        if here.startswith("/proc/") or links > _MOST_LINKS:
            return here, True
        rest = [part for part in target.split("/") if part not in ("", ".")] + rest
        done = "/" if target.startswith("/") else done
    return done, False


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _make(allowed: str) -> str:
    """What is to be done before it can be allowed."""
    return "" if os.path.lexists(allowed) else "make it first, and "


def _there(path: str) -> str:
    """The path, or the folder nearest above that is there: what is to be allowed has to be."""
    while path != "/" and not os.path.lexists(path):
        path = os.path.dirname(path)
    return path

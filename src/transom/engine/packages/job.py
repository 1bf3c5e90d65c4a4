"""The packages of one job: what it has installed so far, and the one link through which it sees them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.packages.asked import Installed, Pin, Target, Wanted
from transom.engine.packages.refusals import CannotInstall, no_room, without_network
from transom.engine.packages.sets import InUse, Packages, tell_nobody
from transom.engine.stop import Stop
from transom.model.assets import normalised

if TYPE_CHECKING:
    from transom.engine.packages.resolution import Resolved


class JobPackages:
    """What a job has installed beside its environment, which is never changed."""

    def __init__(self, interpreter: str, digest: str, link: Path, store: Packages) -> None:
        """Make `link`, a symbolic link in the job folder to the job's packages: none yet.

        `interpreter` is the environment's, `digest` another one whenever the environment has other packages. Raises
        CannotInstall where nothing can be written.
        """
        self.store = store
        self.may_add = True
        self.target = Target(os.path.abspath(interpreter), digest)
        self.link = link
        self._pins: dict[str, Pin] = {}
        self._in_use: list[InUse] = []
        self._lock = threading.Lock()
        self._stop = Stop()
        try:
            if not link.is_symlink():
                _lead(link, store.empty())
        except OSError as wrong:
            raise no_room("What a script asks for", wrong) from None

    @property
    def installed(self) -> tuple[tuple[str, str], ...]:
        """(name, version) of each package that the job has beside its environment, for its outcome."""
        return tuple((name, pin.version) for name, pin in sorted(self._pins.items()))

    def install(self, wanted: Wanted, tell: Callable[[str], None] = tell_nobody) -> Installed:
        """Install for this job; `tell` is told of progress, a line each time.

        Raises CannotInstall, an EnvironmentFailed; then the job has what it had. Once `may_add` is false, nobody is
        asked and nothing is added: only what is there already can be asked for.
        """
        if not wanted.names:
            return Installed()
        with self._lock, self._stop.heeded():
            try:
                resolved = self._resolved(wanted)
            except OSError as wrong:
                raise no_room(wanted.shown, wrong) from None
            installed = self._difference(wanted, resolved)
            if not self.may_add and (installed.added or installed.upgraded):
                raise without_network(wanted.shown)
            new = [f"{name}=={version}" for name, version in installed.added]
            new += [f"{name}=={version}" for name, _, version in installed.upgraded]
            for each in new:
                tell(f"Collecting {each}")
            if new:
                tell(f"Installing collected packages: {', '.join(each.partition('==')[0] for each in new)}")
            self._use(resolved.pins, tell)
            return installed

    def _resolved(self, wanted: Wanted) -> Resolved:
        from transom.engine.packages.resolution import resolve  # what most jobs never need

        if self.may_add:
            return resolve(self.target, wanted, self._pins, self.store.answers)
        try:
            return resolve(self.target, wanted, self._pins, self.store.answers, offline=True)
        except CannotInstall:
            raise without_network(wanted.shown) from None

    def uninstall(self, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Take packages away that the job has installed; (name, version) of those. The environment's stay."""
        with self._lock:
            going = {normalised(name) for name in names}
            gone = tuple((name, pin.version) for name, pin in sorted(self._pins.items()) if name in going)
            if gone:
                self._use({name: pin for name, pin in self._pins.items() if name not in going}, tell_nobody)
            return gone

    def close(self) -> None:
        """The job is over: what is still being installed is given up, its sets may be pruned."""
        self._stop.now()
        with self._lock:
            for each in self._in_use:
                each.release()
            self._in_use.clear()

    def _use(self, pins: Mapping[str, Pin], tell: Callable[[str], None]) -> None:
        """Let the link lead to the set of these pins. Earlier sets stay: something may be imported from them."""
        if pins == self._pins and self._in_use:
            return
        used = self.store.set_of(pins.values(), self.target.interpreter, tell)
        self._in_use.append(used)
        try:
            _lead(self.link, used.path)
        except OSError as wrong:
            raise no_room("What was asked for", wrong) from None
        self._pins = dict(pins)

    def _difference(self, wanted: Wanted, resolved: Resolved) -> Installed:
        added, upgraded = [], []
        for name, pin in sorted(resolved.pins.items()):
            earlier = self._pins.get(name)
            if earlier == pin:
                continue
            before = earlier.version if earlier else resolved.replaced.get(name)
            if before is None:
                added.append((name, pin.version))
            else:
                upgraded.append((name, before, pin.version))
        new = {name for name, *_ in (*added, *upgraded)}
        back = tuple(
            f"{name}: the version of the environment serves this job again, instead of {pin.version}."
            for name, pin in sorted(self._pins.items())
            if name not in resolved.pins
        )
        satisfied = tuple(name for name in wanted.names if name not in new)
        return Installed(tuple(added), tuple(upgraded), satisfied, back)


def _lead(link: Path, place: Path) -> None:
    """Let a link lead to another place, at once: there is no moment without it."""
    aside = link.with_name(f"{link.name}.aside")
    aside.unlink(missing_ok=True)
    aside.symlink_to(place)
    aside.replace(link)

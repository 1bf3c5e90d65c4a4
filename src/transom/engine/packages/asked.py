"""What is asked for when packages are installed, and what came of it: values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: A requirement, or a line of a file of them, has so many letters at most: patterns take long for longer ones.
LONGEST_LINE = 4000


@dataclass(frozen=True, slots=True)
class Requirement:
    """A name with what is said of its version (`x[extra]>=1; marker`), and the hashes that its file may have."""

    name: str
    text: str
    hashes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """It as a line of a requirements file."""
        return " ".join([self.text, *(f"--hash={each}" for each in self.hashes)])


@dataclass(frozen=True, slots=True, order=True)
class Wheel:
    """A wheel file that the store keeps: `digest` is the sha256 of its content, `extras` such as `[all]`."""

    name: str
    version: str
    path: Path
    digest: str
    extras: str = ""

    @property
    def line(self) -> str:
        """It as a line of a requirements file."""
        return f"{self.name}{self.extras} @ {self.path.as_uri()}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one `pip install` asks for. With `no_index` only `find_links` is looked into."""

    requirements: tuple[Requirement, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    wheels: tuple[Wheel, ...] = ()
    find_links: tuple[Wheel, ...] = ()
    no_index: bool = False
    upgrade: bool = False
    no_deps: bool = False
    pre: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The packages that it names, each once."""
        return tuple(dict.fromkeys([each.name for each in self.requirements] + [each.name for each in self.wheels]))

    @property
    def shown(self) -> str:
        """What messages call it."""
        texts = [each.text for each in self.requirements] + [each.path.name for each in self.wheels]
        return ", ".join(texts[:5]) + (f" and {len(texts) - 5} more" if len(texts) > 5 else "")


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One package of a set: an exact version from the index, or a wheel file."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    wheel: Wheel | None = None

    @property
    def line(self) -> str:
        """It as a line of a requirements file."""
        if self.wheel is not None:
            return f"{self.name} @ {self.wheel.path.as_uri()}"
        return " ".join([f"{self.name}=={self.version}", *(f"--hash={each}" for each in self.hashes)])

    @property
    def identity(self) -> list[str]:
        """What makes it another package than others, for a digest."""
        return [self.name, self.version, *self.hashes, self.wheel.digest if self.wheel else ""]


@dataclass(frozen=True, slots=True)
class Target:
    """The environment that packages are for: its interpreter's path, and a digest that changes when its packages do."""

    interpreter: str
    digest: str


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation changed for its job.

    `added` are (name, version), `upgraded` (name, version before, version now), older ones too; `satisfied` are the
    names that were asked for and there already.
    """

    added: tuple[tuple[str, str], ...] = ()
    upgraded: tuple[tuple[str, str, str], ...] = ()
    satisfied: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def lines(things: Iterable[Requirement | Wheel | Pin]) -> str:
    """A requirements file of these."""
    return "".join(f"{each.line}\n" for each in things)

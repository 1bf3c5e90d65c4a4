"""What is asked of environments and what comes of it: a request, what is defined, ready, or would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from transom.engine.environments.requirements import Wanted
    from transom.model.assets import Environment, Sdk
    from transom.model.policies import Policy


@dataclass(frozen=True, slots=True)
class Ready:
    """An environment that can be used now.

    `interpreter` is the path of its Python; `folder` that of its build (None for the host); `fonts` is matplotlib's
    list of fonts in it, for a folder MPLCONFIGDIR. `notes` say what had to be mended.
    """

    environment: Environment
    interpreter: str
    folder: Path | None = None
    fonts: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def lock(self) -> str:
        """The environment's lock."""
        return self.environment.lock

    @property
    def digest(self) -> str:
        """The environment's digest."""
        return self.environment.digest


@dataclass(frozen=True, slots=True)
class Defined:
    """An environment that was just defined, and what is to be said of that."""

    environment: Environment
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What `add` is asked for. `python` is a version such as `3.10`; without one, what `wanted` names or the newest."""

    name: str
    wanted: Wanted
    python: str | None = None
    preload: tuple[str, ...] = ()
    resolve: bool = True
    forks: bool = True
    policy: Policy | None = None
    sdk: Sdk | None = None


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a new resolution changes: (package, version before or None, version after or None), sorted."""

    before: Environment
    after: Environment
    changes: tuple[tuple[str, str | None, str | None], ...]

"""What a person asks for when they run a script, as one value."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from transom.errors import WrongUse
from transom.model.assets import NoName, Reference, Sdk
from transom.model.policies import Network, Policy
from transom.model.runs import Debugger, Limits
from transom.model.scripts import ENTRY_POINT, Source
from transom.settings import Settings

#: What stands for every environment where one is named.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Registered:
    """A dataset of the workspace, as a person names it: `cars` or `cars@2`."""

    text: str

    def __str__(self) -> str:
        return self.text


def source_named(text: str) -> Path | Registered:
    """What a text names where a dataset or a bundle is asked for: a path that exists is a file, else it is a name.

    What begins as a path, such as `./x`, is always a file, and so is what could be no name.
    """
    path = Path(text)
    begins = text.startswith(("./", "../", "/", "~")) or "/" in text or text in (".", "..", "")
    if begins or os.path.lexists(path):
        return path
    try:
        Reference.of(text)
    except NoName:
        return path
    return Registered(text)


#: A table to connect: a file or folder, a registered dataset, a stream of CSV, or a table in memory (pandas or Arrow).
TableSource = Path | Registered | BinaryIO | Any


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One script to run once.

    `tables` maps `dataset1` and `dataset2` to what is connected, `read` to how it is read (as `--read1` takes it);
    `sample` keeps the first rows only. Of `limits` None takes the setting, NO_LIMIT lifts one.
    `environment` is a name; None leaves the choice to the script's header, the setting, or what the script imports.
    `packages` are added for this run alone, and with `bundle_requirements` what the bundle asks for. `policy` and
    `network` say what it may touch (None: what its environment or the setting says), and it may read and write what is
    allowed beside that; `variables` are names of environment variables that it gets in any case, `secrets` those of
    secrets that it may read where the policy would keep them. `sdk` says whose azureml-core it imports. Raises
    WrongUse for a limit or a sample that is none.
    """

    script: Path
    entry_point: str = ENTRY_POINT
    tables: Mapping[str, TableSource] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)
    bundle: Path | Registered | None = None
    sample: int | None = None
    limits: Limits = Limits()  # noqa: RUF009 (frozen)
    environment: str | None = None
    packages: tuple[str, ...] = ()
    bundle_requirements: bool = False
    debugger: Debugger = Debugger()  # noqa: RUF009 (frozen)
    policy: Policy | None = None
    network: Network | None = None
    allow_read: tuple[Path, ...] = ()
    allow_write: tuple[Path, ...] = ()
    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    sdk: Sdk | None = None
    experiment: str | None = None

    @property
    def limits_what_it_touches(self) -> bool:
        """Whether anything is said of what it may touch beside the policy."""
        return self.network is not None or bool(self.allow_read or self.allow_write or self.variables)

    def __post_init__(self) -> None:
        for name, value in asdict(self.limits).items():
            if value is not None and not value > 0:
                raise WrongUse(problem=f"{value:g} is no limit for {name}.", advice="Give more than 0, or `none`.")
        if self.sample is not None and self.sample < 0:
            raise WrongUse(problem=f"A sample of {self.sample} rows is none.", advice="Give 0 or more, such as 1000.")


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who wants to know what happens while a script runs; each may be left out.

    `on_read(port, read)` when a table was read, `on_text(event)` for what the script prints, `on_progress(what, done,
    total)` while a big file is read or written (in bytes or rows), `on_building(stage, detail)` while an environment
    is built.
    """

    on_read: Callable[[str, Any], None] | None = None
    on_text: Callable[[Any], None] | None = None
    on_progress: Callable[[str, int, int], None] | None = None
    on_building: Callable[[str, str], None] | None = None

    def building(self, stage: str, detail: str) -> None:
        """Tell of it where somebody listens."""
        if self.on_building is not None:
            self.on_building(stage, detail)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with all that goes with it: the script that was read, the settings, who watches, and since when."""

    request: RunRequest
    source: Source
    settings: Settings
    watcher: Watcher = Watcher()
    began: float = field(default_factory=time.monotonic)

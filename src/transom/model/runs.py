"""What a job is, how it may end, and what is told of its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from transom.model.policies import Enforced
from transom.model.scripts import ENTRY_POINT, OUTPUT_PORTS


class Status(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


class FailureKind(StrEnum):
    """Why a job did not succeed."""

    SCRIPT_SYNTAX = "script_syntax"
    ENTRY_POINT_MISSING = "entry_point_missing"
    ENTRY_POINT_SIGNATURE = "entry_point_signature"
    SCRIPT_ERROR = "script_error"
    SCRIPT_EXITED = "script_exited"
    PROCESS_DIED = "process_died"
    RESULT_INVALID = "result_invalid"
    INPUT_INVALID = "input_invalid"
    BUNDLE_INVALID = "bundle_invalid"
    ENVIRONMENT_FAILED = "environment_failed"
    TIMED_OUT = "timed_out"
    CPU_EXCEEDED = "cpu_exceeded"
    MEMORY_EXCEEDED = "memory_exceeded"
    PROCESSES_EXCEEDED = "processes_exceeded"
    FILE_SIZE_EXCEEDED = "file_size_exceeded"
    DISK_EXCEEDED = "disk_exceeded"
    OUTPUTS_EXCEEDED = "outputs_exceeded"
    COMPONENT_FAILED = "component_failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of the person's own code that was being executed: of the script or of its bundle."""

    file: str
    line: int
    function: str
    code: str


@dataclass(frozen=True, slots=True)
class Cause:
    """An exception that led to the one a failure tells of."""

    type: str
    message: str
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job did not succeed; `frames` runs from the outermost call to the innermost, `line` counts from 1."""

    kind: FailureKind
    message: str
    type: str | None = None
    file: str | None = None
    line: int | None = None
    function: str | None = None
    frames: tuple[Frame, ...] = ()
    causes: tuple[Cause, ...] = ()
    remedy: str | None = None
    exit_code: int | None = None
    signal: str | None = None

    @property
    def sentence(self) -> str:
        """What went wrong: what the script raised with its type, as the message of a KeyError is the key alone."""
        if self.type is None or self.kind not in (FailureKind.SCRIPT_ERROR, FailureKind.SCRIPT_SYNTAX):
            return self.message
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name and its type, in pandas' word where pandas made it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TableShape:
    """What is told of a table without its values; `index` names the levels of its row index that are not 0..n-1."""

    rows: int
    columns: tuple[Column, ...]
    index: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A table that a job returned: its shape and the digest of its Arrow file."""

    shape: TableShape
    digest: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that a job left: its name with forward slashes, relative to the run's files; its size in bytes."""

    name: str
    media_type: str
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Seconds:
    """Where the time went, in seconds: `start` until the process was ready, `read`, `script`, `write`."""

    total: float = 0.0
    start: float = 0.0
    read: float = 0.0
    script: float = 0.0
    write: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a job may use, all its processes together; None is no limit.

    `timeout` is wall time and `cpu` the time of processors, in seconds; `memory` is in bytes; `processes` counts
    processes and threads at one time. In bytes too: `file_size` of the largest single file, `disk` of everything in
    the job's folder but its inputs, `outputs` of results and kept files together.
    """

    timeout: float | None = None
    cpu: float | None = None
    memory: float | None = None
    processes: float | None = None
    file_size: float | None = None
    disk: float | None = None
    outputs: float | None = None


@dataclass(frozen=True, slots=True)
class UsedEnvironment:
    """The environment of a job: its name, Python version and digest, and where it lies here.

    `interpreter` is the path of its Python, `fonts` that of matplotlib's ready-made list of fonts, if it has one.
    """

    name: str
    python: str
    digest: str
    interpreter: str
    fonts: str | None = None


@dataclass(frozen=True, slots=True)
class Debugger:
    """How a script is debugged: on a terminal (its descriptor), or by debugpy on a port of the loopback interface."""

    terminal: int | None = None
    port: int | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether it is debugged at all."""
        return self.terminal is not None or self.port is not None


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """Files at a port: the digest of a zip of them, or with a `name` that of the one file that is called so."""

    digest: str
    name: str | None = None

    def __post_init__(self) -> None:
        """Check the name: it leads nowhere else."""
        if self.name is not None and (self.name in ("", ".", "..") or "/" in self.name or "\0" in self.name):
            raise ValueError(f"{self.name!r} cannot be the name of a file")


@dataclass(frozen=True, slots=True)
class Job:
    """One step with a script as it is sent to be executed: names and digests, never a table.

    `script` and `bundle` are digests of a text and of a zip; `datasets` maps ports to digests of Arrow files, `files`
    maps others to files. `script_shown` and `bundle_shown` are the paths that messages show. `packages` are
    requirements that are installed for this job alone, before the script starts, and with `bundle_requirements` what
    the bundle asks for. With `real_sdk` the script imports the azureml-core of its environment, not ours.

    `ports` None is the contract of a script: two tables by position, two tables back. Else the entry point is called
    with a keyword for each of `ports`, connected or not, and for each of `parameters` (values as JSON has them), and
    returns the tables `outputs`. ValueError where these names cannot be told apart, or cannot be keywords.
    """

    id: str
    script: str
    script_shown: str
    environment: UsedEnvironment
    datasets: Mapping[str, str] = field(default_factory=dict)
    bundle: str | None = None
    bundle_shown: str | None = None
    limits: Limits = Limits()
    entry_point: str = ENTRY_POINT
    packages: tuple[str, ...] = ()
    bundle_requirements: bool = False
    debugger: Debugger = Debugger()
    real_sdk: bool = False
    ports: tuple[str, ...] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = OUTPUT_PORTS
    files: Mapping[str, GivenFiles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the names: they become keywords, and names of files."""
        if self.ports is None:
            if self.parameters or self.files or self.outputs != OUTPUT_PORTS:
                raise ValueError("a script of two tables has no parameters, files or other outputs")
            return
        _check_names(self.outputs)
        _check_names((*self.ports, *self.parameters))
        if len(self.datasets) > _MOST_TABLES:
            raise ValueError(f"a job is handed {_MOST_TABLES} tables at most")
        unknown = [port for port in (*self.datasets, *self.files) if port not in self.ports]
        if unknown or self.datasets.keys() & self.files.keys():
            raise ValueError(f"nothing can be connected to {', '.join(unknown) or 'one port twice'}")

    @property
    def keywords(self) -> tuple[str, ...] | None:
        """What the entry point is called with by name; None where it is called by position."""
        return None if self.ports is None else (*self.ports, *self.parameters)


#: So many open files go with one message to the script's process, with some room.
_MOST_TABLES = 200
_LONGEST_NAME_BYTES = 200


def _check_names(names: tuple[str, ...]) -> None:
    wrong = [name for name in names if not name.isidentifier() or len(name.encode()) > _LONGEST_NAME_BYTES]
    if wrong or len(set(names)) != len(names):
        raise ValueError(f"{wrong[0]!r} cannot be a keyword" if wrong else f"a name comes twice: {', '.join(names)}")


@dataclass(frozen=True, slots=True)
class NativeJob:
    """One step of a native component as it is sent to be executed: names and digests, never a table.

    `datasets` maps ports to digests of Arrow files; `parameters` are checked values, as JSON has them. Of the limits
    `timeout` and `outputs` are held; `memory` is what the component is told that it may use.
    """

    id: str
    component: str
    outputs: tuple[str, ...]
    datasets: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class ChildRun:
    """A run that a script began within its own (`run.child_run`): what it measured; `status` is the script's word."""

    id: str
    name: str
    status: str = ""
    metrics: Mapping[str, object] = field(default_factory=dict)
    tags: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: what it returned, left, measured and warned of. `metrics` maps a name to its last value.

    `installed` are (name, version) of the packages that the job had beside those of its `environment`; `confinement` is
    None where its process has not got so far. `peak_memory` is the most that its processes had at a time, in bytes.
    """

    status: Status
    failure: Failure | None = None
    results: Mapping[str, Result] = field(default_factory=dict)
    files: tuple[KeptFile, ...] = ()
    metrics: Mapping[str, object] = field(default_factory=dict)
    tags: Mapping[str, str | None] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: Seconds = Seconds()
    environment: UsedEnvironment | None = None
    installed: tuple[tuple[str, str], ...] = ()
    confinement: Enforced | None = None
    properties: Mapping[str, str | None] = field(default_factory=dict)
    children: tuple[ChildRun, ...] = ()
    peak_memory: int | None = None

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of all contents that it names: tables and files."""
        return (*(made.digest for made in self.results.values()), *(each.digest for each in self.files))

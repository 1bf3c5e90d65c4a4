"""What `transom run` takes as options, in their groups, and what each is called.

The annotations are evaluated by cyclopts alone, which takes long to import: a plain run does without, see `cli.plain`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from transom.errors import WrongUse
from transom.model.assets import Sdk
from transom.model.policies import Network, Policy
from transom.model.runs import Limits
from transom.settings import bytes_from, limit_from, seconds_from

if TYPE_CHECKING:
    from cyclopts import Parameter

Text = str | None

_INPUTS = "Inputs"
_RESULTS = "Results"
_LIMITS = "Limits"
_ENVIRONMENT = "Environment"
_TOUCHES = "What it may touch"
_WAYS = "Ways to run"


@cache
def _group(name: str) -> Any:
    from cyclopts import Group

    return Group(name)


def _option(*names: str, group: str, help: str) -> Parameter:
    from cyclopts import Parameter

    return Parameter(name=names, group=_group(group), help=help)


def _number(*names: str, group: str, help: str) -> Parameter:
    from cyclopts import Parameter

    from transom.cli.numbers import whole_number

    return Parameter(name=names, group=_group(group), converter=whole_number, help=help)


def _flag(*names: str, group: str, help: str) -> Parameter:
    """What is given or not, or given any number of times."""
    from cyclopts import Parameter

    return Parameter(name=names or None, group=_group(group), negative=(), help=help)


def flat() -> Parameter:
    """The fields of a value are options of their own."""
    from cyclopts import Parameter

    return Parameter(name="*")


@dataclass(frozen=True)
class Inputs:
    """What is connected to the script."""

    dataset1: Annotated[Text, _option("--dataset1", group=_INPUTS, help="The first table, as an option.")] = None
    dataset2: Annotated[Text, _option("--dataset2", group=_INPUTS, help="The second table, as an option.")] = None
    bundle: Annotated[
        Text, _option("--bundle", "-b", group=_INPUTS, help="The script bundle: a zip, a folder or a dataset.")
    ] = None
    read1: Annotated[
        Text,
        _option("--read1", group=_INPUTS, help="How a table is read: header=no,delimiter=;,encoding=cp1252,sheet=2"),
    ] = None
    read2: Annotated[Text, _option("--read2", group=_INPUTS, help="The same for the second table.")] = None
    sample: Annotated[int | None, _number("--sample", group=_INPUTS, help="Only so many first rows.")] = None


@dataclass(frozen=True)
class Results:
    """Where results go."""

    result1: Annotated[
        Text,
        _option("--result1", "-1", group=_RESULTS, help="A file for the first result, by its ending; - prints CSV."),
    ] = None
    result2: Annotated[Text, _option("--result2", "-2", group=_RESULTS, help="A file for the second result.")] = None
    expect1: Annotated[
        Text, _option("--expect1", group=_RESULTS, help="A file that the first result must be equal to.")
    ] = None
    expect2: Annotated[Text, _option("--expect2", group=_RESULTS, help="The same for the second result.")] = None
    tolerance: Annotated[
        float, _option("--tolerance", group=_RESULTS, help="How far numbers may differ, relative and absolute.")
    ] = 1e-9
    register_result1: Annotated[
        Text, _option("--register-result1", group=_RESULTS, help="A name: the first result becomes a dataset.")
    ] = None
    register_result2: Annotated[
        Text, _option("--register-result2", group=_RESULTS, help="The same for the second result.")
    ] = None
    output: Annotated[
        Text, _option("--output", group=_RESULTS, help="A folder for everything: results, files, log, outcome.")
    ] = None


@dataclass(frozen=True)
class Where:
    """What it runs in."""

    environment: Annotated[
        Text,
        _option(
            "--environment", "-e", group=_ENVIRONMENT, help="An environment by name: host, current, designer-2020."
        ),
    ] = None
    packages: Annotated[
        tuple[str, ...],
        _flag(
            "--with",
            group=_ENVIRONMENT,
            help="A package to add for this run: NAME or NAME==VERSION; repeatable.",
        ),
    ] = ()
    bundle_requirements: Annotated[
        bool,
        _flag(
            "--bundle-requirements",
            group=_ENVIRONMENT,
            help="Install the bundle's requirements.txt and wheels first.",
        ),
    ] = False
    sdk: Annotated[
        Sdk | None,
        _option("--sdk", group=_ENVIRONMENT, help="Whose azureml.core it imports: transom's, or azure's real one."),
    ] = None
    experiment: Annotated[
        Text, _option("--experiment", group=_ENVIRONMENT, help="The experiment that the run belongs to.")
    ] = None


@dataclass(frozen=True)
class Touches:
    """What it may touch."""

    policy: Annotated[
        Policy | None, _option("--policy", group=_TOUCHES, help="How much: open, guarded, confined or strict.")
    ] = None
    network: Annotated[
        Network | None, _option("--network", group=_TOUCHES, help="none, packages (pip install only), or open.")
    ] = None
    allow_read: Annotated[
        tuple[str, ...],
        _flag("--allow-read", group=_TOUCHES, help="A file or folder it may read too; repeatable."),
    ] = ()
    allow_write: Annotated[
        tuple[str, ...],
        _flag("--allow-write", group=_TOUCHES, help="A file or folder it may write to; repeatable."),
    ] = ()
    variables: Annotated[
        tuple[str, ...],
        _flag("--env", group=_TOUCHES, help="An environment variable it gets, by name; repeatable."),
    ] = ()
    secrets: Annotated[
        tuple[str, ...],
        _flag("--secret", group=_TOUCHES, help="A secret it may read, by name; repeatable."),
    ] = ()


@dataclass(frozen=True)
class Most:
    """How much it may use; `none` lifts a limit."""

    timeout: Annotated[Text, _option("--timeout", group=_LIMITS, help="The longest it may take: 90s, 10m.")] = None
    cpu: Annotated[Text, _option("--cpu", group=_LIMITS, help="The most processor time it may use: 8h.")] = None
    memory: Annotated[Text, _option("--memory", group=_LIMITS, help="The most memory it may use: 4GiB.")] = None
    processes: Annotated[
        Text, _option("--processes", group=_LIMITS, help="The most processes and threads at a time: 500.")
    ] = None
    file_size: Annotated[Text, _option("--file-size", group=_LIMITS, help="The largest file it may write: 20GiB.")] = (
        None
    )
    disk: Annotated[Text, _option("--disk", group=_LIMITS, help="The most its files may take on the disk: 20GiB.")] = (
        None
    )
    outputs: Annotated[
        Text, _option("--outputs", group=_LIMITS, help="The most that results and kept files may have: 2GiB.")
    ] = None

    def limits(self) -> Limits:
        """What was asked for as values."""
        return Limits(
            timeout=_limit("--timeout", self.timeout, seconds_from, "90s, 10m or 1h30m"),
            cpu=_limit("--cpu", self.cpu, seconds_from, "10m or 8h"),
            memory=_limit("--memory", self.memory, bytes_from, "500MB or 4GiB"),
            processes=_limit("--processes", self.processes, int, "500"),
            file_size=_limit("--file-size", self.file_size, bytes_from, "500MB or 20GiB"),
            disk=_limit("--disk", self.disk, bytes_from, "500MB or 20GiB"),
            outputs=_limit("--outputs", self.outputs, bytes_from, "500MB or 2GiB"),
        )


@dataclass(frozen=True)
class Ways:
    """How it runs and what is shown."""

    watch: Annotated[bool, _flag(group=_WAYS, help="Run again at each save of the script or its bundle.")] = False
    pdb: Annotated[bool, _flag(group=_WAYS, help="Debug in the terminal: breakpoint(), and after a failure.")] = False
    debug: Annotated[bool, _flag(group=_WAYS, help="Wait for a debugger, such as that of VS Code, to attach.")] = False
    debug_port: Annotated[
        int | None, _number("--debug-port", group=_WAYS, help="The port it attaches to; 5678, or a free one.")
    ] = None
    json: Annotated[bool, _flag(group=_WAYS, help="Print one JSON document and nothing else.")] = False
    quiet: Annotated[bool, _flag("--quiet", "-q", group=_WAYS, help="Show failures only.")] = False


def _limit(option: str, text: Text, parse: Callable[[str], float], examples: str) -> float | None:
    if text is None:
        return None
    try:
        return limit_from(parse)(text)
    except ValueError:
        advice = f"For example: {examples}, or none."
        raise WrongUse(problem=f"{option} {text} is not understood.", advice=advice) from None

"""`transom run`: what it takes on the command line, and what it leaves to whom."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from transom.cli.app import STANDARD_INPUT, exit_code_of
from transom.cli.printing import print_json
from transom.errors import WrongUse
from transom.model.assets import Sdk
from transom.model.policies import Network, Policy
from transom.model.runs import Debugger, Limits
from transom.settings import bytes_from, limit_from, load, seconds_from
from transom.workspace.requests import Registered, RunRequest, TableSource, source_named
from transom.workspace.running import Runner

_INPUTS = Group("Inputs")
_RESULTS = Group("Results")
_LIMITS = Group("Limits")
_ENVIRONMENT = Group("Environment")
_TOUCHES = Group("What it may touch")
_WAYS = Group("Ways to run")

Text = str | None


def _option(*names: str, group: Group, help: str) -> Parameter:
    return Parameter(name=names, group=group, help=help)


@Parameter(name="*")
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
    sample: Annotated[int | None, _option("--sample", group=_INPUTS, help="Only so many first rows.")] = None


@Parameter(name="*")
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


@Parameter(name="*")
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
        Parameter(
            name="--with",
            group=_ENVIRONMENT,
            negative=(),
            help="A package to add for this run: NAME or NAME==VERSION; repeatable.",
        ),
    ] = ()
    bundle_requirements: Annotated[
        bool,
        Parameter(
            name="--bundle-requirements",
            group=_ENVIRONMENT,
            negative=(),
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


@Parameter(name="*")
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
        Parameter(
            name="--allow-read", group=_TOUCHES, negative=(), help="A file or folder it may read too; repeatable."
        ),
    ] = ()
    allow_write: Annotated[
        tuple[str, ...],
        Parameter(
            name="--allow-write", group=_TOUCHES, negative=(), help="A file or folder it may write to; repeatable."
        ),
    ] = ()
    variables: Annotated[
        tuple[str, ...],
        Parameter(
            name="--env", group=_TOUCHES, negative=(), help="An environment variable it gets, by name; repeatable."
        ),
    ] = ()
    secrets: Annotated[
        tuple[str, ...],
        Parameter(name="--secret", group=_TOUCHES, negative=(), help="A secret it may read, by name; repeatable."),
    ] = ()


@Parameter(name="*")
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


@Parameter(name="*")
@dataclass(frozen=True)
class Ways:
    """How it runs and what is shown."""

    watch: Annotated[
        bool, Parameter(group=_WAYS, negative=(), help="Run again at each save of the script or its bundle.")
    ] = False
    pdb: Annotated[
        bool, Parameter(group=_WAYS, negative=(), help="Debug in the terminal: breakpoint(), and after a failure.")
    ] = False
    debug: Annotated[
        bool, Parameter(group=_WAYS, negative=(), help="Wait for a debugger, such as that of VS Code, to attach.")
    ] = False
    debug_port: Annotated[
        int | None, _option("--debug-port", group=_WAYS, help="The port it attaches to; 5678, or a free one.")
    ] = None
    json: Annotated[bool, Parameter(group=_WAYS, negative=(), help="Print one JSON document and nothing else.")] = False
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), group=_WAYS, negative=(), help="Show failures only.")] = (
        False
    )


def run(  # noqa: PLR0913 (each is a group of options)
    script: str,
    dataset1: str | None = None,
    dataset2: str | None = None,
    /,
    *,
    inputs: Inputs = Inputs(),
    results: Results = Results(),
    where: Where = Where(),
    touches: Touches = Touches(),
    most: Most = Most(),
    ways: Ways = Ways(),
) -> int:
    """Run a script on up to two tables and show what came out.

    Parameters
    ----------
    script
        The file with the function azureml_main.
    dataset1
        The first table: a file or folder of any format, a registered dataset (cars, cars@2), or - for CSV on standard
        input.
    dataset2
        The second table.
    """
    settings = load()
    request = _in_environment(_request(script, _tables(dataset1, dataset2, inputs), inputs), where, ways)
    request = replace(_touching(request, touches), limits=most.limits())
    if not ways.watch:
        return _Once(Runner(settings), results, ways).run(request)
    from transom.cli.watching import watch
    from transom.workspace.opening import open_workspace
    from transom.workspace.starting import WarmStarts

    with closing(WarmStarts(open_workspace(settings).warm)) as starts:
        places = (results.result1, results.result2, results.output)
        written = [Path(place) for place in places if place not in (None, STANDARD_INPUT)]
        return watch(request, _Once(Runner(settings, starts), results, ways).run, written)


def _tables(dataset1: Text, dataset2: Text, inputs: Inputs) -> dict[str, TableSource]:
    named = {"dataset1": (dataset1, inputs.dataset1), "dataset2": (dataset2, inputs.dataset2)}
    tables: dict[str, TableSource] = {}
    for port, (by_place, by_name) in named.items():
        if by_place is not None and by_name is not None:
            raise WrongUse(problem=f"The {port} is given twice.", advice=f"Leave out {by_place} or --{port}.")
        given = by_place if by_name is None else by_name
        if given is not None:
            tables[port] = _standard_input() if given == STANDARD_INPUT else source_named(given)
    if sum(1 for table in tables.values() if not isinstance(table, (Path, Registered))) > 1:
        raise WrongUse(problem="Standard input can be one table only.", advice="Give the other as a file.")
    return tables


def _standard_input() -> TableSource:
    if sys.stdin is None:
        raise WrongUse(problem="Standard input is closed.", advice="Pipe a table into it, or name a file.")
    return sys.stdin.buffer


def _request(script: str, tables: Mapping[str, TableSource], inputs: Inputs) -> RunRequest:
    read = {"dataset1": inputs.read1, "dataset2": inputs.read2}
    for port, options in read.items():
        if options is not None and port not in tables:
            raise WrongUse(problem=f"--read{port[-1]} is given, but no {port}.", advice="Leave it out, or give one.")
    return RunRequest(
        script=Path(script),
        tables=tables,
        read={port: options for port, options in read.items() if options is not None},
        bundle=None if inputs.bundle is None else source_named(inputs.bundle),
        sample=inputs.sample,
    )


def _in_environment(request: RunRequest, where: Where, ways: Ways) -> RunRequest:
    """The request with what it runs in, and what it takes to debug it."""
    packages = where.packages
    if ways.debug and ways.pdb:
        raise WrongUse(problem="--debug and --pdb exclude each other.", advice="Leave one of them out.")
    if ways.debug_port is not None and not (ways.debug and 0 < ways.debug_port < 65536):
        raise WrongUse(
            problem="--debug-port must be a port from 1 to 65535, and goes with --debug.",
            advice="For example: --debug --debug-port 5679.",
        )
    debugger = Debugger()
    if ways.debug:
        from transom.workspace.debugging import port_for_debugger

        debugger = Debugger(port=port_for_debugger(ways.debug_port))
        packages = (*packages, "debugpy")
    return replace(
        request,
        environment=where.environment,
        packages=packages,
        bundle_requirements=where.bundle_requirements,
        sdk=where.sdk,
        experiment=where.experiment,
        debugger=debugger,
    )


def _touching(request: RunRequest, touches: Touches) -> RunRequest:
    """The request with what it may touch."""
    return replace(
        request,
        policy=touches.policy,
        network=touches.network,
        allow_read=tuple(map(Path, touches.allow_read)),
        allow_write=tuple(map(Path, touches.allow_write)),
        variables=touches.variables,
        secrets=touches.secrets,
    )


def _limit(option: str, text: Text, parse: Callable[[str], float], examples: str) -> float | None:
    if text is None:
        return None
    try:
        return limit_from(parse)(text)
    except ValueError:
        advice = f"For example: {examples}, or none."
        raise WrongUse(problem=f"{option} {text} is not understood.", advice=advice) from None


class _Once:
    """Runs a request, delivers its results, shows them; as often as it is asked to."""

    def __init__(self, runner: Runner, results: Results, ways: Ways) -> None:
        self.runner = runner
        self.results = results
        self.ways = ways
        if ways.json and (results.result1 == STANDARD_INPUT or results.result2 == STANDARD_INPUT):
            raise WrongUse(
                problem="--json and a result on standard output exclude each other.",
                advice="Write the result to a file.",
            )

    def _check(self) -> None:
        """Can what is asked for be done?"""
        self._delivery().check()

    def run(self, request: RunRequest) -> int:
        """Run once; the exit code."""
        from transom.cli.show import Quiet, Terminal

        show = Quiet() if self.ways.json or self.ways.quiet else Terminal(request)
        with _terminal(self.ways.pdb) as descriptor:
            if descriptor is not None:
                request = replace(request, debugger=Debugger(terminal=descriptor))
            result = self.runner.run(request, show.watcher(), self._check)
        from transom.workspace.delivering import deliver

        delivered = deliver(result, self._delivery(), self.runner.workspace, show.progress)
        if self.ways.json:
            document = result.document() | delivered.document()
            print_json(document)
        else:
            show.result(result, delivered)
        kind = None if result.failure is None else result.failure.kind
        code = exit_code_of(result.status, kind)
        return code or (0 if delivered.as_expected else 1)

    def _delivery(self) -> Any:
        from transom.workspace.delivering import Delivery

        wanted = self.results
        return Delivery(
            files=_by_port(wanted.result1, wanted.result2),
            expected={port: Path(path) for port, path in _by_port(wanted.expect1, wanted.expect2).items()},
            register=_by_port(wanted.register_result1, wanted.register_result2),
            tolerance=wanted.tolerance,
            output=None if wanted.output is None else Path(wanted.output),
        )


def _by_port(first: Text, second: Text) -> dict[str, str]:
    pairs = (("result_dataset", first), ("result_dataset2", second))
    return {port: "-" if path == STANDARD_INPUT else path for port, path in pairs if path is not None}


class _terminal:  # noqa: N801 (a context manager that reads like a function)
    """The terminal's descriptor for a debugger, where one is wanted."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.descriptor: int | None = None

    def __enter__(self) -> int | None:
        if self.wanted:
            try:
                self.descriptor = os.open("/dev/tty", os.O_RDWR)
            except OSError:
                raise WrongUse(
                    problem="--pdb needs a terminal, and there is none.", advice="Run it in a terminal window."
                ) from None
        return self.descriptor

    def __exit__(self, *_: object) -> None:
        if self.descriptor is not None:
            with suppress(OSError):
                os.close(self.descriptor)

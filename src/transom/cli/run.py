"""`transom run`: what it takes on the command line, and what it leaves to whom."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from transom.cli import without_pandas
from transom.cli.app import STANDARD_INPUT, collect_again, exit_code_of
from transom.cli.printing import print_json
from transom.cli.run_options import Inputs, Most, Results, Text, Touches, Ways, Where, flat
from transom.errors import WrongUse
from transom.model.runs import Debugger
from transom.settings import load
from transom.workspace.requests import Registered, RunRequest, TableSource, source_named
from transom.workspace.running import Runner


def run(  # noqa: PLR0913 (each is a group of options)
    script: str,
    dataset1: str | None = None,
    dataset2: str | None = None,
    /,
    *,
    inputs: Annotated[Inputs, flat()] = Inputs(),  # noqa: B008 (frozen)
    results: Annotated[Results, flat()] = Results(),  # noqa: B008 (frozen)
    where: Annotated[Where, flat()] = Where(),  # noqa: B008 (frozen)
    touches: Annotated[Touches, flat()] = Touches(),  # noqa: B008 (frozen)
    most: Annotated[Most, flat()] = Most(),  # noqa: B008 (frozen)
    ways: Annotated[Ways, flat()] = Ways(),  # noqa: B008 (frozen)
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
        """Can what is asked for be done? By now all is imported, of which nothing is garbage."""
        without_pandas.now()
        collect_again()
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

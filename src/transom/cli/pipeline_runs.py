"""How a pipeline that is run is shown while it runs, and what is told of it at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from transom.cli import without_pandas
from transom.cli.app import INTERRUPTED, STANDARD_INPUT, collect_again
from transom.cli.failures import lines_of
from transom.cli.grids import say, warn
from transom.cli.printing import print_json
from transom.errors import WrongUse
from transom.settings import load

if TYPE_CHECKING:
    from transom.workspace.pipelines.asking import PipelineRequest
    from transom.workspace.pipelines.telling import PipelineResult


def run_file(file: str, values: Mapping[str, str], *, json: bool, quiet: bool) -> int:
    """Run a pipeline file as it is, and show it; the exit code."""
    from transom.workspace.pipelines.files import request_of

    return run_and_show(request_of(named(file), values), json=json, quiet=quiet)


def named(file: str) -> Path:
    """The pipeline file that a person named. Raises WrongUse for standard input."""
    if file == STANDARD_INPUT:
        raise WrongUse(
            problem="A pipeline cannot be read from standard input: its paths begin at the folder of its file.",
            advice="Write it to a file, and name that.",
        )
    return Path(file)


def run_and_show(request: PipelineRequest, *, json: bool, quiet: bool, resume: str | None = None) -> int:
    """Run what is asked for, or take a run up again, and show it; the exit code."""
    from transom.cli.pipeline_lines import Lines
    from transom.workspace.pipelines.running import PipelineRunner

    without_pandas.from_now_on()
    collect_again()
    lines = Lines(quiet=quiet or json)
    runner = PipelineRunner(load())
    try:
        result = runner.run(request, lines.watcher(), resume=resume)
    finally:
        lines.close()
    if json:
        print_json(result.document())
    else:
        _tell_failures(result)
        if not quiet:
            _tell(result)
    return INTERRUPTED if result.status == "cancelled" else 0 if result.status == "succeeded" else 1


def values_of(said: tuple[str, ...]) -> dict[str, str]:
    """The values of inputs that were said as NAME=VALUE. Raises WrongUse."""
    values: dict[str, str] = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise WrongUse(problem=f"--set {each} is not understood.", advice="Give NAME=VALUE, such as share=0.8.")
        if name in values:
            raise WrongUse(problem=f"The input {name} is given twice.", advice="Give it once.")
        values[name] = value
    return values


def _tell_failures(result: PipelineResult) -> None:
    for end in result.ends.values():
        if end.outcome is None or end.state.is_good:
            continue
        failure = end.outcome.failure
        if failure is not None:
            say(f"\n{end.name} {end.state.value}: {failure.sentence}")
            for line in lines_of(failure):
                say(line)


def _tell(result: PipelineResult) -> None:
    from transom.cli.pipeline_lines import summary

    for name, output in result.outputs.items():
        say(f"{name}: {output['dataset']}, {output['rows']:,} rows")
    warn(result.warnings)
    for name, end in result.ends.items():
        if end.attempts and end.outcome is not None:
            warn([f"{name}: {text}" for text in end.outcome.warnings])
    say(f"\n{result.status} in {result.seconds:.2f} s: {summary(result.ends)}")
    if not result.succeeded:
        say(f"to go on with it: transom runs resume {result.id}")
    say(str(result.folder))

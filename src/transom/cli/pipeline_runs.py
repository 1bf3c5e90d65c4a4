"""How a pipeline that is run is shown while it runs, and what is told of it at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from transom.cli import without_pandas
from transom.cli.app import INTERRUPTED, collect_again
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

    return run_and_show(request_of(Path(file), values), json=json, quiet=quiet)


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
    values = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise WrongUse(problem=f"--set {each} is not understood.", advice="Give NAME=VALUE, such as share=0.8.")
        values[name] = value
    return values


def _tell_failures(result: PipelineResult) -> None:
    for end in result.ends.values():
        if end.outcome is None or end.state.is_good:
            continue
        failure = end.outcome.failure
        if failure is not None:
            say(f"\n{end.name} {end.state.value}: {failure.message}")
            for frame in failure.frames:
                say(f"  {frame.file}:{frame.line} in {frame.function}: {frame.code}")
            if failure.remedy:
                say(f"  try {failure.remedy}")


def _tell(result: PipelineResult) -> None:
    from transom.cli.pipeline_lines import summary

    for name, output in result.outputs.items():
        say(f"{name}: {output['dataset']}, {output['rows']:,} rows")
    warn(result.warnings)
    for name, end in result.ends.items():
        if end.attempts and end.outcome is not None:
            warn([f"{name}: {text}" for text in end.outcome.warnings])
    say(f"\n{result.status} in {result.seconds:.2f} s: {summary(result.ends)}")
    say(str(result.folder))

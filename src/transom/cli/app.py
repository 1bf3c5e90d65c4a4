"""Which commands there are, and how a command ends: its exit code, and the words for what is wrong."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from transom.cli.printing import print_json, say_all_characters, visible
from transom.errors import TransomError, WrongUse
from transom.model.runs import FailureKind, Status

if TYPE_CHECKING:
    from cyclopts import App, CycloptsError

#: What stands for standard input where a dataset is named; typed as a single hyphen.
STANDARD_INPUT = "\0standard input"
INTERRUPTED = 130

_EXIT_CODE_OF_STATUS = {Status.SUCCEEDED: 0, Status.TIMED_OUT: 124, Status.CANCELLED: INTERRUPTED}
_EXIT_CODE_OF_FAILURE = {
    FailureKind.INPUT_INVALID: 2,
    FailureKind.BUNDLE_INVALID: 2,
    FailureKind.ENVIRONMENT_FAILED: 5,
}

#: The commands in the order in which people need them: where each is, which is imported when it is called, and what
#: the list of them says of it.
COMMANDS = {
    "run": ("transom.cli.run:run", "Run a script on up to two tables and show what came out."),
    "check": ("transom.cli.check:check", "Tell what can be known of a script before it runs."),
    "fix": ("transom.cli.check:fix", "Show the repairs that are certain, as a diff, or make them."),
    "new": ("transom.cli.new:new", "Write a new script, with what it is given and returns explained."),
    "pipeline": ("transom.cli.pipeline:app", "Pipelines: steps that hand tables on to each other."),
    "runs": ("transom.cli.runs:app", "The runs of the workspace."),
    "dataset": ("transom.cli.dataset:app", "Datasets: named, versioned tables and sets of files."),
    "model": ("transom.cli.model:app", "Models: named, versioned files and folders."),
    "datastore": ("transom.cli.datastore:app", "Datastores: named places of files, and databases."),
    "secret": ("transom.cli.secret:app", "Secrets: what scripts may read, and no log shows."),
    "env": ("transom.cli.env:app", "Environments: named interpreters with locked packages."),
    "init": ("transom.cli.init:init", "Make a workspace in a folder, for what is run and registered below it."),
    "workspace": ("transom.cli.init:app", "The workspace that commands work in."),
    "prune": ("transom.cli.init:prune", "Remove what nothing needs any more."),
    "doctor": ("transom.cli.doctor:doctor", "Tell what this machine can enforce, and what it has."),
}


def exit_code_of(status: Status, kind: FailureKind | None) -> int:
    """The exit code of a run that ended so."""
    if kind in _EXIT_CODE_OF_FAILURE:
        return _EXIT_CODE_OF_FAILURE[kind]
    return _EXIT_CODE_OF_STATUS.get(status, 1)


def make_app() -> App:
    """The command line as cyclopts has it."""
    from cyclopts import App

    app = App(
        name="transom",
        help="Run azureml_main scripts of Azure Machine Learning designer's Execute Python Script anywhere.",
        help_format="plaintext",
        version=_version,
        default_parameter=None,
    )
    for name, (place, told) in COMMANDS.items():
        app.command(place, name=name, help=told)
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("transom")


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. What is wrong is said on standard error, or as JSON where that was asked for."""
    tokens = [STANDARD_INPUT if token == "-" else token for token in arguments]
    say_all_characters()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):  # end like an interrupt: the script is stopped, the run told of
            signal.signal(number, signal.default_int_handler)
    try:
        code = _called(tokens)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except TransomError as wrong:
        _tell(arguments, wrong.code, _as_typed(wrong.message), _as_typed(wrong.remedy))
        return wrong.exit_code
    except KeyboardInterrupt:
        if "--json" in arguments:
            _tell(arguments, "interrupted", "The command was interrupted before anything ran.", "Run it again.")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read standard output has left
        _forget_standard_output()
        return 1
    except OSError as wrong:
        if wrong.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF):
            raise
        _forget_standard_output()
        reason = wrong.strerror or str(wrong)
        _tell((), "output_unwritable", f"The output cannot be written: {reason}.", "Free space or choose another.")
        return 2


def collect_again() -> None:
    """Look for garbage again, if that was put off until all is imported: of what is there by now nothing is any."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _called(tokens: Sequence[str]) -> object:
    """What the command gives. A plain run is understood without cyclopts, which takes 0.1 s to import and to parse."""
    from transom.cli.plain import plain_pipeline, plain_run

    plain, pipeline = plain_run(tokens), plain_pipeline(tokens)
    if plain is not None:
        gc.disable()  # until `collect_again`
        from transom.cli.run import run

        return run(*plain.words, **plain.groups)
    if pipeline is not None:
        gc.disable()  # until `collect_again`
        from transom.cli.pipeline_runs import run_file, values_of

        return run_file(pipeline.file, values_of(pipeline.said), json=pipeline.json, quiet=pipeline.quiet)
    from cyclopts import CycloptsError

    try:
        return make_app()(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as wrong:
        advice = "See `transom --help`, or --help after a command."
        raise WrongUse(problem=_sentence(wrong), advice=advice) from None


def _forget_standard_output() -> None:
    """Nothing can be written there any more: what is still in the buffer must not fail again at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _sentence(wrong: CycloptsError) -> str:
    text = _as_typed(str(wrong)).strip()
    return text if text.endswith((".", "?")) else f"{text}."


def _as_typed(text: str) -> str:
    """A message with a hyphen where that was taken for standard input and is none."""
    return text.replace(STANDARD_INPUT, "-").replace(repr(STANDARD_INPUT)[1:-1], "-")


def _tell(arguments: Sequence[str], code: str, message: str, remedy: str) -> None:
    if "--json" in arguments:
        print_json({"error": {"code": code, "message": message, "remedy": remedy}})
        return
    print(f"error: {visible(message)}", file=sys.stderr)
    if remedy:
        print(f"  {visible(remedy)}", file=sys.stderr)

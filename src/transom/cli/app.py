"""Which commands there are, and how a command ends: its exit code, and the words for what is wrong."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from transom.cli.printing import print_json, visible
from transom.errors import TransomError
from transom.model.runs import FailureKind, Status

#: What stands for standard input where a dataset is named; typed as a single hyphen.
STANDARD_INPUT = "\0standard input"
INTERRUPTED = 130

_EXIT_CODE_OF_STATUS = {Status.SUCCEEDED: 0, Status.TIMED_OUT: 124, Status.CANCELLED: INTERRUPTED}
_EXIT_CODE_OF_FAILURE = {
    FailureKind.INPUT_INVALID: 2,
    FailureKind.BUNDLE_INVALID: 2,
    FailureKind.ENVIRONMENT_FAILED: 5,
}


def exit_code_of(status: Status, kind: FailureKind | None) -> int:
    """The exit code of a run that ended so."""
    if kind in _EXIT_CODE_OF_FAILURE:
        return _EXIT_CODE_OF_FAILURE[kind]
    return _EXIT_CODE_OF_STATUS.get(status, 1)


def make_app() -> App:
    """The command line as cyclopts has it."""
    app = App(
        name="transom",
        help="Run azureml_main scripts of Azure Machine Learning designer's Execute Python Script anywhere.",
        help_format="plaintext",
        version=_version,
        default_parameter=None,
    )
    app.command("transom.cli.run:run", name="run")
    app.command("transom.cli.check:check", name="check")
    app.command("transom.cli.check:fix", name="fix")
    app.command("transom.cli.new:new", name="new")
    app.command("transom.cli.env:app", name="env")
    app.command("transom.cli.doctor:doctor", name="doctor")
    app.command("transom.cli.init:init", name="init")
    app.command("transom.cli.init:app", name="workspace")
    app.command("transom.cli.dataset:app", name="dataset")
    app.command("transom.cli.model:app", name="model")
    app.command("transom.cli.datastore:app", name="datastore")
    app.command("transom.cli.secret:app", name="secret")
    app.command("transom.cli.runs:app", name="runs")
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("transom")


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. What is wrong is said on standard error, or as JSON where that was asked for."""
    tokens = [STANDARD_INPUT if token == "-" else token for token in arguments]
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):  # end like an interrupt: the script is stopped, the run told of
            signal.signal(number, signal.default_int_handler)
    try:
        code = make_app()(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except TransomError as wrong:
        _tell(arguments, wrong.code, wrong.message, wrong.remedy)
        return wrong.exit_code
    except CycloptsError as wrong:
        _tell(arguments, "wrong_use", _sentence(wrong), "See `transom --help`, or --help after a command.")
        return 2
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


def _forget_standard_output() -> None:
    """Nothing can be written there any more: what is still in the buffer must not fail again at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _sentence(wrong: CycloptsError) -> str:
    text = str(wrong).replace(STANDARD_INPUT, "-").strip()
    return text if text.endswith((".", "?")) else f"{text}."


def _tell(arguments: Sequence[str], code: str, message: str, remedy: str) -> None:
    if "--json" in arguments:
        print_json({"error": {"code": code, "message": message, "remedy": remedy}})
        return
    print(f"error: {visible(message)}", file=sys.stderr)
    if remedy:
        print(f"  {visible(remedy)}", file=sys.stderr)

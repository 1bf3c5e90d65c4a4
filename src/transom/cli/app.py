"""Which commands there are, and how a command ends: its exit code, and the words for what is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

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
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("transom")


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. What is wrong is said on standard error, or as JSON where that was asked for."""
    tokens = [STANDARD_INPUT if token == "-" else token for token in arguments]
    try:
        code = make_app()(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        return code if isinstance(code, int) else 0
    except TransomError as wrong:
        _tell(arguments, wrong.code, wrong.message, wrong.remedy)
        return wrong.exit_code
    except CycloptsError as wrong:
        _tell(arguments, "wrong_use", _sentence(wrong), "See `transom --help`, or --help after a command.")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read standard output has left
        sys.stderr.close()
        return 1


def _sentence(wrong: CycloptsError) -> str:
    text = str(wrong).replace(STANDARD_INPUT, "-").strip()
    return text if text.endswith((".", "?")) else f"{text}."


def _tell(arguments: Sequence[str], code: str, message: str, remedy: str) -> None:
    if "--json" in arguments:
        print(json.dumps({"error": {"code": code, "message": message, "remedy": remedy}}, ensure_ascii=False))
        return
    print(f"error: {message}", file=sys.stderr)
    if remedy:
        print(f"  {remedy}", file=sys.stderr)

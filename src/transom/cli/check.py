"""`transom check` and `transom fix`: what is known of a script before it runs, and the repairs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from transom.cli.printing import print_json
from transom.settings import load
from transom.workspace.requests import ALL

if TYPE_CHECKING:
    from transom.model.scripts import Finding
    from transom.workspace.checking import Checked

_Bundle = Annotated[
    str | None, Parameter(name=("--bundle", "-b"), help="The script bundle; its Python files are looked at too.")
]


_Environment = Annotated[
    str | None, Parameter(name=("--environment", "-e"), help="What it is checked against, by name; all of them: all.")
]


def _checked(script: str, bundle: str | None, environment: str | None) -> tuple[str, Checked]:
    from transom.workspace.choosing import Choosing

    return Choosing(load()).checked(Path(script), environment, None if bundle is None else Path(bundle))


def check(
    script: Annotated[str, Parameter(help="The file with the function azureml_main, or a folder of such files.")],
    /,
    *,
    bundle: _Bundle = None,
    environment: _Environment = None,
    json: Annotated[bool, Parameter(negative=(), help="Print one JSON document.")] = False,
) -> int:
    """Tell what can be known of a script before it runs; of a folder of scripts, or in all environments, as a table."""
    if environment == ALL or Path(script).is_dir():
        from transom.cli.check_table import check_all

        return check_all(Path(script), bundle, environment, json=json)
    name, checked = _checked(script, bundle, environment)
    if json:
        _print_document(checked, name)
    else:
        _print_findings(checked, name)
    return 0 if checked.runs else 1


def fix(
    script: Annotated[str, Parameter(help="The file with the function azureml_main.")],
    /,
    *,
    write: Annotated[bool, Parameter(negative=(), help="Change the file; without it the change is shown.")] = False,
    likely: Annotated[
        bool, Parameter(name="--all", negative=(), help="The likely repairs too, not only the certain ones.")
    ] = False,
    bundle: _Bundle = None,
    environment: _Environment = None,
) -> int:
    """Show the repairs that are certain, as a diff, or make them."""
    from transom.workspace.checking import repaired, write_repaired

    _, checked = _checked(script, bundle, environment)
    text, difference = repaired(checked, certain_only=not likely)
    if not difference:
        more = "" if likely else " Likely ones, if there are any, are shown with --all."
        print(f"{script}: nothing to repair for certain.{more}", file=sys.stderr)
        return 0
    if write:
        write_repaired(checked, text)
        print(f"Repaired {script}.", file=sys.stderr)
        return 0
    sys.stdout.write(difference)
    print(f"Nothing is changed yet; `transom fix {script} --write` does it.", file=sys.stderr)
    return 0


def _print_document(checked: Checked, environment: str) -> None:
    document: dict[str, Any] = {
        "script": checked.source.shown,
        "environment": environment,
        "runs": checked.runs,
        "findings": [_document(each) for each in checked.findings],
    }
    print_json(document)


def _document(finding: Finding) -> dict[str, Any]:
    names = ("code", "severity", "message", "file", "line", "column", "remedy", "certain")
    return {name: getattr(finding, name) for name in names}


def _print_findings(checked: Checked, environment: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    from transom.engine.environments import HOST

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for each in checked.findings:
        colour = "red" if each.severity == "refused" else "yellow"
        console.print(
            f"{escape(each.file)}:{each.line}:{each.column}: [{colour}]{each.severity}[/] {escape(each.message)}"
        )
        if each.remedy:
            console.print(f"    [green]try[/] {escape(each.remedy)}")
    repairs = sum(1 for each in checked.findings if each.edits and each.certain)
    if repairs:
        console.print(f"{repairs} of these can be repaired: transom fix {escape(checked.source.shown)}")
    if not checked.findings:
        console.print(f"{escape(checked.source.shown)}: nothing to say against it in {escape(environment)}.")
    elif environment != HOST:
        console.print(f"checked against {escape(environment)}")

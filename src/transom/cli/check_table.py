"""`transom check` of many scripts or in many environments: one table, and what each remedy is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from transom.cli.printing import print_json, visible
from transom.settings import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transom.workspace.checking_all import Verdict

_WIDTH_OF_A_FILE = 240
_COLOURS = {"runs": "green", "warned": "yellow", "fails": "red", "refused": "red"}


def check_all(place: Path, bundle: str | None, environment: str | None, *, json: bool) -> int:
    """Check each script in each environment and print the table; 0 where each of them runs somewhere."""
    from transom.workspace.checking_all import verdicts

    found = verdicts(place, None if bundle is None else Path(bundle), environment, load())
    if json:
        print_json({"verdicts": [asdict(each) for each in found]})
    else:
        _print_table(found)
    running = {each.script for each in found if each.status in ("runs", "warned")}
    return 0 if running == {each.script for each in found} else 1


def _print_table(found: Sequence[Verdict]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:  # a file has room
        console = Console(stderr=True, highlight=False, width=_WIDTH_OF_A_FILE)
    environments = list(dict.fromkeys(each.environment for each in found))
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("script", *environments):
        table.add_column(heading, overflow="fold")
    by_place = {(each.script, each.environment): each for each in found}
    scripts = list(dict.fromkeys(each.script for each in found))
    for script in scripts:
        verdicts = [by_place.get((script, name)) for name in environments]
        cells = ["" if each is None else f"[{_COLOURS[each.status]}]{each.status}[/]" for each in verdicts]
        table.add_row(escape(visible(script)), *cells)
    console.print(table)
    for script in scripts:
        for text, names in _reasons([each for each in found if each.script == script]).items():
            console.print(f"\n{escape(visible(script))} in {escape(', '.join(names))}:", soft_wrap=True)
            console.print(escape(visible(text)), soft_wrap=True)


def _reasons(verdicts: Sequence[Verdict]) -> dict[str, list[str]]:
    """The environments in which each reason holds."""
    found: dict[str, list[str]] = {}
    for each in verdicts:
        if each.reason:
            text = f"  {each.reason}" + (f"\n    try {each.remedy}" if each.remedy else "")
            found.setdefault(text, []).append(each.environment)
    return found

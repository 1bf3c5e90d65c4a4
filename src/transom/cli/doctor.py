"""`transom doctor`: how the findings about a machine look in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from transom.cli.printing import print_json, visible
from transom.errors import PolicyUnenforceable
from transom.model.policies import Policy
from transom.settings import load

if TYPE_CHECKING:
    from rich.console import Console

    from transom.engine.doctor import Examined, Tried
    from transom.workspace.doctor import Health

_WIDEST = 110
_NOT_HELD = "not held here"


def doctor(
    *,
    policy: Annotated[
        Policy | None, Parameter(help="End with 5 where this policy cannot be enforced whole: open, guarded, ...")
    ] = None,
    json: Annotated[bool, Parameter(negative=(), help="Print one JSON document.")] = False,
) -> int:
    """Tell what this machine can enforce, what each policy means on it, and what it has for environments."""
    from transom.workspace.doctor import examine_machine

    health = examine_machine(load())
    if json:
        print_json(health.document())
    else:
        _Report(health).show()
    if policy is None or health.examined.policy(policy).is_whole:
        return 0
    if not json:
        lacking = health.examined.policy(policy)
        missing = ", ".join([*lacking.missing, *lacking.broken]) or lacking.wrong
        wrong = PolicyUnenforceable(policy=policy, missing=missing)
        print(f"error: {visible(wrong.message)}", file=sys.stderr)
    return PolicyUnenforceable.exit_code


class _Report:
    """Everything, table by table, on standard output: it is what was asked for."""

    def __init__(self, health: Health) -> None:
        self.health = health
        self.examined: Examined = health.examined
        self.console = _console()

    def show(self) -> None:
        """Print it."""
        self._machine()
        self._means()
        self._policies()
        self._attempts()
        self._default()
        self._kept()

    def _machine(self) -> None:
        here = self.examined.machine
        rows = [
            ("system", f"{here.system}, {here.kernel}"),
            ("processor", f"{here.processor}, {_count(here.cores, 'core')}"),
            ("memory", _size(here.memory)),
            ("Python", f"{here.python}, {here.interpreter}"),
            ("user", here.user),
            ("container", here.container or "none that can be seen"),
        ]
        self._table("This machine", (), rows)

    def _means(self) -> None:
        rows, said = [], ""
        for each in self.examined.means:
            text = each.found or f"{each.why} {each.advice}".strip()
            rows.append((each.name, "yes" if each.there else "no", "the same" if text and text == said else text))
            said = text or said
        self._table("What confinement is made of", ("means", "there", ""), rows)

    def _policies(self) -> None:
        from transom.workspace.doctor import meanings, policies_in_words

        self._table("The policies", (), [*policies_in_words().items()])
        columns = {each.policy: each.of_promises() for each in self.examined.policies}
        rows = [
            (f"{name}: {meaning}", *(_held(columns[policy][name], policy) for policy in columns))
            for name, meaning in meanings().items()
        ]
        self._table("What a policy promises of a script, and what holds it", ("", *columns), rows)
        for each in self.examined.policies:
            if each.wrong:
                self.console.print(visible(f"{each.policy} could not be tried: {each.wrong}"))

    def _attempts(self) -> None:
        tried = [each for each in self.examined.policies if each.could]
        if not tried:
            self.console.print("Nothing was tried: on this system limits and environment variables are all there is.\n")
            return
        names = list(dict.fromkeys(name for each in tried for name in each.could))
        rows = [(name, *(_could(each, name) for each in tried)) for name in names]
        self._table("What a script could do when it was tried", ("", *(each.policy for each in tried)), rows)
        for each in tried:
            if each.broken:
                told = f"{each.policy} should keep a script from this, and does not: {', '.join(each.broken)}."
                self.console.print(visible(f"{told} Please report it.\n"))

    def _default(self) -> None:
        default = self.health.default
        policy = self.examined.policy(Policy(default["policy"]))
        by = f", as the {default['said_by']} says" if default["said_by"] else ""
        said = f"`transom run` takes {policy.policy}{by}, unless the run or its environment names another one."
        if policy.is_whole:
            said += " It is enforced whole here."
        elif default["must_be_whole"]:
            said += " It cannot be enforced whole here, so no script runs."
        else:
            said += " It cannot be enforced whole here: what can be is, and the outcome tells what is missing."
        self.console.print(visible(said) + "\n")

    def _kept(self) -> None:
        uv, disk = self.health.uv, self.health.disk
        free = "unknown" if disk["free"] is None else f"{_size(disk['free'])} free of {_size(disk['total'])}"
        pythons = [f"{each['version']} ({each['origin']})" for each in self.health.pythons]
        rows = [
            ("data folder", f"{disk['folder']}, {free}"),
            ("uv", uv["version"] or uv["problem"]),
            ("Pythons", ", ".join(pythons) or "none"),
            *((f"environment {each['name']}", _environment(each)) for each in self.health.environments),
        ]
        self._table("What there is for environments", (), rows)

    def _table(self, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=bool(head), pad_edge=False, padding=(0, 2, 0, 0))
        for position, name in enumerate(head or rows[0]):
            table.add_column(name if head else "", no_wrap=position == 0 and len(rows[0]) < 4, overflow="fold")
        for row in rows:
            table.add_row(*(Text(visible(cell)) for cell in row))
        self.console.print(Text(title, style="bold"))
        self.console.print(table)
        self.console.print()


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, _WIDEST) if console.is_terminal else _WIDEST
    return console


def _held(held: tuple[str, ...] | None, policy: Policy) -> str:
    if held is None:
        return "not limited" if policy is Policy.OPEN else "open"
    return f"held by {', '.join(held)}" if held else _NOT_HELD


def _could(tried: Tried, name: str) -> str:
    could = tried.could.get(name)
    return "?" if could is None else "yes" if could else "no"


def _environment(row: dict[str, Any]) -> str:
    stands_for = f"{row['stands_for']}, " if row["stands_for"] else ""
    python = f"Python {row['python']}, " if row["python"] else ""
    policy = f", policy {row['policy']}" if row.get("policy") else ""
    return f"{stands_for}{python}{'built' if row['built'] else row.get('problem') or 'not built yet'}{policy}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _size(count: int) -> str:
    return f"{count / 1000**3:.1f} GB"

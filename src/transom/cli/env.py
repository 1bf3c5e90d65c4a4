"""`transom env`: the environments of this machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from transom.cli.app import STANDARD_INPUT
from transom.cli.grids import disk_size, say, tell
from transom.cli.printing import print_columns, print_json
from transom.cli.stages import Stages
from transom.errors import WrongUse
from transom.model.assets import Sdk
from transom.model.policies import Policy
from transom.settings import load

app = App(name="env", help="Environments: named interpreters with locked packages.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
_Name = Annotated[str, Parameter(help="The environment's name.")]


@app.command(name="list")
def show_all(*, json: _Json = False) -> int:
    """List the environments, what they take on disk, and whether they are built."""
    from transom.workspace.environments import environment_rows

    rows = environment_rows(load())
    if json:
        print_json({"environments": rows})
        return 0
    lines: list[tuple[str, ...]] = [("name", "python", "packages", "built", "on disk")]
    for row in rows:
        name = f"{row['name']} = {row['stands_for']}" if row["stands_for"] else row["name"]
        built = "yes" if row["built"] else row.get("problem") or "not yet"
        lines.append((name, row["python"] or "-", str(row["packages"]), built, disk_size(row["bytes"])))
    print_columns(lines)
    return 0


@app.command
def show(name: _Name, /, *, json: _Json = False) -> int:
    """Show one environment: its Python, what was asked for, every package, its build."""
    from transom.workspace.environments import environment_document

    document = environment_document(name, load())
    if json:
        print_json(document)
        return 0
    say(f"{document['name']}: Python {document['python']}, {len(document['packages'])} packages")
    say(f"digest {document['digest']}")
    if document["folder"]:
        say(f"built {document['date']} in {document['folder']}, {disk_size(document['bytes'])}")
    elif not document["built"]:
        say(document["problem"] or f"not built yet: `transom env build {name}`, or the first run does it")
    if document["policy"] is not None:
        say(f"policy: {document['policy']}")
    if document["sdk"] is not None:
        say(f"sdk: {document['sdk']}")
    if document["preload"]:
        say(f"preloaded: {', '.join(document['preload'])}")
    asked = {re.split(r"[^a-z0-9-]", each)[0] for each in document["requirements"]}
    packages = document["packages"].items()
    print_columns(
        [("package", "version", ""), *((each, version, "asked for" * (each in asked)) for each, version in packages)]
    )
    return 0


@Parameter(name="*")
@dataclass(frozen=True)
class Making:
    """How a new environment is made."""

    python: Annotated[str | None, Parameter(help="Its Python, such as 3.10; otherwise the newest that fits.")] = None
    requirements: Annotated[
        tuple[str, ...],
        Parameter(
            name=("--requirements", "-r"),
            negative=(),
            help="A file: requirements.txt, conda's environment.yml, or a script with a PEP 723 header.",
        ),
    ] = ()
    editable: Annotated[
        tuple[str, ...], Parameter(name=("--editable", "-e"), negative=(), show=False, help="Is refused.")
    ] = ()
    preload: Annotated[
        str, Parameter(help="Modules that a warm process imports ahead besides numpy, pandas, pyarrow: a,b.")
    ] = ""
    exact: Annotated[bool, Parameter(negative=(), help="Install exactly these, without what they ask for.")] = False
    no_fork: Annotated[bool, Parameter(negative=(), help="A library of it forbids forking: start jobs cold.")] = False
    policy: Annotated[
        Policy | None, Parameter(help="What its scripts may touch: open, guarded, confined or strict.")
    ] = None
    sdk: Annotated[
        Sdk | None, Parameter(help="Whose azureml.core its scripts import: transom's, or azure's, installed in it.")
    ] = None


@app.command
def add(
    name: _Name,
    /,
    *packages: Annotated[str, Parameter(help="Requirements: pandas, 'numpy<2'.")],
    making: Making = Making(),
    json: _Json = False,
) -> int:
    """Define an environment and lock its packages; it is built when it is first used."""
    from transom.workspace.environments import Addition, add_environment, defined_document

    addition = Addition(
        name=name,
        packages=(*packages, *(f"-e {each}" for each in making.editable)),
        files=tuple(Path(each) for each in making.requirements),
        python=_version(making.python),
        preload=tuple(each.strip() for each in making.preload.split(",") if each.strip()),
        exact=making.exact,
        forks=not making.no_fork,
        policy=making.policy,
        sdk=making.sdk,
    )
    with _stages(name, quiet=json) as stages:
        defined = add_environment(addition, load(), stages)
    if json:
        print_json(defined_document(defined))
        return 0
    for note in defined.notes:
        say(note)
    environment = defined.environment
    say(f"{name}: Python {environment.python}, {len(environment.packages)} packages locked.")
    if environment.policy is not None:
        say(f"Its scripts run under the policy {environment.policy}, unless a run names another one.")
    say(f"Use it with `transom run SCRIPT --environment {name}`, or build it now with `transom env build {name}`.")
    return 0


@app.command
def build(name: _Name, /, *, json: _Json = False) -> int:
    """Build an environment now, or again where its build is not whole."""
    from transom.workspace.environments import build_environment, ready_document

    settings = load()
    with _stages(name, quiet=json) as stages:
        ready = build_environment(name, settings, stages)
    document = ready_document(ready, settings)
    if json:
        print_json(document)
        return 0
    for note in ready.notes:
        say(note)
    built = f"built in {document['folder']}, {disk_size(document['bytes'])}"
    say(f"{ready.environment.name}: {built if document['folder'] else ready.interpreter}")
    return 0


@app.command
def remove(name: _Name, /, *, json: _Json = False) -> int:
    """Remove an environment, and its build unless another environment is the same."""
    from transom.workspace.environments import remove_environment

    remove_environment(name, load())
    tell({"removed": name}, f"Removed {name}.", json=json)
    return 0


@app.command
def export(
    name: _Name,
    file: Annotated[str, Parameter(help="Where it is written; otherwise it is printed.")] = STANDARD_INPUT,
    /,
    *,
    json: _Json = False,
) -> int:
    """Write an environment as a requirements file with hashes, from which `add` makes it again."""
    from transom.workspace.environments import export_environment, exported

    if file == STANDARD_INPUT:
        text = exported(name, load())
        if json:
            print_json({"name": name, "requirements": text})
        else:
            sys.stdout.write(text)
        return 0
    export_environment(name, Path(file), load())
    tell({"name": name, "file": file}, f"Wrote {file}.", json=json)
    return 0


@app.command
def pythons(*, json: _Json = False) -> int:
    """List the Pythons that environments can be made of."""
    from transom.workspace.environments import python_rows

    rows = python_rows()
    if json:
        print_json({"pythons": rows})
        return 0
    print_columns([("version", "found by", "path"), *((row["version"], row["origin"], row["path"]) for row in rows)])
    return 0


@app.command
def upgrade(
    name: Annotated[str | None, Parameter(help="The environment; `current` unless another is named.")] = None,
    /,
    *,
    yes: Annotated[bool, Parameter(negative=(), help="Do it; without it the changes are shown.")] = False,
    json: _Json = False,
) -> int:
    """Show what newer versions there are, or take them."""
    from transom.workspace.environments import upgrade_document, upgrade_environment

    with _stages(name or "current", quiet=json) as stages:
        found = upgrade_environment(name, load(), stages, write=yes)
    if json:
        print_json(upgrade_document(found, written=yes and bool(found.changes)))
        return 0
    if not found.changes:
        say(f"{found.before.name} is up to date.")
        return 0
    rows = [(package, before or "-", after or "-") for package, before, after in found.changes]
    print_columns([("package", "from", "to"), *rows])
    again = " ".join(["transom env upgrade", *([name] if name else []), "--yes"])
    say(f"Wrote {found.after.name}." if yes else f"Nothing is changed yet; `{again}` writes {found.after.name}.")
    return 0


@app.command
def prune(
    *,
    days: Annotated[float, Parameter(help="Builds without a name stay if they were used in so many days.")] = 30.0,
    json: _Json = False,
) -> int:
    """Remove builds that no environment has and nobody used lately, and what failed builds left."""
    from transom.workspace.environments import prune_environments

    if days < 0:
        raise WrongUse(problem=f"--days {days:g} is less than nothing.", advice="Give 0 or more.")
    freed = prune_environments(days, load())
    tell({"bytes": freed}, f"Freed {disk_size(freed)}." if freed else "There was nothing to remove.", json=json)
    return 0


class _stages:  # noqa: N801 (a context manager that reads like a function)
    """The stages of a build as they are shown; nothing where JSON was asked for."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self._stages = Stages(name)
        self._quiet = quiet

    def __enter__(self) -> Callable[[str, str], None]:
        return _nothing if self._quiet else self._stages

    def __exit__(self, *_: object) -> None:
        self._stages.done()


def _nothing(_stage: str, _detail: str) -> None:
    """Nobody watches."""


def _version(python: str | None) -> str | None:
    if python is None:
        return None
    found = re.fullmatch(r"(3\.\d+)(\.\d+)?", python)
    if found:
        return found[1]
    raise WrongUse(problem=f"--python {python} is no version of Python 3.", advice="Give it as 3.10.")

"""`transom model`: the named, versioned files and folders that scripts made or will load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import App, Parameter

from transom.cli.grids import Bar, grid, pairs, size, tell, told_pairs, warn, when
from transom.cli.printing import print_json, visible
from transom.cli.registered import described, show_files, tell_added, tell_removed, workspace

app = App(name="model", help="Models: named, versioned files and folders.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
_Named = Annotated[str, Parameter(help="The model: cars, or cars@2 for one version.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Adding:
    """What is said of a new model."""

    description: Annotated[str | None, Parameter(help="What it is.")] = None
    tag: Annotated[tuple[str, ...], Parameter(negative=(), help="A tag, as NAME=VALUE; repeatable.")] = ()
    property: Annotated[tuple[str, ...], Parameter(negative=(), help="A property, as NAME=VALUE; repeatable.")] = ()
    framework: Annotated[str, Parameter(help="What it was made with: ScikitLearn, or ScikitLearn==1.5.")] = ""


@app.command
def add(
    name: Annotated[str, Parameter(help="Its name: any text without @, : and /.")],
    source: Annotated[str, Parameter(help="A file, a folder, or an address.")],
    /,
    *,
    adding: Adding = Adding(),
    json: _Json = False,
) -> int:
    """Register a file or a folder under a name, as a new version unless the latest one is the same.

    Parameters
    ----------
    name
        Its name: any text without @, : and /.
    source
        A file, a folder, or an address.
    """
    from transom.workspace.contents_sources import source_of
    from transom.workspace.models import ModelAddition, add_model, model_document

    made_with, _, version = adding.framework.partition("==")
    addition = ModelAddition(
        name,
        source_of(source),
        adding.description,
        pairs(adding.tag, "--tag"),
        pairs(adding.property, "--property"),
        framework=made_with,
        framework_version=version,
    )
    with Bar(f"reading {name}", quiet=json) as bar:
        added = add_model(workspace(), addition, bar)
    told = model_document(added.model)
    if json:
        print_json(told | {"new": added.is_new, "warnings": list(added.warnings)})
        return 0
    warn(added.warnings)
    tell_added(added.model.reference, _what(told), is_new=added.is_new)
    return 0


@app.command(name="list")
def show_all(*, json: _Json = False) -> int:
    """List the models, the latest version of each."""
    from transom.workspace.models import model_rows

    rows = model_rows(workspace())
    if json:
        print_json({"models": rows})
        return 0
    lines = [("name", "version", "what", "framework", "added", "description")]
    lines += [
        (each["name"], str(each["version"]), _what(each), _framework(each), when(each["created"]), described(each))
        for each in rows
    ]
    grid(lines, numbers=(False, True))
    return 0


@app.command
def show(name: _Named, /, *, json: _Json = False) -> int:
    """Show a model: its files, tags, properties, versions, and which run made it.

    Parameters
    ----------
    name
        The model: cars, or cars@2 for one version.
    """
    from transom.workspace.models import find_model, show_model

    here = workspace()
    told = show_model(here, find_model(here, name))
    if json:
        print_json(told)
        return 0
    print(visible(f"{told['name']}@{told['version']}: {_what(told)}"))
    print(visible(f"added {when(told['created'])}" + (f" by the run {told['run']}" if told["run"] else "")))
    if _framework(told) != "-":
        print(visible(f"framework: {_framework(told)}"))
    if told["description"]:
        print(visible(f"description: {told['description']}"))
    for name_ in ("tags", "properties"):
        if told[name_]:
            print(visible(f"{name_}: {told_pairs(told[name_])}"))
    print(f"versions: {', '.join(str(each['version']) for each in told['versions'])}\n")
    show_files(told)
    return 0


@app.command
def download(
    name: _Named,
    folder: Annotated[str, Parameter(help="The folder it is copied to; the current one.")] = ".",
    /,
    *,
    json: _Json = False,
) -> int:
    """Copy the files of a model to a folder.

    Parameters
    ----------
    name
        The model: cars, or cars@2 for one version.
    folder
        The folder it is copied to; the current one.
    """
    from transom.workspace.models import download_model, find_model

    here = workspace()
    model = find_model(here, name)
    paths = download_model(here, model, folder)
    sentence = f"Wrote {len(paths):,} {'file' if len(paths) == 1 else 'files'} of {model.reference} to {folder}."
    tell({"model": str(model.reference), "paths": [str(path) for path in paths]}, sentence, json=json)
    return 0


@app.command
def remove(name: _Named, /, *, json: _Json = False) -> int:
    """Remove one version of a model (cars@2), or all of them (cars).

    Parameters
    ----------
    name
        The model: cars for all its versions, or cars@2 for one.
    """
    from transom.workspace.models import remove_model

    tell_removed(remove_model(workspace(), name), json=json)
    return 0


def _what(told: dict[str, Any]) -> str:
    if not told["is_folder"]:
        return f"a file, {size(told['bytes'])}"
    return f"a folder of {told['files']:,} {'file' if told['files'] == 1 else 'files'}, {size(told['bytes'])}"


def _framework(told: dict[str, Any]) -> str:
    return " ".join(each for each in (told["framework"], told["framework_version"]) if each) or "-"

"""A pipeline as one plain Python script that does the same with pandas, with no Transom in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from transom.flow.export_pieces import all_pieces
from transom.flow.export_script import AZURE, Script
from transom.flow.export_steps import lines_of
from transom.flow.export_values import called, comment, constant, literal, quoted
from transom.model.pipelines import Data, FromInput, InputType, Pipeline, PipelineInput

_KINDS = {InputType.NUMBER: "number", InputType.INTEGER: "int", InputType.BOOLEAN: "truth"}
_ARGUMENTS = '''\
def arguments() -> dict:
    """What the command line says of INPUTS and of the places, `--share 0.8`."""
    global FOLDER, OUTPUTS
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False, conflict_handler="resolve")
    for name, value in INPUTS.items():
        parser.add_argument(f"--{name}", default=value, type=KINDS.get(name, str))
    parser.add_argument("--pipeline-folder", dest="pipeline-folder", default=FOLDER, help="where relative paths begin")
    parser.add_argument("--outputs-folder", dest="outputs-folder", default=OUTPUTS, help="where outputs are written")
    given = vars(parser.parse_args())
    FOLDER = Path(given["pipeline-folder"]).resolve()
    OUTPUTS = Path(given["outputs-folder"]).resolve()
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    missing = [name for name in NEEDED if given[name] is None]
    if missing:
        parser.error(f"say {', '.join(f'--{name}' for name in missing)}")
    return given
'''
_INSTALLED = ("pandas", "numpy", "duckdb", "sqlalchemy")
_TRUTH = '''\
def truth(text: str) -> bool:
    """A text as true or false."""
    return {"true": True, "false": False}[text.lower()]
'''
_NUMBER = '''\
def number(text: str) -> float:
    """A text as a number, whole where it says one."""
    return int(text) if text.lstrip("+-").isdigit() else float(text)
'''
_USE = """\
This script was made of a pipeline by Transom, and needs no Transom. `uv run FILE` brings the packages that are named
above; `python FILE --help` tells what can be said to it. It stops at the first step that fails."""
_BEGINNING = """\
os.environ.setdefault("MPLBACKEND", "Agg")  # pictures are drawn without a screen
warnings.filterwarnings("ignore", message=".*non-interactive.*")
"""


def as_python(pipeline: Pipeline, folder: Path) -> str:
    """The script, which needs Python 3.10 or newer and the packages that its header (PEP 723) names.

    Relative paths of the pipeline begin at `folder`; bundles are read there. Raises WrongUse, with the step's name, for
    what has no counterpart outside of Transom; NotThere and BundleInvalid for a bundle.
    """
    script = Script(pipeline, folder)
    body = [_step(script, name) for name in pipeline.order]
    script.use("deliver" if pipeline.outputs else "place")
    inputs = "\n\n".join(_inputs(script))  # before the imports: it tells of what is needed
    main = "\n\n".join(_main(script, body))
    head = [_header(script), "\n".join([_docstring(pipeline), "", *_imports(script), "", _BEGINNING.strip()])]
    parts = [
        "\n".join(head),
        inputs,
        main,
        *_scripts(script),
        *_functions(script),
        'if __name__ == "__main__":\n    main()\n',
    ]
    return "\n\n\n".join(part for part in parts if part)


def _step(script: Script, name: str) -> str:
    step = script.pipeline.steps[name]
    title = f"{name}: {step.component.title}" + (f" ({step.script_shown})" if step.script_shown else "")
    notes = [title, step.title, step.comment]
    environment = step.environment or script.pipeline.settings.default_environment
    if not step.component.native and step.environment:
        notes.append(f"In Transom it was executed in the environment {environment}.")
    said = ". ".join(note.strip().rstrip(".") for note in notes if note.strip())
    return "\n".join([comment(said, indent=4), *(f"    {line}" for line in lines_of(script, name))])


def _main(script: Script, body: list[str]) -> Iterator[str]:
    uses_inputs = any(source for source in _bound(script.pipeline)) or any("given[" in each for each in body)
    yield f"def main() -> None:\n    {'given = ' if uses_inputs else ''}arguments()"
    yield from body
    outputs = []
    for name, source in script.pipeline.outputs.items():
        ending = literal("csv")
        variable = script.variable(source.step, source.port)
        outputs.append(f"    {called('deliver', (), {})[:-1]}{literal(name)}, {variable}, {ending})")
    if outputs:
        yield "\n".join(["    # what the pipeline makes; name parquet instead of csv to keep every type", *outputs])


def _bound(pipeline: Pipeline) -> Iterator[FromInput]:
    for step in pipeline.steps.values():
        yield from (each for each in (*step.inputs.values(), *step.parameters.values()) if isinstance(each, FromInput))


def _header(script: Script) -> str:
    pieces = script.needed()
    names = {name for piece in pieces for name in piece.names}
    packages = {"pandas>=2"} | (script.packages - {"pandas"}) | ({"numpy"} if "np" in names else set())
    listed = "".join(f"#     {quoted(package)},\n" for package in sorted(packages, key=str.lower))
    return f'#!/usr/bin/env python3\n# /// script\n# requires-python = ">=3.10"\n# dependencies = [\n{listed}# ]\n# ///'


def _docstring(pipeline: Pipeline) -> str:
    title = pipeline.display_name or "A pipeline"
    said = f"{title}. {pipeline.description}" if pipeline.description else f"{title}."
    text = " ".join("".join(each if each.isprintable() else " " for each in said).split())
    text = text.replace("\\", "/").replace('"', "'").replace("%(", "% (")
    return f'"""{text}\n\n{_USE}\n"""'


def _imports(script: Script) -> Iterator[str]:
    lines = {"import argparse", "import os", "import warnings", "import pandas as pd", "from pathlib import Path"}
    lines |= set(all_pieces().imports_for(script.needed())) | {f"import {module}" for module in script.modules}
    named: dict[str, set[str]] = {}
    for line in lines:
        first, module, *rest = line.split()
        named.setdefault(module, set()).add(line if first == "import" else rest[1])
    joined = [
        f"from {module} import {', '.join(sorted(names, key=_kind))}"
        if not next(iter(names)).startswith("import")
        else line
        for module, names in named.items()
        for line in sorted(names)[:1]
    ]
    yield "from __future__ import annotations"
    yield ""
    yield from sorted((line for line in joined if line.split()[1] not in _INSTALLED), key=_order)
    yield ""
    yield from sorted((line for line in joined if line.split()[1] in _INSTALLED), key=_order)


def _kind(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions."""
    return not name.isupper(), not name[0].isupper(), name


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def _inputs(script: Script) -> Iterator[str]:
    """The constants that a person may change."""
    pipeline = script.pipeline
    yield "# What can be changed here, or said on the command line."
    yield "\n".join(
        [
            "# where relative paths begin: the folder of the pipeline, or that of this script",
            f"FOLDER = Path({literal(str(script.folder))})",
            "if not FOLDER.is_dir():",
            "    FOLDER = Path(__file__).resolve().parent",
            'OUTPUTS = Path("outputs")',
        ]
    )
    values = {name: _value(given) for name, given in pipeline.inputs.items()}
    yield "\n".join([*_told(pipeline), constant("INPUTS", values)])
    kinds = "".join(
        f"    {literal(name)}: {_KINDS[each.type]},\n" for name, each in pipeline.inputs.items() if each.type in _KINDS
    )
    for name, text in (("truth", _TRUTH), ("number", _NUMBER)):
        if f": {name}," in kinds:
            yield f"\n{text}"
    yield f"KINDS = {{\n{kinds}}}" if kinds else "KINDS: dict = {}"
    needed = [name for name, given in pipeline.inputs.items() if values[name] is None and not given.optional]
    yield f"NEEDED = {literal(needed)}"
    if script.places:
        why = comment(
            "Only a workspace of Transom knows these: `transom dataset export` writes files. Fill in each path."
        )
        yield "\n".join([why, constant("PLACES", dict.fromkeys(script.places))])
    if "stand_in_for_azureml" in script.pieces:
        why = '# Files of datasets and models that scripts ask their workspace for, {"cars": "cars.csv"}.'
        yield f"{why}\nDATASETS: dict[str, str] = {{}}\nMODELS: dict[str, str] = {{}}"
    yield f"\n{_ARGUMENTS}".rstrip()


def _told(pipeline: Pipeline) -> Iterator[str]:
    for name, given in pipeline.inputs.items():
        if given.description:
            yield comment(f"{name}: {given.description}")
        if isinstance(given.value, Data) and given.value.path.startswith(AZURE):
            yield comment(f"{name} was {given.value.path}, which only its workspace knows: name a file of it.")


def _value(given: PipelineInput) -> object:
    if not isinstance(given.value, Data):
        return given.value
    return None if given.value.path.startswith(AZURE) else given.value.path


def _scripts(script: Script) -> Iterator[str]:
    """The sources and bundles of steps."""
    for name, value in script.constants.items():
        yield constant(name, value)


def _functions(script: Script) -> Iterator[str]:
    pieces = script.needed()
    constants = [piece.text for piece in pieces if piece.is_constant]
    if constants:
        yield "\n".join(constants)
    yield from (piece.text for piece in pieces if not piece.is_constant)

"""The script that a pipeline is exported as, while it is written: its constants, variables, packages and pieces."""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transom.engine.bundles import BundleLimits
from transom.errors import WrongUse
from transom.flow.export_bundles import NO_BUNDLE, Bundled, bundled
from transom.flow.export_pieces import Piece, all_pieces
from transom.flow.export_values import Code, Names, called, literal
from transom.model.components import REQUIRED, Parameter, ParameterKind
from transom.model.pipelines import Connected, Data, FromInput, FromStep, Pipeline, Step

AZURE = "azureml:"
_SCHEMES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs"}
_ENDINGS = {".xlsx": "openpyxl", ".parquet": "pyarrow", ".pq": "pyarrow", ".arrow": "pyarrow", ".feather": "pyarrow"}
#: Kinds of parameters by what tells their values apart; all others are texts.
_KINDS = {
    kind: str(kind)
    for kind in (
        ParameterKind.INTEGER,
        ParameterKind.NUMBER,
        ParameterKind.BOOLEAN,
        ParameterKind.COLUMNS,
        ParameterKind.LIST,
        ParameterKind.ROWS,
        ParameterKind.MAPPING,
    )
}
#: Names that are the script's own.
_OWN = (
    "main",
    "arguments",
    "given",
    "INPUTS",
    "KINDS",
    "FOLDER",
    "OUTPUTS",
    "DATASETS",
    "MODELS",
    "PLACES",
    "NEEDED",
    "truth",
    "number",
    "_",
    "__file__",
)


@dataclass(slots=True)
class Script:
    """What is known of the script so far."""

    pipeline: Pipeline
    folder: Path
    limits: BundleLimits = field(default_factory=BundleLimits)
    constants: dict[str, Any] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)
    pieces: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    imported: dict[str, None] = field(default_factory=dict)
    _names: Names = field(init=False)
    _variables: dict[tuple[str, str], str] = field(init=False)
    _bundles: dict[str, tuple[Code, Bundled]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give a name to everything that a step hands on and that is needed."""
        pieces = all_pieces()
        self._names = Names([*dir(builtins), *_OWN, *pieces.pieces, *pieces.imports, "io", "argparse", "base64"])
        self._variables = {}
        needed = {source for step in self.pipeline.steps.values() for source in step.inputs.values()}
        needed |= set(self.pipeline.outputs.values())
        for name in self.pipeline.order:
            ports = self.pipeline.steps[name].component.outputs
            for number, port in enumerate(ports):
                if FromStep(name, port.name) not in needed and len(ports) > 1:
                    self._variables[name, port.name] = "_"
                    continue
                suffix = "" if len(ports) == 1 else f"_{number + 1}"
                self._variables[name, port.name] = self._names.new(f"{name}{suffix}")

    def variable(self, step: str, port: str) -> str:
        """The variable that holds what a step hands on; `_` where nobody needs it."""
        return self._variables[step, port]

    def use(self, *pieces: str, packages: Iterable[str] = ()) -> None:
        """Note functions or modules that the script needs, and packages."""
        for name in pieces:
            (self.pieces if name in all_pieces().pieces else self.modules).add(name)
        self.packages.update(packages)

    def constant(self, wanted: str, value: Any) -> Code:
        """A constant of that value; the same one for the same value."""
        for name, known in self.constants.items():
            if known == value:
                return Code(name)
        name = self._names.new(wanted.upper())
        self.constants[name] = value
        return Code(name)

    def parameters(self, step: Step) -> dict[str, Any]:
        """The values of a step's parameters, checked; what comes from an input of the pipeline is code."""
        found: dict[str, Any] = {}
        for parameter in step.component.parameters:
            said = step.parameters.get(parameter.name, REQUIRED)
            if isinstance(said, FromInput):
                found[parameter.name] = self._given(said, parameter)
            elif said is REQUIRED:
                found[parameter.name] = None if parameter.is_required else parameter.default
            else:
                found[parameter.name] = parameter.checked(said)
        return found

    def _given(self, source: FromInput, parameter: Parameter) -> Code:
        self.use("parameter")
        given = (Code("given"), source.name, _KINDS.get(parameter.kind, "text"))
        limits = {"choices": parameter.choices or None, "least": parameter.minimum, "most": parameter.maximum}
        named = {name: limit for name, limit in limits.items() if limit is not None}
        said = [*given, *([] if parameter.is_required else [parameter.default])]
        parts = [literal(value) for value in said] + [f"{name}={literal(value)}" for name, value in named.items()]
        return Code(f"parameter({', '.join(parts)})")

    def source_or_none(self, source: Connected | None, step: str) -> Code:
        """The table at a port; None where nothing is connected."""
        return Code("None") if source is None else self.source(source, step)

    def source(self, source: Connected, step: str) -> Code:
        """The table that a port is connected to."""
        if isinstance(source, FromStep):
            return Code(self.variable(source.step, source.port))
        if isinstance(source, Data):
            return Code(self.table(source.path, self.reading(source.read, step)))
        given = self.pipeline.inputs[source.name]
        read = given.value.read if isinstance(given.value, Data) else ""
        table = self.table(self.path(source), self.reading(read, step))
        return Code(f"None if given[{literal(source.name)}] is None else {table}" if given.optional else table)

    def path(self, source: Connected | None) -> Code:
        """The path of files that a port is connected to."""
        if source is None:
            return Code("None")
        if isinstance(source, FromInput):
            self.use("place")
            value = self.pipeline.inputs[source.name].value
            if isinstance(value, Data):
                self.packages.update(self.packages_for(value.path))
            return Code(f"place(given[{literal(source.name)}])")
        assert isinstance(source, Data)
        return self._place(source.path)

    def _place(self, path: Any) -> Code:
        self.use("place")
        if isinstance(path, str) and not isinstance(path, Code) and path.startswith(AZURE):
            self.places[path] = None
            return Code(f"place(PLACES[{literal(path)}])")
        self.packages.update(self.packages_for(path))
        return Code(f"place({literal(path)})")

    def packages_for(self, path: Any) -> tuple[str, ...]:
        """The packages that pandas needs for an address or a format."""
        if isinstance(path, Code):
            return ()
        scheme = path.partition("://")[0] if "://" in path else ""
        own = [_SCHEMES[scheme]] if scheme in _SCHEMES else []
        return (*own, *(package for ending, package in _ENDINGS.items() if path.lower().endswith(ending)))

    def table(self, path: Any, options: Mapping[str, Any]) -> str:
        """The call that reads a table."""
        self.use("read_table")
        where = path if isinstance(path, Code) and path.startswith("place(") else self._place(path)
        return called("read_table", (where,), options)

    def reading(self, said: Any, step: str) -> dict[str, Any]:
        """The options of how a file is read."""
        if isinstance(said, Code):
            raise WrongUse(
                problem=f"The step {step} cannot be exported: how its file is read is an input of the pipeline.",
                advice="Write the read options into the step.",
            )
        from transom.tables.options import parse_options

        options = parse_options(said)
        found: dict[str, Any] = {}
        for name in options.said:
            value = getattr(options, name)
            found[name] = {column: str(kind) for column, kind in value.items()} if name == "types" else value
        if str(found.get("sheet", "")).isdecimal():
            found["sheet"] = int(found["sheet"]) - 1
        if "file" in found:
            raise WrongUse(
                problem=f"The step {step} cannot be exported: it reads a file within a zip file.",
                advice="Unpack the zip file and name the file.",
            )
        return found

    def secret(self, name: str) -> Code:
        """A stored secret, which the script takes from its environment."""
        self.use("secret")
        return Code(f"secret({literal(name)})")

    def bundle(self, source: Connected | None, step: str) -> tuple[Code | None, Bundled]:
        """The bundle at a port as an expression, and what is in it."""
        if source is None:
            return None, NO_BUNDLE
        if not isinstance(source, Data) or source.path.startswith(AZURE) or "://" in source.path:
            return self.path(source), NO_BUNDLE
        if source.path not in self._bundles:
            found = bundled(Path(self.folder, os.path.expanduser(source.path)), self.limits)
            code = self._place(source.path) if found.files is None else self.constant(f"{step}_bundle", found.files)
            self._bundles[source.path] = code, found
            if any(isinstance(content, bytes) for content in (found.files or {}).values()):
                self.modules.add("base64")
        return self._bundles[source.path]

    def imports_of(self, step: str, text: str, bundle: Bundled) -> list[str]:
        """Note the packages that a script imports; the line that lets it find `azureml`, where it wants that."""
        from transom.flow.export_packages import packages_of

        found = packages_of([text, *bundle.python], bundle.modules)
        self.packages.update(found.packages)
        if not found.has_azureml:
            return []
        self.use("stand_in_for_azureml")
        return [f"stand_in_for_azureml({literal(step)})"]

    def needed(self) -> list[Piece]:
        """The pieces that the script needs."""
        return all_pieces().needed(self.pieces)

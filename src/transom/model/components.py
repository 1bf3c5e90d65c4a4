"""What a kind of step may be: a component, its ports and its parameters, and which values these take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PortKind(StrEnum):
    """What is handed over at a port."""

    TABLE = "table"
    FILES = "files"


class ParameterKind(StrEnum):
    """What a parameter's value is, and so how a form asks for it.

    `code` is a text in the parameter's `language`; `column` is a column's name, `columns` a selection of them: a list
    of names, or a mapping as `components.columns` tells; `rows` is a list of lists or of mappings; `mapping` has
    texts as keys. `secret` is the name of a stored secret, never its value.
    """

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    COLUMN = "column"
    COLUMNS = "columns"
    LIST = "list"
    ROWS = "rows"
    MAPPING = "mapping"
    SECRET = "secret"


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


#: The default of a parameter that must be given.
REQUIRED: Any = _Required()


@dataclass(frozen=True, slots=True)
class Port:
    """Where a step takes something in or hands it on. An output port is never optional."""

    name: str
    title: str
    description: str
    kind: PortKind = PortKind.TABLE
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a person may say of a step. `minimum` and `maximum` are allowed themselves.

    With `relevant` (the name of another parameter, and values of it) it is looked at only where that one has one of
    these values.
    """

    name: str
    title: str
    description: str
    kind: ParameterKind = ParameterKind.TEXT
    default: Any = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    language: str = ""
    relevant: tuple[str, tuple[Any, ...]] | None = None

    @property
    def is_required(self) -> bool:
        """Whether a step must give it."""
        return self.default is REQUIRED

    def checked(self, value: Any) -> Any:
        """The value as the component is given it; texts of numbers and truths are read. Raises ValueWrong."""
        if value is None and not self.is_required:
            return self.default
        checked = _CHECKS[self.kind](self, value)
        if isinstance(checked, (int, float)) and not isinstance(checked, bool):
            self._check_range(checked)
        return checked

    def _check_range(self, value: float) -> None:
        if self.minimum is not None and value < self.minimum:
            raise ValueWrong(self.name, f"is {value:g}, less than {self.minimum:g}")
        if self.maximum is not None and value > self.maximum:
            raise ValueWrong(self.name, f"is {value:g}, more than {self.maximum:g}")


class ValueWrong(ValueError):
    """A parameter's value cannot be taken: `parameter` is its name; the text stands after that name."""

    def __init__(self, parameter: str, reason: str, near: str = "") -> None:
        super().__init__(reason)
        self.parameter = parameter
        self.reason = reason
        self.near = near


@dataclass(frozen=True, slots=True)
class OwnScript:
    """The script of a component that a person wrote: its text, the path that messages show, its folder's other files.

    `folder` is the path of the component's folder, whose files lie beside the script as a script bundle's do; None
    where there are no others. `environment` is what the component asks for unless a step says so itself.
    """

    text: str
    shown: str
    entry_point: str
    folder: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A kind of step. `name` is what a pipeline file calls it, `title` what the designer does; `version` is raised
    whenever the same inputs and parameters would give other results.

    A `native` one is a function of tables of ours; any other is a script, executed in an environment. `sources` says
    that it reads from outside, so that its outcome depends on what the source says of itself, too; `reuse` is False
    where an earlier outcome is never taken; one with `effects` changes something outside. `script` is that of a
    person's own component, whose ports are frames that its entry point takes and returns by name, as it does the
    values of its parameters.
    """

    name: str
    title: str
    description: str
    category: str
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    version: str = "1"
    native: bool = True
    reuse: bool = True
    sources: bool = False
    effects: bool = False
    script: OwnScript | None = None

    @property
    def names(self) -> list[str]:
        """What may stand among the inputs of a step: ports, then parameters."""
        return [*(port.name for port in self.inputs), *(each.name for each in self.parameters)]

    def input(self, name: str) -> Port | None:
        """The input port of that name."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        """The output port of that name."""
        return next((port for port in self.outputs if port.name == name), None)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((each for each in self.parameters if each.name == name), None)

    def checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter with its value, its default where none is given. Raises ValueWrong."""
        unknown = next((name for name in values if self.parameter(name) is None), None)
        if unknown is not None:
            raise ValueWrong(unknown, f"is no parameter of {self.name}")
        checked = {}
        for each in self.parameters:
            if each.name in values:
                checked[each.name] = each.checked(values[each.name])
            elif not each.is_required:
                checked[each.name] = each.default
        for each in self.parameters:
            if each.name not in checked and _is_relevant(each, checked):
                raise ValueWrong(each.name, "is missing")
        return checked


def _is_relevant(parameter: Parameter, values: Mapping[str, Any]) -> bool:
    return parameter.relevant is None or values.get(parameter.relevant[0]) in parameter.relevant[1]


def _text(parameter: Parameter, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueWrong(parameter.name, f"must be a text, not {_shown(value)}")


def _integer(parameter: Parameter, value: Any) -> int:
    number = _number(parameter, value)
    if number != int(number):
        raise ValueWrong(parameter.name, f"must be a whole number, not {_shown(value)}")
    return int(value) if isinstance(value, (int, str)) and str(value).lstrip("+-").isdigit() else int(number)


def _number(parameter: Parameter, value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _is_finite(value):
        return value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            pass
        else:
            if _is_finite(number):
                return number
    raise ValueWrong(parameter.name, f"must be a number, not {_shown(value)}")


def _is_finite(value: float) -> bool:
    return abs(value) < 2**63  # no NaN is, and a whole number may be too large for a float


def _boolean(parameter: Parameter, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueWrong(parameter.name, f"must be true or false, not {_shown(value)}")


def _choice(parameter: Parameter, value: Any) -> str:
    if isinstance(value, str) and value in parameter.choices:
        return value
    raise ValueWrong(parameter.name, f"must be one of {', '.join(parameter.choices)}, not {_shown(value)}", str(value))


def _columns(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return dict(value)
    return _list(parameter, value)


def _list(parameter: Parameter, value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    raise ValueWrong(parameter.name, f"must be a list, not {_shown(value)}")


def _mapping(parameter: Parameter, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return dict(value)
    raise ValueWrong(parameter.name, f"must be a mapping of names, not {_shown(value)}")


_LONGEST_SHOWN = 60


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_CHECKS = {
    ParameterKind.TEXT: _text,
    ParameterKind.CODE: _text,
    ParameterKind.INTEGER: _integer,
    ParameterKind.NUMBER: _number,
    ParameterKind.BOOLEAN: _boolean,
    ParameterKind.CHOICE: _choice,
    ParameterKind.COLUMN: _text,
    ParameterKind.COLUMNS: _columns,
    ParameterKind.LIST: _list,
    ParameterKind.ROWS: _list,
    ParameterKind.MAPPING: _mapping,
    ParameterKind.SECRET: _text,
}

"""Which components Transom has of its own; each is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from transom.components.native import Native
    from transom.model.components import Component

#: In the order of the designer's own list: what gives data, what changes it, what runs code.
_NAMES = (
    "import_data",
    "enter_data_manually",
    "export_data",
    "edit_metadata",
    "select_columns_in_dataset",
    "split_data",
    "join_data",
    "apply_sql_transformation",
    "execute_python_script",
)
#: Modules that have another name than their component.
_MODULES = {"enter_data_manually": "enter_data", "select_columns_in_dataset": "select_columns"}


def names() -> tuple[str, ...]:
    """The names of all components of Transom's own."""
    return _NAMES


def component(name: str) -> Component:
    """The component of that name. Raises KeyError where there is none."""
    found: Component = _module(name).COMPONENT
    return found


def native(name: str) -> Native:
    """The function of a native component. Raises KeyError where there is none of that name, or it has no function."""
    found: Native | None = getattr(_module(name), "apply", None)
    if found is None:
        raise KeyError(name)
    return found


def _module(name: str) -> ModuleType:
    if name not in _NAMES:
        raise KeyError(name)
    return import_module(f"transom.components.{_MODULES.get(name, name)}")

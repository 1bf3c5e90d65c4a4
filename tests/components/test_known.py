"""Every component can be found, and says of itself what a form, a file and a command line need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from transom.components import known
from transom.model.components import Component, ParameterKind, ValueWrong


def test_the_components_are_those_of_the_designer():
    assert set(known.names()) == {
        "import_data",
        "enter_data_manually",
        "export_data",
        "edit_metadata",
        "select_columns_in_dataset",
        "split_data",
        "join_data",
        "apply_sql_transformation",
        "execute_python_script",
    }


@pytest.mark.parametrize("name", known.names())
def test_each_has_its_name_and_native_ones_a_function(name: str):
    found = known.component(name)
    assert found.name == name
    if found.native:
        assert callable(known.native(name))
    else:
        with pytest.raises(KeyError):
            known.native(name)


@pytest.mark.parametrize("name", ["no_such_component", "native", "frame", "../x", ""])
def test_other_names_are_no_components(name: str):
    for look_up in (known.component, known.native):
        with pytest.raises(KeyError):
            look_up(name)


@pytest.mark.parametrize("name", known.names())
def test_names_stand_once_and_are_told_in_sentences(name: str):
    found = known.component(name)
    assert len(set(found.names)) == len(found.names)
    assert len({port.name for port in found.outputs}) == len(found.outputs)
    told = [found, *found.inputs, *found.outputs, *found.parameters]
    assert [each.name for each in told if not each.title or not each.description] == []
    assert [each.name for each in told if each is not found and not each.description.endswith((".", "]."))] == []


@pytest.mark.parametrize("name", known.names())
def test_a_default_is_a_value_that_may_be_given(name: str):
    for parameter in known.component(name).parameters:
        if parameter.default is not None and not parameter.is_required:
            checked = parameter.checked(parameter.default)
            assert (tuple(checked) if isinstance(checked, list) else checked) == parameter.default
        if parameter.kind is ParameterKind.CHOICE:
            assert parameter.choices
        if parameter.relevant is not None:
            other, values = parameter.relevant
            found = known.component(name).parameter(other)
            assert found is not None
            assert [found.checked(value) for value in values] == list(values)


def test_a_script_is_required():
    script: Component = known.component("execute_python_script")
    with pytest.raises(ValueWrong, match="is missing"):
        script.checked({})
    assert script.checked({"script": "x"})["entry_point"] == "azureml_main"


#: What the other components need is loaded with them.
LIGHT = ("enter_data_manually", "edit_metadata", "select_columns_in_dataset", "split_data", "join_data")


def test_what_a_component_is_is_known_without_what_it_works_with():
    looks = f"[known.component(name) for name in {(*LIGHT, 'execute_python_script')!r}]"
    code = f"import sys; from transom.components import known; {looks}; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", known.names())
def test_the_guide_tells_of_each_component_with_its_ports(name: str):
    guide = (Path(__file__).parents[2] / "docs" / "components.md").read_text("utf-8")
    found = known.component(name)
    row = next(line for line in guide.splitlines() if line.startswith(f"| `{name}` |"))
    _, _, takes, gives, _ = row.split("|")
    assert [word.strip(" `") for word in takes.split(",") if word.strip()] == [port.name for port in found.inputs]
    assert [word.strip(" `") for word in gives.split(",") if word.strip()] == [port.name for port in found.outputs]


#: What reaches outside, or speaks SQL, is told elsewhere.
TOLD_ELSEWHERE = {"import_data", "export_data", "apply_sql_transformation"}


@pytest.mark.parametrize("name", [name for name in known.names() if name not in TOLD_ELSEWHERE])
def test_the_guide_tells_of_each_parameter_and_choice(name: str):
    guide = (Path(__file__).parents[2] / "docs" / "components.md").read_text("utf-8")
    _, _, part = guide.partition(f"\n## {known.component(name).title}\n")
    part = part.partition("\n## ")[0]
    words = [parameter.name for parameter in known.component(name).parameters]
    words += [choice for parameter in known.component(name).parameters for choice in parameter.choices]
    assert [word for word in words if word not in part and word != "unchanged"] == []

"""The key of a step is made of its content only, and what has changed is told in words that a person reads."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.flow import reuse
from transom.flow.reuse import ONLY_NOW, Connected, StepContent, Texts, UsedPlace, content_of, differences, key_of

CLEAN = StepContent(
    component="execute_python_script",
    version="1",
    inputs={"dataset1": Connected("a" * 64, "cars@2"), "script_bundle": Connected("b" * 64, "bundle/")},
    parameters={"fraction": 0.7, "seed": 1, "columns": ["make", "price"]},
    script="old",
    entry_point="azureml_main",
    environment=UsedPlace("current", "e" * 64, "lock 1"),
    packages=("rich==14", "attrs"),
)
KEPT = {
    "old": "import pandas\n\ndef azureml_main(one):\n    return one\n",
    "new": "import pandas\n\ndef azureml_main(one):\n    return one.dropna()\n",
    "lock 1": "numpy==2.3.1\npandas==3.1.0 ; python_version > '3.10'\nold==1\n",
    "lock 2": "# made by uv\nnumpy==2.3.1 \\\n    --hash=sha256:aa==\npandas==3.1.1\n; ==\nrich==14\n",
}
FILES = {
    "b" * 64: {"util.py": "1", "gone.py": "2", "same.py": "3"},
    "c" * 64: {"util.py": "4", "same.py": "3", "n": "5"},
}
TEXTS = Texts(KEPT.get, FILES.get)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def told(**changed: Any) -> list[str]:
    return differences(CLEAN, replace(CLEAN, **changed), TEXTS)


def with_value(value: Any) -> StepContent:
    return replace(CLEAN, parameters={"value": value})


def test_the_key_is_the_same_in_every_process_until_the_rules_change() -> None:
    assert key_of(StepContent("c", "1")) == "ac88b19504263b06645d38d8fb836abc753a80f8a1a58082da87feeb71e9a082"
    assert len(bytes.fromhex(key_of(CLEAN))) == 32


@pytest.mark.parametrize(
    "changed",
    [
        {"component": "other"},
        {"version": "2"},
        {"inputs": {"dataset1": Connected("c" * 64, "cars@2"), "script_bundle": CLEAN.inputs["script_bundle"]}},
        {"inputs": {"dataset1": CLEAN.inputs["dataset1"]}},
        {"inputs": {"dataset2": CLEAN.inputs["dataset1"], "script_bundle": CLEAN.inputs["script_bundle"]}},
        {"parameters": {**CLEAN.parameters, "seed": 2}},
        {"parameters": {**CLEAN.parameters, "more": None}},
        {"parameters": {**CLEAN.parameters, "columns": ["price", "make"]}},
        {"script": "new"},
        {"script": None},
        {"entry_point": "main"},
        {"environment": UsedPlace("current", "f" * 64, "lock 1")},
        {"environment": None},
        {"packages": ("rich==14",)},
        {"bundle_requirements": True},
        {"real_sdk": True},
        {"mark": {"etag": "1"}},
    ],
)
def test_whatever_of_the_content_changes_the_key_is_another_and_it_is_said(changed: dict[str, Any]) -> None:
    now = replace(CLEAN, **changed)
    assert key_of(now) != key_of(CLEAN)
    assert differences(CLEAN, now, Texts())
    assert differences(now, CLEAN, Texts())


@pytest.mark.parametrize(
    "changed",
    [
        {"inputs": {port: replace(each, shown="other") for port, each in reversed(CLEAN.inputs.items())}},
        {"parameters": dict(reversed(CLEAN.parameters.items()))},
        {"parameters": {**CLEAN.parameters, "columns": ("make", "price")}},
        {"environment": UsedPlace("other", "e" * 64, "lock 2")},
        {"packages": ("attrs", "rich==14")},
    ],
)
def test_names_and_orders_are_no_content(changed: dict[str, Any]) -> None:
    assert key_of(replace(CLEAN, **changed)) == key_of(CLEAN)
    assert told(**changed) == []


def test_values_that_python_calls_equal_are_told_apart() -> None:
    values = [
        0,
        0.0,
        -0.0,
        False,
        None,
        "",
        "0",
        [],
        {},
        [0],
        ["0"],
        {"0": 0},
        "null",
        ["int", "0"],
        math.inf,
        -math.inf,
    ]
    keys = {key_of(with_value(value)) for value in [*values, math.nan, "nan", 1, 1.0, True, 10**400, 2.0**53, 2**53]}
    assert len(keys) == len(values) + 8
    assert key_of(with_value(float("nan"))) == key_of(with_value(-math.nan))


def test_a_kind_of_a_type_is_that_type() -> None:
    class Text(str):
        """As readers of files make them."""

    class Number(int):
        """The same."""

    assert key_of(with_value([Text("a"), Number(3), 1.5])) == key_of(with_value(["a", 3, 1.5]))
    assert type(with_value(Text("a")).parameters["value"]) is str


def test_a_number_that_has_no_decimal_digits_has_a_key() -> None:
    huge = 1 << 200_000
    assert key_of(with_value(huge)) != key_of(with_value(huge + 1))
    assert content_of(json.loads(json.dumps(with_value(huge).document()))) == with_value(huge)


@given(plain, plain)
def test_equal_keys_are_equal_values_and_documents_come_back(one: Any, other: Any) -> None:
    first, second = with_value(one), with_value(other)
    back = content_of(json.loads(json.dumps(first.document(), allow_nan=False)))
    assert key_of(back) == key_of(first)
    assert repr(back) == repr(first)
    assert (key_of(first) == key_of(second)) == (repr(_sorted(one)) == repr(_sorted(other)))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def test_a_document_comes_back_exactly() -> None:
    for content in (CLEAN, StepContent("c", "1"), with_value({"$number": "nan", "x": [math.nan, "\ud800"]})):
        back = content_of(json.loads(json.dumps(content.document())))
        assert repr(back) == repr(content)
        assert key_of(back) == key_of(content)


@pytest.mark.parametrize("document", [{}, {"component": "c"}, {"component": 1, "version": "1"}, {"inputs": []}])
def test_what_is_no_content_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"StepContent|is no str"):
        content_of(document)


def test_other_rules_make_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(CLEAN)
    monkeypatch.setattr(reuse, "RULES", reuse.RULES + 1)
    assert key_of(CLEAN) != before


def test_nothing_that_changed_is_nothing_said() -> None:
    assert differences(CLEAN, CLEAN, TEXTS) == []


def test_a_new_version_of_a_dataset_is_told_by_its_names() -> None:
    inputs = {**CLEAN.inputs, "dataset1": Connected("c" * 64, "cars@3")}
    assert told(inputs=inputs) == ["dataset1 changed (cars@2 -> cars@3)"]
    assert told(inputs={**inputs, "dataset1": Connected("c" * 64, "cars@2")}) == ["dataset1 changed (cars@2)"]


def test_what_is_connected_or_not_any_more_is_told() -> None:
    more = {**CLEAN.inputs, "dataset2": Connected("d" * 64, "more.csv")}
    assert told(inputs=more) == ["dataset2 is connected now (more.csv)"]
    assert differences(replace(CLEAN, inputs=more), CLEAN, TEXTS) == ["dataset2 is not connected any more (more.csv)"]


def test_lines_of_the_script_are_told() -> None:
    assert told(script="new") == ["script line 4 changed"]
    assert told(script="not kept") == ["the script changed"]


def test_files_of_a_bundle_are_told() -> None:
    inputs = {**CLEAN.inputs, "script_bundle": Connected("c" * 64, "bundle/")}
    assert told(inputs=inputs) == [
        "the bundle file gone.py is gone",
        "the bundle file n was added",
        "the bundle file util.py changed",
    ]
    bundle = replace(CLEAN, inputs={"pictures": Connected("b" * 64, "x")})
    assert "the file n of pictures was added" in differences(
        bundle, replace(bundle, inputs={"pictures": Connected("c" * 64, "x")}), TEXTS
    )


def test_many_files_are_told_by_their_number() -> None:
    inputs = {**CLEAN.inputs, "script_bundle": Connected("d" * 64, "bundle/")}
    texts = Texts(KEPT.get, {**FILES, "d" * 64: {f"{number}.py": "x" for number in range(500)}}.get)
    said = differences(CLEAN, replace(CLEAN, inputs=inputs), texts)
    assert len(said) == 7
    assert said[-1] == "497 more bundle files"


def test_what_an_address_is_asked_with_is_not_told() -> None:
    before = {"path": "https://host/cars.csv?sig=KEY1&x=1"}
    for now in ("https://host/other.csv?sig=KEY2", "s3://b/a?b.csv", 1):
        (said,) = differences(replace(CLEAN, parameters=before), replace(CLEAN, parameters={"path": now}), TEXTS)
        assert "https://host/cars.csv?…" in said
        assert "KEY" not in said
    (said,) = differences(replace(CLEAN, parameters={}), replace(CLEAN, parameters=before), TEXTS)
    assert said == "the parameter path is new (https://host/cars.csv?…)"


def test_parameters_are_told_with_both_values() -> None:
    assert told(parameters={**CLEAN.parameters, "fraction": 0.8}) == ["the parameter fraction changed (0.7 -> 0.8)"]
    assert told(parameters={**CLEAN.parameters, "seed": "1"}) == ['the parameter seed changed (1 -> "1")']
    assert told(parameters={**CLEAN.parameters, "seed": True}) == ["the parameter seed changed (1 -> true)"]
    assert told(parameters={**CLEAN.parameters, "way": None}) == ["the parameter way is new (nothing)"]
    assert told(parameters={"fraction": 0.7, "seed": 1}) == ['the parameter columns is gone (["make", "price"])']


def test_long_values_are_told_where_they_differ() -> None:
    before, after = (with_value("a" * 10_000 + end) for end in ("b", "c"))
    said = differences(before, after, TEXTS)
    assert said == [f"the parameter value changed (…{'a' * 20}b -> …{'a' * 20}c)"]
    before, after = with_value(list(range(1000))), with_value([*range(999), 7])
    (only,) = differences(before, after, TEXTS)
    assert len(only) < 200
    assert only.endswith("7])")


def test_a_text_of_lines_is_told_by_its_lines() -> None:
    before, after = with_value("select a\nfrom t1\n"), with_value("select a\nfrom t2\n")
    assert differences(before, after, TEXTS) == ["the parameter value changed (line 2 changed)"]


def test_what_a_terminal_would_obey_is_shown_as_symbols() -> None:
    said = differences(with_value("a"), with_value("\x1b[2J"), TEXTS)
    assert said == ["the parameter value changed (a -> ␛[2J)"]


def test_packages_of_an_environment_are_told_from_its_locks() -> None:
    changed = UsedPlace("current", "f" * 64, "lock 2")
    assert told(environment=changed) == [
        "the environment current changed: old 1 -> gone, pandas 3.1.0 -> 3.1.1, rich was not there -> 14"
    ]
    assert told(environment=replace(changed, lock="not kept")) == ["the environment current changed"]
    assert told(environment=replace(changed, name="host", lock="")) == ["the environment current -> host changed"]
    assert told(environment=None) == ["the environment changed (current -> none)"]


def test_the_rest_is_told() -> None:
    assert told(component="other") == ["the component changed (execute_python_script -> other)"]
    assert told(version="2") == ["the component execute_python_script has a new version (1 -> 2)"]
    assert told(entry_point="main") == ["the entry point changed (azureml_main -> main)"]
    assert told(packages=()) == ["the packages changed (rich==14, attrs -> none)"]
    assert told(bundle_requirements=True) == ["what the bundle requires is installed now"]
    assert told(real_sdk=True) == ["azureml-core is the one of the environment now"]


def test_what_a_source_says_is_told() -> None:
    before = replace(CLEAN, mark={"etag": '"1"', "size": "10"})
    after = replace(CLEAN, mark={"etag": '"2"', "size": "10"})
    assert differences(before, after, TEXTS) == ['the source says its content changed (etag "1" -> "2")']
    unsure = replace(CLEAN, mark={ONLY_NOW: "x", "why": "it has no ETag"})
    assert differences(before, unsure, TEXTS) == []
    assert differences(unsure, before, TEXTS) == ["the source could not tell before whether its content changed"]
    fewer = replace(CLEAN, mark={"size": "10"})
    assert differences(before, fewer, TEXTS) == ['the source says its content changed (etag "1" -> not said)']


def test_all_that_changed_is_told() -> None:
    assert told(script="new", parameters={**CLEAN.parameters, "seed": 2}, version="2") == [
        "the component execute_python_script has a new version (1 -> 2)",
        "script line 4 changed",
        "the parameter seed changed (1 -> 2)",
    ]

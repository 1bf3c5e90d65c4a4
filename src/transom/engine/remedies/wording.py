"""How a remedy names what a person can change, so that it holds for a run of a script and for a step of a pipeline."""

from __future__ import annotations


def limit(name: str, value: str) -> str:
    """How a limit is set to a value, in both places."""
    return f"`--{name.replace('_', '-')} {value}`, or `limits: {{{name}: {value}}}` in a pipeline"


def given(port: str, option: str) -> str:
    """How something is connected to a port of the script, in both places."""
    return f"`{option}`, or `{port}:` in a pipeline"


FEWER_ROWS = "`transom run --sample 10000`"
#: The two stand together, and the second one says what both are called in a pipeline.
GIVE_TABLE = "give a table as a dataset (`--dataset1 FILE`)"
BUNDLE = given("script_bundle", "-b FOLDER")
OTHER_FILE = "any other file in the script bundle (`-b FOLDER`; in a pipeline `dataset1:`, `script_bundle:`)"
GIVE_DATA = f"give the data as a dataset ({given('dataset1', '--dataset1 FILE')})"

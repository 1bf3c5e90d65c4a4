"""`transom run` and `transom check` with environments."""

from __future__ import annotations

import pytest
from tests.cli.transom import Desk
from tests.environments import ready_made, share_ready_made

USES_IX = "def azureml_main(dataframe1=None, dataframe2=None):\n    return dataframe1.ix[:1],\n"


def test_an_unknown_environment_is_one_sentence_and_exit_code_5(desk: Desk) -> None:
    said = desk.transom("run", "same.py", "--environment", "desinger-2020")
    assert said.code == 5
    assert "There is no environment desinger-2020." in said.err
    assert "designer-2020" in said.err
    told = desk.transom("run", "same.py", "--environment", "desinger-2020", "--json")
    assert (told.code, told.document["error"]["code"]) == (5, "environment_unknown")


def test_a_package_that_cannot_be_had_is_exit_code_5(desk: Desk) -> None:
    said = desk.transom("run", "same.py", "cars.csv", "--with", "no-such-package-anywhere", "--json")
    assert said.code == 5
    assert said.document["failure"]["kind"] == "environment_failed"
    assert "no-such-package-anywhere" in said.document["failure"]["message"]


def test_packages_may_be_given_several_times(desk: Desk) -> None:
    desk.write("two.py", "import humanize, tabulate\ndef azureml_main(a=None, b=None):\n    return a,\n")
    said = desk.transom("run", "two.py", "cars.csv", "--with", "humanize", "--with", "tabulate==0.9.0", "--json")
    assert said.code == 0, said.err
    assert {"humanize", "tabulate"} <= {each["name"] for each in said.document["installed"]}


def test_a_folder_is_checked_in_all_environments_as_one_table(desk: Desk) -> None:
    desk.write("scripts/old.py", USES_IX)
    desk.write("scripts/new.py", "import polars\ndef azureml_main(a=None, b=None):\n    return a,\n")
    desk.write("scripts/broken.py", "def azureml_main(a=None, b=None)\n    return a,\n")
    desk.write("scripts/not_a_script.py", "x = 1\n")
    said = desk.transom("check", "scripts", "--environment", "all", "--json")
    assert said.code == 1  # one of them runs nowhere
    found = {(each["script"], each["environment"]): each for each in said.document["verdicts"]}
    statuses = {place: each["status"] for place, each in found.items()}
    assert statuses["scripts/old.py", "designer-2020"] == "runs"
    assert statuses["scripts/old.py", "current"] == "fails"
    assert statuses["scripts/new.py", "current"] == "runs"
    assert statuses["scripts/new.py", "designer-2020"] == "fails"
    assert {statuses["scripts/broken.py", name] for _, name in statuses} == {"refused"}
    assert found["scripts/old.py", "current"]["line"] == 2
    assert "loc" in found["scripts/old.py", "current"]["remedy"]
    assert not any("not_a_script" in script for script, _ in found)
    shown = desk.transom("check", "scripts", "--environment", "all")
    assert all(word in shown.err for word in ("scripts/old.py", "designer-2020", "current", "refused", "fails", "runs"))


def test_a_check_looks_where_a_run_would_go(desk: Desk) -> None:
    desk.write("scripts/plots.py", "import seaborn\ndef azureml_main(a=None, b=None):\n    return a,\n")
    desk.write("scripts/old.py", USES_IX)
    said = desk.transom("check", "scripts", "--json", TRANSOM_ENVIRONMENT="designer-2020")
    found = {each["script"]: (each["environment"], each["status"]) for each in said.document["verdicts"]}
    assert found["scripts/old.py"] == ("designer-2020", "runs")
    assert found["scripts/plots.py"] == ("designer-2020", "fails")
    one = desk.transom("check", "scripts/plots.py", "--json").document
    assert one["environment"].startswith("current-")
    assert one["findings"] == []


def test_a_failed_installation_is_not_advised_again(desk: Desk) -> None:
    desk.write(
        "fail.py",
        "import os\nos.system('pip install no-such-package-anywhere')\nimport no_such_package_anywhere\n"
        "def azureml_main(a=None, b=None):\n    return a,\n",
    )
    failure = desk.transom("run", "fail.py", "--json").document["failure"]
    assert "did not succeed" in failure["remedy"]


def test_one_script_is_checked_against_a_named_environment(desk: Desk) -> None:
    desk.write("old.py", USES_IX)
    assert "ix" in desk.transom("check", "old.py").err
    assert "nothing to say against it" in desk.transom("check", "old.py", "--environment", "designer-2020").err
    assert desk.transom("check", "old.py", "--environment", "no-such").code == 5


def test_a_folder_without_scripts_is_said(desk: Desk) -> None:
    desk.write("empty/readme.txt", "nothing")
    said = desk.transom("check", "empty")
    assert said.code == 2
    assert "azureml_main" in said.err


def test_the_environment_is_built_once_and_its_building_is_shown(desk: Desk) -> None:
    if ready_made("designer-2020") is None:
        pytest.skip("the Python of designer-2020 is not on this machine")
    share_ready_made(desk.data)
    desk.write("old.py", USES_IX)
    said = desk.transom("run", "old.py", "cars.csv", "-e", "designer-2020", "--result1", "out.csv", "--quiet")
    assert said.code == 0, said.err
    assert (desk.folder / "out.csv").read_text().startswith("make,price,zip\n")

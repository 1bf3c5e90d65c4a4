"""What is wrong with an input is one sentence with a remedy, an exit code, and nothing written where results go."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from tests.cli.transom import Desk


def zip_with(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x = 1\n")
    return buffer.getvalue()


def zip_with_a_link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


BAD_INPUTS: dict[str, tuple[Callable[[Desk], object], list[str], int, str]] = {
    "a script that is not there": (lambda desk: None, ["none.py", "cars.csv"], 3, "none.py"),
    "a script that is a folder": (lambda desk: desk.write("folder/x", ""), ["folder"], 2, "is a folder"),
    "a script that is no text": (lambda desk: desk.write("bin.py", b"\x7fELF\0\0\xff"), ["bin.py"], 2, "bin.py"),
    "a table that is not there": (lambda desk: None, ["same.py", "car.csv"], 3, "cars.csv"),
    "a bundle that is not there": (lambda desk: None, ["same.py", "-b", "bundel"], 3, "bundel"),
    "an ending that is no table's": (lambda desk: desk.write("a.xyz", "1"), ["same.py", "a.xyz"], 2, "a.xyz"),
    "a result whose ending is no table's": (lambda desk: None, ["same.py", "cars.csv", "-1", "o.xyz"], 2, "o.xyz"),
    "a result in a folder that is not there": (lambda desk: None, ["same.py", "-1", "no/o.csv"], 2, "no"),
    "a broken Parquet": (
        lambda desk: desk.write("b.parquet", b"PAR1 broken"),
        ["same.py", "b.parquet"],
        2,
        "b.parquet",
    ),
    "an empty file": (lambda desk: desk.write("e.csv", ""), ["same.py", "e.csv"], 2, "empty"),
    "rows of unequal length": (lambda desk: desk.write("r.csv", "a,b\n1,2\n1\n"), ["same.py", "r.csv"], 2, "line 3"),
    "bytes that fit the encoding that was named": (
        lambda desk: desk.write("u.csv", b"a\n\xff\n"),
        ["same.py", "u.csv", "--read1", "encoding=utf-8"],
        2,
        "u.csv",
    ),
    "a folder that is no DataFrameDirectory": (lambda desk: desk.write("d/x", ""), ["same.py", "d"], 2, "d"),
    "a bundle that is no zip": (lambda desk: desk.write("b.zip", "text"), ["same.py", "-b", "b.zip"], 2, "b.zip"),
    "a bundle that leaves its folder": (
        lambda desk: desk.write("b.zip", zip_with("../x.py")),
        ["same.py", "-b", "b.zip"],
        2,
        "../x.py",
    ),
    "a bundle with an absolute name": (
        lambda desk: desk.write("b.zip", zip_with("/x.py")),
        ["same.py", "-b", "b.zip"],
        2,
        "/x.py",
    ),
    "a bundle with a link": (
        lambda desk: desk.write("b.zip", zip_with_a_link()),
        ["same.py", "-b", "b.zip"],
        2,
        "link",
    ),
    "a read option that there is not": (lambda desk: None, ["same.py", "cars.csv", "--read1", "head=no"], 2, "header"),
    "a time that is none": (lambda desk: None, ["same.py", "--timeout", "soon"], 2, "soon"),
    "a size that is none": (lambda desk: None, ["same.py", "--memory", "much"], 2, "much"),
    "a number that is none": (lambda desk: None, ["same.py", "--processes", "0"], 2, "--processes 0"),
    "a name that is no UTF-8": (lambda desk: None, ["same.py", "no\udcff.csv"], 3, "no\\xff.csv"),
    "a tolerance that is none": (lambda desk: None, ["same.py", "--tolerance", "nan"], 2, "nan"),
    "read options without a table": (lambda desk: None, ["same.py", "--read1", "header=no"], 2, "--read1"),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_input_is_one_sentence_and_a_remedy(name: str, desk: Desk) -> None:
    prepare, arguments, code, words = BAD_INPUTS[name]
    prepare(desk)
    before = set(desk.folder.rglob("*"))
    result = [] if "-1" in arguments else ["-1", "out.csv"]
    said = desk.transom("run", *arguments, *result, "--json")
    told = said.document.get("error") or said.document["failure"]
    assert said.code == code
    assert words in told["message"] + told["remedy"]
    assert told["remedy"]
    assert "\n" not in told["message"]
    assert set(desk.folder.rglob("*")) == before


@pytest.mark.parametrize(
    "words",
    [
        ("run", "same.py", "--allow-read", "~nosuch/x"),
        ("run", "same.py", "~nosuch/x.csv"),
        ("datastore", "add", "place", "~nosuch/x"),
        ("datastore", "add", "base", "sqlite:///~nosuch/x.db"),
    ],
)
def test_a_path_of_a_user_that_is_unknown_is_not_there(desk: Desk, words: tuple[str, ...]) -> None:
    desk.write("same.py", "def azureml_main(a=None, b=None):\n    return a\n")
    said = desk.transom(*words)
    assert said.code == 3
    assert "~nosuch/x" in said.err


def test_a_bundle_over_the_limit_is_refused(desk: Desk) -> None:
    desk.write("b.zip", zip_with("a.py", "b.py", "c.py"))
    said = desk.transom("run", "same.py", "-b", "b.zip", "--json", TRANSOM_BUNDLE_FILES="2")
    assert (said.code, said.document["failure"]["kind"]) == (2, "bundle_invalid")


def test_a_wrong_setting_names_where_it_stands(desk: Desk) -> None:
    desk.write("pyproject.toml", '[tool.transom]\ntimeout = "soon"\n')
    said = desk.transom("run", "same.py")
    assert said.code == 2
    assert "pyproject.toml" in said.err
    assert "timeout" in said.err


@pytest.mark.parametrize("options", [("--network", "none"), ("--policy", "confined"), ("--policy", "strict")])
def test_a_debugger_needs_the_network_that_its_run_has(desk: Desk, options: tuple[str, ...]) -> None:
    desk.write("same.py", "def azureml_main(a=None, b=None):\n    return a,\n")
    said = desk.transom("run", "same.py", "--debug", *options)
    assert said.code == 2
    assert "--debug needs the network open" in said.err

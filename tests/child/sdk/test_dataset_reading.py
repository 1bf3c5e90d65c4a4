"""What a script says of reading files, queries and columns reaches the workspace, and what cannot be is told at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.child.sdk.datasets_given import CARS, Desk, desk, in_each_pandas, python_with_pandas

HERE = Path(sys.executable)
IMPORTS = (
    "from azureml.data import DataType\nfrom azureml.data.dataset_factory import TabularDatasetFactory\n"
    "from azureml.core.dataset import FileEncoding, PromoteHeadersBehavior\nstore = Datastore(ws, 'store')\n"
    "read = Dataset.Tabular\n"
)


def reading(at: Desk, answer: dict[str, Any]) -> None:
    """Let what is read be the table of `cars`."""
    at.add_table("cars", CARS)
    answer.update(
        table={"content": at.tables["id-of-cars-1"], "name": "t.arrow"}, token="t0ken", rows=4, columns=[], warnings=[]
    )


@in_each_pandas
def test_files_are_read_once_and_registered_as_they_were_read(environment: str, tmp_path: Path) -> None:
    answer: dict[str, Any] = {}
    script = IMPORTS + (
        "open('cars.csv', 'w').write('a;b')\nd = read.from_delimited_files('cars.csv', separator=';')\n"
        "frame = d.take(2).to_pandas_dataframe()\nmade = d.register(ws, 'made')\nfirst = d.take(1).register(ws, 'first')\n"
        "print(json.dumps([list(frame['make']), made.name, len(first.to_pandas_dataframe()), len(d.to_pandas_dataframe())]))\n"
    )
    with desk(tmp_path, dataset__read=lambda facts: answer) as at:
        reading(at, answer)
        at.tables["t0ken"] = at.tables["id-of-cars-1"]
        assert at.run(python_with_pandas(environment), script).told == [["audi", "bmw"], "made", 1, 4]
        (facts,) = at.facts("dataset/read")
        made, first = at.facts("dataset/register")
        content = serving.taken(at.folder, facts["places"][0]["content"]["digest"])
    assert content == b"a;b"
    assert facts["places"][0]["name"] == "cars.csv"
    assert (facts["format"], facts["options"]) == ("delimited", {"separator": ";"})
    assert made["same_as"] == "t0ken"
    assert "table" in first


def test_every_choice_reaches_the_workspace_in_its_words(python: Path, tmp_path: Path) -> None:
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "read.from_delimited_files((store, 'a.csv'))": ("delimited", {}),
        "read.from_delimited_files((store, 'a.csv'), validate=False, include_path=False, infer_column_types=True,"
        " set_column_types=None, separator=',', header=True, partition_format=None, support_multi_line=False,"
        " empty_as_string=False, encoding='utf8')": ("delimited", {}),
        "read.from_delimited_files((store, 'a.csv'), include_path=True, infer_column_types=False, separator='\\t',"
        " header=False, partition_format='/{state}/{day:yyyy/MM/dd}/a.csv', support_multi_line=True, empty_as_string=True,"
        " encoding='iso88591')": (
            "delimited",
            {
                "include_path": True,
                "infer_types": False,
                "separator": "\t",
                "header": "none",
                "partition_format": "/{state}/{day:yyyy/MM/dd}/a.csv",
                "multi_line": True,
                "empty_as_text": True,
                "encoding": "latin-1",
            },
        ),
        "read.from_delimited_files((store, 'a.csv'), header=PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS)": (
            "delimited",
            {},
        ),
        "read.from_delimited_files((store, 'a.csv'), header=PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS,"
        " encoding=FileEncoding.WINDOWS1252)": (
            "delimited",
            {"header": "each", "encoding": "cp1252"},
        ),
        "read.from_delimited_files((store, 'a.csv'), header=1, encoding='UTF-16')": (
            "delimited",
            {"header": "first", "encoding": "utf-16"},
        ),
        "read.from_delimited_files((store, 'a.csv'), encoding='utf8bom')": ("delimited", {}),
        "read.from_delimited_files((store, 'a.csv'), encoding='koi8-r')": ("delimited", {"encoding": "koi8-r"}),
        "read.from_delimited_files((store, 'a.csv'), set_column_types={'a': DataType.to_string(), 'b': DataType.to_long(),"
        " 'c': DataType.to_float(), 'd': DataType.to_bool(), 'e': DataType.to_datetime(),"
        " 'f': DataType.to_datetime('%d.%m.%Y'), 'g': DataType.to_datetime(['%Y', '%d']),"
        " ('h', 'i'): DataType.to_float(decimal_mark=',')})": (
            "delimited",
            {
                "column_types": {
                    "a": {"type": "text"},
                    "b": {"type": "whole"},
                    "c": {"type": "decimal"},
                    "d": {"type": "boolean"},
                    "e": {"type": "datetime"},
                    "f": {"type": "datetime", "formats": ["%d.%m.%Y"]},
                    "g": {"type": "datetime", "formats": ["%Y", "%d"]},
                    "h": {"type": "decimal", "decimal": ","},
                    "i": {"type": "decimal", "decimal": ","},
                }
            },
        ),
        "read.from_parquet_files((store, 'a'), validate=True, include_path=True,"
        " set_column_types={'a': DataType.to_long()}, partition_format='/{x}/a')": (
            "parquet",
            {"include_path": True, "column_types": {"a": {"type": "whole"}}, "partition_format": "/{x}/a"},
        ),
        "read.from_parquet_files(path=(store, 'a'))": ("parquet", {}),
        "TabularDatasetFactory.from_json_lines_files((store, 'a'), invalid_lines='drop', encoding='latin1')": (
            "json_lines",
            {"invalid_lines": "drop", "encoding": "latin-1"},
        ),
        "read.from_json_lines_files((store, 'a'), include_path=True, invalid_lines='error')": (
            "json_lines",
            {"include_path": True},
        ),
    }
    asked: list[tuple[str, dict[str, Any]]] = []

    def refuse(facts: dict[str, Any]) -> dict[str, Any]:
        asked.append((facts["format"], facts["options"]))
        raise serving.refused("It is no table.")

    script = IMPORTS + (
        f"for each in {list(cases)!r}:\n    d = eval(each)\n    try:\n        d.to_pandas_dataframe()\n"
        "    except Exception as wrong:\n        assert 'It is no table.' == str(wrong), str(wrong)\nprint('null')\n"
    )
    with desk(tmp_path, dataset__read=refuse) as at:
        assert at.run(python, script).told is None
    assert dict(zip(cases, asked, strict=True)) == cases


def test_a_database_is_asked_with_a_query(python: Path, tmp_path: Path) -> None:
    def refuse(facts: dict[str, Any]) -> dict[str, Any]:
        raise serving.refused("There is no such table.", "There are cars.")

    script = IMPORTS + (
        "from azureml.data.datapath import DataPath\nfrom azureml.data.azure_sql_database_datastore import *\nfound = []\n"
        "for query in ((store, 'SELECT 1'), DataPath(store, 'SELECT 2'), [store, 'SELECT 3']):\n    try:\n"
        "        read.from_sql_query(query, query_timeout=10).to_pandas_dataframe()\n"
        "    except Exception as wrong:\n        found.append(str(wrong))\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path, dataset__query=refuse) as at:
        assert at.run(python, script).told == ["There is no such table. There are cars."] * 3
        assert at.facts("dataset/query") == [
            {"datastore": "store", "query": f"SELECT {number}", "timeout": 10} for number in (1, 2, 3)
        ]


def test_a_cell_of_another_type_is_missing_or_an_error_where_that_is_wanted(tmp_path: Path) -> None:
    def refuse(facts: dict[str, Any]) -> dict[str, Any]:
        raise serving.refused(
            "A cell is no number." if facts["options"].get("on_error") == "fail" else "It is missing."
        )

    script = IMPORTS + (
        "types = {'a': DataType.to_long()}\nfound = []\n"
        "for d in (read.from_parquet_files((store, 'a'), set_column_types=types), read.from_parquet_files((store, 'a'))):\n"
        "    for how in ('null', 'fail'):\n        try:\n            d.to_pandas_dataframe(on_error=how)\n"
        "        except Exception as wrong:\n            found.append(str(wrong))\n"
        "try:\n    read.from_sql_query((store, 'S'), set_column_types=types).to_pandas_dataframe(on_error='fail')\n"
        "except Exception as wrong:\n    found.append(str(wrong))\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path, dataset__read=refuse, dataset__query=refuse) as at:
        told = at.run(HERE, script).told
        query = at.facts("dataset/query")[0]
    assert told == [
        "It is missing.",
        "A cell is no number.",
        "It is missing.",
        "It is missing.",
        "A cell is no number.",
    ]
    assert query["column_types"] == {"a": {"type": "whole"}}


def test_what_was_read_differently_is_told_in_the_log(tmp_path: Path) -> None:
    answer: dict[str, Any] = {}
    script = IMPORTS + "d = read.from_parquet_files((store, 'a'))\nprint(json.dumps(len(d.to_pandas_dataframe())))\n"
    with desk(tmp_path, dataset__read=lambda facts: answer) as at:
        reading(at, answer)
        answer["warnings"] = ["a.csv: `NA` is missing in 3 rows of price."]
        said = at.run(HERE, script)
    assert said.told == 4
    assert said.lines[0] == "Transom: a.csv: `NA` is missing in 3 rows of price."


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("read.from_delimited_files((store, 'a'), separator='')", "The separator is a text such as ',' or '\\t'"),
        ("read.from_delimited_files((store, 'a'), separator=None)", "The separator is a text such as ',' or '\\t'"),
        ("read.from_delimited_files((store, 'a'), header='yes')", "header is True, False or one of PromoteHeaders"),
        ("read.from_delimited_files((store, 'a'), header=4)", "header is True, False or one of PromoteHeaders"),
        ("read.from_delimited_files((store, 'a'), header=[1])", "header is True, False or one of PromoteHeaders"),
        (
            "read.from_delimited_files((store, 'a'), encoding='klingon')",
            "There is no encoding 'klingon'; there are: ascii,",
        ),
        ("read.from_delimited_files((store, 'a'), encoding=5)", "The encoding is a text such as 'utf8'"),
        ("read.from_delimited_files((store, 'a'), partition_format=5)", "partition_format is a text"),
        ("read.from_delimited_files((store, 'a'), set_column_types=['a'])", "set_column_types is a dictionary such as"),
        ("read.from_delimited_files((store, 'a'), set_column_types={'a': str})", "DataType.to_string()"),
        ("read.from_json_lines_files((store, 'a'), invalid_lines='skip')", "invalid_lines is 'error' or 'drop'"),
        ("DataType.to_float(decimal_mark=';')", "decimal_mark is '.' or ','"),
        ("read.from_sql_query('SELECT 1')", "A query is asked of a datastore"),
        ("read.from_sql_query(('store', 'SELECT 1'))", "The datastore is given as text, 'store'."),
        ("read.from_sql_query((store, ' '))", "The query is a text such as 'SELECT * FROM cars'"),
        ("read.from_sql_query((store, 5))", "The query is a text such as 'SELECT * FROM cars'"),
    ],
)
def test_a_choice_that_there_is_not_is_told_at_once(statement: str, text: str, tmp_path: Path) -> None:
    script = IMPORTS + (
        f"try:\n    {statement}\nexcept Exception as wrong:\n"
        "    print(json.dumps([type(wrong).__name__, str(wrong)]))\n"
    )
    with desk(tmp_path) as at:
        kind, told = at.run(HERE, script).told
        assert at.facts("dataset/read") == []
    assert kind == "UserErrorException"
    assert text in told

"""The designer's dataset folder, against Microsoft's own package where its Python 3.6 is there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from tests.environments import DESIGNER_CORE, python_of
from tests.tables.frames_of_every_kind import COLUMNS, INDEXES, frame, indexed

from transom.errors import InputUnreadable
from transom.tables.formats import read, write

LOAD = """
import json, sys
from azureml.studio.core.data_frame_schema import DataFrameSchema
from azureml.studio.core.io.data_frame_directory import load_data_frame_from_directory
told = {}
for folder in sys.argv[1:]:
    directory = load_data_frame_from_directory(folder)
    data = directory.data
    told[folder] = {
        "dtypes": [str(dtype) for dtype in data.dtypes],
        "values": [[repr(value) for value in data.iloc[:, place]] for place in range(data.shape[1])],
        "index": [list(data.index.names), [repr(value) for value in data.index]],
        "schema": directory.schema == DataFrameSchema.data_frame_to_dict(data),
        "samples": json.load(open(folder + "/_samples.json")) == directory.get_samples(),
    }
print(json.dumps(told))
"""
SAVE = """
import sys
import numpy as np, pandas as pd
from azureml.studio.core.io.data_frame_directory import save_data_frame_to_directory
frame = pd.DataFrame({
    "i": [1, 2, 3], "t": ["x", "y", None], "f": [1.5, None, 2.0], "c": pd.Categorical(["u", "v", "u"]),
    "d": pd.to_datetime(["2020-01-01", None, "2021-01-01"]), "b": [True, False, True], "l": [[1], [2, 3], None],
})
save_data_frame_to_directory(sys.argv[1] + "/plain", frame)
save_data_frame_to_directory(sys.argv[1] + "/indexed", frame.set_index("t"))
save_data_frame_to_directory(sys.argv[1] + "/empty", pd.DataFrame())
"""
NEAREST = {
    "int64": ("int64", ["1", "2", "3"]),
    "int8": ("int8", ["1", "2", "3"]),
    "uint64": ("uint64", ["1", "2", "9223372036854775808"]),
    "float64": ("float64", ["1.5", "nan", "-inf"]),
    "float32": ("float32", ["1.0", "2.0", "nan"]),
    "float16": ("float32", ["1.0", "2.0", "nan"]),
    "bool": ("bool", ["True", "False", "True"]),
    "Int64": ("float64", ["1.0", "nan", "3.0"]),
    "Float64": ("float64", ["1.5", "nan", "3.0"]),
    "boolean": ("object", ["True", "None", "False"]),
    "int64[pyarrow]": ("float64", ["1.0", "nan", "3.0"]),
    "str": ("object", ["'a'", "None", "''"]),
    "string": ("object", ["'a'", "None", "'b'"]),
    "bytes": ("object", ["b'a'", "None", "b'\\xff'"]),
    "category": ("category", ["'x'", "'y'", "nan"]),
    "ordered category": ("category", ["'lo'", "'hi'", "'lo'"]),
    "category of numbers": ("int64", ["3", "1", "3"]),
    "category of periods": ("category", ["'2020-01'", "'2020-02'", "'2020-03'"]),
    "category of intervals": ("category", ["'(0, 3]'", "'(3, 6]'", "'(6, 10]'"]),
    "datetime64[ns]": ("datetime64[ns]", None),
    "datetime64[us]": ("datetime64[ns]", None),
    "datetime64[s] out of range": ("object", ["'2020-01-01'", "None", "'1500-01-01'"]),
    "datetime with a zone": ("datetime64[ns, Europe/Paris]", None),
    "timedelta": ("object", ["'1 days 00:00:00.5'", "'-1 days +22:00:00'", "None"]),
    "dates": ("object", ["datetime.date(2020, 1, 1)", "None", "datetime.date(1, 1, 1)"]),
    "times": ("object", ["datetime.time(1, 2, 3)", "None", "datetime.time(4, 0, 0, 5)"]),
    "dates and datetimes": ("object", ["'2020-01-01T00:00:00'", "'2020-01-01'", "None"]),
    "period": ("object", ["'2020-01'", "'2020-02'", "'2020-03'"]),
    "interval": ("object", ["'[0.0, 1.5)'", "'[1.5, 2.0)'", "'[2.0, 3.0)'"]),
    "complex": ("object", ["'(1+2j)'", "'(nan+0j)'", "'(3+0j)'"]),
    "sparse": ("int64", ["0", "0", "5"]),
    "decimals": ("object", ["Decimal('1.100')", "None", "Decimal('2.255')"]),
    "decimals too long": ("object", None),
    "large integers": ("object", ["'1180591620717411303424'", "None", "'3'"]),
    "objects of integers": ("float64", ["1.0", "nan", "3.0"]),
    "objects of booleans": ("object", ["True", "None", "False"]),
    "missing numbers": ("float64", ["nan", "nan", "nan"]),
    "missing objects": ("object", ["None", "None", "None"]),
}
#: Where their package says only "cannot be visualized", or shows an instant in another spelling.
SHOWN_BY_US_ALONE = {"dates", "times", "decimals"}
KEPT_AS_THEY_ARE = {
    "int64", "int8", "uint64", "float64", "float32", "bool", "str", "string", "bytes", "category", "ordered category",
    "datetime64[ns]", "dates", "times", "decimals", "objects of booleans", "missing numbers", "missing objects",
}  # fmt: skip


@pytest.fixture(scope="module")
def designer() -> Path:
    python = python_of(DESIGNER_CORE)
    if python is None:
        pytest.skip("Microsoft's azureml-designer-core needs Python 3.6, which this machine lacks")
    return python


def _ask(python: Path, program: str, *arguments: object) -> str:
    done = subprocess.run([python, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_transom_writes_their_package_loads_as_the_nearest_that_it_has(
    designer: Path, kept, tmp_path: Path
) -> None:
    warned = {name: bool(write(kept(frame(name)), f"{tmp_path}/{name}/")) for name in COLUMNS}
    told = json.loads(_ask(designer, LOAD, *(tmp_path / name for name in COLUMNS)))
    for name, (dtype, values) in NEAREST.items():
        one = told[str(tmp_path / name)]
        assert (name, one["dtypes"]) == (name, [dtype, "int64"])
        assert values is None or (name, one["values"][0]) == (name, values)
        assert (name, one["schema"], one["samples"]) == (name, True, name not in SHOWN_BY_US_ALONE)
        assert (name, warned[name]) == (name, name not in KEPT_AS_THEY_ARE)


def test_their_package_loads_every_row_index(designer: Path, kept, tmp_path: Path) -> None:
    for name in INDEXES:
        write(kept(indexed(name)), f"{tmp_path}/{name}/")
    told = json.loads(_ask(designer, LOAD, *(tmp_path / name for name in INDEXES)))
    for name, index in INDEXES.items():
        names, values = told[str(tmp_path / name)]["index"]
        assert (name, names) == (name, list(index.names))
        assert len(values) == 3
    assert told[str(tmp_path / "named texts")]["index"][1] == ["'r'", "'s'", "'t'"]
    assert told[str(tmp_path / "a range")]["index"][1] == ["5", "7", "9"]


def test_a_table_without_columns_or_rows_is_loaded(designer: Path, kept, tmp_path: Path) -> None:
    write(kept(pd.DataFrame()), f"{tmp_path}/none/")
    write(kept(frame("int64").head(0)), f"{tmp_path}/no rows/")
    told = json.loads(_ask(designer, LOAD, tmp_path / "none", tmp_path / "no rows"))
    assert told[str(tmp_path / "none")]["dtypes"] == []
    assert told[str(tmp_path / "no rows")]["dtypes"] == ["int64", "int64"]


def test_what_their_package_writes_is_read(designer: Path, frame_of, tmp_path: Path) -> None:
    _ask(designer, SAVE, tmp_path)
    plain = frame_of(tmp_path / "plain")
    assert plain.drop(columns=["l", "d"]).equals(
        pd.DataFrame(
            {
                "i": [1, 2, 3],
                "t": pd.Series(["x", "y", None], dtype=object),
                "f": [1.5, None, 2.0],
                "c": pd.Categorical(["u", "v", "u"]),
                "b": [True, False, True],
            }
        )
    )
    assert plain["d"].tolist()[::2] == [pd.Timestamp("2020-01-01"), pd.Timestamp("2021-01-01")]
    assert [None if cell is None else list(cell) for cell in plain["l"]] == [[1], [2, 3], None]
    assert frame_of(tmp_path / "indexed").index.tolist() == ["x", "y", None]
    assert frame_of(tmp_path / "empty").shape == (0, 0)


def test_our_visualisation_has_the_layout_of_theirs(designer: Path, kept, tmp_path: Path) -> None:
    _ask(designer, SAVE, tmp_path)
    read(tmp_path / "plain", tmp_path / "step.arrow")
    write(tmp_path / "step.arrow", f"{tmp_path}/ours/")
    theirs, ours = (json.loads((tmp_path / name / "_data.visualization").read_text()) for name in ("plain", "ours"))
    assert ours["data"] == theirs["data"]
    for part in ("statistics", "layout"):
        assert {**ours[part], "records": None} == {**theirs[part], "records": None}
        assert len(ours[part]["records"]) == len(theirs[part]["records"])
    for name in ("_samples.json", "schema/_schema.json"):
        ours, theirs = (json.loads((tmp_path / folder / name).read_text()) for folder in ("ours", "plain"))
        assert ours == theirs


def test_statistics_and_plots_are_of_the_values(kept, tmp_path: Path) -> None:
    given = pd.DataFrame({"n": [1.0, 2.0, 3.0, 4.0, 100.0, None], "t": ["x", "x", "y", None, "x", "y"]})
    write(kept(given), f"{tmp_path}/result/")
    shown = json.loads((tmp_path / "result" / "_data.visualization").read_text())
    mean, median, least, most, spread, unique, missing = shown["statistics"]["records"][0]
    assert (mean, median, least, most, unique, missing) == (22.0, 3.0, 1.0, 100.0, 5, 1)
    assert spread == pytest.approx(given["n"].std())
    assert shown["statistics"]["records"][1][5:] == [2, 1]
    histogram, box = shown["layout"]["records"][0]
    assert [one["y"] for one in histogram["Bins"]] == [4, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert (box["median"], box["boxBottom"], box["boxTop"], box["whiskerTop"], box["outliers"]) == (3, 2, 4, 4, [100])
    assert [(one["x"], one["y"]) for one in shown["layout"]["records"][1][0]["Bins"]] == [("x", 3), ("y", 2)]


@pytest.mark.parametrize(
    "values",
    [[5.0, 5.0], [2.0**60, 2.0**60], [-1e308, 1e308], [float("inf"), 1.0], [float("inf")] * 2, [1], [], [5e-324, 0.0]],
)
def test_no_numbers_are_too_odd_for_a_picture(kept, tmp_path: Path, values: list[float]) -> None:
    write(kept(pd.DataFrame({"n": values})), f"{tmp_path}/result/")
    shown = json.loads((tmp_path / "result" / "_data.visualization").read_text())
    plots = shown["layout"]["records"]
    finite = sum(abs(value) < float("inf") for value in values)
    assert not finite or sum(one["y"] for one in plots[0][0]["Bins"]) == finite


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ("type: ModelDirectory\n", "it is a ModelDirectory"),
        ("type: DataFrameDirectory\nformat: CSV\n", "format CSV"),
        ("type: DataFrameDirectory\ndata: ../other.parquet\n", "outside of the folder"),
    ],
)
def test_a_folder_of_another_kind_is_refused(arrive, tmp_path: Path, meta: str, said: str) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "_meta.yaml").write_text(meta)
    with pytest.raises(InputUnreadable, match=said):
        arrive(tmp_path / "given")

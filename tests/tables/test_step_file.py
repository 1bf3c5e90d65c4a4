"""The file that one step hands to the next, as the oldest and the newest Arrow library read it."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.environments import ENVIRONMENTS, python_of

from transom.tables.formats import read
from transom.tables.one_batch import Later, write_one_batch
from transom.tables.step_file import open_step

READ_BY_THE_CHILD = """
import json, sys
import pyarrow as pa
reader = pa.ipc.open_file(pa.memory_map(sys.argv[1]))
frame = reader.get_batch(0).to_pandas()
print(json.dumps([reader.num_record_batches, [str(t) for t in frame.dtypes], json.loads(frame.to_json())]))
"""


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda one: one.name)
def test_every_interpreter_reads_what_the_host_writes(tmp_path: Path, environment) -> None:
    python = python_of(environment)
    if python is None:
        pytest.skip(f"this machine has no Python {environment.python}")
    (tmp_path / "given.csv").write_text("i,f,t,d,b\n1,1.5,x,2020-01-01,true\n2,,,2020-01-02,false\n")
    read(tmp_path / "given.csv", tmp_path / "step.arrow")
    done = subprocess.run(
        [python, "-c", READ_BY_THE_CHILD, tmp_path / "step.arrow"], capture_output=True, text=True, check=True
    )
    batches, dtypes, columns = json.loads(done.stdout)
    assert batches == 1
    assert dtypes[:2] == ["int64", "float64"]
    assert dtypes[3].startswith("datetime64[ns")
    assert columns["f"] == {"0": 1.5, "1": None}
    assert columns["t"] == {"0": "x", "1": None}


def test_several_chunks_become_one_batch_of_the_same_values(tmp_path: Path) -> None:
    table = pa.concat_tables(
        pa.table(
            {
                "i": pa.array([number, None], pa.int32()),
                "f": [float(number), 2.5],
                "t": [f"é{number}", None],
                "l": pa.array(["", "long"], pa.large_string()),
                "b": [True, None],
                "c": pa.array([f"k{number}", "same"]).dictionary_encode(),
                "n": [[number], None],
                "d": pa.array([Decimal(number), None], pa.decimal128(20, 2)),
            }
        ).slice(0, 2 - number % 2)
        for number in range(5)
    )
    write_one_batch(tmp_path / "step.arrow", table.schema, table.columns, table.num_rows)
    again = open_step(tmp_path / "step.arrow")
    again.validate(full=True)
    assert [column.num_chunks for column in again.columns] == [1] * table.num_columns
    assert again.to_pydict() == table.to_pydict()


def test_a_sliced_table_is_written_from_where_it_begins(tmp_path: Path) -> None:
    table = pa.table({"t": ["a", "bb", None, "dddd"], "i": [1, 2, 3, None], "b": [True, False, None, True]}).slice(1, 3)
    write_one_batch(tmp_path / "step.arrow", table.schema, table.columns, 3)
    assert open_step(tmp_path / "step.arrow").to_pydict() == table.to_pydict()


@pytest.mark.parametrize("kind", [pa.string(), pa.timestamp("ns"), pa.timestamp("us", "UTC"), pa.duration("ns")])
def test_categories_of_any_type_may_have_no_chunk(tmp_path: Path, kind: pa.DataType) -> None:
    table = pa.table({"c": pa.chunked_array([], pa.dictionary(pa.int8(), kind))})
    write_one_batch(tmp_path / "step.arrow", table.schema, table.columns, 0)
    assert open_step(tmp_path / "step.arrow").schema == table.schema


def test_a_column_that_comes_later_stands_at_its_place(tmp_path: Path) -> None:
    values = pa.chunked_array([pa.array([1.5, 2.5]), pa.array([3.5])])
    schema = pa.schema({"t": pa.string(), "later": pa.float64(), "i": pa.int64()})
    sources = [pa.chunked_array([["a", "b", "c"]]), Later(pa.float64(), lambda: values), pa.chunked_array([[1, 2, 3]])]
    write_one_batch(tmp_path / "step.arrow", schema, sources, 3)
    assert open_step(tmp_path / "step.arrow").to_pydict() == {
        "t": ["a", "b", "c"],
        "later": [1.5, 2.5, 3.5],
        "i": [1, 2, 3],
    }


def test_a_column_that_turns_out_shorter_than_announced_is_an_error(tmp_path: Path) -> None:
    later = Later(pa.float64(), lambda: pa.chunked_array([[1.0]]))
    with pytest.raises(pa.ArrowInvalid, match="8 bytes where 16 were announced"):
        write_one_batch(tmp_path / "step.arrow", pa.schema({"f": pa.float64()}), [later], 2)


def test_neighbouring_numbers_lie_side_by_side_in_the_file(tmp_path: Path) -> None:
    pd.DataFrame({"a": np.arange(10.0), "b": np.arange(10.0), "c": np.arange(10.0)}).to_parquet(
        tmp_path / "given.parquet"
    )
    read(tmp_path / "given.parquet", tmp_path / "step.arrow")
    addresses = [column.chunk(0).buffers()[1].address for column in open_step(tmp_path / "step.arrow").columns]
    assert np.diff(addresses).tolist() == [80, 80]


def test_a_table_without_columns_says_how_many_rows_it_has(kept) -> None:
    metadata = open_step(kept(pd.DataFrame(index=range(4)))).schema.metadata
    assert json.loads(metadata[b"transom"])["rows"] == 4

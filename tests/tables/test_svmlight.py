"""SVMlight in: the designer's columns, indices from 0 or from 1, and no feature so far away that it fills the memory."""

from __future__ import annotations

import bz2
import math
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

from transom.errors import InputUnreadable
from transom.tables import lines


def _refused(arrive, content: str) -> str:
    with pytest.raises(InputUnreadable) as wrong:
        arrive(content, name="given.svm")
    assert len(str(wrong.value)) < 1000
    return str(wrong.value)


def test_labels_and_features_become_the_designers_columns(arrive) -> None:
    text = "# a comment\n+1 1:0.5 3:-2e3 # of a row\n\n-1\n1 2:1 # x 5:1\n"
    arrived = arrive(text, name="given.svm")
    assert arrived.read.format == "SVMlight"
    assert arrived.types == {"Col1": "decimal", "Col2": "decimal", "Col3": "decimal", "Labels": "whole number"}
    assert arrived.columns == {
        "Col1": [0.5, 0.0, 0.0],
        "Col2": [0.0, 0.0, 1.0],
        "Col3": [-2000.0, 0.0, 0.0],
        "Labels": [1, -1, 1],
    }
    assert "count from 1, so that of the column Col1 is 1" in arrived.read.warnings[0]


def test_indices_may_count_from_0(arrive) -> None:
    arrived = arrive("1.5 0:1 2:3\n2 1:2\n", name="given.libsvm")
    assert arrived.columns == {"Col1": [1.0, 0.0], "Col2": [0.0, 2.0], "Col3": [3.0, 0.0], "Labels": [1.5, 2.0]}
    assert "count from 0" in arrived.read.warnings[0]


def test_queries_are_a_column_and_several_labels_are_text(arrive) -> None:
    arrived = arrive("1,3 qid:7 1:1\n2 1:2\n", name="given.svmlight")
    assert list(arrived.types) == ["Col1", "qid", "Labels"]
    assert arrived.columns["qid"][0] == 7
    assert math.isnan(arrived.columns["qid"][1])
    assert arrived.columns["Labels"] == ["1,3", "2"]
    assert "several labels" in arrived.read.warnings[1]


def test_a_row_without_features_and_features_out_of_order_are_read(arrive) -> None:
    assert arrive("1\n2\n", name="given.svm").columns == {"Labels": [1, 2]}
    assert arrive("1 3:3 1:1\n", name="given.svm").columns["Col3"] == [3.0]


@pytest.mark.parametrize("zero_based", [True, False])
def test_what_scikit_learn_writes_is_read_as_it_reads_it(arrive, tmp_path: Path, monkeypatch, zero_based: bool) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 500)
    rng = np.random.default_rng(5)
    features = np.where(rng.random((60, 9)) < 0.4, rng.normal(size=(60, 9)), 0.0)
    features[0, 0] = features[0, 8] = 1.0
    dump_svmlight_file(
        features, rng.integers(0, 3, 60), str(tmp_path / "given.svm"), zero_based=zero_based, comment="x"
    )
    (tmp_path / "given.svm.bz2").write_bytes(bz2.compress((tmp_path / "given.svm").read_bytes()))
    wanted, labels = load_svmlight_file(str(tmp_path / "given.svm"))
    for name in ("given.svm", "given.svm.bz2"):
        columns = arrive(tmp_path / name).columns
        assert columns.pop("Labels") == labels.tolist()
        np.testing.assert_array_equal(np.array(list(columns.values())).T, wanted.toarray())


def test_a_sample_has_all_columns(arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 16)
    arrived = arrive("1 1:1\n2 1:2\n" * 20 + "3 4:4\n", name="given.svm", sample=2)
    assert arrived.columns == {
        "Col1": [1.0, 2.0],
        "Col2": [0.0] * 2,
        "Col3": [0.0] * 2,
        "Col4": [0.0] * 2,
        "Labels": [1, 2],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 1:1\nx 1:1\n", "line 2 has 'x' where a number"),
        ("1 1:1\n\n1 1:x\n", "line 3 has '1:x' where a number"),
        ("1 1\n", "line 1 has '1' where a number, or INDEX:NUMBER, is wanted"),
        ("1 a:1\n", "line 1 has 'a' where a whole number is wanted"),
        ("1 -1:1\n", "line 1 has '-1' where a whole number is wanted"),
        ("1 1:1 1:2\n", "line 1 names an index twice"),
        ("1 qid:x 1:1\n", "line 1 has 'x' where a whole number is wanted"),
        ("1 1:1_0\n", "holds letters where numbers are wanted"),
        ("1 1:１\n", "holds letters where numbers are wanted"),
        ("1,,2 1:1\n", "line 1 has '1,,2' where a number"),
        ("# nothing\n", "it holds no rows"),
        ("1 2147483647:1\n", "a feature of the index 2,147,483,647"),
        ("1 99999999999999999999999999:1\n", "where a whole number is wanted"),
        ("1 100001:1\n", "a table has 100,000 columns at most"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(arrive, text: str, said: str) -> None:
    assert said in _refused(arrive, text)


def test_few_values_in_very_many_columns_do_not_fill_the_memory(arrive) -> None:
    assert "unpacks to more than" in _refused(arrive, "1 100000:1\n" + "1\n" * 300_000)

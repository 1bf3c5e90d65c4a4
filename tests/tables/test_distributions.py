"""What differs between two tables is said in words and figures, the most different column first."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.tables.frames_of_every_kind import COLUMNS, frame

from transom.model.profiles import Profile
from transom.tables.distributions import Distributions, distributions
from transom.tables.profile import profile


@pytest.fixture
def compared(kept):
    """What differs between two frames, of which JSON can tell."""

    def run(before: pd.DataFrame, after: pd.DataFrame) -> Distributions:
        found = distributions(kept(before, "before.arrow"), kept(after, "after.arrow"))
        json.dumps(found.document(), allow_nan=False)
        return found

    return run


def gap(one: np.ndarray, other: np.ndarray) -> float:
    """The statistic of Kolmogorov and Smirnov, of all values."""
    places = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(each), places, side="right") / len(each) for each in (one, other)]
    return float(np.max(np.abs(shares[0] - shares[1])))


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_does_not_differ_from_itself_of_whatever_dtype(compared, name: str) -> None:
    found = compared(frame(name), frame(name))
    assert (found.columns, found.removed, found.added) == ((), (), ())
    assert found.sentences == ("Every column is distributed as before.",)


def test_every_dtype_can_be_compared_with_every_other(kept) -> None:
    profiles = [profile(kept(frame(name).rename(columns={name: "v"}))) for name in COLUMNS]
    for one, other in itertools.product(profiles, profiles):
        told = distributions(one, other)
        assert all(0 <= each.weight <= 2 for each in told.columns)
        assert all(each.distance is None or 0 <= each.distance <= 1 for each in told.columns)
        json.dumps(told.document(), allow_nan=False)


@pytest.mark.parametrize("rows", [500, 30_000])
def test_numbers_are_as_far_apart_as_kolmogorov_and_smirnov_say(compared, rows: int) -> None:
    random = np.random.default_rng(7)
    normal = random.normal(size=rows)
    pairs = {
        "moved": (normal, normal + 1),
        "moved a little": (normal, normal + 0.1),
        "wider": (normal, 3 * normal),
        "of another form": (random.lognormal(0, 2, rows), np.abs(normal)),
        "with one far away": (normal, np.append(normal[1:], 1e12)),
        "another sample": (normal, random.normal(size=rows)),
        "few values": (random.choice([0.0, 1.0], rows, p=[0.7, 0.3]), random.choice([0.0, 1.0], rows, p=[0.4, 0.6])),
        "few whole ones": (random.integers(0, 30, rows), random.integers(0, 30, rows) // 2),
        "many whole ones": (random.integers(0, 10**6, rows), random.integers(10**5, 10**6, rows)),
        "apart": (normal, normal + 1000),
        "from end to end": (random.choice([-1.7e308, 1.7e308], rows), np.full(rows, 0.0)),
    }
    before, after = (pd.DataFrame({name: pair[side] for name, pair in pairs.items()}) for side in (0, 1))
    found = {each.column: each for each in compared(before, after).columns}
    for name, (one, other) in pairs.items():
        assert found[name].distance == pytest.approx(gap(one, other), abs=0.02), name
    assert found["apart"].distance == 1.0
    assert found["with one far away"].distance < 0.01


def test_infinities_and_times_have_a_distance_too(compared) -> None:
    days = pd.date_range("2020-01-01", periods=1000, freq="D")
    before = pd.DataFrame({"inf": [1.0, 2.0, 3.0, 4.0] * 250, "day": days})
    after = pd.DataFrame({"inf": [1.0, 2.0, 3.0, np.inf] * 250, "day": days + pd.Timedelta("100D")})
    found = {each.column: each for each in compared(before, after).columns}
    assert found["inf"].distance == pytest.approx(0.25)
    assert found["day"].distance == pytest.approx(0.1, abs=0.005)
    mean = next(each for each in found["day"].figures if each.what == "mean")
    assert mean.change == 100 * 86400
    assert "(+100 days)" in found["day"].sentence


def test_categories_are_apart_by_what_their_shares_differ(compared) -> None:
    before = pd.DataFrame({"t": ["a"] * 50 + ["b"] * 30 + ["c"] * 20})
    after = pd.DataFrame({"t": pd.Categorical(["a"] * 50 + ["b"] * 10 + ["d"] * 40)})
    (column,) = compared(before, after).columns
    assert column.distance == pytest.approx(0.4)
    assert (column.new, column.vanished) == (("d",), ("c",))
    assert column.sentence == "t: type category instead of str; new: d; gone: c (distance 0.40)."


def test_what_a_kept_profile_does_not_tell_counts_as_similar_as_it_can_be(kept) -> None:
    texts = [f"v{place % 40}" for place in range(4000)]
    one = profile(kept(pd.DataFrame({"t": texts})), top=5)
    assert distributions(one, one).columns == ()
    others = profile(kept(pd.DataFrame({"t": ["v7"] * 2000 + texts[:2000]}), "other.arrow"), top=5)
    (column,) = distributions(one, others).columns
    assert column.distance is not None
    assert 0.4 < column.distance <= 0.4875 + 1e-9
    assert column.new == ("v7",)


def test_labels_that_are_new_are_told_of_numbers_too(compared) -> None:
    (column,) = compared(pd.DataFrame({"v": [0, 1] * 10}), pd.DataFrame({"v": [0, 2] * 10})).columns
    assert (column.new, column.vanished, column.distance) == (("2",), ("1",), 0.5)


def test_the_most_different_columns_come_first(compared) -> None:
    rows = 1000
    before = pd.DataFrame({"same": range(rows), "little": range(rows), "much": range(rows), "kind": range(rows)})
    after = before.assign(little=before["little"] + 20, much=before["much"] + 600, kind=before["kind"].astype(str))
    found = compared(before, after)
    assert [each.column for each in found.columns] == ["kind", "much", "little"]
    assert found.columns[0].distance is None
    assert found.columns[0].weight == 2.0
    assert "type str instead of int64" in found.columns[0].sentence


def test_missing_values_weigh_by_their_share(compared) -> None:
    before = pd.DataFrame({"v": np.arange(100.0), "w": np.arange(100.0)})
    after = before.mask(pd.DataFrame({"v": np.arange(100) % 2 == 1, "w": [True] * 100}))
    found = compared(before, after)
    assert [(each.column, each.weight) for each in found.columns] == [("w", 1.0), ("v", 0.5)]
    assert "50.00% missing instead of 0.00%" in found.columns[1].sentence
    assert found.columns[0].distance is None


def test_columns_and_rows_that_came_or_went_are_said(compared) -> None:
    before = pd.DataFrame({"a": [1, 2], "b": [1, 2]})
    after = pd.DataFrame({"b": [1, 2, 1, 2], "c": [0] * 4, "d": [0] * 4})
    found = compared(before, after)
    assert (found.removed, found.added, found.rows) == (("a",), ("c", "d"), (2, 4))
    assert found.sentences[:3] == ("There are 4 rows instead of 2.", "Column gone: a.", "Columns new: c, d.")


def test_twice_the_same_rows_are_distributed_alike(compared) -> None:
    given = pd.DataFrame({"n": np.random.default_rng(1).normal(size=1000), "t": ["a", "b"] * 500, "i": range(1000)})
    found = compared(given, pd.concat([given, given], ignore_index=True))
    assert found.sentences[0] == "There are 2,000 rows instead of 1,000."
    for column in found.columns:
        assert column.distance == pytest.approx(0, abs=0.01)
        assert not {each.what for each in column.figures} & {"mean", "min", "max", "unique", "missing share"}


def test_the_order_of_additions_is_no_difference(compared) -> None:
    values = np.random.default_rng(1).normal(size=200_000)
    found = compared(pd.DataFrame({"v": values - values.mean()}), pd.DataFrame({"v": (values - values.mean())[::-1]}))
    assert found.columns == ()


def test_levels_of_the_row_index_are_compared(compared) -> None:
    before = pd.DataFrame({"v": [1, 2]}, index=pd.Index(["a", "b"], name="key"))
    after = pd.DataFrame({"v": [1, 2]}, index=pd.Index(["a", "c"], name="key"))
    (column,) = compared(before, after).columns
    assert (column.column, column.new, column.vanished) == ("the row index", ("c",), ("b",))


def test_sentences_are_of_one_line_whatever_names_and_values_hold(compared) -> None:
    name = "two\nlines \x1b[31m" + "long " * 50
    found = compared(pd.DataFrame({name: ["a\nb\x1b", "c"]}), pd.DataFrame({name: ["d\r\n\x07", "c" * 500]}))
    for sentence in found.sentences:
        assert sentence.isprintable()
        assert len(sentence) < 600


def test_many_differing_columns_are_counted(compared) -> None:
    before = pd.DataFrame({f"x{place}": [1.0, 2.0] for place in range(50)})
    found = compared(before, before + 1)
    assert len(found.columns) == 50
    assert len(found.sentences) == 21
    assert found.sentences[-1] == "30 more columns differ."


def test_columns_of_one_name_are_matched_in_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.arrow", "other.arrow")]
    for path, second in zip(paths, ([5, 6], [7, 8]), strict=True):
        table = pa.table([pa.array([1, 2]), pa.array(second)], names=["x", "x"])
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    assert [each.column for each in distributions(*paths).columns] == ["x (2)"]


def test_tables_without_rows_or_columns_are_compared(compared) -> None:
    empty, rows = pd.DataFrame(), pd.DataFrame({"v": [1.0, 2.0], "t": ["a", "b"]})
    assert compared(empty, empty).sentences == ("Every column is distributed as before.",)
    assert compared(rows, rows.iloc[:0]).sentences[0] == "There are 0 rows instead of 2."
    assert compared(empty, rows).added == ("v", "t")


def test_a_profile_and_its_document_compare_alike(kept) -> None:
    one = profile(kept(pd.DataFrame({"v": [1.5, 2.5, 9.0], "t": ["a", "b", "a"]})))
    other = profile(kept(pd.DataFrame({"v": [1.5, 3.5, 9.0], "t": ["a", "b", "c"]}), "other.arrow"))
    again = [Profile.from_document(json.loads(json.dumps(each.document()))) for each in (one, other)]
    assert distributions(*again) == distributions(one, other)

"""What a query is given and gives, and what it cannot reach."""

from __future__ import annotations

import datetime
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from tests.components.stepping import Ground

from transom.components import apply_sql_transformation
from transom.components.native import CannotApply, Stopped

CARS = {"make": ["audi", "bmw", None], "price": [13950, 16430, 21105], "width": [66.2, float("nan"), 64.8]}


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground.at(tmp_path)


def asked(ground: Ground, query: str, t1: Any = None, **more: Any) -> pa.Table:
    tables = {"t1": CARS if t1 is None else t1, **{name: more.pop(name) for name in ("t2", "t3") if name in more}}
    return ground.apply(apply_sql_transformation, tables, query=query, **more)["result_dataset"].arrow


def refused(ground: Ground, query: str, **more: Any) -> CannotApply:
    with pytest.raises(CannotApply) as found:
        asked(ground, query, **more)
    assert "\n" not in found.value.problem
    assert len(found.value.problem) < 500
    return found.value


def test_without_a_query_the_first_table_is_handed_on_in_its_order(ground: Ground):
    many = {"n": list(range(200_000, 0, -1))}
    made = ground.apply(apply_sql_transformation, {"t1": many})["result_dataset"].arrow
    assert made.column("n").to_pylist() == many["n"]


def test_three_tables_are_joined_by_their_names(ground: Ground):
    made = asked(
        ground,
        "select t1.make, t2.country, t3.n from t1 join t2 using (make) cross join t3 order by make",
        t2={"make": ["bmw", "audi"], "country": ["de", "de"]},
        t3={"n": [1]},
    )
    assert made.to_pylist() == [
        {"make": "audi", "country": "de", "n": 1},
        {"make": "bmw", "country": "de", "n": 1},
    ]


def test_a_missing_float_is_null_in_the_query_and_nan_after_it(ground: Ground):
    made = asked(ground, "select avg(width) as mean, count(width) as n from t1")
    assert made.to_pylist() == [{"mean": 65.5, "n": 2}]
    back = asked(ground, "select width from t1")
    assert str(back.column("width").to_pylist()) == "[66.2, nan, 64.8]"
    assert back.column("width").null_count == 0


def test_named_levels_become_columns_and_an_unnamed_index_is_left_out(ground: Ground):
    named = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="key"))
    assert asked(ground, "select * from t1", named).column_names == ["key", "x"]
    assert ground.said == []
    unnamed = pd.DataFrame({"x": [1, 2]}, index=["a", "b"])
    assert asked(ground, "select * from t1", unnamed).column_names == ["x"]
    assert ground.said == [
        "t1: The row index without a name was left out; reset_index() in a script makes a column of it."
    ]
    counted = pd.DataFrame({"x": [1, 2]}, index=pd.RangeIndex(5, 7, name="row"))
    assert asked(ground, "select * from t1", counted).to_pylist() == [{"row": 5, "x": 1}, {"row": 6, "x": 2}]


def test_results_come_in_types_that_a_script_can_work_with(ground: Ground):
    made = asked(
        ground,
        """
        select sum(price) as total, price * 1.1 as more, 'x'::enum('x', 'y') as kind, interval '36 hours' as span,
               interval '2 months' as months, [1, 2] as list, 170141183460469231731687303715884105727::hugeint as huge,
               12345678901234567.89::decimal(19, 2) as exact, 7::bignum as big, timestamptz '2020-01-01 10:00:00+02' as at
        from t1 where make = 'audi' group by price
        """,
    )
    (row,) = made.to_pylist()
    assert row == {
        "total": 13950,
        "more": 15345.0,
        "kind": "x",
        "span": datetime.timedelta(hours=36),
        "months": "2 months",
        "list": [1, 2],
        "huge": "170141183460469231731687303715884105727",
        "exact": Decimal("12345678901234567.89"),
        "big": "7",
        "at": datetime.datetime(2020, 1, 1, 8, tzinfo=datetime.UTC),
    }
    kinds = {name: str(kind) for name, kind in zip(made.column_names, made.schema.types, strict=True)}
    assert (kinds["total"], kinds["more"], kinds["span"]) == ("int64", "double", "duration[us]")
    assert kinds["kind"] == "dictionary<values=string, indices=int32, ordered=0>"
    assert ground.said == ["The column exact stays DECIMAL(19,2): it has more digits than floats have."]


def test_types_that_no_script_reads_are_text_in_the_order_of_the_query(ground: Ground):
    query = """select i, i::bignum as big, {'a': interval '1 month'} as span, [7::bignum] as list, 'BIT'::enum('BIT') as kind
        from range(200000) as r(i) order by i desc; -- the last one first"""
    made = asked(ground, query)
    assert made.column("i").to_pylist() == list(range(199_999, -1, -1))
    assert made.slice(0, 1).drop_columns("i").to_pylist() == [
        {"big": "199999", "span": "{'a': 1 month}", "list": "[7]", "kind": "BIT"}
    ]


def test_whole_numbers_beyond_64_bits_are_whole_numbers_for_the_next_script_and_the_next_query(ground: Ground):
    query = "select 170141183460469231731687303715884105727::hugeint as huge union all select 5 order by 1"
    made = ground.apply(apply_sql_transformation, {"t1": CARS}, query=query)["result_dataset"]
    assert made.description.encodings == {"huge": {"dtype": "object", "encoding": "integers"}}
    small = asked(ground, "select 10000000000000000000000000000000000001::hugeint as huge")
    again = asked(ground, "select huge + 1 > 10000000000000000000000000000000000001 as more from t1", small)
    assert again.to_pylist() == [{"more": True}]


def test_decimals_stay_decimals_where_they_came_as_such(ground: Ground):
    money = {"price": pa.array([Decimal("1.10"), Decimal("2.25")])}
    made = asked(ground, "select sum(price) as total from t1", money)
    assert made.to_pylist() == [{"total": Decimal("3.35")}]
    assert pa.types.is_decimal(made.schema.field("total").type)


def test_a_decimal_becomes_the_float_that_is_nearest_to_it(ground: Ground):
    (row,) = asked(ground, "select 999.9 as a, 4.35 as b, -0.0000001 as c, null::decimal(4, 2) as d").to_pylist()
    assert (row["a"], row["b"], row["c"]) == (999.9, 4.35, -1e-7)
    assert str(row["d"]) == "nan"


def test_whole_numbers_without_a_sign_come_back_as_they_are_up_to_128_bits(ground: Ground):
    most = 2**128 - 1
    query = f"select {most}::uhugeint as huge, 7::uhugeint as small, [{most}::uhugeint] as list"
    made = ground.apply(apply_sql_transformation, {"t1": CARS}, query=query)["result_dataset"]
    assert made.arrow.to_pylist() == [{"huge": str(most), "small": 7, "list": f"[{most}]"}]
    assert made.description.encodings["huge"] == {"dtype": "object", "encoding": "integers"}
    assert "small" not in made.description.encodings
    again = ground.apply(apply_sql_transformation, {"t1": made.arrow}, query="select huge from t1")["result_dataset"]
    assert again.arrow.to_pylist() == [{"huge": str(most)}]


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1E+40", "1E+400"])
def test_exact_numbers_that_a_database_has_no_type_for_are_text(ground: Ground, number: str):
    from transom.components.native import Table
    from transom.components.sql_tables import flattened
    from transom.tables.description import Description

    encodings = {"d": {"dtype": "object", "encoding": "decimals"}}
    flat = flattened(Table(pa.table({"d": ["1.5", number, None]}), Description(3, encodings=encodings)))
    assert flat.arrow.to_pylist() == [{"d": "1.5"}, {"d": number}, {"d": None}]
    assert flat.said == ("The column d is text here: a database has no type for what it holds.",)


def test_the_end_of_a_day_as_a_time_is_text_that_the_next_step_reads(ground: Ground):
    query = "select * from (values (time '24:00:00'), ('10:30'), (null), ('00:00:00.05')) as v(t)"
    made = asked(ground, query)
    assert made.column("t").to_pylist() == ["24:00:00", "10:30:00", None, "00:00:00.05"]
    assert ground.said == ["The column t is text: it has the time 24:00:00, which no script reads as a time."]
    assert asked(ground, "select t from t1 where t > '20'", made).to_pylist() == [{"t": "24:00:00"}]
    assert asked(ground, "select time '23:59:59' as t").to_pylist() == [{"t": datetime.time(23, 59, 59)}]


@pytest.mark.parametrize(
    "value",
    [
        "[time '24:00:00']",
        "{'a': time '24:00:00'}",
        "map([1], [time_ns '24:00:00'])",
        "[170141183460469231731687303715884105727::hugeint]",
    ],
)
def test_a_list_of_what_no_table_holds_is_refused_with_the_name_of_its_column(ground: Ground, value: str):
    wrong = refused(ground, f"select {value} as shift")
    assert wrong.problem.startswith("The column shift of the query has values that no table holds")
    assert "cast(" in wrong.advice


def test_a_span_with_months_keeps_every_digit_of_its_seconds(ground: Ground):
    spans = [
        ("interval '1 month' + interval '1234567.891 seconds'", "1 months 1234567.891 seconds"),
        ("interval '1 month' - interval '2 days' - interval '0.000001 seconds'", "1 months -2 days -0.000001 seconds"),
        ("interval '0 seconds'", "0 seconds"),
        ("interval '10 days'", "10 days"),
        ("null", None),
    ]
    values = ", ".join(f"({number}, {query})" for number, (query, _) in enumerate(spans))
    made = asked(ground, f"select s from (values {values}) as v(n, s) order by n")
    assert made.column("s").to_pylist() == [text for _, text in spans]


def test_times_keep_their_zone_and_their_nanoseconds(ground: Ground):
    at = {"t": pa.array([1], pa.timestamp("ns", "Europe/Paris"))}
    made = asked(ground, "select t, date_trunc('day', t) as day from t1", at)
    assert str(made.schema.field("t").type) == "timestamp[ns, tz=Europe/Paris]"
    assert made.column("t").cast(pa.int64()).to_pylist() == [1]
    assert made.column("day").to_pylist()[0].isoformat() == "1970-01-01T00:00:00+01:00"


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1.5], pa.float16()),
        pa.array([Decimal("1.5")], pa.decimal256(50, 2)),
        pa.array([2**64 - 1], pa.uint64()),
        pa.array(["a"]).dictionary_encode(),
        pa.array([7]).dictionary_encode(),
        pa.array([b"\x00\xff"], pa.large_binary()),
        pa.array([datetime.time(10, 30)]),
        pa.array([datetime.date(2020, 1, 1)]),
        pa.array([datetime.timedelta(days=-1, microseconds=1)]),
        pa.array([[1, None]]),
        pa.array([{"a": 1}]),
        pa.array(["ä"], pa.large_string()),
        pa.nulls(1),
    ],
    ids=lambda values: str(values.type),
)
def test_values_of_every_type_come_back_equal(ground: Ground, values: pa.Array):
    assert asked(ground, "select * from t1", {"x": values}).column("x").to_pylist() == values.to_pylist()


def test_encodings_of_ours_are_read_as_what_they_mean(ground: Ground):
    from transom.components.native import Table
    from transom.components.sql_tables import flattened
    from transom.tables.description import Description

    arrow = pa.table({"p": ["2020-01"], "i": pa.array([{"left": 1, "right": 2}]), "n": ["7"], "d": ["1.25"]})
    encodings = {
        "p": {"dtype": "period[M]", "encoding": "period", "freq": "M"},
        "i": {"dtype": "interval[int64, right]", "encoding": "interval", "closed": "right"},
        "n": {"dtype": "object", "encoding": "integers"},
        "d": {"dtype": "object", "encoding": "decimals"},
    }
    flat = flattened(Table(arrow, Description(1, encodings=encodings)))
    assert flat.roles == {}
    assert flat.arrow.to_pylist() == [{"p": "2020-01", "i": "(1, 2]", "n": Decimal(7), "d": Decimal("1.25")}]
    assert flat.said == ("The column i is text here: a database has no type for what it holds.",)


def test_a_column_that_keeps_its_name_keeps_its_role(ground: Ground):
    from transom.tables.description import Description, with_description

    plain = pa.table({"make": ["audi"], "price": [1]})
    told = Description(1, roles={"price": "label", "make": "none"})
    cars = plain.replace_schema_metadata(with_description(plain.schema, told).metadata)
    query = "select price, upper(make) as brand from t1"
    made = ground.apply(apply_sql_transformation, {"t1": cars}, query=query)["result_dataset"]
    assert made.description.roles == {"price": "label"}


def test_names_that_differ_in_capitals_only_are_told_apart_and_said(ground: Ground):
    made = asked(ground, "select * from t1", {"a": [1], "A": [2]})
    assert made.to_pylist() == [{"a": 1, "A_1": 2}]
    assert ground.said == ["t1: the column 'A' is A_1 in the query, where capitals make no other name."]


def test_columns_of_one_name_get_names_of_their_own(ground: Ground):
    assert asked(ground, "select 1 as a, 2 as a").to_pylist() == [{"a": 1, "a_0": 2}]
    assert ground.said == ["The column name a stands twice; the later column is now a_0."]


def test_a_column_without_a_name_can_be_asked_for(ground: Ground):
    given = pa.table({"a": [1], "": [2]})
    assert asked(ground, 'SELECT "Unnamed: 1" AS found FROM t1', given).to_pylist() == [{"found": 2}]


def test_an_error_names_the_line_of_the_query(ground: Ground):
    assert refused(ground, "select\n  make,\n  prize\nfrom t1").problem == (
        'The query fails in line 3: Referenced column "prize" not found in FROM clause! Candidate bindings: "price".'
    )
    assert refused(ground, "select make\nfrm t1").problem.startswith("The query fails in line 2: syntax error")
    wrong = "select cast(case when i = 400000 then 'x' else '1' end as int) as n from range(500000) as r(i)"
    assert "Could not convert string 'x' to INT32" in refused(ground, wrong).problem
    assert refused(ground, "select error('too few cars')").problem == "The query fails: too few cars."


def test_a_table_that_is_not_connected_is_named(ground: Ground):
    wrong = refused(ground, "select * from t2")
    assert (wrong.problem, wrong.advice) == (
        "There is no table t2 in line 1 of the query.",
        "The tables that are connected: t1.",
    )
    assert refused(ground, "select * from t1", t1={}).advice == "No table with columns is connected to the step."


@pytest.mark.parametrize(
    "query",
    [
        "",
        "-- nothing",
        "select 1; select 2",
        "drop table t1",
        "create table x as select 1",
        "begin",
        "explain select 1",
    ],
)
def test_a_query_is_one_select(ground: Ground, query: str):
    assert refused(ground, query).problem.startswith("The query ")


def test_a_semicolon_at_the_end_and_a_comment_are_fine(ground: Ground):
    assert asked(ground, "select 1 as a; -- one").to_pylist() == [{"a": 1}]
    assert asked(ground, "with x as (select 7::bignum as b) select b from x -- seven").to_pylist() == [{"b": "7"}]
    assert asked(ground, "pivot (select make, price from t1 where make > '') on make using sum(price)").to_pylist() == [
        {"audi": 13950, "bmw": 16430}
    ]


@pytest.mark.parametrize("ending", ["", ";", " ;; -- it's; the end", " /* ; */ ; /* ';' */\n"])
@pytest.mark.parametrize("text", ["a;--b", "ä;", "; -- ", "it''s;", "a;/*b*/"])
def test_a_semicolon_within_a_text_is_no_end(ground: Ground, text: str, ending: str):
    name = text.replace("''", "'")
    query = f"select *, 7::bignum as big from t1 where name = '{text}'{ending}"
    assert asked(ground, query, {"name": [name, "other"]}).to_pylist() == [{"name": name, "big": "7"}]


REACHING = [
    "select * from read_csv('{folder}/secret.csv')",
    "select * from '{folder}/secret.csv'",
    "from read_text('{folder}/secret.csv')",
    "select * from glob('{folder}/*')",
    "select * from parquet_scan('{folder}/*.parquet')",
    "select * from sniff_csv('{folder}/secret.csv')",
    "select * from read_json('http://127.0.0.1:{port}/a.json')",
    "select * from 'http://127.0.0.1:{port}/a.csv'",
    "select * from query('select * from read_csv(''{folder}/secret.csv'')')",
    "attach '{folder}/new.db'",
    "copy (select 1) to '{folder}/new.csv'",
    "copy t1 to '{folder}/new.parquet' (format parquet)",
    "export database '{folder}/new'",
    "install httpfs",
    "load httpfs",
    "set threads = 1",
    "set enable_external_access = true",
    "pragma database_list",
    "call enable_logging()",
    "select getenv('HOME')",
    "select * from duckdb_secrets()",
    "select * from ground",
    "select * from outer_table",
    "select * from arrow_scan(1, 2, 3)",
    "select * from pandas_scan()",
    "select * from python_map_function((select 1))",
]


@pytest.mark.parametrize("query", REACHING)
def test_a_query_reaches_nothing_but_its_tables(ground: Ground, tmp_path: Path, query: str):
    import socket

    outer_table = pa.table({"x": [1]})
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    before = sorted(path for path in tmp_path.rglob("*") if "step-" not in str(path))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        refused(ground, query.format(folder=tmp_path, port=server.getsockname()[1]))
        with pytest.raises(TimeoutError):
            server.accept()
    assert sorted(path for path in tmp_path.rglob("*") if "step-" not in str(path)) == before
    assert outer_table.num_rows == 1


def test_the_environment_of_this_process_is_not_seen(ground: Ground, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not to be seen")
    settings = asked(ground, "select * from duckdb_settings()")
    assert "not to be seen" not in str(settings.to_pylist())
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "not to be seen"


@pytest.mark.parametrize(
    "query",
    [
        "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
        "with recursive r as (select 1 as n union all select n + 1 from r) select * from r",
        "select count(*) from range(100000000000) a",
        "select sum(a.range * b.range) from range(1000000) a, range(1000000) b",
    ],
)
def test_a_stop_ends_a_query_that_has_no_end(ground: Ground, query: str):
    began = time.monotonic()
    with pytest.raises(Stopped):
        asked(ground, query, stop_after=0.3)
    assert time.monotonic() - began < 5


def test_a_stop_before_the_beginning_is_heard(ground: Ground):
    with pytest.raises(Stopped):
        asked(ground, "select 1", stop_after=0.0)


def test_a_query_that_needs_too_much_memory_is_told_so(ground: Ground):
    wrong = refused(ground, "select list(i) from range(300000000) as r(i)", memory=200_000_000)
    assert wrong.problem == "The query needs more memory than it may have."


def test_what_does_not_fit_into_memory_goes_to_the_folder_of_the_step(ground: Ground, tmp_path: Path):
    made = asked(ground, "select i, hash(i) as h from range(8000000) as r(i) order by h", memory=100_000_000)
    assert made.num_rows == 8_000_000
    assert list((tmp_path / "step-1").glob("aside/*")) == []


def test_a_table_of_many_columns_and_strange_names_is_asked(ground: Ground):
    names = ['a "quoted" one', "select", "ä ö", "", "x;y", "line\nbreak", *(f"c{number}" for number in range(2000))]
    made = asked(ground, "select * from t1", {name: [number] for number, name in enumerate(names)})
    assert made.num_columns == len(names)
    assert made.column_names[:3] == names[:3]
    assert asked(ground, 'select "a ""quoted"" one" as q from t1', {names[0]: [5]}).to_pylist() == [{"q": 5}]


def test_an_empty_table_is_asked(ground: Ground):
    assert asked(ground, "select count(*) as n from t1", {"a": pa.array([], pa.int64())}).to_pylist() == [{"n": 0}]
    none = asked(ground, "select * from t1 where price < 0")
    assert none.num_rows == 0
    assert none.column_names == ["make", "price", "width"]

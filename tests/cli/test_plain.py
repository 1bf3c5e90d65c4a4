"""What is understood without cyclopts is understood as cyclopts would."""

from __future__ import annotations

import itertools
import random
from typing import Any

from transom.cli.app import STANDARD_INPUT, make_app
from transom.cli.plain import _FLAGS, _VALUES, PlainPipeline, PlainRun, plain_pipeline, plain_run
from transom.cli.run_options import Inputs, Results, Ways

PLAIN = (
    ["run", "s.py"],
    ["run", "s.py", "cars.csv"],
    ["run", "s.py", "cars@2", "more cars.csv"],
    ["run", "s.py", STANDARD_INPUT, "-1", STANDARD_INPUT],
    ["run", "-q", "s.py", "-1", "out.parquet", "cars.csv"],
    ["run", "s.py", "--json", "--dataset2", "b.csv", "--dataset1", "a.csv"],
    ["run", "s.py", "-b", "bundle.zip", "-2", "two.csv", "--output", "all"],
    ["run", "s.py", "1", "2.5", "--environment", "designer-2020", "--quiet", "--result1", "a=b"],
    ["run", "s.py", "-e", "host", "--bundle", "x", "--result2", "true"],
)
NOT_PLAIN = (
    [],
    ["check", "s.py"],
    ["run"],
    ["run", "--help"],
    ["run", "s.py", "a", "b", "c"],
    ["run", "s.py", "-1"],
    ["run", "s.py", "-1", "-q"],
    ["run", "s.py", "-1", "a.csv", "--result1", "b.csv"],
    ["run", "s.py", "-q", "--quiet"],
    ["run", "s.py", "-qw"],
    ["run", "s.py", "--result1=a.csv"],
    ["run", "s.py", "--", "-x.csv"],
    ["run", "s.py", ""],
    ["run", "s.py", "none"],
    ["run", "s.py", "-b", "NULL"],
    ["run", "s.py", "--no-json"],
    ["run", "s.py", "--sample", "10"],
    ["run", "s.py", "--unknown", "10"],
    ["run", "s.py", "[1]"],
    ["run", '{"a": 1}'],
)

PLAIN_PIPELINES = (
    ["pipeline", "run", "p.yml"],
    ["pipeline", "run", "p.yml", "-q"],
    ["pipeline", "run", "--json", "p.yml", "--quiet"],
    ["pipeline", "run", "p.yml", "--set", "share=0.5"],
    ["pipeline", "run", "--set", "a=b,c", "p.yml", "--set", "d=", "--json"],
    ["pipeline", "run", STANDARD_INPUT, "--set", "a=[1]"],
)
PIPELINES_NOT_PLAIN = (
    ["pipeline"],
    ["pipeline", "run"],
    ["pipeline", "check", "p.yml"],
    ["run", "p.yml"],
    ["pipeline", "run", "-q"],
    ["pipeline", "run", "p.yml", "q.yml"],
    ["pipeline", "run", "p.yml", "--set"],
    ["pipeline", "run", "p.yml", "--set", "--json"],
    ["pipeline", "run", "p.yml", "--set", "none"],
    ["pipeline", "run", "p.yml", "--set=a=b"],
    ["pipeline", "run", "p.yml", "-q", "--quiet"],
    ["pipeline", "run", "p.yml", "--until", "step"],
    ["pipeline", "run", "p.yml", "--help"],
    ["pipeline", "run", "p.yml", "--no-json"],
    ["pipeline", "run", ""],
)


def _as_cyclopts(tokens: list[str]) -> PlainRun:
    _, bound, _ = make_app().parse_args(tokens, exit_on_error=False, print_error=False)
    groups: dict[str, Any] = {name: value for name, value in bound.kwargs.items() if value != type(value)()}
    return PlainRun(bound.args, groups)


def test_plain_words_mean_what_they_mean_to_cyclopts() -> None:
    for tokens in PLAIN:
        assert plain_run(tokens) == _as_cyclopts(tokens), tokens


def test_what_is_not_plain_is_left_to_cyclopts() -> None:
    for tokens in NOT_PLAIN:
        assert plain_run(tokens) is None, tokens


def test_every_option_in_any_order_means_what_it_means_to_cyclopts() -> None:
    rng = random.Random(5)
    values = ("a.csv", "x=y,z", "10m", "true", "7", "1e3", "4GiB", "a b", "@", STANDARD_INPUT)
    options = [[name, values[place % len(values)]] for place, name in enumerate(_VALUES)]
    pieces = [["s.py"], ["t.csv"], ["u.csv"], *options, *([name] for name in _FLAGS)]
    for option in options:
        assert plain_run(["run", "s.py", *option]) == _as_cyclopts(["run", "s.py", *option])
    for _ in range(60):
        chosen = [["s.py"], *rng.sample(pieces, rng.randrange(len(pieces)))]
        rng.shuffle(chosen)
        tokens = ["run", *itertools.chain(*chosen)]
        found = plain_run(tokens)
        if found is not None:
            assert found == _as_cyclopts(tokens), tokens


def test_a_plain_run_of_a_pipeline_means_what_it_means_to_cyclopts() -> None:
    for tokens in PLAIN_PIPELINES:
        found = plain_pipeline(tokens)
        assert found is not None, tokens
        _, bound, _ = make_app().parse_args(tokens, exit_on_error=False, print_error=False)
        as_cyclopts = PlainPipeline(
            bound.args[0],
            bound.kwargs.get("set_", ()),
            bound.kwargs.get("json", False),
            bound.kwargs.get("quiet", False),
        )
        assert found == as_cyclopts, tokens


def test_a_run_of_a_pipeline_that_is_not_plain_is_left_to_cyclopts() -> None:
    for tokens in PIPELINES_NOT_PLAIN:
        assert plain_pipeline(tokens) is None, tokens


def test_the_groups_hold_what_was_given() -> None:
    found = plain_run(["run", "s.py", "-1", "a.csv", "-q", "-b", "c"])
    assert found == PlainRun(
        ("s.py",), {"inputs": Inputs(bundle="c"), "results": Results(result1="a.csv"), "ways": Ways(quiet=True)}
    )

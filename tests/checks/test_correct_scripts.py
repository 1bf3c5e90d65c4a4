"""A script that runs gives no finding: a false alarm is a defect."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.checks.surrounding import NEW, OLD, found, here, script, source, told

from transom.engine.checks import Surroundings
from transom.model.scripts import LANGUAGES, template

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT.parent / "shared" / "contract" / "cases.json"
SCRIPTS = sorted((ROOT / "tests" / "scripts").glob("*.py"))
#: The scripts of a person's own components, with what these give by name.
OWN = {
    "hands_every_kind_on": ("first", "second"),
    "joins_named_tables": ("left", "right", "key", "how", "names"),
    "reads_named_files": ("texts", "one"),
}


def cases() -> list[dict[str, object]]:
    if not CASES.is_file():
        return []
    every = json.loads(CASES.read_text("utf-8"))
    return [each for each in every if str(each["transom"]).startswith("succeeded")]


@pytest.mark.skipif(not CASES.is_file(), reason=f"{CASES} is not here")
def test_the_contract_has_cases_that_succeed() -> None:
    assert len(cases()) > 40


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["name"]))
def test_a_case_of_the_contract_that_succeeds_gives_no_finding(case: dict[str, object]) -> None:
    bundle = case["bundle"] or {}
    assert isinstance(bundle, dict)
    surroundings = Surroundings(
        here().environment,
        has_bundle=bool(bundle),
        bundle={name: source(text, name) for name, text in bundle.items() if name.endswith(".py")},
        bundle_files=tuple(bundle),
        folder=ROOT,
    )
    text = str(case["script"])
    lacks = {"long_script": [("undeclared_name", 4002)]}  # this one really uses pd without importing it
    named = [(each.code, each.line) for each in found(text, surroundings)]
    assert named in ([], lacks.get(str(case["name"])))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_that_the_engine_runs_gives_no_finding(path: Path) -> None:
    expected = {"reads_standard_input": ["reads_input"], "takes_too_much_memory": ["returns_nothing"]}.get(
        path.stem, []
    )
    around = replace(here(path.parent), keywords=OWN.get(path.stem))
    assert [each.code for each in found(path.read_bytes(), around) if each.code != "missing_module"] in ([], expected)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("environment", [OLD, NEW], ids=["old", "new"])
def test_the_template_gives_no_finding(language: str, environment: object) -> None:
    assert told(template(language), environment) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        "rows = []\nfor each in range(3):\n    rows.append(each)",
        "parts = dataframe1['a'].tolist()\nparts.append(3)",
        "names = list(dataframe1.columns)\nnames.append('x')\nnames.sort()",
        "columns = dataframe1.columns\nmore = columns.append(dataframe2.columns)",
        "frames = {}\nframes.setdefault('a', []).append(dataframe1)",
        "names = 'b a'.split()\nnames.sort()\nnames.append('c')",
        "text = '{}'.format(3)\nfirst, last = text[0], text[-1]",
        "from collections import deque\nqueue = deque()\nqueue.append(1)",
        "import xml.etree.ElementTree as tree\nroot = tree.Element('a')\nroot.append(tree.Element('b'))",
        "out = [dataframe1]\nout.append(dataframe2)\ndataframe1 = pd.concat(out)",
        "df = []\ndf.append(1)",
        "dataframe1 = dataframe1.drop(['a'], axis=1).sort_values('b').reset_index(drop=True)",
        "dataframe1['a'] = dataframe1['a'].fillna(0)\ndataframe1.fillna(0, inplace=True)",
        "dataframe1.loc[dataframe1['a'] > 1, 'b'] = 3",
        "x = np.array([1.0], dtype=np.float64)\nb = np.bool_(True)",
        "select = dataframe1.select_dtypes('number').first_valid_index()",
        "import logging\nlogging.getLogger('x').info('C is a letter: see')",
        "values = {'a': 1}\nfor key, value in values.items():\n    print(key, value)",
        "for date, group in dataframe1.groupby('a'):\n    print(date, group['b'].sum())",
        "dataframe1.to_csv('made.csv')\nagain = pd.read_csv('made.csv')",
        "try:\n    import lightgbm\nexcept ImportError:\n    lightgbm = None",
        "dataframe1 = dataframe1.pipe(lambda frame: frame.assign(z=1))",
        "s = dataframe1.resample('D').mean().rolling(3).sum()",
        "d = pd.date_range('2020-01-01', periods=3, freq='MS')",
    ],
)
def test_what_is_right_gives_no_finding(body: str) -> None:
    assert told(script(body)) == []


@pytest.mark.parametrize(
    "text",
    [
        "azureml_main = lambda a=None, b=None: a\n",
        "import functools\ndef f(a, b, c): return a\nazureml_main = functools.partial(f, c=3)\n",
        "class azureml_main:\n    def __new__(cls, a=None, b=None): return a\n",
        "async def azureml_main(a=None, b=None):\n    return a\n",
        "from my_bundle_module import azureml_main\n",
        "if True:\n    def azureml_main(a=None): return a\n",
        "try:\n    def azureml_main(a=None): return a\nfinally:\n    pass\n",
        "def azureml_main(a, b=None, c=3, *more, d=4, **rest): return a\n",
        "def other(a): return a\nazureml_main = other\n",
        "def azureml_main(a=None, b=None):\n    return a,\nif __name__ == '__main__':\n    print(azureml_main())\n",
        "exec('def azureml_main(a=None): return a')\n",
        "def azureml_main(a=None, b=None):\n    x = a\n    x.to_csv('outputs/x.csv')\n",
        "def azureml_main(a=None):\n    raise ValueError('no')\n",
    ],
)
def test_any_callable_may_be_the_entry_point(text: str) -> None:
    surroundings = Surroundings(NEW, True, {}, ("my_bundle_module.py",))
    assert told(text, surroundings) == []


def test_what_left_later_is_no_finding_in_an_old_environment() -> None:
    body = "x = dataframe1.append(dataframe2)\ny = dataframe1.ix[:, 'a']\nz = x.astype(np.float).as_matrix()"
    assert told(script(body), OLD) == []

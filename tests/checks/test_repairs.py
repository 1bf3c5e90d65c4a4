"""A repair that is offered is right: it parses, it runs, and it gives what the old line gave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.checks.surrounding import NEW, found, here, script, source
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.checks import Surroundings, check, difference, fixed, repair
from transom.engine.checks.reading import parsed
from transom.model.scripts import Edit, Finding, Severity

OLD = ENVIRONMENTS[0]
#: Lines that old versions ran and current ones do not; each leaves in `result` what is compared.
LINES = {
    "append_a_table": "result = dataframe1.append(dataframe2, ignore_index=True, sort=False)",
    "append_a_row": "result = dataframe1.append({'a': 9, 'b': 0.5, 'c': 'z'}, ignore_index=True)",
    "append_several": "result = dataframe1.append([dataframe2, dataframe2], ignore_index=True, sort=False)",
    "append_to_a_series": "result = dataframe1['a'].append(dataframe1['a'], ignore_index=True)",
    "append_in_a_chain": "result = dataframe1.append(dataframe2, sort=False).append(dataframe2, sort=False).reset_index(drop=True)",
    "ix_by_label": "result = dataframe1.ix[:, 'b']",
    "ix_by_condition": "result = dataframe1.ix[dataframe1['a'] > 1, 'b']",
    "ix_by_position": "result = dataframe1.ix[:, 0:2]",
    "as_matrix": "result = pd.DataFrame(dataframe1[['a', 'b']].as_matrix())",
    "as_matrix_of_columns": "result = pd.DataFrame(dataframe1.as_matrix(columns=['a']))",
    "iteritems": "result = pd.DataFrame({'n': [name for name, column in dataframe1.iteritems()]})",
    "mad": "result = pd.DataFrame({'m': [dataframe1['b'].mad()]})",
    "applymap": "result = dataframe1[['a', 'b']].applymap(lambda value: value * 2)",
    "fillna_by_method": "dataframe1.loc[0, 'b'] = None\nresult = dataframe1.fillna(method='bfill')",
    "drop_by_position": "result = dataframe1.drop('c', 1)",
    "concat_by_position": "result = pd.concat([dataframe1['a'], dataframe1['b']], 1)",
    "sort_values_by_position": "result = dataframe1.sort_values('a', 0, False)",
    "pivot_by_position": "result = dataframe1.pivot('a', 'c', 'b')",
    "get_value": "result = pd.DataFrame({'v': [dataframe1.get_value(1, 'c')]})",
    "set_value": "dataframe1.set_value(1, 'a', 7)\nresult = dataframe1",
    "dtype_counts": "result = pd.DataFrame({'n': [int(dataframe1.get_dtype_counts()['int64'])]})",
    "clip_lower": "result = dataframe1[['a', 'b']].clip_lower(2)",
    "clip_upper": "result = dataframe1[['a', 'b']].clip_upper(2)",
    "compound": "result = pd.DataFrame({'v': [dataframe1['b'].compound()]})",
    "get_values": "result = pd.DataFrame(dataframe1['a'].get_values())",
    "is_monotonic": "result = pd.DataFrame({'v': [dataframe1['a'].is_monotonic]})",
    "nonzero": "result = pd.DataFrame({'v': dataframe1['a'].nonzero()[0]})",
    "level": "result = dataframe1.set_index('c')[['a', 'b']].sum(level=0)",
    "numpy_types": "result = pd.DataFrame({'v': np.array(['1', '2'], dtype=np.float).astype(np.int)})",
    "numpy_constants": "result = pd.DataFrame({'v': [np.NaN, np.Inf, np.NINF, -np.Infinity]})",
    "numpy_functions": "result = pd.DataFrame({'v': [np.product([2, 3]), np.trapz([1.0, 2.0]), np.asscalar(np.array([4]))]})",
    "numpy_in1d": "result = pd.DataFrame({'v': np.in1d([1, 2], [2])})",
    "numpy_msort": "result = pd.DataFrame(np.msort(np.array([[3, 4], [1, 2]])))",
    "percentile": "result = pd.DataFrame({'v': [np.percentile([1, 2, 4], 40, interpolation='lower')]})",
    "histogram": "result = pd.DataFrame({'v': np.histogram([1.0, 2.0, 2.0], bins=2, normed=True)[0]})",
    "resample": "s = dataframe1.set_index(pd.date_range('2020-01-01', periods=3))\nresult = s[['a']].resample('M', how='sum').reset_index(drop=True)",
    "frequencies": "result = pd.DataFrame({'v': pd.date_range('2020-01-01', periods=3, freq='2H').hour})",
    "csv": "dataframe1.to_csv('x.csv', index=False, line_terminator='\\n')\nresult = pd.read_csv('x.csv', error_bad_lines=False, warn_bad_lines=False)",
    "csv_one_column": "dataframe1[['a']].to_csv('x.csv', index=False)\nresult = pd.DataFrame({'v': pd.read_csv('x.csv', squeeze=True)})",
    "csv_white_space": "open('y.txt', 'w').write('p q\\n1   2\\n')\nresult = pd.read_csv('y.txt', delim_whitespace=True)",
    "value_counts": "result = pd.DataFrame({'v': sorted(pd.value_counts(dataframe1['c']))})",
    "weekday_name": "result = pd.DataFrame({'v': pd.to_datetime(pd.Series(['2020-01-01'])).dt.weekday_name})",
    "from_items": "result = pd.DataFrame.from_items([('x', [1, 2]), ('y', [3, 4])])",
    "datetime": "result = pd.DataFrame({'v': [pd.datetime(2020, 1, 2).day]})",
    "pandas_np": "result = pd.DataFrame({'v': [pd.np.array([1, 2]).sum()]})",
    "set_axis": "result = dataframe1.set_axis(['x', 'y', 'z'], axis=1, inplace=False)",
    "groupby_mad": "result = dataframe1.groupby('c')[['b']].mad()",
    "series_append_and_more": "result = pd.DataFrame({'v': (dataframe1['a'] + dataframe1['b']).mad()}, index=[0])",
    "split_text": "result = dataframe1['c'].str.split(',', 1, True)",
}
_RUN = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
told = {}
for name, text in json.load(sys.stdin).items():
    scope = {"__name__": "script"}
    one = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 4.0], "c": ["x,1", "y,2", "x,1"]})
    two = pd.DataFrame({"a": [4], "b": [2.5], "c": ["w"]})
    try:
        exec(compile(text, "script.py", "exec"), scope)
        result = scope["azureml_main"](one, two)[0]
        result = result.to_frame() if isinstance(result, pd.Series) else result
        told[name] = [[str(v) if isinstance(v, str) else repr(float(v)) for v in row] for row in result.values.tolist()]
    except Exception as wrong:
        told[name] = "failed: %s: %s" % (type(wrong).__name__, wrong)
print(json.dumps(told))
"""


def run(interpreter: str, texts: dict[str, str], folder: Path) -> dict[str, object]:
    """What each script gives, or how it failed, in one process."""
    done = subprocess.run(
        [interpreter, "-c", _RUN], input=json.dumps(texts), cwd=folder, capture_output=True, text=True, check=True
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_a_repaired_line_gives_what_the_old_one_gave(tmp_path: Path) -> None:
    old = python_of(OLD)
    if old is None:
        pytest.skip("there is no Python 3.6 on this machine")
    texts = {name: script(f"{line}\nreturn result,") for name, line in LINES.items()}
    repaired = {name: fixed(source(text), here(), certain_only=False) for name, text in texts.items()}
    before = run(str(old), texts, tmp_path)
    unrepaired = run(sys.executable, texts, tmp_path)
    after = run(sys.executable, repaired, tmp_path)
    assert not {name: told for name, told in before.items() if str(told).startswith("failed")}
    assert not {name: told for name, told in unrepaired.items() if not str(told).startswith("failed")}
    assert after == before


@pytest.mark.parametrize("name", LINES)
def test_a_repaired_line_has_nothing_left_to_find(name: str) -> None:
    repaired = fixed(source(script(LINES[name])), here(), certain_only=False)
    parsed(repaired)
    assert [each.code for each in found(repaired, here()) if each.code == "departed_name"] == []


MODULES = {
    "cross_validation": (
        "from sklearn.cross_validation import train_test_split",
        "model_selection import train_test_split",
    ),
    "cross_validation_as_module": (
        "from sklearn import cross_validation",
        "from sklearn import model_selection as cross_validation",
    ),
    "joblib": ("from sklearn.externals import joblib", "import joblib"),
    "joblib_functions": ("from sklearn.externals.joblib import dump, load", "from joblib import dump, load"),
    "plotting": ("from pandas.tools.plotting import scatter_matrix", "from pandas.plotting import scatter_matrix"),
    "mapping": (
        "from collections import Mapping, OrderedDict",
        "from collections import OrderedDict\nfrom collections.abc import Mapping",
    ),
    "six": ("from sklearn.externals import six", "import six"),
    "json_normalize": ("from pandas.io.json import json_normalize", "from pandas import json_normalize"),
    "factorial": ("from scipy.misc import comb as choose", "from scipy.special import comb as choose"),
    "whole_module": ("import sklearn.grid_search", "import sklearn.model_selection"),
    "interp": ("from scipy import interp", "from numpy import interp"),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_repaired_import_names_the_new_place(name: str) -> None:
    old, new = MODULES[name]
    assert new in fixed(source(script("x = 1", old)), Surroundings(NEW), certain_only=False)


def test_a_function_that_became_a_method_is_replaced_where_it_is_used() -> None:
    text = script("plot_confusion_matrix(m, x, y)", "from sklearn.metrics import plot_confusion_matrix, f1_score\n")
    repaired = fixed(source(text), Surroundings(NEW), certain_only=False)
    assert "from sklearn.metrics import f1_score\nfrom sklearn.metrics import ConfusionMatrixDisplay" in repaired
    assert "ConfusionMatrixDisplay.from_estimator(m, x, y)" in repaired


def test_a_change_in_place_of_a_column_is_written_as_an_assignment() -> None:
    text = script("dataframe1['b'].fillna(0, inplace=True)\ndataframe1['a'][dataframe1['b'] > 1] = 5")
    repaired = fixed(source(text), Surroundings(NEW))
    assert "dataframe1['b'] = dataframe1['b'].fillna(0)" in repaired
    assert "dataframe1.loc[dataframe1['b'] > 1, 'a'] = 5" in repaired
    assert found(text, Surroundings(NEW))[0].code == "change_of_a_copy"


def test_only_certain_repairs_are_made_unless_all_are_asked_for() -> None:
    text = "import pandas as pd\nAzure = False\ndef azureml_main(a=None, b=None):\n    if Azure:\n        print(xrange(3))\n    return a,\n"
    certain = repair(source(text), found(text))
    assert "range(3)" in certain
    assert "xrange" not in certain
    assert "Azure = False" in certain
    assert "Azure = True" in repair(source(text), found(text), certain_only=False)


def test_line_ends_and_everything_else_stay_as_they_are() -> None:
    text = "import os\r\n\r\ndef azureml_main(a=None):\r\n\tprint pd  # é\r\n\treturn a,\r\n"
    repaired = fixed(source(text), Surroundings(NEW))
    assert repaired == "import pandas as pd\r\n" + text.replace("print pd", "print(pd)")


def test_edits_that_overlap_are_not_mixed() -> None:
    def one(text: str, column: int, end: int) -> Finding:
        return Finding("x", Severity.WARNING, "m", "script.py", 1, 1, "", (Edit(1, column, 1, end, text),), True)

    assert repair(source("abcdef"), [one("X", 0, 3), one("Y", 2, 4), one("Z", 4, 6)]) == "XdZ"


def test_columns_count_characters_and_not_bytes() -> None:
    text = script("x = 'éé😀'; y = dataframe1.append(dataframe2)")
    assert "x = 'éé😀'; y = pd.concat([dataframe1, dataframe2])" in fixed(source(text), Surroundings(NEW))


def test_the_difference_is_a_unified_diff() -> None:
    before = source("a\nb")
    assert difference(before, "a\nc") == (
        "--- script.py\n+++ script.py\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )
    assert difference(before, before.text) == ""


def test_a_repaired_script_is_checked_as_one() -> None:
    text = 'print "x"\ndef azureml_main(dataframe1=None):\n    return DataFrame1,\n'
    repaired = fixed(source(text), Surroundings(NEW))
    assert check(source(repaired), Surroundings(NEW)) == ()

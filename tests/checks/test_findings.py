"""What is wrong with a script is told with its line and what to do, and nothing else is told."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from tests.checks.surrounding import NEW, OLD, found, here, script, source, told
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.checks import EnvironmentFacts, Surroundings, check, environment_facts, fixed
from transom.engine.checks.frame_names import OF_EVERY_FRAME
from transom.engine.checks.imports import package_of
from transom.errors import EnvironmentFailed
from transom.model.scripts import Severity

END = "def azureml_main(dataframe1=None, dataframe2=None):\n    return dataframe1,\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("x = 1\n", "defines no azureml_main"),
        ("def azure_main(a=None): return a\n", "did you mean azure_main"),
        ("def azureml_Main(a=None): return a\n", "did you mean azureml_Main"),
        ("def AzureML_main(a=None): return a\n", "did you mean AzureML_main"),
        ("def main(dataframe1, dataframe2): return dataframe1\n", "did you mean main"),
        ("class Script:\n    def azureml_main(self, a): return a\n", "inside the class Script"),
        ("if __name__ == '__main__':\n    def azureml_main(a): return a\n", "inside the main guard"),
        ("def outer():\n    def azureml_main(a): return a\n", "inside the function outer"),
        ("azureml_main = 3\n", "cannot be called"),
        ("def azureml_main(a): return a\nazureml_main = [1]\n", "cannot be called"),
    ],
)
def test_a_missing_entry_point_is_refused_with_what_was_probably_meant(text: str, words: str) -> None:
    findings = found(text)
    assert [(each.code, each.severity) for each in findings] == [("entry_point_missing", Severity.REFUSED)]
    assert words in findings[0].message
    assert findings[0].remedy


@pytest.mark.parametrize("signature", ["a, b, c", "a, b, *, c", "a, b, c=1, *, d, e", "a, /, b, c"])
def test_more_than_two_required_parameters_are_refused(signature: str) -> None:
    findings = found(f"def azureml_main({signature}):\n    return a\n")
    assert [(each.code, each.severity) for each in findings] == [("entry_point_signature", Severity.REFUSED)]
    assert "two tables at most" in findings[0].message


def test_a_lambda_is_asked_for_its_parameters_too() -> None:
    assert told("azureml_main = lambda a, b, c: a\n") == [("entry_point_signature", 1)]


def test_an_entry_point_that_is_defined_twice_is_a_warning() -> None:
    assert told(END + END) == [("entry_point_twice", 3)]


def test_an_entry_point_that_computes_and_returns_nothing_is_a_warning() -> None:
    assert told("def azureml_main(a=None):\n    b = a.dropna()\n") == [("returns_nothing", 1)]


def test_another_entry_point_may_be_asked_for() -> None:
    assert told("def clean(a): return a\n", Surroundings(NEW, entry_point="clean")) == []


def test_undeclared_names_have_the_import_that_declares_them() -> None:
    text = "def azureml_main(dataframe1=None):\n    x = pd.DataFrame(np.zeros(3))\n    os.getcwd()\n    return DataFrame1, treshold\n"
    assert told(text) == [("undeclared_name", line) for line in (2, 2, 3, 4, 4)]
    repaired = fixed(source(text), Surroundings(NEW))
    assert {"import pandas as pd", "import numpy as np", "import os"} < set(repaired.split("\n"))
    assert "return dataframe1, treshold" in repaired


def test_an_import_is_added_after_docstring_and_future() -> None:
    text = '"""What it does."""\nfrom __future__ import division\n\n# imports\nimport os\n' + END.replace(
        "dataframe1,", "pd,"
    )
    assert fixed(source(text), Surroundings(NEW)).split("\n")[3:6] == ["# imports", "import pandas as pd", "import os"]


def test_a_name_that_only_a_notebook_has_is_told_so() -> None:
    assert "only in a notebook" in found(script("display(dataframe1)"))[0].remedy


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("cv2", "opencv-python-headless"),
        ("PIL.Image", "Pillow"),
        ("yaml", "PyYAML"),
        ("bs4", "beautifulsoup4"),
        ("skimage.io", "scikit-image"),
        ("Crypto.Cipher", "pycryptodome"),
        ("dotenv", "python-dotenv"),
        ("azure.storage.blob", "azure-storage-blob"),
        ("azure.unheard_of.thing", "azure-unheard-of-thing"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("some_thing", "some-thing"),
    ],
)
def test_a_missing_module_is_told_with_its_package(module: str, package: str) -> None:
    assert package_of(module) == package
    findings = found(f"import {module}\n{END}")
    assert [each.code for each in findings] == ["missing_module"]
    assert f"Run the script with `transom run --with {package}`" in findings[0].remedy


def test_one_package_of_a_shared_folder_says_nothing_of_another() -> None:
    facts = EnvironmentFacts(
        (3, 11), {"google-auth": "1", "google-cloud-bigquery": "1", "azure-core": "1"}, frozenset({"google", "azure"})
    )
    text = f"from google.auth import default\nfrom google.cloud import storage\nfrom azure.core import x\nfrom azure.storage.blob import y\n{END}"
    assert told(text, facts) == [("missing_module", 2), ("missing_module", 4)]


def test_the_sdk_is_there_in_every_environment() -> None:
    text = f"from azureml.core import Run, Dataset\nimport azureml.core\nfrom azureml.core.run import Run as R\n{END}"
    assert told(text) == []


@pytest.mark.parametrize(
    "imports",
    [
        "import os\nos.system('pip install scikit-misc')\nimport skmisc",
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'scikit-misc==0.5'])\nimport skmisc",
        "import os\nname = 'scikit-misc'\nos.system(f'pip install {name}')\nimport skmisc",
        "import os\nos.system('python -m pip install -q --index-url http://x scikit_misc')\nfrom skmisc import loess",
        "import os\ndef ready():\n    os.system('pip install scikit-misc')\nready()\nimport skmisc",
    ],
)
def test_a_module_that_the_script_installs_before_is_no_finding(imports: str) -> None:
    assert told(f"{imports}\n{END}") == []


def test_a_module_that_is_installed_after_its_import_is_moved_below() -> None:
    text = f"import os\nimport skmisc\nos.system('pip install scikit-misc')\n{END}"
    findings = found(text)
    assert [(each.code, each.line) for each in findings] == [("installed_later", 2)]
    assert "installed in line 3 but imported in line 2" in findings[0].message
    repaired = fixed(source(text), Surroundings(NEW), certain_only=False)
    assert repaired.startswith("import os\nos.system('pip install scikit-misc')\nimport skmisc\n")


def test_a_module_beside_the_script_is_told_to_be_bundled(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\n")
    finding = found(f"import mine\n{END}", Surroundings(NEW, folder=tmp_path))[0]
    assert f"`-b {tmp_path}`" in finding.remedy
    assert "mine.py lies beside" in finding.message
    bundled = Surroundings(NEW, True, {}, ("top/mine.py",), tmp_path)
    assert told(f"import mine\n{END}", bundled) == []


def test_a_file_that_is_read_is_told_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "cars.csv").write_text("a\n1\n")
    beside = Surroundings(NEW, folder=tmp_path)
    finding = found(script("x = pd.read_csv('cars.csv')"), beside)[0]
    assert finding.code == "file_not_there"
    assert f"--dataset1 {tmp_path}/cars.csv" in finding.remedy
    assert told(script("x = pd.read_csv('./Script Bundle/cars.csv')"), beside) == [("file_not_there", 6)]
    bundled = Surroundings(NEW, True, {}, ("deep/cars.csv",), tmp_path)
    assert "'Script Bundle/deep/cars.csv'" in found(script("x = open('cars.csv')"), bundled)[0].remedy
    assert told(script("x = open('./Script Bundle/deep/cars.csv')"), bundled) == []
    assert told(script("x = open('.\\\\Script Bundle\\\\deep\\\\cars.csv')"), bundled) == []
    assert told(script("x = pd.read_csv('https://x.org/cars.csv')"), beside) == []
    assert told(script("open('cars.csv', 'w').write('a')\nx = pd.read_csv('cars.csv')"), beside) == []


@pytest.mark.parametrize(
    "path",
    ["C:\\\\Users\\\\ann\\\\x.csv", "D:/data/x.csv", "/home/ann/x.csv", "/Users/ann/x.csv", "/dbfs/x.csv", "/mnt/d/x"],
)
def test_a_path_of_another_machine_is_a_warning(path: str) -> None:
    assert told(script(f"x = pd.read_csv('{path}')")) == [("author_path", 6)]


def test_a_path_that_is_here_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n")
    assert told(script(f"x = pd.read_csv('{tmp_path}/x.csv')")) == []


@pytest.mark.parametrize(
    ("line", "finds"),
    [
        ("Azure = False", True),
        ("IS_AZURE = False", True),
        ("run_in_azure = False", True),
        ("use_azureml = False", True),
        ("LOCAL = True", True),
        ("Azure = True", False),
        ("azure_container = False", True),
        ("verbose = False", False),
    ],
)
def test_a_switch_that_an_if_asks_for_is_told(line: str, finds: bool) -> None:
    name = line.split()[0]
    text = f"{line}\nif {name}:\n    print(1)\n{END}"
    assert told(text) == ([("azure_switch", 1)] if finds else [])
    assert told(f"{line}\n{END}") == []


def test_a_call_of_itself_goes_under_the_main_guard() -> None:
    text = f"{END}result = azureml_main()\nprint('''a\nb''', result)\n"
    assert told(text) == [("runs_at_import", 3)]
    assert fixed(source(text), Surroundings(NEW), certain_only=False) == (
        f"{END}if __name__ == \"__main__\":\n    result = azureml_main()\n    print('''a\nb''', result)\n"
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sudo apt-get install -y libgomp1", "needs an administrator"),
        ("apt install default-jre", "needs an administrator"),
        ("conda install -c conda-forge -y xgboost", "with conda"),
    ],
)
def test_a_command_that_needs_more_rights_is_told_what_to_do_instead(command: str, words: str) -> None:
    finding = found(f"import os\nos.system('{command}')\n{END}")[0]
    assert finding.code == "needs_administrator"
    assert words in finding.message
    assert "conda" not in command or 'pip install xgboost"' in finding.remedy


def test_a_question_to_the_keyboard_is_a_warning() -> None:
    assert told(script("x = input('x? ')")) == [("reads_input", 6)]


def test_findings_are_sorted_by_line_and_the_bundle_comes_after() -> None:
    text = script("x = treshold\ny = np.float(3)") + "z = other\n"
    surroundings = Surroundings(NEW, True, {"a.py": source("x = nothing_here\n", "b/a.py")}, ("a.py",))
    findings = check(source(text), surroundings)
    assert [(each.file, each.line) for each in findings] == [
        ("script.py", 6),
        ("script.py", 7),
        ("script.py", 9),
        ("b/a.py", 1),
    ]


def test_a_bundle_needs_no_entry_point() -> None:
    surroundings = Surroundings(NEW, True, {"a.py": source("x = 1\n", "b/a.py")}, ("a.py",))
    assert check(source("import a\n" + END), surroundings) == ()


def test_what_left_is_told_with_version_and_environment() -> None:
    finding = found(script("x = dataframe1.append(dataframe2)"))[0]
    assert finding.message == (
        "pandas 2.0 removed DataFrame.append, which line 6 uses; this environment has pandas 3.1.1."
    )
    assert "`--environment designer-2020` still has it, with pandas 0.25.3" in finding.remedy


def test_a_column_changed_in_place_is_told_only_since_pandas_3() -> None:
    text = script("dataframe1['a'].fillna(0, inplace=True)")
    assert told(text) == [("change_of_a_copy", 6)]
    assert told(text, OLD) == []


def test_the_facts_of_an_environment_need_no_import_in_it() -> None:
    ours = environment_facts(sys.executable)
    assert ours.python == tuple(sys.version_info[:3])
    assert ours.version("scikit_learn") == ours.version("scikit-learn")
    assert ours.version("nothing") is None
    assert {"pandas", "sys", "json", "sklearn"} < ours.modules
    assert not ours.has_module("no_such.module")


def test_the_facts_of_another_interpreter_are_asked_of_it() -> None:
    oldest = python_of(ENVIRONMENTS[0])
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    facts = environment_facts(str(oldest))
    assert facts.python[:2] == (3, 6)
    assert facts.version("pandas") == (0, 25, 3)
    assert facts.has_module("sklearn.linear_model")
    assert not facts.has_module("dataclasses")


@pytest.mark.parametrize("interpreter", ["/no/such/python", "/bin/false"])
def test_an_interpreter_that_does_not_answer_is_an_error_of_the_environment(interpreter: str) -> None:
    with pytest.raises(EnvironmentFailed):
        environment_facts(interpreter)


def test_the_surroundings_are_those_of_the_test() -> None:
    assert here().environment.interpreter == sys.executable


def test_every_code_is_told_of_in_the_documentation() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "checks.md").read_text("utf-8")
    told_of = set(re.findall(r"^\| `(\w+)` \| ", page.split("## The table")[0], re.MULTILINE))
    texts = [path.read_text("utf-8") for path in (root / "src" / "transom" / "engine" / "checks").glob("*.py")]
    used = {code for text in texts for code in re.findall(r"(?:finding|Finding|findings)\(\s*\"([a-z_]+)\"", text)}
    assert told_of == used


def test_an_argument_that_must_be_named_is_told_so() -> None:
    finding = found(script("x = dataframe1.drop('a', 1)"))[0]
    assert finding.message == (
        "pandas 2.0 takes the argument 1 of drop only by its name, but line 6 gives it without;"
        " this environment has pandas 3.1.1."
    )
    assert finding.remedy.startswith("Write `axis=1`.")


@pytest.mark.parametrize(
    "line",
    [
        "dataframe1.attrs['x'] = 1",
        "dataframe1.attrs['x']['y'] = 1",
        "dataframe1.flags['x'] = True",
        "dataframe1.style['x'] = 1",
        "dataframe1.columns[0] = 'x'",
        "dataframe1.columns.values[0] = 'x'",
        "dataframe1.index[0] = 'x'",
        "dataframe1.values[0] = 7",
        "dataframe1.axes[0] = 7",
        "dataframe1.dtypes['x'] = 'int32'",
        "dataframe1.dtypes.replace(1, 2, inplace=True)",
        "dataframe1.index.rename('x', inplace=True)",
        "dataframe1.plot['x'] = 1",
        "dataframe1.count['x'] = 1",
        "dataframe1._metadata['x'] = 1",
        "dataframe1.at[0, 'x'] = 7",
        "dataframe1.iat[0, 0] = 7",
        "dataframe1.loc[0, 'x'] = 7",
        "dataframe1.iloc[0, 0] = 7",
        "dataframe1['x'].attrs['y'] = 7",
        "dataframe1['x'].values[:] = 7",
        "dataframe1.meta = {}\ndataframe1.meta['x'] = 1",
    ],
)
def test_what_is_no_column_is_no_copy_of_one(line: str) -> None:
    assert told(script(line)) == []


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("dataframe1.x[0] = 7", "Write `dataframe1.loc[0, 'x'] = …`."),
        ("dataframe1['x'][0] = 7", "Write `dataframe1.loc[0, 'x'] = …`."),
        ("dataframe1['x'].loc[0] = 7", "Write `dataframe1.loc[0, 'x'] = …`."),
        ("dataframe1['x'].at[0] = 7", "Write `dataframe1.loc[0, 'x'] = …`."),
        ("dataframe1.x.at[0] = 7", "Write `dataframe1.loc[0, 'x'] = …`."),
        ("dataframe1['x'].iloc[0] = 7", "Assign to `df.loc[rows, column]` in one step."),
        ("dataframe1['x'].iat[0] = 7", "Assign to `df.loc[rows, column]` in one step."),
    ],
)
def test_a_cell_of_a_column_is_one_of_a_copy(line: str, remedy: str) -> None:
    assert [(each.code, each.remedy) for each in found(script(line))] == [("change_of_a_copy", remedy)]


def test_every_name_of_a_frame_is_known_as_no_column() -> None:
    names = {name for name in dir(pd.DataFrame) if not name.startswith("_")}
    assert names <= OF_EVERY_FRAME


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("bundle/measures.py", "import measures"),
        ("bundle/measures/__init__.py", "from measures import length"),
        ("bundle/measures/length.py", "import measures.length"),
    ],
)
def test_a_module_in_a_folder_beside_the_script_is_told_to_be_bundled(
    tmp_path: Path, file: str, statement: str
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("x = 1\n")
    finding = found(f"{statement}\n{END}", Surroundings(NEW, folder=tmp_path))[0]
    shown = "bundle/measures.py" if file.count("/") == 1 else "bundle/measures"
    assert f"{shown} lies in a folder beside the script, but is not in the script bundle." in finding.message
    assert finding.remedy == f"`{shown}` is there: give its folder as the script bundle, `-b {tmp_path / 'bundle'}`."


def test_a_folder_below_the_current_one_is_named_from_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "my bundle").mkdir()
    (tmp_path / "my bundle" / "measures.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    finding = found(f"import measures\n{END}", Surroundings(NEW, folder=tmp_path))[0]
    assert "`-b 'my bundle'`" in finding.remedy


@pytest.mark.parametrize("folder", [".git", ".venv", "venv", "node_modules", "__pycache__", "deep/er"])
def test_a_module_is_not_looked_for_everywhere(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "measures.py").write_text("x = 1\n")
    finding = found(f"import measures\n{END}", Surroundings(NEW, folder=tmp_path))[0]
    assert "pip install measures" in finding.remedy


def test_what_a_known_package_brings_is_installed_whatever_lies_in_other_folders(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "yaml.py").write_text("x = 1\n")
    finding = found(f"import yaml\n{END}", Surroundings(NEW, folder=tmp_path))[0]
    assert "pip install PyYAML" in finding.remedy

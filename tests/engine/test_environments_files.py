"""Files of requirements: what each kind asks for, and where one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from transom.engine.environments.requirement_files import wanted_by, wanted_by_header
from transom.errors import NotThere, RequirementInvalid


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_requirements_file_may_have_comments_continued_lines_markers_and_other_files(tmp_path: Path) -> None:
    write(tmp_path, "base.txt", "Six  # as always\n-r needs.txt\n")
    text = "\ufeff# what it needs\r\n\r\npandas >=1.1, \\\r\n  <2\r\nScikit_Learn[b,A]==1.0 ; python_version>='3.8'\r\n-r base.txt"
    wanted = wanted_by(write(tmp_path, "needs.txt", text))
    assert wanted.requirements == ("pandas<2,>=1.1", 'scikit-learn[a,b]==1.0 ; python_version >= "3.8"', "six")
    assert (wanted.python, wanted.lock) == (None, "")


def test_a_file_in_which_all_is_pinned_with_hashes_is_a_lock(tmp_path: Path) -> None:
    text = "# Python 3.6. Environment one of Transom.\nb==2 \\\n    --hash=sha256:22 \\\n    --hash=sha256:11\nA==1 --hash=sha256:33\n"
    wanted = wanted_by(write(tmp_path, "lock.txt", text))
    assert wanted.lock == "a==1 \\\n    --hash=sha256:33\nb==2 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22\n"
    assert (wanted.requirements, wanted.python) == (("a==1", "b==2"), "3.6")
    for more in ("c==1", "c>=1 --hash=sha256:44", "c==1.* --hash=sha256:44"):
        assert wanted_by(write(tmp_path, "lock.txt", f"{text}{more}\n")).lock == ""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("six\n\nnumpy>>2\n", 3),
        ("six\n-e .\n", 2),
        ("six\n./mine\n", 2),
        ("--index-url https://x.y\n", 1),
        ("six\n-c limits.txt\n", 2),
        ("six \\\n  ==1\nsix \\\n  =1", 3),
        ("mine @ git+https://x.y/z", 1),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(tmp_path: Path, text: str, line: int) -> None:
    path = write(tmp_path, "needs.txt", text)
    with pytest.raises(RequirementInvalid) as caught:
        wanted_by(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert caught.value.remedy
    assert caught.value.exit_code == 5


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotThere):
        wanted_by(tmp_path / "none.txt")
    for path in (write(tmp_path, "bytes.txt", b"\xff\xfe\x00"), tmp_path):
        with pytest.raises(RequirementInvalid, match=path.name):
            wanted_by(path)


CONDA = """name: cars
channels: [defaults, conda-forge]
dependencies:
  - python=3.6.2
  - numpy=1.18
  - pandas=0.25.3=py36_0
  - conda-forge::scikit-learn>=0.22,<1
  - scipy 1.4.*
  - matplotlib-base ==3.1.3
  - pytorch
  - py-xgboost
  - opencv
  - mkl=2020
  - cudatoolkit
  - libgcc-ng
  - pip
  - six
  - pip:
    - azure-storage-blob==12.3.0
    - Flask
"""


def test_a_file_of_conda_gives_its_python_and_its_packages_by_their_names_on_the_index(tmp_path: Path) -> None:
    wanted = wanted_by(write(tmp_path, "environment.yml", CONDA))
    assert wanted.python == "3.6"
    assert wanted.requirements == (
        "azure-storage-blob==12.3.0", "flask", "matplotlib==3.1.3", "numpy==1.18.*", "opencv-python-headless",
        "pandas==0.25.3", "scikit-learn<1,>=0.22", "scipy==1.4.*", "six", "torch", "xgboost",
    )  # fmt: skip
    assert wanted.notes == ("Not on the Python package index, left out: cudatoolkit, libgcc-ng, mkl.",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dependencies:\n  - numpy=1.1|1.2\n", 2),
        ("dependencies:\n  - numpy\n  - pip:\n    - six\n    - a=1\n", 5),
        ("dependencies:\n  - numpy\n  - docker: [x]\n", 3),
        ("dependencies:\n  - [a\n", 3),
        ("dependencies:\n  - =1\n", 2),
    ],
)
def test_a_line_of_conda_s_file_that_is_wrong_is_named(tmp_path: Path, text: str, line: int) -> None:
    path = write(tmp_path, "environment.yaml", text)
    with pytest.raises(RequirementInvalid) as caught:
        wanted_by(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize("text", ["", "a: 1", "- a", "dependencies: numpy", "dependencies:"])
def test_a_file_of_conda_without_a_list_of_packages_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RequirementInvalid, match="dependencies"):
        wanted_by(write(tmp_path, "environment.yml", text))


def test_the_header_of_a_script_is_read_as_pep_723_says(tmp_path: Path) -> None:
    text = (
        "#!/usr/bin/env python\n# /// other\n# dependencies = 1\n# ///\n\n# /// script\r\n"
        '# requires-python = ">=3.8,<4"\r\n# dependencies = [\r\n#   "pandas<2",  # old\r\n#\r\n#   "Six",\r\n# ]\r\n# ///\r\n'
    )
    wanted = wanted_by_header(text, "clean.py")
    assert wanted is not None
    assert (wanted.requirements, wanted.python) == (("pandas<2", "six"), "<4,>=3.8")
    assert wanted_by_header("# /// script\n# dependencies = []\n", "clean.py") is None
    with pytest.raises(RequirementInvalid, match="no header"):
        wanted_by(write(tmp_path, "clean.py", "x = 1\n"))

"""docs/sdk.md names everything that scripts find, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.child.sdk import serving

PAGE = (Path(__file__).parents[3] / "docs" / "sdk.md").read_text("utf-8")
_PROSE = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
WORDS = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", _PROSE))))
SECTIONS = {
    "Run": "Run",
    "Experiment": "Experiment and Workspace",
    "Workspace": "Experiment and Workspace",
    "Keyvault": "Experiment and Workspace",
    "Model": "Model",
}


def public_names(owner: str, tmp_path: Path) -> set[str]:
    """What a class of the SDK has, without what it only tells of."""
    script = (
        "import inspect, json\nimport azureml.core\nfrom azureml._transom.absent import _Absent\n"
        f"cls = azureml.core.{owner}\nprint(json.dumps([name for name in dir(cls) if not name.startswith('_')\n"
        "    and not isinstance(inspect.getattr_static(cls, name), (_Absent, str, type))]))\n"
    )
    with serving.job(tmp_path) as folder:
        return set(serving.run_here(script, folder).told)


@pytest.mark.parametrize("owner", SECTIONS)
def test_every_name_of_a_class_is_documented(owner: str, tmp_path: Path) -> None:
    assert public_names(owner, tmp_path) - WORDS == set()


@pytest.mark.parametrize("section", sorted(set(SECTIONS.values())))
def test_every_documented_name_is_there(section: str, tmp_path: Path) -> None:
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0].split("<!-- datasets -->")[0]
    owners = [owner for owner, name in SECTIONS.items() if name == section]
    there = {name for number, owner in enumerate(owners) for name in public_names(owner, tmp_path / str(number))}
    first_cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = {name for cell in first_cells for name in re.findall(r"`(?:\w+\.)?([a-z_]+)`", cell)}
    assert named - there <= {"workspace"}

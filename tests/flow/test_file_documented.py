"""What docs/pipelines.md shows is read as it stands, with the components that Transom has."""

from __future__ import annotations

import re
from pathlib import Path

from transom.flow.component_file import component_at
from transom.flow.file import own_catalog, read_pipeline
from transom.flow.file_limits import LIMITS
from transom.flow.file_written import written
from transom.flow.schema import SHIPPED
from transom.model.components import ParameterKind
from transom.model.pipelines import FromInput, FromStep

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pipelines.md").read_text("utf-8")
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def the_pipeline(folder: Path) -> Path:
    (folder / "clean.py").write_text("def azureml_main(a):\n    return a\n")
    (folder / "cars.yaml").write_text(YAML[0])
    return folder / "cars.yaml"


def test_the_pipeline_is_read_and_written(tmp_path):
    path = the_pipeline(tmp_path)
    pipeline = read_pipeline(path).pipeline
    assert pipeline.order == ("clean", "halves")
    assert pipeline.steps["halves"].parameters == {"fraction": FromInput("share"), "seed": 1}
    assert pipeline.outputs == {"train": FromStep("halves", "results_dataset1")}
    path.write_text(written(pipeline))
    assert read_pipeline(path).pipeline == pipeline


def test_the_component_is_one(tmp_path):
    (tmp_path / "score").mkdir()
    (tmp_path / "score" / "component.yaml").write_text(next(text for text in YAML if "component.yaml" in text))
    (tmp_path / "score" / "score.py").write_text(next(text for text in PYTHON if "score.py" in text))
    component = component_at("./score", tmp_path)
    assert component.names == ["cars", "weights", "share", "way"]
    assert [port.name for port in component.outputs] == ["scored", "left_out"]


def test_every_limit_and_type_is_documented():
    for name in (*LIMITS, *(kind.value for kind in ParameterKind if kind is not ParameterKind.TEXT), SHIPPED.name):
        assert f"`{name}`" in PAGE or name in PAGE.split("## In an editor")[1]


def test_transoms_own_components_are_found_by_their_names_only():
    catalog = own_catalog()
    assert "execute_python_script" in catalog.names()
    assert catalog.find("execute_python_script") is not None
    assert catalog.find("known") is None
    assert catalog.find("../known") is None

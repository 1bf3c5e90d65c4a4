"""Surroundings for checks in tests: made up, or those of an interpreter that is here."""

from __future__ import annotations

import sys
from pathlib import Path

from transom.engine.checks import EnvironmentFacts, Surroundings, check, environment_facts
from transom.model.scripts import Finding, Source, read_source

#: What the two environments of old have, as far as checks look at it.
OLD = EnvironmentFacts(
    (3, 6, 15),
    {"pandas": "0.25.3", "numpy": "1.18.2", "scikit-learn": "0.22.2", "matplotlib": "3.1.3", "scipy": "1.4.1"},
    frozenset(sys.stdlib_module_names) | {"pandas", "numpy", "sklearn", "matplotlib", "scipy"},
)
NEW = EnvironmentFacts(
    (3, 13, 1),
    {"pandas": "3.1.1", "numpy": "2.5.0", "scikit-learn": "1.9.1", "matplotlib": "3.11.2", "scipy": "1.18.1"},
    frozenset(sys.stdlib_module_names) | {"pandas", "numpy", "sklearn", "matplotlib", "scipy", "joblib"},
)


def source(text: str | bytes, shown: str = "script.py") -> Source:
    """A script as it would be read."""
    return read_source(text if isinstance(text, bytes) else text.encode(), shown)


def found(text: str | bytes, surroundings: Surroundings | EnvironmentFacts = NEW) -> tuple[Finding, ...]:
    """What the checks say of a text."""
    around = surroundings if isinstance(surroundings, Surroundings) else Surroundings(surroundings)
    return check(source(text), around)


def told(text: str | bytes, surroundings: Surroundings | EnvironmentFacts = NEW) -> list[tuple[str, int]]:
    """(code, line) of each finding."""
    return [(each.code, each.line) for each in found(text, surroundings)]


def here(folder: Path | None = None) -> Surroundings:
    """The host's own interpreter, nothing else."""
    return Surroundings(environment_facts(sys.executable), folder=folder)


def script(body: str, imports: str = "import pandas as pd\nimport numpy as np\n") -> str:
    """A script whose entry point has this body."""
    indented = "\n".join(f"    {line}" if line else "" for line in body.strip("\n").split("\n"))
    return f"{imports}\n\ndef azureml_main(dataframe1=None, dataframe2=None):\n{indented}\n    return dataframe1,\n"

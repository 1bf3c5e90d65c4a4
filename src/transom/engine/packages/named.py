"""What a person asks for by name, before a script starts: `--with statsmodels`."""

from __future__ import annotations

from collections.abc import Sequence

from transom.engine.packages.asked import Requirement, Wanted
from transom.engine.packages.refusals import refused


def read_requirements(texts: Sequence[str]) -> Wanted:
    """What requirements such as `statsmodels>=0.13` ask for. Raises CannotInstall for anything else."""
    return Wanted(tuple(dict.fromkeys(_read(text.strip()) for text in texts)))


def _read(text: str) -> Requirement:
    from transom.engine.packages.arguments import refuse_places, requirement_from

    if text.partition("[")[0].endswith(".whl"):
        advice = "Put the wheel at the top of the script bundle, and give --bundle-requirements."
        raise refused(text, "a file is not named where a package is", advice)
    refuse_places(text, "")
    return requirement_from(text)

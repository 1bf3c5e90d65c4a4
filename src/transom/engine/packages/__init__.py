"""What a script, its bundle or a person adds to an environment, for one job alone."""

from transom.engine.packages.answers import answers
from transom.engine.packages.asked import Installed, Requirement, Wanted, Wheel
from transom.engine.packages.bundled import asks_for, named_by_bundle, of_bundle
from transom.engine.packages.job import JobPackages
from transom.engine.packages.named import read_requirements
from transom.engine.packages.refusals import CannotInstall
from transom.engine.packages.sets import Packages, Pruned

__all__ = [
    "CannotInstall",
    "Installed",
    "JobPackages",
    "Packages",
    "Pruned",
    "Requirement",
    "Wanted",
    "Wheel",
    "answers",
    "asks_for",
    "named_by_bundle",
    "of_bundle",
    "read_requirements",
]

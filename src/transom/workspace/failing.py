"""Which failure of a run it is when an error of ours keeps its script from being executed."""

from __future__ import annotations

from transom.errors import TransomError
from transom.model.runs import Failure, FailureKind

_KINDS = {
    "bundle_invalid": FailureKind.BUNDLE_INVALID,
    "environment_failed": FailureKind.ENVIRONMENT_FAILED,
    "environment_unknown": FailureKind.ENVIRONMENT_FAILED,
    "python_missing": FailureKind.ENVIRONMENT_FAILED,
    "requirements_unmet": FailureKind.ENVIRONMENT_FAILED,
    "requirement_invalid": FailureKind.ENVIRONMENT_FAILED,
    "build_failed": FailureKind.ENVIRONMENT_FAILED,
    "package_not_installed": FailureKind.ENVIRONMENT_FAILED,
    "store_unwritable": FailureKind.DISK_EXCEEDED,
}


def failure_of_error(wrong: TransomError) -> Failure:
    """The failure with the error's own words; what is about nothing else is about an input."""
    return Failure(_KINDS.get(wrong.code, FailureKind.INPUT_INVALID), wrong.message, remedy=wrong.remedy or None)

"""What Transom tells once of the workspace and the run that this process belongs to."""

import os

from . import asking

_DESCRIBED = {}


def described():
    """The answer to `workspace/describe`, asked once for a job. Raises what `asking.ask` does."""
    link = os.environ.get("TRANSOM_LINK", "")
    if link not in _DESCRIBED:
        _DESCRIBED[link] = asking.ask("workspace/describe", raising="WorkspaceException")
    return _DESCRIBED[link]


def run_fact(name, otherwise=None):
    """A fact about this job's own run; `otherwise` where nobody knows it, as a job without a workspace."""
    from azureml.exceptions import WorkspaceException

    try:
        return described()["run"].get(name, otherwise)
    except (asking.NoJob, WorkspaceException):
        return otherwise

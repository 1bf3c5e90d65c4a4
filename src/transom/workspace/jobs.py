"""What every job of a workspace is executed with: what its parent allows it, and who answers what its script asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from transom.engine.archives import BundleLimits
from transom.engine.packages import Packages
from transom.settings import PACKAGES
from transom.workspace.opening import Workspace
from transom.workspace.questions import Answer, on_demand

if TYPE_CHECKING:
    from transom.engine.step import Allowance


def allowance_of(workspace: Workspace) -> Allowance:
    """What a job is allowed besides its own limits."""
    from transom.engine.step import Allowance  # it loads Arrow

    settings = workspace.settings
    packages = Packages(settings.data_folder / PACKAGES)
    return Allowance(BundleLimits.of(settings), settings.left_bytes, settings.stop_seconds, packages, workspace.given)


def answers_for(workspace: Workspace, told: Callable[[], Mapping[str, Any]]) -> dict[str, Answer]:
    """What the workspace answers to one job; who answers is imported when its script asks for the first time.

    `told` is called then, and gives the facts of the job's `answering.RunContext`.
    """

    @cache
    def load() -> Mapping[str, Answer]:
        from transom.workspace.answering import RunContext, answers_of

        return answers_of(workspace, RunContext(**told()))

    return on_demand(load)

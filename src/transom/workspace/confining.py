"""What one run may touch: from what was asked for, what its environment and the settings say, and what is allowed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.confinement import Grounds, Premises
from transom.engine.exchange_given import make_given
from transom.engine.package_places import make_sets, sets_in
from transom.errors import PolicyForbidden, WrongUse
from transom.model.policies import Confinement, Network, Policy
from transom.model.runs import Limits
from transom.settings import PACKAGES, Settings
from transom.workspace.requests import RunRequest
from transom.workspace.script_files import must_exist

if TYPE_CHECKING:
    from transom.workspace.opening import Workspace

#: The folder of a workspace in which jobs find the contents that they were given, each those of its own.
GIVEN = "given"


def grounds_of(request: RunRequest, of_environment: Policy | None, workspace: Workspace, limits: Limits) -> Grounds:
    """The grounds of a run of a workspace in an environment with this policy, if it has one of its own.

    Raises PolicyForbidden, NotThere for a path that is to be allowed and is not there, WrongUse where what was asked
    for contradicts itself, and WorkspaceUnusable.
    """
    confinement = confinement_of(request, of_environment, workspace.settings)
    return Grounds(confinement, limits, premises_of(workspace.settings, workspace.folder))


def premises_of(settings: Settings, workspace_folder: Path) -> Premises:
    """What of Transom's own a script may see: package sets, and what it is given. Both places are made if need be,
    since only what is there can be shown; each job finds its own in them.

    The rest of the data folder and of the workspace, wherever that lies, is hidden, and so are the user's settings,
    where the key of secrets may lie. Raises WorkspaceUnusable.
    """
    packages, given = settings.data_folder / PACKAGES, workspace_folder / GIVEN
    with contextlib.suppress(OSError):  # whoever writes there says what is wrong
        make_sets(packages)
    make_given(given)
    from platformdirs import user_config_path

    hidden = (workspace_folder, user_config_path("transom", appauthor=False))
    return Premises(settings.data_folder, (sets_in(packages), given), hidden)


def confinement_of(request: RunRequest, of_environment: Policy | None, settings: Settings) -> Confinement:
    """What a run may touch, see `grounds_of`."""
    said = request.policy or of_environment or _policy(settings.policy)
    policy = said or Policy.GUARDED
    loosest = _policy(settings.loosest_policy)
    if loosest is not None and policy.is_looser_than(loosest):
        if said is not None:
            raise PolicyForbidden(policy=policy, loosest=loosest)
        policy = said = loosest
    if policy is Policy.OPEN and request.limits_what_it_touches:
        raise WrongUse(
            problem="The policy open lets a script touch everything, so nothing can be allowed or refused beside it.",
            advice="Take the policy guarded, or leave out --network, --allow-read, --allow-write and --env.",
        )
    if policy is Policy.STRICT and request.network not in (None, Network.NONE):
        raise WrongUse(
            problem=f"The policy strict has no network, and --network {request.network} asks for one.",
            advice="Take the policy confined, or leave out --network.",
        )
    network = request.network or policy.network
    if request.debugger.port is not None and network is not Network.OPEN:
        raise WrongUse(
            problem=f"--debug needs the network open, and this run has {network} (policy {policy}).",
            advice="Give --network open or another policy, or debug with --pdb.",
        )
    return Confinement(
        policy=policy,
        network=network,
        allow_read=_there(request.allow_read),
        allow_write=_there(request.allow_write),
        variables=request.variables,
        named=said is not None or request.network is not None,
    )


def _policy(name: str | None) -> Policy | None:
    return None if name is None else Policy(name)


def _there(paths: tuple[Path, ...]) -> tuple[str, ...]:
    found = []
    for path in paths:
        place = Path(os.path.expanduser(path)).absolute()
        must_exist(place)
        found.append(str(place))
    return tuple(found)

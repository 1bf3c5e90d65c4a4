"""The error of a package that cannot be installed, and what each kind of refusal advises."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from transom.errors import EnvironmentFailed, TransomError

if TYPE_CHECKING:
    from transom.engine.uv import Said

ADVICE_ENVIRONMENT = "Build a wheel of it (`pip wheel`) and put it into the script bundle, with --bundle-requirements."


class CannotInstall(EnvironmentFailed):
    """{problem}"""

    code = "package_not_installed"

    def __init__(self, *, problem: str, advice: str) -> None:
        TransomError.__init__(self, problem=problem, advice=advice)


def refused(what: str, reason: str, advice: str = ADVICE_ENVIRONMENT) -> CannotInstall:
    """The error for something that is asked for and never done from inside a job."""
    return CannotInstall(problem=f"{what} cannot be installed here: {reason}.", advice=advice)


def failed(what: str, said: Said) -> CannotInstall:
    """The error for what uv could not do."""
    if os.strerror(errno.ENOSPC) in said.err:
        return no_room(what, OSError(errno.ENOSPC, "the disk is full"))
    reason = re.sub(r"^(Because|The|Request|Failed)\b", lambda first: first[0].lower(), said.reason.rstrip("."))
    return CannotInstall(problem=f"{what} cannot be installed: {reason}.", advice=_advice(said))


def no_room(what: str, wrong: OSError) -> CannotInstall:
    """The error for a disk that does not take the packages."""
    place = f" ({wrong.filename})" if wrong.filename else ""
    return CannotInstall(
        problem=f"{what} cannot be installed: {wrong.strerror or wrong}{place}.",
        advice="Free some space, or name another folder in the setting TRANSOM_DATA_FOLDER.",
    )


def _advice(said: Said) -> str:
    if said.lacked_network:
        return "Check the connection and pip's index on this machine; what was installed here before works offline."
    if "no usable wheels" in said.err or "no wheels with a matching" in said.err:
        return (
            "Only source code is there for this Python, and nothing is built from inside a script: ask for a version "
            f"that has wheels. {ADVICE_ENVIRONMENT}"
        )
    if "was not found in the" in said.err or "there is no version" in said.err or "are no versions" in said.err:
        return "Check the spelling and the version; packages come from the index that pip is configured with here."
    if "Hash mismatch" in said.err:
        return "The index has another file than the one that was meant: check the hashes of the requirements."
    return "Ask for versions that go together; versions that the environment has are kept where they can be."


def without_network(what: str) -> CannotInstall:
    """The error for packages that are asked for where nothing may come from outside."""
    return CannotInstall(
        problem=f"{what} is not in the environment, and this run has no network to install it from.",
        advice="Add it before the script with `transom run --with NAME`, or run it with `--network packages`.",
    )

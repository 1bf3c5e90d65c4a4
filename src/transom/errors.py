"""Every error that Transom raises: what is wrong, where, and what to do about it.

The docstring of an error is its message, with the facts filled in; ``remedy`` says what to do. Whoever catches one
shows both and ends with ``exit_code``. What goes wrong inside a person's script is no error of ours: it is data, a
:class:`transom.model.runs.Failure`.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class TransomError(Exception):
    """Transom could not do what was asked."""

    code: ClassVar[str] = "error"
    remedy_text: ClassVar[str] = "Run the command again with --help to see what it takes."
    exit_code: ClassVar[int] = 2

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        self.message = _fill(inspect.cleandoc(type(self).__doc__ or ""), facts)
        self.remedy = _fill(self.remedy_text, facts)
        super().__init__(f"{self.message} {self.remedy}".strip())

    def __reduce__(self) -> tuple[Any, ...]:
        return _make_again, (type(self), str(self)), dict(self.__dict__)


def _make_again(kind: type[TransomError], said: str) -> TransomError:
    """The same error: what its own `__init__` has made of its facts is not made again."""
    error = kind.__new__(kind)
    Exception.__init__(error, said)
    return error


def _fill(text: str, facts: dict[str, Any]) -> str:
    """The text with its facts, on one line; the bytes of a file name that are not UTF-8 are shown as escapes."""
    filled = " ".join(text.format(**facts).split())
    try:
        return filled.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a character that comes from no file name
        return filled.encode("utf-8", "backslashreplace").decode("utf-8")


# Something that was named does not exist: exit code 3.


class NotThere(TransomError):
    """There is no file or folder {path}."""

    code = "not_there"
    remedy_text = "Check the spelling; a relative path starts at the current folder.{near}"
    exit_code = 3

    def __init__(self, *, path: object, near: str = "") -> None:
        super().__init__(path=path, near=f" Did you mean {near}?" if near else "")


# Wrong use, or something that cannot be read: exit code 2.


class WrongUse(TransomError):
    """{problem}"""

    code = "wrong_use"
    remedy_text = "{advice}"

    def __init__(self, *, problem: str, advice: str = "See transom --help.") -> None:
        super().__init__(problem=problem, advice=advice)


class ScriptUnreadable(TransomError):
    """{path} cannot be read as a script: {reason}."""

    code = "script_unreadable"
    remedy_text = "Give a text file with a function azureml_main; `transom new` writes one to start from."


class InputUnreadable(TransomError):
    """{path} cannot be read as a table: {reason}."""

    code = "input_invalid"
    remedy_text = "{advice}"

    def __init__(
        self,
        *,
        path: object,
        reason: str,
        advice: str = "Open the file to see what it holds, or name its format by its ending.",
    ) -> None:
        super().__init__(path=path, reason=reason, advice=advice)


class FormatUnknown(TransomError):
    """{path} has an ending that names no table format that can be {verb}."""

    code = "format_unknown"
    remedy_text = "The endings that can be {verb}: {endings}."


class PolicyForbidden(TransomError):
    """The policy {policy} is looser than this place allows: {loosest} is the loosest one."""

    code = "policy_forbidden"
    remedy_text = "Take the policy {loosest} or a stricter one; the setting loosest_policy says which are allowed."


class PolicyUnenforceable(TransomError):
    """The policy {policy} was asked for, and this machine cannot enforce it whole: it has no means for {missing}."""

    code = "policy_unenforceable"
    remedy_text = "`transom doctor` tells what it lacks; leave --policy out to have what it can do."
    exit_code = 5


class BundleInvalid(TransomError):
    """The script bundle {path} cannot be used: {reason}."""

    code = "bundle_invalid"
    remedy_text = "{advice}"

    def __init__(
        self, *, path: object, reason: str, advice: str = "Give a zip file or a folder with the files of the script."
    ) -> None:
        super().__init__(path=path, reason=reason, advice=advice)


class ResultUnwritable(TransomError):
    """{path} cannot be written: {reason}."""

    code = "result_unwritable"
    remedy_text = "{advice}"

    def __init__(
        self, *, path: object, reason: str, advice: str = "Choose a file in a folder that you can write to."
    ) -> None:
        super().__init__(path=path, reason=reason, advice=advice)


class OutputFolderTaken(TransomError):
    """The output folder {path} holds files that Transom did not write."""

    code = "output_folder_taken"
    remedy_text = "Name a folder that is new or empty, or one that an earlier run wrote."


class SettingInvalid(TransomError):
    """The setting {name} from {origin} is {value}, which is not {wanted}."""

    code = "setting_invalid"
    remedy_text = "Change it there, or leave it out to get the default ({default})."


class RunInsideScript(TransomError):
    """transom.run was called by {script} while Transom was running that very script."""

    code = "run_inside_script"
    remedy_text = 'Put the call under the main guard, `if __name__ == "__main__":`, so that it runs only on its own.'


class BlobMissing(TransomError):
    """The content {digest} is not in the store {store}."""

    code = "blob_missing"
    remedy_text = "Run the step that made it again, or add the file again."
    exit_code = 3


class BlobCorrupt(TransomError):
    """What the store {store} holds as {digest} is not that content any more."""

    code = "blob_corrupt"
    remedy_text = "Remove {path} and add the content again; check the disk."


class StoreUnwritable(TransomError):
    """The store {store} cannot take more content: {reason}."""

    code = "store_unwritable"
    remedy_text = (
        "Free some space on the disk of that folder, or have the workspace on another one: the setting"
        " TRANSOM_WORKSPACE names its folder."
    )


# The script: exit code 1.


class ScriptFailed(TransomError):
    """{told}"""

    code = "script_failed"
    remedy_text = "{advice}"
    exit_code = 1

    def __init__(self, *, failure: Any) -> None:
        self.failure = failure
        kind = f"{failure.type}: " if failure.type else ""
        places = "".join(
            f'\n  File "{frame.file}", line {frame.line}, in {frame.function}\n    {frame.code}'
            for frame in failure.frames
        )
        super().__init__(told=f"{kind}{failure.message}", advice=failure.remedy or "")
        self.facts = {"failure": failure}
        self.args = (f"{self.message}{places}\n{self.remedy}".strip(),)


# The environment: exit code 5.


class EnvironmentFailed(TransomError):
    """The environment {name} cannot be used: {reason}."""

    code = "environment_failed"
    remedy_text = "{advice}"
    exit_code = 5

    def __init__(self, *, name: object, reason: str, advice: str) -> None:
        super().__init__(name=name, reason=reason, advice=advice)


class EnvironmentUnknown(TransomError):
    """There is no environment {name}."""

    code = "environment_unknown"
    remedy_text = "{near}`transom env list` shows those that are there, `transom env add {name}` makes one."
    exit_code = 5

    def __init__(self, *, name: str, near: str = "") -> None:
        super().__init__(name=name, near=f"Did you mean {near}? " if near else "")


class EnvironmentExists(TransomError):
    """There is an environment {name} already, and it has other packages or settings."""

    code = "environment_exists"
    remedy_text = "Choose another name, or remove it first with `transom env remove {name}`."
    exit_code = 5


class EnvironmentFixed(TransomError):
    """The environment {name} comes with Transom and cannot be {verb}."""

    code = "environment_fixed"
    remedy_text = "{advice}"
    exit_code = 5

    def __init__(
        self, *, name: str, verb: str, advice: str = "Make one of your own with `transom env add` under another name."
    ) -> None:
        super().__init__(name=name, verb=verb, advice=advice)


class PythonMissing(TransomError):
    """There is no Python {python} on this machine."""

    code = "python_missing"
    remedy_text = "{advice}"
    exit_code = 5


class RequirementInvalid(TransomError):
    """{place}: {reason}."""

    code = "requirement_invalid"
    remedy_text = "{advice}"
    exit_code = 5

    def __init__(
        self, *, place: object, reason: str, advice: str = "Write a package's name and its versions: `pandas>=1.1,<2`."
    ) -> None:
        super().__init__(place=place, reason=reason, advice=advice)


class RequirementsUnmet(TransomError):
    """The requirements of {name} cannot be met: {reason}."""

    code = "requirements_unmet"
    remedy_text = "{advice}"
    exit_code = 5


class BuildFailed(TransomError):
    """The environment {name} could not be built: {reason}."""

    code = "build_failed"
    remedy_text = "{advice} The log is {log}."
    exit_code = 5


# The workspace.


class NameInvalid(TransomError):
    """{name} cannot be the name of a {kind}: it {reason}."""

    code = "name_invalid"
    remedy_text = "A name is any text without `@`, `:` and `/`, such as `Automobile price data (Raw)`."

    def __init__(self, *, kind: str, name: object, reason: object) -> None:
        super().__init__(kind=kind, name=repr(name), reason=reason)


class Unknown(TransomError):
    """There is no {kind} {name} in the workspace {workspace}."""

    code = "unknown"
    remedy_text = "{near}`{listing}` shows those that are there."
    exit_code = 3

    def __init__(self, *, kind: str, name: object, workspace: object, listing: str, near: str = "") -> None:
        super().__init__(
            kind=kind,
            name=name,
            workspace=workspace,
            listing=listing,
            near=f"Did you mean {near}? " if near else "",
        )


class VersionUnknown(TransomError):
    """The {kind} {name} has no version {version}."""

    code = "version_unknown"
    remedy_text = "It has {there}."
    exit_code = 3


class OfAnotherKind(TransomError):
    """{name} is {found}, and {wanted} is needed here."""

    code = "of_another_kind"
    remedy_text = "{advice}"

    def __init__(self, *, name: object, found: str, wanted: str, advice: str = "Name another one.") -> None:
        super().__init__(name=name, found=found, wanted=wanted, advice=advice)


class ContentRemoved(TransomError):
    """What the run {run} made was removed to make room: {what}."""

    code = "content_removed"
    remedy_text = "The settings runs_kept and runs_bytes say how many runs are kept whole; run it again."
    exit_code = 3


class WorkspaceNewer(TransomError):
    """The workspace {path} was written by a newer Transom (its revision is {found}; this one knows up to {known})."""

    code = "workspace_newer"
    remedy_text = "Install a newer Transom, or name another workspace in the setting TRANSOM_WORKSPACE."


class WorkspaceForeign(TransomError):
    """The workspace {path} belongs to another user."""

    code = "workspace_foreign"
    remedy_text = "Name one of your own in the setting TRANSOM_WORKSPACE, or make one here with `transom init`."


class WorkspaceUnusable(TransomError):
    """The workspace {path} cannot be used: {reason}."""

    code = "workspace_unusable"
    remedy_text = "{advice}"

    def __init__(
        self, *, path: object, reason: str, advice: str = "Check the rights of its files and the room on its disk."
    ) -> None:
        super().__init__(path=path, reason=reason, advice=advice)


class DatabaseDamaged(TransomError):
    """The database {path} is damaged: {reason}."""

    code = "database_damaged"
    remedy_text = "{backup}"

    def __init__(self, *, path: object, reason: str, backup: object = None) -> None:
        there = (
            f"The newest backup is {backup}: `transom workspace restore` puts it in its place, keeping the damaged one."
            if backup is not None
            else "There is no backup of it; move it away, and a new one is made."
        )
        super().__init__(path=path, reason=reason, backup=there)


class DatabaseBusy(TransomError):
    """The database {path} is being written by another process for too long."""

    code = "database_busy"
    remedy_text = "Try again when it has ended; `transom runs list` shows what is running."


class SecretUnreadable(TransomError):
    """The secret {name} cannot be read: {reason}."""

    code = "secret_unreadable"
    remedy_text = "{advice}"


class DatastoreFailed(TransomError):
    """The datastore {name} cannot be used: {reason}."""

    code = "datastore_failed"
    remedy_text = "{advice}"

    def __init__(
        self,
        *,
        name: object,
        reason: str,
        advice: str = "Check its address with `transom datastore list`, and what it needs to be reached.",
    ) -> None:
        super().__init__(name=name, reason=reason, advice=advice)


class FetchFailed(TransomError):
    """{address} cannot be fetched: {reason}."""

    code = "fetch_failed"
    remedy_text = "{advice}"

    def __init__(
        self,
        *,
        address: str,
        reason: str,
        advice: str = "Check the address and the connection, or fetch it yourself and give the file.",
    ) -> None:
        super().__init__(address=address, reason=reason, advice=advice)


class NotAllowed(TransomError):
    """The script may not use {what} under the policy {policy}."""

    code = "not_allowed"
    remedy_text = "{advice}"


class RunBundleInvalid(TransomError):
    """{path} is no bundle of a run that can be made again: {reason}."""

    code = "run_bundle_invalid"
    remedy_text = "Make it again with `transom runs bundle RUN {path}`."

"""Which places a job may read and write under its policy, as the child's `confine` is told."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transom.engine.variables import AGENTS, sees_all, variables_of
from transom.model.policies import Confinement, Policy
from transom.model.runs import Limits

#: Where programs keep passwords, keys and tokens, and what a person typed or browsed, below a home folder.
_IN_HOME = (
    *(
        ".ssh",
        ".gnupg",
        ".aws",
        ".azure",
        ".kube",
        ".docker",
        ".oci",
        ".netrc",
        ".git-credentials",
        ".pypirc",
        ".npmrc",
    ),
    *(".pgpass", ".my.cnf", ".mylogin.cnf", ".databrickscfg", ".snowsql", ".kaggle", ".boto", ".s3cfg", ".vault-token"),
    *(".password-store", ".mozilla", ".thunderbird", ".Xauthority", ".ICEauthority", ".dbus", ".lesshst", ".viminfo"),
    *(".bash_history", ".zsh_history", ".python_history", ".psql_history", ".sqlite_history", ".mysql_history"),
    *(
        ".cargo/credentials",
        ".cargo/credentials.toml",
        ".gem/credentials",
        ".m2/settings.xml",
        ".gradle/gradle.properties",
    ),
    *(".terraform.d/credentials.tfrc.json", ".huggingface/token", ".cache/huggingface/token", ".config/huggingface"),
    *(".config/gcloud", ".config/gh", ".config/hub", ".config/git/credentials", ".config/op", ".config/rclone"),
    *(".config/google-chrome", ".config/chromium", ".config/BraveSoftware", ".config/microsoft-edge", ".config/pip"),
    *(".config/containers", ".config/doctl", ".config/heroku", ".config/sops", ".config/snowflake", ".config/azure"),
    *(
        ".local/share/keyrings",
        ".local/share/kwalletd",
        ".local/share/uv/credentials",
        ".local/share/fish/fish_history",
    ),
    *(".pip/pip.conf", ".config/uv", ".config/hatch", ".config/pypoetry", ".dotnet/corefx", ".IdentityService"),
    *(".1password", "snap/firefox", ".var/app", "Library/Keychains", "Library/Cookies"),
)
_OF_THE_SYSTEM = (
    *("/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers", "/etc/sudoers.d", "/etc/ssh"),
    *("/etc/ssl/private", "/etc/pki/tls/private", "/etc/krb5.keytab", "/etc/security/opasswd", "/etc/wireguard"),
    *("/etc/NetworkManager/system-connections", "/etc/kubernetes", "/etc/rancher", "/etc/docker", "/etc/polkit-1"),
    *("/var/lib/docker", "/var/lib/containerd", "/var/lib/kubelet", "/var/lib/sss", "/var/spool/cron", "/var/log"),
    *("/var/lib/NetworkManager", "/var/lib/postgresql", "/var/lib/mysql", "/tmp/.X11-unix", "/tmp/.ICE-unix", "/boot"),
)
#: /dev/shm may hold as much of the memory limit.
_SHARE_OF_MEMORY = 0.5


@dataclass(frozen=True, slots=True)
class Premises:
    """What of Transom's own lies where: a script sees nothing of `data_folder` and of what else is `hidden`, such as
    the workspace, wherever that lies; but what is `shared` of both it can read.
    """

    data_folder: Path | None = None
    shared: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Grounds:
    """What surrounds a job: what it may touch, how much it may use, and what of Transom's own lies where.

    Of the limits only those count that hold from the first process on: memory and the number of processes.
    """

    confinement: Confinement = field(default_factory=lambda: Confinement(Policy.OPEN))
    limits: Limits = field(default_factory=Limits)
    premises: Premises = field(default_factory=Premises)

    def __post_init__(self) -> None:
        kept = Limits(memory=self.limits.memory, processes=self.limits.processes)
        object.__setattr__(self, "limits", kept)

    def rules(self, folder: Path) -> dict[str, Any]:
        """What the child's `confine` is told for the job in `folder`; its docstring says what each part means."""
        asked, limits = self.confinement, self.limits
        return {
            "policy": str(asked.policy),
            "network": str(asked.network),
            "required": asked.named,
            "job": os.path.realpath(folder),
            "reads": [*map(str, self.premises.shared), *asked.allow_read],
            "writes": list(asked.allow_write),
            "hidden": sorted(set(self._hidden())) if asked.policy is not Policy.OPEN else [],
            "processes": _a_little_more(limits.processes),
            "own_processes": None if os.getuid() == 0 else _a_little_more(limits.processes),
            "shared_bytes": _whole(limits.memory, _SHARE_OF_MEMORY),
        }

    @property
    def sees_all_variables(self) -> bool:
        """Whether the environment variables of this process are the script's too."""
        return sees_all(self.confinement)

    def variables(self, interpreter: str, folder: Path) -> dict[str, str]:
        """The environment variables of the job in `folder`."""
        return variables_of(interpreter, folder, self.confinement)

    def _hidden(self) -> Iterator[str]:
        if self.premises.data_folder is not None:
            yield str(self.premises.data_folder)
        yield from map(str, self.premises.hidden)
        yield from _OF_THE_SYSTEM
        for home in _homes():
            for name in _IN_HOME:
                yield os.path.join(home, name)
        for name in AGENTS:
            yield from re.findall(r"/[^,;:=]+", os.environ.get(name, ""))


class HiddenPlaces:
    """The hidden places as they are now: a cover holds what it was put on, so one that is made anew lies beside it."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self._folders = {os.path.dirname(path): 0 for path in paths}
        self._folders = {folder: _changed(folder) for folder in self._folders}
        self._files = [_identity(path) for path in paths]

    def are_as_before(self) -> bool:
        """Whether none was made, replaced or removed since; the folders tell most of the time."""
        if all(_changed(folder) == before for folder, before in self._folders.items()):
            return True
        return [_identity(path) for path in self._paths] == self._files


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _whole(limit: float | None, share: float = 1.0) -> int | None:
    return None if limit is None else int(limit * share)


def _a_little_more(processes: float | None) -> int | None:
    """The watch, which can tell why, must come before the kernel, which only refuses the next one."""
    most = _whole(processes)
    return None if most is None else most + 64 + most // 8


def _homes() -> set[str]:
    homes = {os.path.expanduser("~")}
    try:
        homes.add(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a user without an entry
        pass
    return {home for home in homes if os.path.isabs(home) and home != "/"}

"""Every setting, in one frozen value: a flag wins over `TRANSOM_*`, then .env, pyproject.toml, the user's file.

`pyproject.toml` (table `[tool.transom]`) and `.env` are looked for in the current folder and its parents; the user's
file is `config.toml` in the platform's configuration folder.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from transom.errors import SettingInvalid, WrongUse

#: The folder of the data folder with the packages that scripts installed.
PACKAGES = "packages"
#: What a script may touch, the loosest first; `model.policies` says what each means.
POLICIES = ("open", "guarded", "confined", "strict")

#: What a limit is that was lifted: nothing is more.
NO_LIMIT = math.inf
_LIFTS = frozenset({"none", "unlimited"})

_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_UNITS |= {f"{letter}i": 1024**power for power, letter in enumerate("kmgt", start=1)}
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SECONDS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def bytes_from(text: str) -> int:
    """A number of bytes from `4GiB`, `500 MB` or `1024`; ValueError for anything else."""
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([kmgt]?i?)b?\s*", text, re.IGNORECASE)
    if not found or found[2].lower() not in _UNITS:
        raise ValueError(text)
    return int(float(found[1]) * _UNITS[found[2].lower()])


def seconds_from(text: str) -> float:
    """A number of seconds from `90s`, `10m`, `1h30m`, `500ms` or `90`; ValueError for anything else."""
    parts = re.findall(r"([0-9]*\.?[0-9]+)\s*([a-z]*)", text.strip().lower())
    if not parts or "".join(number + unit for number, unit in parts) != re.sub(r"\s", "", text.lower()):
        raise ValueError(text)
    try:
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    except KeyError:
        raise ValueError(text) from None


def limit_from(parse: Callable[[str], float]) -> Callable[[str], float]:
    """What reads a limit: `none` lifts it, which is NO_LIMIT, anything else is for `parse` and more than 0."""

    def limit(text: str) -> float:
        if text.strip().lower() in _LIFTS:
            return NO_LIMIT
        value = parse(text)
        if not value > 0:
            raise ValueError(text)
        return value

    return limit


def _count_from(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _flag_from(text: str) -> bool:
    """True from `true`, `yes`, `on` or `1`, False from their opposites; ValueError for anything else."""
    try:
        return _FLAGS[text.strip().lower()]
    except KeyError:
        raise ValueError(text) from None


def _policy_from(text: str) -> str:
    """The name of a policy; ValueError for anything else."""
    name = text.strip().lower()
    if name not in POLICIES:
        raise ValueError(text)
    return name


def _secrets_from(text: str) -> str:
    """Where secrets are kept; ValueError for anything else."""
    name = text.strip().lower()
    if name not in ("auto", "keyring", "file"):
        raise ValueError(text)
    return name


def _folder_from(text: str) -> Path:
    return Path(os.path.expanduser(text)).absolute()


def _default_data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("transom", appauthor=False)


def _setting(parse: Callable[[str], Any], wanted: str, default: Any) -> Any:
    metadata = {"parse": parse, "wanted": wanted}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may set. Sizes are bytes, times are seconds.

    A limit of a job that is None is what `workspace.limiting` makes of this machine.
    """

    data_folder: Path = _setting(_folder_from, "a folder", _default_data_folder)  # noqa: RUF009 (a field, made once)
    workspace: Path | None = _setting(_folder_from, "the folder of a workspace", None)  # noqa: RUF009
    runs_kept: int = _setting(_count_from, "a number of runs such as 50", 50)
    runs_bytes: int = _setting(bytes_from, "a size such as 20GB", 20 * 1000**3)
    runs_recorded: int = _setting(_count_from, "a number of runs such as 10000", 10_000)
    input_bytes: int = _setting(bytes_from, "a size such as 100MB", 100 * 1000**2)
    experiment: str = _setting(str, "the name of an experiment", "Default")
    secrets: str = _setting(_secrets_from, "auto, keyring or file", "auto")
    timeout: float = _setting(limit_from(seconds_from), "a time such as 90s or 10m, or none", 7 * 86400.0)
    cpu: float = _setting(limit_from(seconds_from), "a time such as 90s or 8h, or none", 30 * 86400.0)
    memory: float | None = _setting(limit_from(bytes_from), "a size such as 4GiB, or none", None)
    processes: float = _setting(limit_from(_count_from), "a number such as 500, or none", 4096)
    file_size: float | None = _setting(limit_from(bytes_from), "a size such as 20GiB, or none", None)
    disk: float | None = _setting(limit_from(bytes_from), "a size such as 20GiB, or none", None)
    outputs: float | None = _setting(limit_from(bytes_from), "a size such as 2GiB, or none", None)
    stop_seconds: float = _setting(seconds_from, "a time such as 5s", 5.0)
    bundle_bytes: int = _setting(bytes_from, "a size such as 2GiB", 2 * 1024**3)
    bundle_files: int = _setting(_count_from, "a number of files such as 100000", 100_000)
    left_bytes: int = _setting(bytes_from, "a size such as 100MB", 100 * 1000**2)
    log_bytes: int = _setting(bytes_from, "a size such as 100MB", 100 * 1000**2)
    language: str = _setting(str, "en or fr", "en")
    environment: str | None = _setting(str, "the name of an environment", None)
    python_downloads: bool = _setting(_flag_from, "true or false", False)
    policy: str | None = _setting(_policy_from, "open, guarded, confined or strict", None)
    loosest_policy: str | None = _setting(_policy_from, "open, guarded, confined or strict", None)


def load(flags: Mapping[str, Any] | None = None, *, folder: Path | None = None) -> Settings:
    """The settings in force in `folder` (the current one), with the given flags over them.

    A flag that is None counts as not given. Raises SettingInvalid, which names where a wrong value stands.
    """
    chosen: dict[str, Any] = {}
    for origin, values in _layers(folder or _current_folder()):
        for one in fields(Settings):
            if one.name in values:
                chosen[one.name] = _parsed(one.metadata, one.name, values[one.name], origin)
    chosen.update({name: value for name, value in (flags or {}).items() if value is not None})
    return Settings(**chosen)


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise WrongUse(problem="The current folder does not exist any more.", advice="Go to one that does.") from None


def _layers(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The places where settings stand, the weakest first."""
    from platformdirs import user_config_path

    user_file = user_config_path("transom", appauthor=False) / "config.toml"
    if user_file.is_file():
        yield str(user_file), _toml(user_file)
    project = _nearest(folder, "pyproject.toml")
    if project:
        yield str(project), _toml(project).get("tool", {}).get("transom", {})
    env_file = _nearest(folder, ".env")
    if env_file:
        from dotenv import dotenv_values

        yield str(env_file), _ours(dotenv_values(env_file))
    yield "the environment", _ours(os.environ)


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise SettingInvalid(
            name="file", origin=path, value=str(wrong), wanted="TOML that can be read", default="none"
        ) from None


def _ours(variables: Mapping[str, str | None]) -> dict[str, Any]:
    prefix = "TRANSOM_"
    return {
        name[len(prefix) :].lower(): value for name, value in variables.items() if name.startswith(prefix) and value
    }


def _nearest(folder: Path, name: str) -> Path | None:
    return next((parent / name for parent in (folder, *folder.parents) if (parent / name).is_file()), None)


def _parsed(metadata: Mapping[str, Any], name: str, value: Any, origin: str) -> Any:
    try:
        return metadata["parse"](str(value))
    except ValueError:
        default = getattr(Settings(), name)
        raise SettingInvalid(
            name=name, origin=origin, value=value, wanted=metadata["wanted"], default=default
        ) from None

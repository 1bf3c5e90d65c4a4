"""How uv is asked: with the index and certificates that pip is configured with here, and its refusals in few words."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from transom.engine.stop import heeded_stop
from transom.errors import EnvironmentFailed

#: What uv says when it could not reach an index.
_NO_NETWORK = ("Request failed after", "error sending request", "dns error", "Failed to fetch", "tunnel error")
#: Variables that are meant for the person's own calls of uv and Python; uv's bytecode fails on Python 3.6.
_OF_OTHER_WORK = (
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"),
    *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_COMPILE_BYTECODE", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_REQUIRE_HASHES"),
)
_MOST_LINES_OF_REASON = 6
_FIRST_WORDS = re.compile(r"^\s*(error|cause|help|hint|×|╰─▶|├─▶|│)[:\s]*\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """How a call of uv ended: its exit code, what it printed, and what it said of it."""

    code: int
    out: str
    err: str

    @property
    def succeeded(self) -> bool:
        """Whether uv did what it was asked."""
        return self.code == 0

    @property
    def lacked_network(self) -> bool:
        """Whether it failed because an index could not be reached."""
        return not self.succeeded and any(words in self.err for words in _NO_NETWORK)

    @property
    def reason(self) -> str:
        """Why it failed, in one line: uv's own words without its warnings, hints and drawings."""
        return reason_of(self.err)


def uv(
    arguments: Sequence[str],
    *,
    stdin: str = "",
    downloads: bool = False,
    variables: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Said:
    """Call uv and wait for it; `on_line` is told each line of its messages while it works.

    It may download interpreters only with `downloads`. Where an index cannot be reached it is asked once more to use
    what lies in its cache. `variables` are added to its environment. Raises EnvironmentFailed where uv is missing.
    """
    arguments = [*arguments, *_options(arguments)]
    said = _asked(arguments, stdin, _variables(downloads, variables), on_line)
    if said.lacked_network and "--offline" not in arguments:
        offline = _asked([*arguments, "--offline"], stdin, _variables(downloads, variables), on_line)
        return offline if offline.succeeded else said
    return said


def reason_of(err: str) -> str:
    """The reason in what uv printed, in one line of at most a few sentences."""
    lines = []
    for line in err.splitlines():
        if line.startswith(("warning:", "hint:", "Using ", "Resolved ", "Prepared ", "WARN ")):
            continue
        text = _FIRST_WORDS.sub("", line).strip()
        if text and text not in lines:
            lines.append(text)
    kept = lines[:_MOST_LINES_OF_REASON]
    if len(kept) > 1 and kept[0].startswith("No solution found"):
        kept = kept[1:]
    text = "; ".join(line.rstrip(".;") for line in kept).replace(":;", ":")
    text = text.removesuffix(", we can conclude that your requirements are unsatisfiable")
    return text.replace("the requested packages", "the packages asked for") or "uv gave no reason"


def _asked(
    arguments: Sequence[str], stdin: str, variables: Mapping[str, str], on_line: Callable[[str], None] | None
) -> Said:
    command = [_program(), *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(variables),
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        heard: list[str] = []

        def hear() -> None:
            for line in process.stderr or ():
                heard.append(line)
                if on_line is not None:
                    on_line(line.rstrip("\n"))

        hearing = threading.Thread(target=hear, daemon=True)
        hearing.start()
        stop = heeded_stop()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with stop.ends(process):
                with suppress(BrokenPipeError):  # it has ended already; its exit code says how
                    process.stdin.write(stdin)
                    process.stdin.close()
                out = process.stdout.read()
                process.wait()
        except BaseException:  # an interrupt: what uv works at is useless to anybody now
            process.kill()
            raise
        hearing.join()
    return Said(process.returncode, out, "".join(heard))


@cache
def _program() -> str:
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        raise EnvironmentFailed(
            name="uv", reason="uv is not installed beside Transom", advice="Install it: `pip install uv`."
        ) from None


def _variables(downloads: bool, more: Mapping[str, str] | None) -> dict[str, str]:
    variables = dict(os.environ)
    for name in _OF_OTHER_WORK:
        variables.pop(name, None)
    variables["UV_PYTHON_DOWNLOADS"] = "automatic" if downloads else "never"
    variables["NO_COLOR"] = "1"
    variables["UV_NO_PROGRESS"] = "1"
    for name, value in _as_pip_is_configured().items():
        variables.setdefault(name, value)
    variables.update(more or {})
    return variables


def _options(arguments: Sequence[str]) -> list[str]:
    """What pip is told and uv knows no variable for."""
    if "--no-index" in arguments:
        return []
    asks_an_index = list(arguments[:2]) in (["pip", "compile"], ["pip", "install"])
    alone = _pip_settings().get("no-index", "").lower() in ("1", "true", "yes", "on")
    return ["--no-index"] if asks_an_index and alone else []


def _as_pip_is_configured() -> dict[str, str]:
    """What pip is told by its variables and files, as variables of uv; what uv was told itself wins over it."""
    told = _pip_settings()
    found: dict[str, str] = {}
    indexes = [place for place in told.get("extra-index-url", "").split() if _is_there(place)]
    if told.get("index-url"):
        found["UV_DEFAULT_INDEX"] = told["index-url"]
    if indexes:
        found["UV_INDEX"] = " ".join(indexes)
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does: every index counts the same
    links = [place for place in told.get("find-links", "").split() if _is_there(place)]
    if links:
        found["UV_FIND_LINKS"] = ",".join(links)
    for ours, its in (
        ("cert", "SSL_CERT_FILE"),
        ("client-cert", "SSL_CLIENT_CERT"),
        ("proxy", "HTTPS_PROXY"),
    ):
        if told.get(ours):
            found[its] = told[ours]
    if told.get("proxy"):
        found["HTTP_PROXY"] = told["proxy"]
    if told.get("trusted-host"):
        found["UV_INSECURE_HOST"] = " ".join(told["trusted-host"].split())
    return found


def _is_there(place: str) -> bool:
    """Whether a place can be looked into: pip passes over local folders that are missing, uv stops there."""
    local = place.removeprefix("file://")
    return "://" in local or os.path.exists(os.path.expanduser(local))


def _pip_settings() -> dict[str, str]:
    """pip's settings by their long names; a variable wins over a file, a later file over an earlier one."""
    told: dict[str, str] = {}
    for file in _pip_files():
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, "utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                told.update(parser.items(section))
    for name, value in os.environ.items():
        if name.startswith("PIP_") and value:
            told[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return told


def _pip_files() -> Iterator[Path]:
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    for folder in [*os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)]:
        yield Path(folder, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    yield Path.home() / ".pip" / "pip.conf"
    yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip" / "pip.conf"
    yield Path(sys.prefix) / "pip.conf"
    if named:
        yield Path(named)

"""How a lock becomes an environment that can be used: installed, compiled, its fonts listed, tried."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from transom.engine.checks.surroundings import environment_facts
from transom.engine.environments.builds import Builds, Built
from transom.engine.environments.interpreters import Interpreter
from transom.engine.environments.locking import Progress
from transom.engine.read_only import remove_tree
from transom.engine.uv import Said, uv
from transom.errors import BuildFailed
from transom.model.assets import Environment

_LIST_FONTS = "import matplotlib.font_manager as fonts; getattr(fonts, 'fontManager')"
_TRY = "import numpy, pandas, pyarrow"
_ADVICE_OF_TRY = (
    (
        ("numpy.dtype size changed", "compiled using NumPy 1.x", "numpy.core.multiarray failed"),
        "numpy<2",
    ),
    (("has no attribute 'bool'", "has no attribute 'object'", "has no attribute 'int'"), "numpy<1.24"),
)
_COMMAND_OF_PIP = """#!/bin/sh
# The environment is locked: what a script installs belongs to its job alone, and the job says how.
if [ -n "$TRANSOM_COMMANDS" ]; then
    exec "$TRANSOM_COMMANDS/pip" "$@"
fi
echo "This environment of Transom is locked; make one with other packages: transom env add" >&2
exit 1
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Where one build is made: the environment, the Python it is made of, what it is told to, and its log."""

    environment: Environment
    python: Interpreter
    builds: Builds
    progress: Progress
    log: IO[str]

    @property
    def part(self) -> Path:
        """The folder in which it is made."""
        return self.builds.part(self.environment.digest)

    @property
    def final(self) -> Path:
        """The folder that it will be."""
        return self.builds.place(self.environment.digest)

    @property
    def interpreter(self) -> str:
        """Its Python, while it is made."""
        return str(self.part / "bin" / "python")

    @property
    def packages(self) -> Path:
        """Where its packages lie, from its folder on."""
        return Path("lib", f"python{self.python.python}", "site-packages")

    def failed(self, reason: str, advice: str) -> BuildFailed:
        """The error, which names the log."""
        return BuildFailed(name=self.environment.name, reason=reason, advice=advice, log=self.log.name)


def build(environment: Environment, python: Interpreter, builds: Builds, progress: Progress) -> Built:
    """Make a build; whoever calls this holds it. Raises BuildFailed; then nothing is left but the log."""
    log = builds.log(environment.digest)
    part = builds.part(environment.digest)
    try:
        with log.open("w", encoding="utf-8") as stream:
            built = _made(Site(environment, python, builds, progress, stream))
        log.unlink()
        return built
    except OSError as wrong:
        raise BuildFailed(
            name=environment.name, reason=_words(wrong), advice=_advice(str(wrong), environment), log=log
        ) from None
    finally:
        remove_tree(part)


def _made(site: Site) -> Built:
    told: dict[str, Any] = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "base": site.python.path}
    _install(site)
    _lock_commands(site)
    _compile(site)
    told["fonts"] = _list_fonts(site)
    _try(site)
    facts = environment_facts(site.interpreter)
    told |= {"python": list(facts.python), "modules": sorted(facts.modules), "packages": dict(facts.packages)}
    return site.builds.finish(site.environment.digest, told)


def _install(site: Site) -> None:
    here = ["--directory", str(site.part.parent)]  # not where a person's project has settings of uv
    venv = ["venv", *here, "--relocatable", "--no-project", "--python", site.python.path, str(site.part)]
    _written(site, venv, uv(venv))
    site.progress("install", f"{len(site.environment.packages)} packages")
    arguments = ["pip", "install", "--no-deps", "--require-hashes", "--link-mode", "copy"]
    arguments += [*here, "--python", site.interpreter, "-r", "-"]
    said = uv(arguments, stdin=site.environment.lock, on_line=lambda line: _tell_stage(line, site.progress))
    _written(site, arguments, said)


def _tell_stage(line: str, progress: Progress) -> None:
    words = line.split()
    if words[:1] in (["Downloading"], ["Building"]) and len(words) > 1:
        progress("download", words[1])
    elif words[:1] == ["Prepared"]:
        progress("install", "")


def _written(site: Site, arguments: Sequence[str], said: Said) -> None:
    site.log.write(f"uv {' '.join(arguments)}\n{said.out}{said.err}\n")
    site.log.flush()
    if not said.succeeded:
        raise site.failed(_reason(said), _advice(said.err, site.environment))


def _reason(said: Said) -> str:
    mismatch = re.search(r"Hash mismatch for `([^`]+)`", said.err)
    if mismatch:
        return f"the file of {mismatch[1]} has another hash than its lock says"
    if os.strerror(errno.ENOSPC) in said.err:
        return "the disk is full"
    return said.reason


def _words(wrong: OSError) -> str:
    return "the disk is full" if wrong.errno == errno.ENOSPC else f"{wrong.strerror} ({wrong.filename})"


def _advice(text: str, environment: Environment) -> str:
    if "Hash mismatch" in text:
        return "Check the index that pip or uv is configured with; if its file is right, add the environment again."
    if os.strerror(errno.ENOSPC) in text:
        return "Free some space (`transom env prune`, `uv cache prune`), or set TRANSOM_DATA_FOLDER to another disk."
    if "error sending request" in text or "Failed to fetch" in text or "dns error" in text:
        return "Check the network and the index that pip or uv is configured with, then do it again."
    return f"Choose versions that exist for Python {environment.python}, as wheels if possible."


def _lock_commands(site: Site) -> None:
    """Put a command in the place of pip's that never installs into the environment."""
    commands = site.part / "bin"
    names = {"pip", "pip3", f"pip{site.python.python}"} | {each.name for each in commands.glob("pip*")}
    names |= {each.name for each in commands.glob("easy_install*")}
    for name in names:
        (commands / name).unlink(missing_ok=True)
        (commands / name).write_text(_COMMAND_OF_PIP, "utf-8")
        (commands / name).chmod(0o755)


def _compile(site: Site) -> None:
    """Compile everything, with the paths that it will have; what is no code for this Python is passed over."""
    site.progress("compile", "")
    final = str(site.final / site.packages)
    _python(site, ["-m", "compileall", "-q", "-j", "0", "-d", final, str(site.part / site.packages)])


def _list_fonts(site: Site) -> str | None:
    """matplotlib's list of fonts, as a path from the build's folder on; making it takes seconds at a first import."""
    if "matplotlib" not in site.environment.packages:
        return None
    site.progress("compile", "fonts")
    folder = site.part / "fonts"
    folder.mkdir()
    _python(site, ["-c", _LIST_FONTS], {"MPLCONFIGDIR": str(folder), "MPLBACKEND": "agg"})
    lists = sorted(folder.glob("fontlist-*.json"))
    for other in folder.iterdir():
        if other.is_dir():
            shutil.rmtree(other)
        elif other not in lists:
            other.unlink()
    if not lists:
        return None
    text = lists[-1].read_text("utf-8").replace(json.dumps(str(site.part))[1:-1], json.dumps(str(site.final))[1:-1])
    lists[-1].write_text(text, "utf-8")
    return str(lists[-1].relative_to(site.part))


def _try(site: Site) -> None:
    site.progress("check", "")
    done = _python(site, ["-c", _TRY])
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        advice = "Choose versions of numpy, pandas and pyarrow that fit each other."
        for signs, pin in _ADVICE_OF_TRY:
            if any(sign in done.stderr for sign in signs):
                advice = f"Its pandas or pyarrow is older than its numpy: add the requirement `{pin}`."
        raise site.failed(f"numpy, pandas and pyarrow cannot be imported: {lines[-1].rstrip('.')}", advice)


def _python(
    site: Site, arguments: Sequence[str], variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the build's Python, without what this shell tells other Pythons (-I: no PYTHONDONTWRITEBYTECODE either)."""
    kept = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    with subprocess.Popen(
        [site.interpreter, "-I", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=kept | dict(variables or {}),
        cwd=site.part,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate()
        except BaseException:  # stopped: what it has started goes with it
            os.killpg(process.pid, signal.SIGKILL)
            raise
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    site.log.write(f"python {' '.join(arguments)}\n{done.stdout}{done.stderr}\n")
    site.log.flush()
    return done

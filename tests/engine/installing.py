"""A stand-in of a job that installs packages: its folder, its link served by a thread, its process prepared."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from transom.engine.link import Answer, Link
from transom.engine.packages import JobPackages, Packages, answers
from transom.engine.process import CHILD

_BEGIN = """
import importlib.util, os, sys
child, folder = sys.argv[1:3]
spec = importlib.util.spec_from_file_location("transom child.installed", os.path.join(child, "installed.py"))
installed = importlib.util.module_from_spec(spec)
spec.loader.exec_module(installed)
sys.path.insert(0, os.path.join(child, "shims"))
installed.prepare(folder)
os.chdir(os.path.join(folder, "work"))
exec(compile(open(os.path.join(folder, "script.py")).read(), "script.py", "exec"), {"__name__": "script"})
for note in installed.notes(folder):
    print("NOTE", note)
"""


@dataclass
class Said:
    """How a stand-in ended."""

    code: int
    text: str


@contextmanager
def served(link: Link) -> Iterator[Link]:
    """Accept whoever connects, as a job's watch does, until this is over."""
    done_read, done = os.pipe()

    def watch() -> None:
        while True:
            ready, _, _ = select.select([link, done_read], [], [])
            if done_read in ready:
                return
            link.accept()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield link
    finally:
        os.close(done)
        thread.join()
        os.close(done_read)
        link.close()


class StandIn:
    """A job in a folder; `interpreter` runs its script."""

    def __init__(self, folder: Path, store: Packages, interpreter: str = sys.executable, digest: str = "d") -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        self.interpreter = interpreter
        self.packages = JobPackages(interpreter, digest, folder / "packages", store)
        self.questions: Callable[[], Mapping[str, Answer]] = lambda: answers(self.packages, self.work)

    def run(self, script: str, **variables: str) -> Said:
        """Run a script; what it and everything that it started printed."""
        (self.folder / "script.py").write_text(script)
        environment = {**os.environ, "PYTHONPATH": "", "PATH": f"{Path(self.interpreter).parent}:{os.environ['PATH']}"}
        environment.update(variables)
        with served(Link(self.folder / "link", self.questions())):
            done = subprocess.run(
                [self.interpreter, "-c", _BEGIN, str(CHILD), str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=environment,
                check=False,
            )
        return Said(done.returncode, done.stdout)

    def pip(self, *arguments: str) -> Said:
        """Run one pip command in the job."""
        return self.run(f"import subprocess, sys\nsys.exit(subprocess.call(['pip', *{list(arguments)!r}]))")


def need_index(said: Said) -> Said:
    """The same, unless no index answered: then the test is skipped and says so."""
    if "Check the connection and pip's index" in said.text:
        pytest.skip("no package index can be reached")
    return said


def wheel(
    folder: Path,
    name: str,
    version: str,
    *requires: str,
    files: Mapping[str, str] | None = None,
    tag: str = "py3-none-any",
) -> Path:
    """A wheel whose one module, named like it, has the version as `VERSION`; or one with these files."""
    files = files if files is not None else {f"{name}.py": f"VERSION = {version!r}\n"}
    metadata = f"{name}-{version}.dist-info"
    texts = dict(files)
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    texts[f"{metadata}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: for a test\n{needs}"
    )
    texts[f"{metadata}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"
    record = "".join(f"{each},,\n" for each in [*texts, f"{metadata}/RECORD"])
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{name}-{version}-{tag}.whl"
    with ZipFile(place, "w") as archive:
        for each, text in {**texts, f"{metadata}/RECORD": record}.items():
            archive.writestr(each, text)
    return place


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that uv takes for the only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    settings = tmp_path / "only-a-folder.toml"
    settings.write_text(f"no-index = true\nfind-links = [{str(folder)!r}]\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Packages:
    """A store of package sets."""
    return Packages(tmp_path / "store")

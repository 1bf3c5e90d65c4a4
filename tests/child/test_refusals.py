"""What a script is refused is noted with the script's line, also when it swallowed the error; nothing else is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.environments import ENVIRONMENTS, interpreter, python_of

from transom.engine.process import CHILD

DRIVER = Path(__file__).with_name("refusals_driver.py")
VERSIONS = ["host", "3.6", "3.8", "3.13"]
SWALLOWED = "try:\n    {}\nexcept OSError:\n    pass\n"


@dataclass
class Noted:
    """What came of a script."""

    found: list[tuple[str, str, str | None, int | None]]
    more: int
    behind: dict[str, list[str]] | None
    text: str


@dataclass
class Job:
    """A script's folders, and what lies outside of them and may not be touched."""

    folder: Path
    python: str

    @property
    def work(self) -> Path:
        return self.folder / "job" / "work"

    @property
    def secret(self) -> Path:
        return self.folder / "home" / "secret.txt"

    @property
    def shut(self) -> Path:
        return self.folder / "home"

    @property
    def read_only(self) -> Path:
        return self.folder / "system"

    def rules(self, **other: Any) -> dict[str, Any]:
        """As under `guarded`: everything may be read but what is hidden."""
        job = str(self.folder / "job")
        return {"network": "open", "reads": None, "hidden": [str(self.shut)], "writes": [job], **other}

    def confined(self, **other: Any) -> dict[str, Any]:
        """As under `confined`: what may be read is named."""
        prefix = subprocess.run(
            [self.python, "-c", "import sys; print(sys.prefix, sys.base_prefix)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        return self.rules(reads=["/usr", "/lib", "/bin", "/etc", str(self.read_only), *prefix], hidden=[], **other)

    def run(
        self,
        text: str,
        rules: Mapping[str, Any] | None = None,
        bundle: Mapping[str, str] | None = None,
        *,
        sockets: bool = True,
        imported: tuple[str, ...] = (),
    ) -> Noted:
        script = self.folder / "job" / "script.py"
        script.write_text(text)
        inside = self.work / "Script Bundle"
        for name, content in (bundle or {}).items():
            (inside / name).write_text(content)
        order = {
            "rules": self.rules() if rules is None else rules,
            "script": str(script),
            "bundle": str(inside),
            "notes": str(self.folder / "job" / "refusals.jsonl"),
            "sockets": sockets,
            "imported": imported,
        }
        command = [self.python, str(DRIVER), str(CHILD.parent), json.dumps(order)]
        done = subprocess.run(command, cwd=self.work, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        text, _, last = done.stdout.strip().rpartition("\n")
        told = json.loads(last)
        found = [(each["what"], each["place"], each["file"], each["line"]) for each in told["found"]]
        return Noted(found, told["more"], told["behind"], text + done.stderr)


@pytest.fixture(params=VERSIONS)
def job(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Job]:
    python = sys.executable if request.param == "host" else interpreter(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param} on this machine")
    yield from made(tmp_path, str(python))


def made(tmp_path: Path, python: str) -> Iterator[Job]:
    job = Job(tmp_path.resolve(), python)
    (job.work / "Script Bundle").mkdir(parents=True)
    for folder in (job.shut, job.read_only):
        folder.mkdir()
        (folder / "secret.txt").write_text("a,b\n1,2\n")
    job.shut.chmod(0)
    job.read_only.chmod(0o555)
    yield job
    for folder in (job.shut, job.read_only):
        folder.chmod(0o755)


READS = [
    "open({path!r}).read()",
    "import io; io.open({path!r})",
    "import os; os.open({path!r}, os.O_RDONLY)",
    "import os; os.listdir({folder!r})",
    "import os; list(os.scandir({folder!r}))",
    "import pathlib; pathlib.Path({path!r}).read_text()",
    "import pathlib; list(pathlib.Path({folder!r}).iterdir())",
    "import os; open(os.fsencode({path!r}))",
    "import shutil; shutil.copyfile({path!r}, 'copy')",
    "import codecs; codecs.open({path!r}, encoding='utf-8')",
    "import gzip; gzip.open({path!r})",
    "import zipfile; zipfile.ZipFile({path!r})",
    "open('../../home/secret.txt')",
    "open(file={path!r}, mode='rb')",
]


@pytest.mark.parametrize("read", READS)
def test_reading_a_hidden_place_is_noted_although_the_error_was_swallowed(read: str, job: Job) -> None:
    done = job.run(SWALLOWED.format(read.format(path=str(job.secret), folder=str(job.shut))))
    place = str(job.shut if "folder" in read else job.secret)
    assert done.found == [("read", place, "script.py", 2)]


WRITES = [
    "open({path!r}, 'w')",
    "open({path!r}, 'a')",
    "open({there!r}, 'r+')",
    "import os; os.open({path!r}, os.O_CREAT | os.O_WRONLY)",
    "import os; os.mkdir({path!r})",
    "import os; os.makedirs({path!r}, exist_ok=True)",
    "import os; os.remove({there!r})",
    "import os; os.unlink({there!r})",
    "import os; os.rename({there!r}, 'x')",
    "import os; open('mine', 'w').close(); os.replace('mine', {path!r})",
    "import os; os.symlink('x', {path!r})",
    "import os; open('mine', 'w').close(); os.link('mine', {path!r})",
    "import os; os.truncate({there!r}, 0)",
    "import pathlib; pathlib.Path({path!r}).write_text('x')",
    "import pathlib; pathlib.Path({path!r}).mkdir()",
    "import pathlib; pathlib.Path({there!r}).unlink()",
    "import pathlib; pathlib.Path({path!r}).touch()",
    "import shutil; open('mine', 'w').close(); shutil.copyfile('mine', {path!r})",
]


@pytest.mark.parametrize("write", WRITES)
def test_writing_outside_of_the_job_is_noted(write: str, job: Job) -> None:
    there = job.read_only / "secret.txt"
    there.chmod(0o444)
    path = job.read_only / "new.txt"
    done = job.run(SWALLOWED.format(write.format(path=str(path), there=str(there))))
    assert done.found == [("write", str(there if "there" in write else path), "script.py", 2)]


def test_what_is_allowed_is_not_noted(job: Job) -> None:
    text = (
        "import os, pathlib, tempfile, json, glob, shutil\n"
        "open('a', 'w').close(); open('a').close(); os.mkdir('b'); os.listdir('.'); os.rename('a', 'c')\n"
        f"open({str(job.read_only / 'secret.txt')!r}).read(); os.listdir('/'); os.makedirs('/usr', exist_ok=True)\n"
        "open(os.devnull, 'w').write('x'); open('/dev/null').read(); os.open(os.devnull, os.O_RDWR)\n"
        "open('/dev/stdout', 'w').write('x'); shutil.rmtree('b')\n"
        "with tempfile.TemporaryDirectory(dir='.') as folder: pathlib.Path(folder, 'x').write_text('x')\n"
        "os.open('.', os.O_RDONLY); os.open('c', os.O_RDONLY, dir_fd=os.open('.', os.O_RDONLY))\n"
    )
    done = job.run(text)
    assert done.found == []
    assert done.behind is None


@pytest.mark.parametrize(
    "touch",
    [
        "open('nowhere.csv')",
        "open('/nowhere/x.csv')",
        "open('/nowhere/x.csv', 'w')",
        "import os; os.remove('/nowhere')",
    ],
)
def test_what_is_simply_not_there_is_not_noted_where_that_can_be_seen(touch: str, job: Job) -> None:
    assert job.run(SWALLOWED.format(touch)).found == []


@pytest.mark.parametrize(
    "touch", ["open('/nowhere/x.csv')", "open('/nowhere/x.csv', 'w')", "import os; os.remove('/nowhere/x.csv')"]
)
def test_what_is_not_there_outside_of_what_may_be_read_is_noted(touch: str, job: Job) -> None:
    done = job.run(SWALLOWED.format(touch), job.confined())
    assert done.found == [
        ("read" if touch.endswith("csv')") and "remove" not in touch else "write", "/nowhere/x.csv", "script.py", 2)
    ]


def test_what_the_kernel_lets_pass_is_not_noted(job: Job) -> None:
    job.shut.chmod(0o755)
    rules = job.confined()
    assert job.run(SWALLOWED.format(f"open({str(job.secret)!r}); open({str(job.secret)!r}, 'a')"), rules).found == []


def test_the_longest_place_decides(job: Job) -> None:
    job.shut.chmod(0o755)
    allowed = job.shut / "allowed"
    allowed.mkdir()
    job.secret.chmod(0)
    text = SWALLOWED.format(
        f"open({str(allowed / 'x')!r}, 'w'); open({str(allowed / 'x')!r}); open({str(job.secret)!r})"
    )
    done = job.run(text, job.rules(writes=[str(job.folder / "job"), str(allowed)]))
    assert done.found == [("read", str(job.secret), "script.py", 2)]
    assert (allowed / "x").exists()


def test_a_link_that_leads_out_is_followed(job: Job) -> None:
    text = f"import os\nos.symlink({str(job.shut)!r}, 'link')\nos.listdir('.')\n" + SWALLOWED.format(
        "open('link/secret.txt')"
    )
    assert job.run(text).found == [("read", str(job.secret), "script.py", 5)]


def test_a_link_at_the_end_is_followed_also_in_a_folder_that_is_known(job: Job) -> None:
    text = (
        f"import os\nopen('a', 'w').close()\nopen('a')\nos.symlink({str(job.secret)!r}, 'link')\n"
        + SWALLOWED.format("open('link')")
    )
    assert job.run(text).found == [("read", str(job.secret), "script.py", 6)]


def test_a_place_is_told_once(job: Job) -> None:
    text = f"for _ in range(50):\n    try:\n        open({str(job.secret)!r})\n    except OSError:\n        pass\n"
    assert job.run(text).found == [("read", str(job.secret), "script.py", 3)]


def test_what_is_tried_very_often_is_bounded(job: Job) -> None:
    text = f"for number in range(3000):\n    try:\n        open({str(job.shut)!r} + '/%d' % number)\n    except OSError:\n        pass\n"
    done = job.run(text)
    assert (len(done.found), done.more) == (100, 900)


def test_the_line_is_that_of_the_bundle_where_it_asks(job: Job) -> None:
    text = "import reader\n" + SWALLOWED.format(f"reader.read({str(job.secret)!r})")
    done = job.run(text, bundle={"reader.py": "def read(path):\n    return open(path)\n"})
    assert done.found == [("read", str(job.secret), "bundle/reader.py", 2)]


def test_what_a_bundle_reads_while_it_is_imported_is_noted(job: Job) -> None:
    done = job.run(SWALLOWED.format("import reader"), bundle={"reader.py": f"x = 1\nopen({str(job.secret)!r})\n"})
    assert done.found == [("read", str(job.secret), "bundle/reader.py", 2)]


def test_what_a_library_reads_while_it_is_imported_is_not_noted(job: Job) -> None:
    library = job.work.parent / "library"
    library.mkdir()
    (library / "probing.py").write_text(f"try:\n    open({str(job.secret)!r})\nexcept OSError:\n    pass\n")
    assert job.run(f"import sys\nsys.path.insert(0, {str(library)!r})\nimport probing\n").found == []


def test_what_a_library_reads_for_the_script_is_noted_with_the_scripts_line(job: Job) -> None:
    library = job.work.parent / "library"
    library.mkdir()
    (library / "reading.py").write_text("def read(path):\n    return open(path)\n")
    text = f"import sys\nsys.path.insert(0, {str(library)!r})\nimport reading\n" + SWALLOWED.format(
        f"reading.read({str(job.secret)!r})"
    )
    assert job.run(text).found == [("read", str(job.secret), "script.py", 5)]


def test_threads_are_watched_too(job: Job) -> None:
    text = (
        "import threading\ndef read(number):\n    try:\n"
        f"        open({str(job.shut)!r} + '/%d' % number)\n    except OSError:\n        pass\n"
        "threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]\n"
        "[each.start() for each in threads]\n[each.join() for each in threads]\n"
    )
    assert sorted(job.run(text).found) == [("read", str(job.shut / str(number)), "script.py", 4) for number in range(8)]


FORKS = [
    "import os\npid = os.fork()\nif pid == 0:\n    read()\n    os._exit(0)\nos.waitpid(pid, 0)\n",
    "import multiprocessing\nprocess = multiprocessing.get_context('fork').Process(target=read)\nprocess.start()\nprocess.join()\n",
    "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n    pool.apply(read)\n",
    "import os, sys\npid = os.fork()\nif pid == 0:\n    try:\n        sys.exit(read())\n    finally:\n        os._exit(0)\nos.waitpid(pid, 0)\n",
]


@pytest.mark.parametrize("fork", FORKS)
def test_what_a_forked_process_is_refused_is_noted(fork: str, job: Job) -> None:
    done = job.run(
        f"def read():\n    try:\n        open({str(job.secret)!r})\n    except OSError:\n        pass\n{fork}"
    )
    assert done.found == [("read", str(job.secret), "script.py", 3)]


def test_lines_that_the_script_writes_among_the_notes_are_survived(job: Job) -> None:
    text = "with open('../refusals.jsonl', 'w') as notes:\n    notes.write('{\\n[1]\\nnull\\n{\"what\": [], \"place\": {}}\\n\\xff\\n')\n"
    done = job.run(text + SWALLOWED.format(f"open({str(job.secret)!r})"))
    assert done.found == [("read", str(job.secret), "script.py", 4)]


def test_a_link_in_the_place_of_the_notes_is_not_followed(job: Job) -> None:
    other = job.work / "other"
    text = f"import os\nos.symlink({str(other)!r}, '../refusals.jsonl')\n" + SWALLOWED.format(
        f"open({str(job.secret)!r})"
    )
    assert job.run(text).found == []
    assert not other.exists()


def test_errors_reach_the_script_as_they_were(job: Job) -> None:
    text = (
        "import traceback\ntry:\n"
        f"    open({str(job.secret)!r})\n"
        "except PermissionError as wrong:\n    print(wrong.errno, wrong.filename)\n    traceback.print_exc()\n"
        "try:\n    open('nowhere', 'rb')\nexcept FileNotFoundError as wrong:\n    print(wrong)\n"
        "for wrong in ((3.5,), (), ('x', 'q'), ('a\\0b',)):\n    try:\n        open(*wrong)\n"
        "    except (TypeError, ValueError) as error:\n        print(type(error).__name__)\n"
    )
    done = job.run(text)
    assert done.text.count("PermissionError") == 1
    assert "refusals" not in done.text
    assert "wrapped" not in done.text
    lines = done.text.splitlines()
    assert lines[0] == f"13 {job.secret}"
    assert lines[1] == "[Errno 2] No such file or directory: 'nowhere'"
    assert lines[2:6] == ["TypeError", "TypeError", "ValueError", "ValueError"]


def test_functions_look_as_they_did(job: Job) -> None:
    text = (
        "import builtins, copy, inspect, io, os, pickle, types, socket\n"
        "assert open is io.open and open is builtins.open and open.__name__ == 'open' and 'file' in open.__doc__\n"
        "assert isinstance(open, types.BuiltinFunctionType) and inspect.isbuiltin(os.listdir)\n"
        "assert os.open in os.supports_dir_fd and os.listdir in os.supports_fd\n"
        "assert pickle.loads(pickle.dumps([open, os.remove, os.rename])) == [open, os.remove, os.rename]\n"
        "assert copy.deepcopy(open) is open and repr(open) == '<built-in function open>'\n"
        "class Reader:\n    opener = open\n    lister = os.listdir\n"
        "Reader().opener('x', 'w').close()\nassert Reader().lister('.').count('x') == 1\n"
        "assert 'path' in inspect.signature(os.mkdir).parameters and 'file' in inspect.signature(open).parameters\n"
        "assert socket.socket.connect.__name__ == 'connect' and callable(socket.getaddrinfo)\n"
        "a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1) == b'x'\n"
    )
    done = job.run(text, job.rules(network="none"))
    assert done.behind is None, done.text
    assert done.found == []


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


CONNECTS = [
    "import socket; socket.create_connection(('127.0.0.1', {port}), 2)",
    "import socket; socket.socket().connect(('127.0.0.1', {port}))",
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/x')",
    "import http.client; http.client.HTTPConnection('127.0.0.1', {port}).request('GET', '/')",
]


@pytest.mark.parametrize("connect", CONNECTS)
def test_a_connection_is_noted_with_its_address(connect: str, job: Job, port: int) -> None:
    done = job.run(SWALLOWED.format(connect.format(port=port)), job.rules(network="packages"))
    assert done.found == [("connect", f"127.0.0.1:{port}", "script.py", 2)]


def test_connect_ex_is_noted_although_it_raises_nothing(job: Job, port: int) -> None:
    text = f"import socket\nassert socket.socket().connect_ex(('127.0.0.1', {port}))\n"
    assert job.run(text, job.rules(network="none")).found == [("connect", f"127.0.0.1:{port}", "script.py", 2)]


def test_a_name_that_cannot_be_looked_up_is_noted_with_its_port(job: Job) -> None:
    text = SWALLOWED.format("import urllib.request; urllib.request.urlopen('https://data.invalid/x.csv')")
    assert job.run(text, job.rules(network="none")).found == [("connect", "data.invalid:443", "script.py", 2)]


def test_with_an_open_network_no_connection_is_noted(job: Job, port: int) -> None:
    text = SWALLOWED.format(f"import socket; socket.create_connection(('127.0.0.1', {port}))")
    assert job.run(text).found == []


@pytest.mark.parametrize(
    ("connect", "place"),
    [
        ("import socket; socket.create_connection(('127.0.0.1', 81), 2)", "127.0.0.1:81"),
        ("import socket; socket.create_connection(('localhost', 81), 2)", "localhost:81"),
        ("import socket; socket.socket().connect(('10.0.0.1', 81))", "the internet"),
        ("import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", "the internet"),
    ],
)
def test_where_no_socket_can_be_made_the_attempt_is_noted(connect: str, place: str, job: Job) -> None:
    done = job.run(SWALLOWED.format(connect), job.rules(network="none"), sockets=False)
    assert done.found == [("connect", place, "script.py", 2)]


def test_a_socket_of_a_hidden_place_is_noted_and_one_of_the_job_is_not(job: Job) -> None:
    text = (
        "import os, socket\nserver = socket.socket(socket.AF_UNIX)\nserver.bind('own')\nserver.listen(1)\n"
        "socket.socket(socket.AF_UNIX).connect('own')\n"
        "os.chdir('/')\n"
        + SWALLOWED.format(f"socket.socket(socket.AF_UNIX).connect(os.path.relpath({str(job.shut / 's')!r}, '/'))")
    )
    assert job.run(text, job.rules(network="none")).found == [("connect", str(job.shut / "s"), "script.py", 8)]


def test_leaving_for_a_folder_that_is_not_there_is_noted(job: Job) -> None:
    done = job.run(SWALLOWED.format("import os; os.chdir('/nowhere/project')"), job.confined())
    assert done.found == [("read", "/nowhere/project", "script.py", 2)]


def test_what_is_behind_an_error_is_known(job: Job) -> None:
    assert job.run(f"open({str(job.secret)!r})").behind == {"refused_reads": [str(job.secret)]}
    new = str(job.read_only / "new")
    assert job.run(f"open({new!r}, 'w')").behind == {"refused_writes": [new]}
    assert job.run("open('nowhere')").behind == {}
    assert job.run("{}['x']").behind == {}
    wrapped = f"try:\n    open({str(job.secret)!r})\nexcept OSError as wrong:\n    raise ValueError('no settings') from wrong\n"
    assert job.run(wrapped).behind == {"refused_reads": [str(job.secret)]}


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("Failed to open local file '{}'. Detail: [errno 13] Permission denied", "{}"),
        ("Cannot open file {}: No such file or directory", "{}"),
        ("[Errno 2] Unable to open file (unable to open file: name = '{}', errno = 2)", "{}"),
    ],
)
def test_a_path_that_a_compiled_library_names_in_its_text_is_found(message: str, place: str, job: Job) -> None:
    done = job.run(f"raise OSError({message.format(job.secret)!r})")
    assert done.behind == {"refused_places": [place.format(job.secret)]}


def test_a_signals_exception_is_not_swallowed(job: Job) -> None:
    text = (
        "import signal\nclass TooLate(Exception): pass\n"
        "def late(*_): raise TooLate()\nsignal.signal(signal.SIGALRM, late)\n"
        "came = 0\nwhile came < 50:\n    try:\n        signal.setitimer(signal.ITIMER_REAL, 0.001)\n        while True:\n"
        f"            try:\n                open({str(job.shut)!r} + '/x')\n            except OSError:\n                pass\n"
        "    except TooLate:\n        came += 1\nprint('came', came)\n"
    )
    assert "came 50" in job.run(text).text


def test_sklearn_matplotlib_and_pandas_are_used_without_a_note(tmp_path: Path) -> None:
    text = (
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nimport pandas, sklearn.linear_model\n"
        "from matplotlib import font_manager\nfont_manager.findSystemFonts()\n"
        "plt.plot([1, 2])\nplt.savefig('x.png')\n"
        "pandas.DataFrame({'a': [1, 2]}).to_csv('x.csv')\nframe = pandas.read_csv('x.csv')\n"
        "pandas.Timestamp('2020-01-01', tz='Europe/Paris')\n"
        "sklearn.linear_model.LinearRegression().fit(frame[['a']], frame['a'])\n"
    )
    for environment in ENVIRONMENTS:
        python = python_of(environment)
        if python is None:
            continue
        place = tmp_path / environment.name
        place.mkdir()
        for job in made(place, str(python)):
            os.environ["MPLCONFIGDIR"] = str(job.work)
            try:
                assert job.run(text, job.confined(network="none"), imported=("pandas",)).found == []
            finally:
                del os.environ["MPLCONFIGDIR"]


def test_what_pandas_reads_is_noted(tmp_path: Path) -> None:
    for environment in ENVIRONMENTS:
        python = python_of(environment)
        if python is None:
            continue
        place = tmp_path / environment.name
        place.mkdir()
        for job in made(place, str(python)):
            text = f"import pandas\ntry:\n    pandas.read_csv({str(job.secret)!r})\nexcept OSError:\n    pass\n"
            found = job.run(text, imported=("pandas",)).found
            assert found == [("read", str(job.secret), "script.py", 3)], (environment.name, found)


def test_the_stand_ins_folder_is_no_place_of_the_interpreter(tmp_path: Path) -> None:
    """Else nothing above would be outside of what may be read."""
    assert not str(tmp_path.resolve()).startswith((sysconfig.get_path("stdlib"), sys.prefix))

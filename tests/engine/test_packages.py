"""What a script installs belongs to its job, goes with its environment, and is there at once for the next job."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from tests.engine.installing import StandIn, index, store, wheel
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.packages import CannotInstall, Installed, JobPackages, Packages, Wanted, answers, read_requirements
from transom.engine.stop import Stop
from transom.engine.uv import Said, uv
from transom.errors import EnvironmentFailed

__all__ = ["index", "store"]


def wanted(*texts: str, **options: Any) -> Wanted:
    return replace(read_requirements(texts), **options)


def job(folder: Path, store: Packages, interpreter: str = sys.executable, digest: str = "d") -> JobPackages:
    folder.mkdir()
    return JobPackages(interpreter, digest, folder / "packages", store)


def seen(packages: JobPackages, module: str, expression: str = "VERSION") -> str:
    """What the environment's Python finds through the job's link."""
    code = f"import {module}; print({module}.{expression})"
    variables = {"PYTHONPATH": str(packages.link)}
    done = subprocess.run(
        [packages.target.interpreter, "-c", code], env=variables, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr.splitlines()[-1]


def test_a_package_and_what_it_needs_are_installed_beside_the_environment(index, store, tmp_path):
    wheel(index, "alpha", "1.0", "beta>=1")
    wheel(index, "beta", "1.5")
    packages = job(tmp_path / "job", store)
    told: list[str] = []
    assert packages.install(wanted("alpha"), told.append) == Installed((("alpha", "1.0"), ("beta", "1.5")))
    assert told == ["Collecting alpha==1.0", "Collecting beta==1.5", "Installing collected packages: alpha, beta"]
    assert packages.installed == (("alpha", "1.0"), ("beta", "1.5"))
    assert seen(packages, "beta") == "1.5"


def test_what_the_environment_has_is_not_installed_again(index, store, tmp_path):
    wheel(index, "alpha", "1.0", "pandas")
    packages = job(tmp_path / "job", store)
    assert packages.install(wanted("alpha", "pandas")) == Installed((("alpha", "1.0"),), satisfied=("pandas",))


def test_an_upgrade_of_what_the_environment_has_is_this_jobs_alone_and_can_be_taken_back(index, store, tmp_path):
    wheel(index, "packaging", "99.0")
    packages = job(tmp_path / "job", store)
    environments = seen(packages, "packaging", "__version__")
    assert packages.install(wanted("packaging>90")) == Installed(upgraded=(("packaging", environments, "99.0"),))
    assert seen(packages, "packaging") == "99.0"
    assert seen(job(tmp_path / "other", store), "packaging", "__version__") == environments
    assert packages.uninstall(["Packaging", "pandas"]) == (("packaging", "99.0"),)
    assert packages.installed == ()
    assert seen(packages, "packaging", "__version__") == environments


def test_what_was_installed_before_stays_unless_it_excludes_what_is_asked(index, store, tmp_path):
    for version in ("1.0", "2.0"):
        wheel(index, "alpha", version)
    wheel(index, "likes", "1.0", "alpha")
    wheel(index, "wants", "1.0", "alpha>=2")
    packages = job(tmp_path / "job", store)
    packages.install(wanted("alpha<2"))
    packages.install(wanted("likes"))
    assert packages.installed == (("alpha", "1.0"), ("likes", "1.0"))
    assert packages.install(wanted("wants")) == Installed((("wants", "1.0"),), (("alpha", "1.0", "2.0"),))
    assert packages.installed == (("alpha", "2.0"), ("likes", "1.0"), ("wants", "1.0"))


def test_an_upgrade_is_made_only_where_it_is_asked_for(index, store, tmp_path):
    for version in ("1.0", "2.0"):
        wheel(index, "alpha", version)
        wheel(index, "beta", version)
    packages = job(tmp_path / "job", store)
    packages.install(wanted("alpha==1", "beta==1"))
    assert packages.install(wanted("alpha")) == Installed(satisfied=("alpha",))
    assert packages.install(wanted("alpha", upgrade=True)) == Installed(upgraded=(("alpha", "1.0", "2.0"),))
    assert packages.installed == (("alpha", "2.0"), ("beta", "1.0"))


def test_the_environments_own_version_can_be_asked_for_again(index, store, tmp_path):
    wheel(index, "packaging", "99.0")
    packages = job(tmp_path / "job", store)
    own = seen(packages, "packaging", "__version__")
    packages.install(wanted("packaging==99"))
    assert (
        packages.install(wanted(f"packaging=={own}")).notes[0].startswith("packaging: the version of the environment")
    )
    assert seen(packages, "packaging", "__version__") == own


def test_a_prerelease_is_taken_only_where_it_is_asked_for(index, store, tmp_path):
    wheel(index, "alpha", "1.0")
    wheel(index, "alpha", "2.0rc1")
    packages = job(tmp_path / "job", store)
    packages.install(wanted("alpha"))
    assert packages.installed == (("alpha", "1.0"),)
    packages.install(wanted("alpha", pre=True, upgrade=True))
    assert packages.installed == (("alpha", "2.0rc1"),)


def test_without_dependencies_nothing_else_is_installed(index, store, tmp_path):
    wheel(index, "alpha", "1.0", "beta")
    packages = job(tmp_path / "job", store)
    assert packages.install(wanted("alpha", no_deps=True)).added == (("alpha", "1.0"),)


def test_what_cannot_be_installed_is_one_sentence_and_the_job_keeps_what_it_had(index, store, tmp_path):
    wheel(index, "alpha", "1.0")
    packages = job(tmp_path / "job", store)
    packages.install(wanted("alpha"))
    with pytest.raises(CannotInstall) as raised:
        packages.install(wanted("missing-package"))
    assert isinstance(raised.value, EnvironmentFailed)
    assert raised.value.exit_code == 5
    assert raised.value.message.startswith("missing-package cannot be installed: because missing-package was not found")
    assert raised.value.remedy
    assert seen(packages, "alpha") == "1.0"
    with pytest.raises(CannotInstall, match="alpha"):
        packages.install(wanted("alpha<1", "alpha>1"))


def test_a_second_job_has_the_same_set_without_asking_anybody(index, store, tmp_path):
    made = wheel(index, "alpha", "1.0")
    first, second = job(tmp_path / "first", store), job(tmp_path / "second", store)
    first.install(wanted("alpha"))
    made.unlink()
    assert second.install(wanted("alpha")) == Installed((("alpha", "1.0"),))
    assert os.readlink(first.link) == os.readlink(second.link)


def test_another_environment_asks_for_itself(index, store, tmp_path):
    made = wheel(index, "alpha", "1.0")
    job(tmp_path / "first", store).install(wanted("alpha"))
    made.unlink()
    with pytest.raises(CannotInstall):
        job(tmp_path / "second", store, digest="another").install(wanted("alpha"))


def test_an_old_answer_serves_where_no_index_can_be_reached(index, store, tmp_path, monkeypatch):
    wheel(index, "alpha", "1.0")
    job(tmp_path / "first", store).install(wanted("alpha"))
    for each in store.answers.iterdir():
        os.utime(each, (1, 1))
    monkeypatch.delenv("UV_CONFIG_FILE")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    packages = job(tmp_path / "second", store)
    packages.install(wanted("alpha"))
    assert seen(packages, "alpha") == "1.0"
    with pytest.raises(CannotInstall) as raised:
        packages.install(wanted("other"))
    assert "Check the connection" in raised.value.remedy


def test_a_set_is_read_only_and_has_the_bytecode_of_its_python(index, store, tmp_path):
    oldest = python_of(ENVIRONMENTS[0])
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    wheel(index, "alpha", "1.0")
    for number, interpreter in enumerate((sys.executable, str(oldest))):
        packages = job(tmp_path / f"job{number}", store, interpreter, digest=str(number))
        packages.install(wanted("alpha"))
        (bytecode,) = (packages.link / "__pycache__").iterdir()
        tag = "cpython-36" if number else sys.implementation.cache_tag
        assert bytecode.name == f"alpha.{tag}.pyc"
        written = [each for each in packages.link.resolve().rglob("*") if each.stat().st_mode & 0o222]
        assert written == []


@pytest.mark.parametrize("harm", ["changed", "removed", "added", "half_of_it", "no_mark"])
def test_a_set_that_was_tampered_with_is_found_and_built_again(harm, index, store, tmp_path):
    wheel(index, "alpha", "1.0")
    first = job(tmp_path / "first", store)
    first.install(wanted("alpha"))
    place = first.link.resolve()
    for each in (place, place / "alpha.py"):
        each.chmod(0o700)
    if harm == "changed":
        (place / "alpha.py").write_text("VERSION = '1.1'\n")
    elif harm == "added":
        (place / "more.py").write_text("")
    elif harm == "no_mark":
        (place.parent.parent / f"{place.name}.json").unlink()
    else:
        (place / "alpha.py").unlink()
    if harm == "half_of_it":
        (place / "alpha-1.0.dist-info").chmod(0o700)
        (place / "alpha-1.0.dist-info" / "METADATA").unlink()
    second = job(tmp_path / "second", store)
    second.install(wanted("alpha"))
    assert seen(second, "alpha") == seen(first, "alpha") == "1.0"
    assert not (place / "more.py").exists()
    assert sorted(each.suffix for each in store.folder.iterdir() if each.suffix) == [".json"]


def test_jobs_that_ask_at_once_build_a_set_once(index, store, tmp_path):
    wheel(index, "alpha", "1.0")
    jobs = [job(tmp_path / f"job{number}", store) for number in range(6)]
    threads = [threading.Thread(target=each.install, args=(wanted("alpha"),)) for each in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {seen(each, "alpha") for each in jobs} == {"1.0"}
    assert sorted(each.suffix for each in store.folder.iterdir() if each.suffix) == [".json"]


_INSTALLS = """
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile
from transom.engine.packages import JobPackages, Packages, Requirement, Wanted
folder = Path(sys.argv[2])
folder.mkdir()
packages = JobPackages(sys.executable, "d", folder / "packages", Packages(Path(sys.argv[1])))
print("begun", flush=True)
packages.install(Wanted((Requirement("alpha", "alpha"),)))
"""


def test_whoever_is_killed_while_it_builds_leaves_nothing_half_built(index, store, tmp_path):
    many = {f"alpha/m{number}.py": f"VALUE = {number}\n" for number in range(300)}
    wheel(index, "alpha", "1.0", files={"alpha/__init__.py": "VERSION = '1.0'\n", **many})
    for number in range(8):
        command = [sys.executable, "-c", _INSTALLS, str(store.folder), str(tmp_path / f"killed{number}")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(0.06 * number)
            process.send_signal(signal.SIGKILL)
    packages = job(tmp_path / "job", store)
    packages.install(wanted("alpha"))
    assert seen(packages, "alpha") == "1.0"
    assert len(list((packages.link / "alpha").glob("m*.py"))) == 300


def test_a_package_never_hides_a_standard_module(index, store, tmp_path):
    wheel(
        index,
        "enum34",
        "1.0",
        files={"enum/__init__.py": "raise ImportError('the wrong one')\n", "enum34.py": "VERSION = 'here'"},
    )
    packages = job(tmp_path / "job", store)
    packages.install(wanted("enum34"))
    assert seen(packages, "enum", "IntFlag.__name__") == "IntFlag"
    assert seen(packages, "enum34") == "here"


def test_an_interpreter_that_the_system_manages_takes_packages_too(index, store, tmp_path):
    system = Path("/usr/bin/python3")
    if not list(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED")):
        pytest.skip("this machine's Python is managed by nobody else")
    wheel(index, "alpha", "1.0")
    packages = job(tmp_path / "job", store, str(system))
    packages.install(wanted("alpha"))
    assert seen(packages, "alpha") == "1.0"


def test_prune_removes_what_was_not_used_lately_and_nothing_in_use(index, store, tmp_path):
    for name in ("alpha", "beta", "gamma"):
        wheel(index, name, "1.0")
    jobs = {}
    for number, name in enumerate(("alpha", "beta", "gamma")):
        jobs[name] = job(tmp_path / name, store)
        jobs[name].install(wanted(name))
        mark = store.folder / f"{jobs[name].link.resolve().name}.json"
        os.utime(mark, (1000 + number, 1000 + number))
    assert store.prune(keep_seconds=3600).sets == 0
    jobs["alpha"].close()
    jobs["beta"].close()
    size = sum(each.stat().st_size for each in jobs["alpha"].link.resolve().rglob("*") if each.is_file())
    pruned = store.prune(most_bytes=2 * size + size // 2)
    assert (pruned.sets, pruned.bytes) == (1, size)
    assert [name for name in jobs if jobs[name].link.exists()] == ["beta", "gamma"]
    assert store.prune(keep_seconds=3600).sets == 1
    assert seen(jobs["gamma"], "gamma") == "1.0"
    assert store.disk_use() > 0


def test_what_a_killed_builder_left_is_pruned_when_it_is_old(store):
    left = store.folder / "x.1.part"
    left.mkdir(parents=True)
    store.prune()
    assert left.exists()
    os.utime(left, (1, 1))
    store.prune()
    assert not left.exists()


@pytest.mark.parametrize("text", ["x.whl", "git+https://example.org/x", ".", "a b", "-r x", ""])
def test_a_person_names_packages_and_nothing_else(text):
    with pytest.raises(CannotInstall):
        read_requirements([text])


# What a script may ask for


def asked(stand_in: StandIn, *arguments: str, **more: Any) -> Mapping[str, Any]:
    """The answer to these arguments of pip install, with the texts and places that the pip of a job would send."""
    return answers(stand_in.packages, stand_in.work)["packages/install"](
        {"arguments": list(arguments), **more}, lambda text: None
    )


@pytest.fixture
def stand_in(tmp_path: Path, store: Packages) -> StandIn:
    return StandIn(tmp_path / "job", store)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["https://example.org/x-1.0-py3-none-any.whl"], "a URL is not fetched"),
        (["git+https://example.org/x.git"], "a URL is not fetched"),
        (["x @ https://example.org/x.zip"], "a URL is not fetched"),
        (["file:///tmp/x.whl"], "a URL is not fetched"),
        (["."], "would have to be built"),
        (["./folder"], "would have to be built"),
        (["x-1.0.tar.gz"], "would have to be built"),
        (["-e", "."], "would have to be built"),
        (["--editable=."], "would have to be built"),
        (["-i", "https://example.org/simple", "x"], "does not choose where packages come from"),
        (["--index-url=https://example.org/simple", "x"], "does not choose where packages come from"),
        (["--extra-index-url", "https://example.org/simple", "x"], "does not choose where packages come from"),
        (["-f", "https://example.org/wheels", "x"], "does not choose where packages come from"),
        (["--find-links=https://example.org/wheels", "x"], "does not choose where packages come from"),
        (["-r", "https://example.org/r.txt"], "does not choose where packages come from"),
        (["--target", "x", "y"], "go into its own folder"),
        (["-t/tmp/x", "y"], "go into its own folder"),
        (["--prefix=x", "y"], "go into its own folder"),
        (["--root", "x", "y"], "go into its own folder"),
        (["--no-binary", ":all:", "y"], "asks for source code"),
        (["--no-index", "y"], "no place to install from"),
        (["--frobnicate", "y"], "no option"),
        (["-r"], "wants a value"),
        (["x y"], "is no requirement"),
        (["x=1"], "is no requirement"),
        (["--", "--target=x"], "is no requirement"),
        ([], "without anything to install"),
    ],
)  # fmt: skip
def test_what_is_refused_is_one_sentence_with_a_remedy(arguments, words, stand_in):
    with pytest.raises(CannotInstall) as raised:
        asked(stand_in, *arguments)
    assert words in raised.value.message
    assert re.search(r"[a-z]\. [A-Z]", raised.value.message) is None
    assert raised.value.remedy


def test_options_that_change_nothing_here_are_accepted(index, stand_in):
    wheel(index, "alpha", "1.0")
    options = (
        "-v -U --upgrade --user --no-cache-dir --force-reinstall -I --trusted-host x --progress-bar off --timeout 9 "
        "--default-timeout=9 --retries 3 --no-input --disable-pip-version-check --no-warn-script-location "
        "--root-user-action ignore --break-system-packages --prefer-binary --only-binary :all: --use-feature x "
        "--use-deprecated x --no-build-isolation --exists-action i -y -vU"
    )
    assert asked(stand_in, *options.split(), "alpha")["added"] == (("alpha", "1.0"),)


def test_a_proxy_of_the_script_is_passed_over_with_a_note(index, stand_in):
    wheel(index, "alpha", "1.0")
    assert "--proxy is passed over" in asked(stand_in, "--proxy", "http://x", "alpha")["notes"][0]


def test_pip_itself_is_not_upgraded_and_that_is_said(stand_in):
    told = asked(stand_in, "--upgrade", "pip")
    assert (told["added"], told["upgraded"]) == ((), ())
    assert told["notes"][0].startswith("pip: Transom answers for it")


def test_versions_that_old_pips_took_are_understood(index, stand_in):
    wheel(index, "alpha", "1.5")
    assert asked(stand_in, "alpha>=1.2.*")["added"] == (("alpha", "1.5"),)


def test_a_wheel_below_the_working_directory_is_installed_with_what_it_needs(index, stand_in):
    wheel(stand_in.work / "Script Bundle", "alpha", "1.0+mine", "beta")
    wheel(index, "beta", "1.0")
    wheel(index, "gamma", "1.0", "alpha")
    said = stand_in.pip("install", "Script Bundle/alpha-1.0+mine-py3-none-any.whl")
    assert "Successfully installed alpha-1.0+mine beta-1.0" in said.text
    assert stand_in.pip("install", "gamma").code == 0
    assert stand_in.packages.installed == (("alpha", "1.0+mine"), ("beta", "1.0"), ("gamma", "1.0"))


def test_a_wheel_elsewhere_is_refused(tmp_path, index, stand_in):
    made = wheel(tmp_path / "elsewhere", "alpha", "1.0")
    said = stand_in.pip("install", str(made))
    assert said.code == 1
    assert "does not lie in the working directory" in said.text


@pytest.mark.parametrize(
    "place", ["link.whl", "linked/alpha-1.0-py3-none-any.whl", "../x.whl", "/etc/x.whl", "pipe.whl", "a//b.whl", ""]
)
def test_whatever_is_sent_no_file_outside_of_the_working_directory_is_read(place, tmp_path, stand_in):
    made = wheel(tmp_path / "elsewhere", "alpha", "1.0")
    (stand_in.work / "link.whl").symlink_to(made)
    (stand_in.work / "linked").symlink_to(made.parent)
    os.mkfifo(stand_in.work / "pipe.whl")
    with pytest.raises(CannotInstall):
        asked(stand_in, "x.whl", places={"x.whl": place})


def test_a_wheel_that_is_too_large_is_refused(tmp_path, index):
    small = StandIn(tmp_path / "job", Packages(tmp_path / "store", wheel_bytes=100))
    made = wheel(small.work, "alpha", "1.0")
    said = small.pip("install", made.name)
    assert "has more than 100 bytes" in said.text
    assert list((tmp_path / "store" / "wheels").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no zip file"])
def test_a_file_that_is_only_named_like_a_wheel_is_refused(content, stand_in):
    (stand_in.work / "alpha-1.0-py3-none-any.whl").write_bytes(content)
    said = stand_in.pip("install", "alpha-1.0-py3-none-any.whl")
    assert (said.code, "it is no wheel, or damaged" in said.text) == (1, True)


def test_a_wheel_that_would_fill_the_disk_is_refused(tmp_path, index):
    small = StandIn(tmp_path / "job", Packages(tmp_path / "store", wheel_bytes=2000))
    made = wheel(small.work, "alpha", "1.0", files={"alpha.py": ""})
    with ZipFile(made, "a", ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100_000))
    said = small.pip("install", made.name)
    assert "it unpacks to" in said.text


def test_what_a_requirements_file_names_may_lie_beside_it_or_in_the_working_directory(index, stand_in):
    wheel(stand_in.work / "Script Bundle" / "wheels", "alpha", "1.0")
    wheel(stand_in.work, "beta", "1.0")
    lines = "./wheels/alpha-1.0-py3-none-any.whl\nbeta-1.0-py3-none-any.whl\n"
    (stand_in.work / "Script Bundle" / "requirements.txt").write_text(lines)
    said = stand_in.pip("install", "-r", "Script Bundle/requirements.txt")
    assert said.code == 0, said.text
    assert stand_in.packages.installed == (("alpha", "1.0"), ("beta", "1.0"))


def test_the_commands_that_a_package_brings_can_be_called(index, stand_in):
    metadata = "alpha-1.0.dist-info/entry_points.txt"
    files = {"alpha.py": "def main():\n    print('CALLED')\n", metadata: "[console_scripts]\nalphabet = alpha:main\n"}
    wheel(index, "alpha", "1.0", files=files)
    said = stand_in.run("import os\nos.system('pip install -q alpha && alphabet')")
    assert said.text == "CALLED\n"


def test_a_folder_of_wheels_can_be_the_only_source(index, stand_in):
    wheel(stand_in.work / "wheels", "alpha", "1.0", "beta")
    wheel(stand_in.work / "wheels", "beta", "1.0")
    wheel(stand_in.work / "wheels", "beta", "1.0", tag="cp27-cp27m-win32")
    assert stand_in.pip("install", "--no-index", "--find-links", "wheels", "alpha").code == 0
    assert stand_in.packages.installed == (("alpha", "1.0"), ("beta", "1.0"))


def test_requirements_files_may_include_others_and_constraints(index, stand_in):
    for version in ("1.0", "2.0"):
        wheel(index, "alpha", version)
        wheel(index, "beta", version)
    bundle = stand_in.work / "Script Bundle"
    bundle.mkdir()
    (bundle / "requirements.txt").write_text("# what is needed\n-r more.txt\nalpha \\\n  >=1  # any\n-c pins.txt\n\n")
    (bundle / "more.txt").write_bytes("beta\r\n".encode("utf-16"))
    (bundle / "pins.txt").write_text("beta==1.0\nalpha<2\n")
    assert stand_in.pip("install", "-r", "Script Bundle/requirements.txt").code == 0
    assert stand_in.packages.installed == (("alpha", "1.0"), ("beta", "1.0"))


@pytest.mark.parametrize("line", ["-i https://example.org/simple", "git+https://example.org/x", "-e .", "--target=x"])
def test_the_lines_of_a_requirements_file_follow_the_same_rules(line, stand_in):
    (stand_in.work / "r.txt").write_text(f"six\n{line}\n")
    said = stand_in.pip("install", "-r", "r.txt")
    assert said.code == 1
    assert "(line 2 of r.txt)" in said.text


def test_a_requirements_file_that_includes_itself_is_refused(stand_in):
    (stand_in.work / "r.txt").write_text("-r r.txt\n")
    assert "r.txt includes itself" in stand_in.pip("install", "-r", "r.txt").text


def test_a_requirements_file_that_is_not_there_is_named(stand_in):
    said = stand_in.pip("install", "-r", "nowhere.txt")
    assert (said.code, "nowhere.txt cannot be read" in said.text) == (1, True)


def test_a_hash_that_does_not_match_is_refused(index, stand_in):
    wheel(index, "alpha", "1.0")
    (stand_in.work / "r.txt").write_text(f"alpha==1.0 --hash=sha256:{'0' * 64}\n")
    said = stand_in.pip("install", "-r", "r.txt")
    assert said.code == 1
    assert "hash" in said.text.lower()
    assert stand_in.packages.installed == ()


def test_what_is_still_being_installed_when_the_job_is_over_is_given_up(tmp_path: Path) -> None:
    """A socket that never answers stands for an index that is slow."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        stop = Stop()
        said: list[Said] = []

        def ask() -> None:
            index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
            with stop.heeded():
                said.append(
                    uv(["pip", "compile", "-", "--default-index", index, "--python", sys.executable], stdin="x")
                )

        asking = threading.Thread(target=ask)
        asking.start()
        silent.accept()
        stop.now()
        asking.join(10)
        assert not asking.is_alive()
    assert said[0].code != 0

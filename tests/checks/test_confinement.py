"""What was refused is told with the line and the option that allows it; a failure that the policy explains too."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checks.surrounding import NEW, source

from transom.engine.checks import Surroundings
from transom.engine.remedies import FailureContext, remedy
from transom.engine.remedies.confinement import sentences
from transom.model.policies import Confinement, Network, Policy
from transom.model.runs import Cause, Failure, FailureKind, Frame

GUARDED = Confinement()
CONFINED = Confinement(Policy.CONFINED, Network.PACKAGES)
STRICT = Confinement(Policy.STRICT, Network.NONE)


def note(what: str, place: str, line: int | None = 14, file: str | None = "script.py") -> dict[str, Any]:
    return {"what": what, "place": place, "file": file, "line": line}


@pytest.mark.parametrize(
    ("told", "confinement", "sentence"),
    [
        (
            note("read", "/home/ann/.ssh/id_rsa"),
            GUARDED,
            "script.py, line 14: reading /home/ann/.ssh/id_rsa was refused (policy guarded):"
            " `--allow-read /home/ann/.ssh/id_rsa` allows it.",
        ),
        (
            note("write", "/home/ann/my tables/out.csv", 9),
            GUARDED,
            "script.py, line 9: writing /home/ann/my tables/out.csv was refused (policy guarded): write below the working"
            " directory, './outputs' for instance, or allow it with `--allow-write '/home/ann/my tables'`.",
        ),
        (
            note("connect", "example.org:443", 3, "bundle/load.py"),
            CONFINED,
            "bundle/load.py, line 3: connecting to example.org:443 was refused (policy confined, network packages):"
            " `--network open` allows it.",
        ),
        (
            note("connect", "example.org:443"),
            STRICT,
            "script.py, line 14: connecting to example.org:443 was refused (policy strict, network none): this policy"
            " allows no network.",
        ),
        (
            note("connect", "/run/agent.sock"),
            CONFINED,
            "script.py, line 14: connecting to /run/agent.sock was refused (policy confined):"
            " `--allow-read /run/agent.sock` allows it.",
        ),
        (
            note("read", "/srv/x.csv", None, None),
            CONFINED,
            "Reading /srv/x.csv was refused (policy confined): `--allow-read /srv/x.csv` allows it.",
        ),
        (
            note("write", "/x.csv"),
            CONFINED,
            "script.py, line 14: writing /x.csv was refused (policy confined): write below the working directory,"
            " './outputs' for instance, or allow it with `--allow-write FOLDER`.",
        ),
    ],
)
def test_a_refusal_is_told_with_the_line_and_what_allows_it(
    told: dict[str, Any], confinement: Confinement, sentence: str
) -> None:
    assert sentences([told], confinement) == (sentence,)


def test_what_one_line_tries_is_one_sentence() -> None:
    told = [note("read", f"/srv/data/{number}.csv") for number in range(9)] + [note("read", "/srv/data/0.csv", 15)]
    assert sentences(told, CONFINED) == (
        "script.py, line 14: reading /srv/data/0.csv, /srv/data/1.csv, /srv/data/2.csv, /srv/data/3.csv and 5 more were"
        " refused (policy confined): `--allow-read /srv/data` allows it.",
        "script.py, line 15: reading /srv/data/0.csv was refused (policy confined): `--allow-read /srv/data/0.csv`"
        " allows it.",
    )


def test_places_that_have_little_in_common_are_not_allowed_by_one_folder() -> None:
    told = sentences([note("read", "/srv/a.csv"), note("read", "/home/ann/b.csv")], CONFINED)
    assert told[0].endswith("`--allow-read PATH` allows it.")


def test_there_are_never_many_sentences() -> None:
    told = [note("read", f"/srv/{number}", number + 1) for number in range(500)]
    said = sentences(told, CONFINED, further=7)
    assert len(said) == 21
    assert said[-1] == "487 more places or connections were refused (policy confined)."


def test_what_a_terminal_would_obey_is_shown_as_text() -> None:
    said = sentences([note("read", "/srv/\x1b[2J\n\udc80\u202e.csv", file="a\x07.py")], CONFINED)
    assert all(character.isprintable() for character in said[0])
    assert "/srv/\\x1b[2J\\n\\udc80\\u202e.csv" in said[0]
    assert "`--allow-read PATH`" in said[0]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NOTES = st.fixed_dictionaries(
    {
        "what": st.sampled_from(["read", "write", "connect"]) | ANYTHING,
        "place": st.text() | st.text().map(lambda text: "/" + text) | ANYTHING,
        "file": st.text() | ANYTHING,
        "line": st.integers() | ANYTHING,
    }
)


@given(st.lists(NOTES | ANYTHING, max_size=8), st.sampled_from([GUARDED, CONFINED, STRICT]))
def test_whatever_a_process_tells_becomes_short_sentences(told: list[object], confinement: Confinement) -> None:
    for sentence in sentences(told, confinement):
        assert sentence.isprintable()
        assert len(sentence) < 3000


def told(
    kind: str,
    message: str,
    facts: dict[str, Any],
    confinement: Confinement | None = CONFINED,
    code: str = "pd.read_csv(path)",
    causes: tuple[Cause, ...] = (),
) -> str | None:
    failure = Failure(
        FailureKind.SCRIPT_ERROR, message, kind, "script.py", 2, "f", (Frame("script.py", 2, "f", code),), causes
    )
    context = FailureContext(
        source(f"def azureml_main(a=None):\n    {code}\n"), Surroundings(NEW), facts, confinement=confinement
    )
    return remedy(failure, context).remedy


@pytest.mark.parametrize(("kind", "number"), [("FileNotFoundError", 2), ("PermissionError", 13), ("OSError", 30)])
def test_a_place_that_may_not_be_read_is_told_with_its_option(kind: str, number: int) -> None:
    path = "/home/ann/cars.csv"
    facts = {"filename": path, "errno": number, "refused_reads": [path]}
    said = str(told(kind, f"[Errno {number}] No: '{path}'", facts))
    assert "`--allow-read /home/ann/cars.csv`" in said
    assert "--dataset1" in said
    assert "--allow-read" in str(told(kind, f"[Errno {number}] No: '{path}'", facts, GUARDED))
    assert "--dataset1" not in str(told(kind, f"[Errno {number}] No: '{path}'", facts, GUARDED))


def test_a_place_that_may_not_be_written_is_told_with_its_option() -> None:
    said = str(told("OSError", "[Errno 30] Read-only file system", {"refused_writes": ["/home/ann/out.csv"]}))
    assert "'./outputs'" in said
    assert "`--allow-write /home/ann`" in said


def test_what_a_compiled_library_opened_is_told_by_what_the_line_does() -> None:
    facts = {"refused_places": ["/home/ann/x.parquet"]}
    message = "Failed to open local file '/home/ann/x.parquet'"
    assert "--allow-read" in str(told("FileNotFoundError", message, facts))
    assert "--allow-write" in str(told("FileNotFoundError", message, facts, code="frame.to_parquet(path)"))


@pytest.mark.parametrize(
    ("kind", "message", "facts"),
    [
        ("URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>", {}),
        ("ConnectionError", "HTTPConnectionPool(host='example.org', port=80): Max retries exceeded", {}),
        ("OSError", "[Errno 101] Network is unreachable", {"errno": 101}),
        ("PermissionError", "[Errno 13] Permission denied", {"errno": 13, "raised_in": "socket.py:__init__"}),
    ],
)
def test_a_network_that_is_closed_is_told_with_its_option(kind: str, message: str, facts: dict[str, Any]) -> None:
    assert "`--network open`" in str(told(kind, message, facts))
    strict = str(told(kind, message, facts, STRICT))
    assert "strict allows no network" in strict
    assert "--network" not in strict
    for confinement in (None, GUARDED):
        assert "--network" not in str(told(kind, message, facts, confinement))


def test_a_cause_tells_of_the_network_too() -> None:
    causes = (Cause("gaierror", "[Errno -3] Temporary failure in name resolution"),)
    assert "`--network open`" in str(told("MyError", "no data", {}, causes=causes))


def test_a_file_that_is_simply_not_there_is_told_as_before() -> None:
    facts = {"filename": "nowhere.csv", "errno": 2}
    message = "[Errno 2] No such file or directory: 'nowhere.csv'"
    before = told("FileNotFoundError", message, facts, None)
    assert before is not None
    assert told("FileNotFoundError", message, facts) == before
    assert told("FileNotFoundError", message, facts, GUARDED) == before


def test_without_a_policy_what_a_process_tells_of_refusals_is_passed_over() -> None:
    facts = {"filename": "/etc/x", "errno": 13, "refused_reads": ["/etc/x"]}
    for confinement in (None, Confinement(Policy.OPEN)):
        assert "--allow" not in str(
            told("PermissionError", "[Errno 13] Permission denied: '/etc/x'", facts, confinement)
        )


def test_a_remedy_stays_short_whatever_the_path() -> None:
    for facts in ({"refused_reads": ["/srv/" + "x" * 900]}, {"refused_writes": ["/srv/" + "x" * 900 + "/y"]}):
        said = str(told("PermissionError", "no", facts))
        assert len(said) <= 400
        assert "--allow-" in said

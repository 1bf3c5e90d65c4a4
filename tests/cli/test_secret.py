"""`transom secret`: how a value comes in, that it is never shown, that scripts read it, and that it is masked in logs."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from tests.cli.transom import Desk, Said

READS = """
from azureml.core import Run
RIGHT = " ".join(["correct", "horse"])
def azureml_main(a=None, b=None):
    run = Run.get_context()
    value = run.experiment.workspace.get_default_keyvault().get_secret("password")
    assert value == run.get_secret("password") == RIGHT, len(value)
    print("the value is", value)
    run.log("value", value)
    run.tag("value", value)
    if {fails}:
        raise ValueError("not with " + value)
"""
_ECHO = 3


class Shop:
    """A desk whose secrets are in a file, with the key in a configuration folder of its own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.workspace = desk.data / "workspace"
        self.variables = {
            "XDG_CONFIG_HOME": str(desk.folder.parent / "configuration"),
            "TRANSOM_SECRETS": "file",
        }

    def transom(self, *words: str, stdin: bytes = b"", **variables: str) -> Said:
        return self.desk.transom(*words, stdin=stdin, **self.variables, **variables)

    def value(self, name: str) -> str:
        """What is stored, read by a program of its own."""
        code = (
            "import sys; from pathlib import Path; from transom.store.secrets import Secrets; "
            "sys.stdout.buffer.write(Secrets.at(Path(sys.argv[1]), 'any', 'file').get(sys.argv[2]).encode())"
        )
        variables = self.desk.variables() | self.variables
        command = [sys.executable, "-c", code, str(self.workspace), name]
        return subprocess.run(command, env=variables, capture_output=True, check=True).stdout.decode()


@pytest.fixture
def shop(desk: Desk) -> Shop:
    return Shop(desk)


def test_a_secret_is_stored_listed_and_removed(shop: Shop) -> None:
    stored = shop.transom("secret", "set", "password", stdin=b"correct horse\n")
    assert (stored.code, stored.out) == (0, "")
    assert stored.err == f"Stored password encrypted in {shop.workspace / 'secrets.json'}.\n"
    listed = shop.transom("secret", "list")
    assert [line.split()[0] for line in listed.out.splitlines()] == ["name", "password"]
    assert "the file" in listed.out
    removed = shop.transom("secret", "remove", "password")
    assert (removed.code, removed.err) == (0, "Removed password.\n")
    again = shop.transom("secret", "remove", "password")
    assert again.code == 3
    assert "There is no secret password" in again.err


def test_every_command_prints_one_json_document(shop: Shop) -> None:
    assert shop.transom("secret", "list", "--json").document == {"secrets": []}
    assert shop.transom("secret", "set", "a", "--json", stdin=b"value").document == {"name": "a", "kept": "file"}
    (row,) = shop.transom("secret", "list", "--json").document["secrets"]
    assert (row["name"], row["kept"], row["stored"][:2]) == ("a", "file", "20")
    assert shop.transom("secret", "remove", "a", "--json").document == {"removed": "a"}
    assert shop.transom("secret", "remove", "a", "--json").document["error"]["code"] == "unknown"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (b"value", "value"),
        (b"value\n", "value"),
        (b"value\r\n", "value"),
        (b"value\n\n", "value\n"),
        (b" value \t\n", " value \t"),
        (b"two\nlines\n", "two\nlines"),
        ("p\u00e4ss \U0001f389\n".encode(), "p\u00e4ss \U0001f389"),
        (b"x" * 65536 + b"\n", "x" * 65536),
    ],
)
def test_exactly_the_newline_that_ends_it_is_taken_off(shop: Shop, given: bytes, kept: str) -> None:
    assert shop.transom("secret", "set", "a", stdin=given).code == 0
    assert shop.value("a") == kept


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"x" * 65537, "at most 65,536"),
        (b"x" * 3_000_000, "at most 65,536"),
        (b"hunter2\xff", "no text in UTF-8"),
        (b"hunter2\0", "null character"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(shop: Shop, given: bytes, told: str) -> None:
    said = shop.transom("secret", "set", "a", stdin=given)
    assert said.code == 2
    assert told in said.err
    assert "hunter2" not in said.err
    assert shop.transom("secret", "list", "--json").document == {"secrets": []}


@pytest.mark.parametrize(
    "words",
    [("name=hunter22",), ("name", "hunter22"), ("name", "=", "hunter22"), ("name", "--value", "hunter22"), ("name", "--value=hunter22")],
)  # fmt: skip
def test_a_value_in_the_command_is_refused_and_not_repeated(shop: Shop, words: tuple[str, ...]) -> None:
    said = shop.transom("secret", "set", *words, stdin=b"")
    assert said.code == 2
    assert "hunter22" not in said.out + said.err
    assert "never stands in a command" in said.err


@pytest.mark.parametrize("name", ["a/b", "datastore/x", "a:b", "a@b", "-", " ", ""])
def test_what_is_no_name_is_refused(shop: Shop, name: str) -> None:
    for words in (("set", name), ("remove", name)):
        said = shop.transom("secret", *words, stdin=b"value")
        assert said.code == 2
        assert f"{name!r} cannot be the name of a secret" in said.err


def test_what_is_ours_is_neither_listed_nor_reached(shop: Shop) -> None:
    folder = shop.desk.folder / "place"
    folder.mkdir()
    added = shop.transom("datastore", "add", "sales", "https://example.invalid/x?token=hunter22")
    assert added.code == 0, added.err
    assert "datastore/sales" in (shop.workspace / "secrets.json").read_text()
    assert shop.transom("secret", "list", "--json").document == {"secrets": []}
    assert shop.transom("secret", "remove", "datastore/sales").code == 2


def test_without_a_key_that_can_be_used_nothing_is_stored(shop: Shop) -> None:
    key = Path(shop.variables["XDG_CONFIG_HOME"]) / "transom" / "secret.key"
    shop.transom("secret", "set", "a", stdin=b"value")
    key.chmod(0o644)
    said = shop.transom("secret", "set", "b", stdin=b"value")
    assert said.code == 2
    assert f"chmod 600 {key}" in said.err
    assert shop.transom("secret", "set", "b", stdin=b"value", TRANSOM_SECRET_KEY="a text").code == 0


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, shop: Shop, *words: str) -> None:
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "transom", *words],
            cwd=shop.desk.folder,
            env=shop.desk.variables() | shop.variables,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        self.theirs = theirs
        self.seen = b""

    def wait_for(self, text: bytes) -> None:
        until = time.monotonic() + 60
        while text not in self.seen and time.monotonic() < until:
            if select.select([self.ours], [], [], 0.1)[0]:
                self.seen += os.read(self.ours, 65536)
        assert text in self.seen, self.seen

    def type(self, text: bytes) -> None:
        os.write(self.ours, text)

    def end(self) -> int:
        code = self.process.wait(timeout=60)
        while select.select([self.ours], [], [], 0.1)[0]:
            self.seen += os.read(self.ours, 65536)
        assert termios.tcgetattr(self.theirs)[_ECHO] & termios.ECHO, "the terminal does not show what is typed any more"
        os.close(self.ours)
        os.close(self.theirs)
        return code


def test_a_value_is_typed_without_being_seen(shop: Shop) -> None:
    terminal = Terminal(shop, "secret", "set", "password")
    terminal.wait_for(b"Value of password")
    terminal.type("corr\u00e9ct horse\n".encode())
    assert terminal.end() == 0, terminal.seen
    assert b"horse" not in terminal.seen
    assert shop.value("password") == "corr\u00e9ct horse"


def test_several_lines_that_are_pasted_are_refused_and_none_reaches_the_shell(shop: Shop) -> None:
    terminal = Terminal(shop, "secret", "set", "key")
    terminal.wait_for(b"Value of key")
    terminal.type(b"-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----\n")
    assert terminal.end() == 2
    assert b"several lines" in terminal.seen
    assert b"transom secret set NAME < FILE" in terminal.seen
    assert b"MII" not in terminal.seen
    assert shop.transom("secret", "list", "--json").document == {"secrets": []}


def test_a_line_that_a_terminal_cuts_is_refused(shop: Shop) -> None:
    terminal = Terminal(shop, "secret", "set", "key")
    terminal.wait_for(b"Value of key")
    terminal.type(b"x" * 5000 + b"\n")
    assert terminal.end() == 2
    assert b"too long for a terminal" in terminal.seen


@pytest.mark.parametrize(("typed", "code"), [(b"\x04", 2), (b"\n", 2), (b"half of it\x03", 130)])
def test_who_changes_their_mind_stores_nothing(shop: Shop, typed: bytes, code: int) -> None:
    terminal = Terminal(shop, "secret", "set", "key")
    terminal.wait_for(b"Value of key")
    terminal.type(typed)
    if b"\x03" in typed:  # the terminal is nobody's controlling one, so the key sends no signal by itself
        terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == code
    assert shop.transom("secret", "list", "--json").document == {"secrets": []}


@pytest.mark.parametrize("fails", [False, True])
def test_a_script_reads_a_secret_and_nothing_tells_it(shop: Shop, fails: bool) -> None:
    shop.transom("secret", "set", "password", stdin=b"correct horse\n")
    shop.desk.write("reads.py", READS.format(fails=fails))
    said = shop.transom("run", "reads.py", "--json")
    assert said.code == (1 if fails else 0), said.out + said.err
    assert said.document["metrics"] == {"value": "***"}
    assert said.document["tags"] == {"value": "***"}
    assert "the value is ***" in Path(said.document["log"]).read_text()
    shown = shop.transom("run", "reads.py")
    told = shop.transom("runs", "show", "latest", "--json").out + shop.transom("runs", "log", "latest").out
    for text in (said.out, shown.err, shown.out, told):
        assert "correct horse" not in text
    for path in shop.workspace.rglob("*"):
        if path.is_file():
            assert b"correct horse" not in path.read_bytes(), path


def test_a_confined_script_reads_only_the_secrets_that_it_was_given(shop: Shop) -> None:
    shop.transom("secret", "set", "password", stdin=b"correct horse")
    shop.desk.write("reads.py", READS.format(fails=False))
    refused = shop.transom("run", "reads.py", "--policy", "confined", "--json")
    assert refused.code == 1
    assert "--secret" in refused.out
    given = shop.transom("run", "reads.py", "--policy", "confined", "--secret", "password", "--json")
    assert given.code == 0, given.out


@pytest.mark.parametrize("policy", ["open", "guarded", "confined"])
def test_no_script_has_the_key_of_the_secrets(desk: Desk, policy: str) -> None:
    desk.write(
        "peeks.py",
        "import os\ndef azureml_main(a=None, b=None):\n    assert 'TRANSOM_SECRET_KEY' not in os.environ\n",
    )
    allowed = [] if policy == "open" else ["--env", "TRANSOM_SECRET_KEY"]
    said = desk.transom("run", "peeks.py", "--policy", policy, *allowed, "-q", TRANSOM_SECRET_KEY="a long text")
    assert said.code == 0, said.err

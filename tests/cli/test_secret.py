"""`transom secret`: stored from standard input, never shown, read by scripts, masked in logs."""

from __future__ import annotations

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


class _Shop:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.variables = {
            "XDG_CONFIG_HOME": str(desk.folder.parent / "configuration"),
            "TRANSOM_SECRETS": "file",
        }

    def transom(self, *words: str, stdin: bytes = b"") -> Said:
        return self.desk.transom(*words, stdin=stdin, **self.variables)


@pytest.fixture
def shop(desk: Desk) -> _Shop:
    return _Shop(desk)


def test_a_secret_is_stored_from_standard_input_and_never_shown(shop: _Shop) -> None:
    said = shop.transom("secret", "set", "password", stdin=b"correct horse\n")
    assert said.code == 0, said.err
    assert shop.transom("secret", "list", "--json").document == {"secrets": ["password"]}
    assert "correct" not in shop.transom("secret", "list").out + said.err + said.out
    assert shop.transom("secret", "remove", "password").code == 0
    assert shop.transom("secret", "remove", "password").code == 3
    assert shop.transom("secret", "set", "a/b", stdin=b"x").code == 2
    refused = shop.transom("secret", "set", "password=value")
    assert refused.code == 2
    assert "not given on the command line" in refused.err


@pytest.mark.parametrize("fails", [False, True])
def test_a_script_reads_a_secret_and_nothing_tells_it(shop: _Shop, fails: bool) -> None:
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
    for path in (shop.desk.data / "workspace").rglob("*"):
        if path.is_file():
            assert b"correct horse" not in path.read_bytes(), path


def test_a_confined_script_reads_only_the_secrets_that_it_was_given(shop: _Shop) -> None:
    shop.transom("secret", "set", "password", stdin=b"correct horse")
    shop.desk.write("reads.py", READS.format(fails=False))
    refused = shop.transom("run", "reads.py", "--policy", "confined", "--json")
    assert refused.code == 1
    assert "--secret" in refused.out
    given = shop.transom("run", "reads.py", "--policy", "confined", "--secret", "password", "--json")
    assert given.code == 0, given.out

"""A keyring that is locked, hangs, forgets or is gone is told of, and never waited for where nobody can unlock it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.secret_places import Forgetful, Hanging, InMemory, Locked, Place, told
from tests.store.secret_service import WHY_NONE, SecretService

from transom.errors import SecretUnreadable, WrongUse
from transom.store.secrets import Kept


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[SecretService]:
    if WHY_NONE:
        pytest.skip(WHY_NONE)
    service = SecretService(tmp_path / "session")
    yield service
    service.close()


def test_a_locked_keyring_is_told_and_its_secrets_stay(place: Place) -> None:
    place.has(InMemory())
    place.secrets("keyring").set("a", "correct horse")
    place.has(Locked())
    with pytest.raises(SecretUnreadable) as unread:
        place.secrets("keyring").get("a")
    with pytest.raises(WrongUse) as unstored:
        place.secrets("keyring").set("a", "battery staple")
    with pytest.raises(WrongUse) as unremoved:
        place.secrets("keyring").remove("a")
    for wrong in (unread, unstored, unremoved):
        assert "Unlock it." in told(wrong)
        assert "battery" not in told(wrong)
    assert place.secrets("keyring").names() == ["a"]


def test_a_keyring_that_changes_a_value_is_not_trusted_with_it(place: Place) -> None:
    place.has(Forgetful())
    with pytest.raises(WrongUse, match="does not keep it as it is"):
        place.secrets("keyring").set("a", "two\nlines")
    assert place.secrets("keyring").names() == []


def test_a_keyring_that_hangs_is_not_waited_for(place: Place) -> None:
    place.has(InMemory())
    place.secrets("keyring").set("a", "value")
    place.has(Hanging())
    place.hurries()
    began = time.monotonic()
    with pytest.raises(SecretUnreadable, match="did not answer"):
        place.secrets("keyring").get("a")
    with pytest.raises(WrongUse, match="did not answer"):
        place.secrets("keyring").set("b", "value")
    assert time.monotonic() - began < 5


def test_a_value_that_is_gone_from_the_keyring_is_told(place: Place) -> None:
    backend = InMemory()
    place.has(backend)
    place.secrets("keyring").set("a", "value")
    backend.held.clear()
    with pytest.raises(SecretUnreadable, match="nothing of it, as transom:the-id"):
        place.secrets("keyring").get("a")
    place.secrets("keyring").remove("a")
    assert place.secrets("keyring").names() == []


def test_without_a_screen_nobody_is_asked_to_unlock_the_keyring_of_a_desktop(
    place: Place, desktop: SecretService
) -> None:
    place.logs_in(desktop)
    assert place.secrets("auto").set("a", "value") is Kept.KEYRING
    desktop.locked = True
    with pytest.raises(SecretUnreadable) as wrong:
        place.secrets("auto").get("a")
    assert "nobody is here to unlock it" in told(wrong)
    assert place.secrets("auto").set("b", "value") is Kept.FILE
    with pytest.raises(WrongUse, match="nobody is here"):
        place.secrets("keyring").set("c", "value")
    assert desktop.prompted == 0
    desktop.locked = False
    assert [place.secrets("auto").get(name) for name in "ab"] == ["value", "value"]


def test_at_a_screen_somebody_is_asked_and_has_some_time(place: Place, desktop: SecretService) -> None:
    place.logs_in(desktop)
    place.secrets("auto").set("a", "value")
    desktop.locked = True
    place.has_a_screen()
    with pytest.raises(SecretUnreadable, match="did not answer within"):
        place.secrets("auto").get("a")
    assert desktop.prompted == 1


def test_a_desktop_that_does_not_answer_is_given_up(place: Place, desktop: SecretService) -> None:
    place.logs_in(desktop)
    place.hurries()
    desktop.mute = True
    assert place.secrets("auto").set("a", "value") is Kept.FILE


def test_a_configured_keyring_that_is_not_installed_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    assert place.secrets("auto").set("a", "value") is Kept.FILE
    with pytest.raises(WrongUse, match="No module named 'no'"):
        place.secrets("keyring").set("b", "value")

"""How secrets are kept in the system's keyring, without ever waiting for somebody who is not there to unlock it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from transom.store.masking import masked
from transom.store.secrets_file import Unusable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

#: The keyrings of systems, by module; others may be anything, a file in clear or a question on the terminal too.
_SECRET_SERVICE = "keyring.backends.SecretService"
_OTHERS_OF_DESKTOPS = frozenset({"keyring.backends.kwallet", "keyring.backends.libsecret"})
_OF_SYSTEMS = {_SECRET_SERVICE, "keyring.backends.macOS", "keyring.backends.Windows"} | _OTHERS_OF_DESKTOPS
#: Those that keep nothing.
_NONE_AT_ALL = frozenset({"keyring.backends.fail", "keyring.backends.null"})
#: How long a keyring has for an answer, in seconds, and how long where somebody may be asked to unlock it first.
_SECONDS = 10.0
_SECONDS_OF_A_PERSON = 90.0
_LONGEST_REASON = 200
_INSTEAD = "Or keep secrets in the encrypted file: set the setting secrets to `file`."

Answer = TypeVar("Answer")


class SystemKeyring:
    """The keyring as one workspace sees it: passwords of the service `transom:ID`."""

    def __init__(self, identifier: str) -> None:
        self._service = f"transom:{identifier}"

    def put(self, name: str, value: str, *, only_of_system: bool) -> None:
        """Keep a value; `only_of_system` refuses what is no keyring of a known system. Raises Unusable."""

        def put(keyring: KeyringBackend) -> None:
            if only_of_system and _module(keyring) not in _OF_SYSTEMS:
                raise Unusable(f"the keyring {keyring.name} is none of a system", _INSTEAD)
            keyring.set_password(self._service, name, value)
            if keyring.get_password(self._service, name) != value:
                raise Unusable(f"the keyring {keyring.name} does not keep it as it is", _INSTEAD)

        _asked(put, value)

    def take(self, name: str) -> str:
        """The value of a name. Raises Unusable."""
        value = _asked(lambda keyring: keyring.get_password(self._service, name))
        if value is None:
            raise Unusable(
                f"the keyring has nothing of it, as {self._service}", f"Store it again: `transom secret set {name}`."
            )
        return value

    def drop(self, name: str) -> None:
        """Remove a value; one that is not there is removed. Raises Unusable."""

        def drop(keyring: KeyringBackend) -> None:
            if keyring.get_password(self._service, name) is not None:
                keyring.delete_password(self._service, name)

        _asked(drop)


def _asked(ask: Callable[[KeyringBackend], Answer], value: str = "") -> Answer:
    """What the keyring answers, in time. Raises Unusable; what is told then does not hold the value."""
    answers: list[Answer] = []
    faults: list[BaseException] = []

    def answer() -> None:
        try:
            keyring = _found()
            _refuse_locked(keyring)
            answers.append(ask(keyring))
        except BaseException as wrong:  # each keyring has errors of its own, and this is another thread
            faults.append(wrong)

    # What hangs is left behind: a thread that nobody waits for ends with the process.
    thread = threading.Thread(target=answer, daemon=True, name="transom-keyring")
    thread.start()
    seconds = _SECONDS_OF_A_PERSON if _somebody_sees() else _SECONDS
    thread.join(seconds)
    if answers:
        return answers[0]
    if not faults:
        raise Unusable(f"the system's keyring did not answer within {seconds:g} seconds", f"Unlock it. {_INSTEAD}")
    if isinstance(faults[0], Unusable):
        raise faults[0]
    told = " ".join(masked(str(faults[0]), [value]).split())[:_LONGEST_REASON].rstrip(". ")
    kind = type(faults[0]).__name__
    raise Unusable(f"the system's keyring refused ({kind}{': ' if told else ''}{told})", f"Unlock it. {_INSTEAD}")


def _found() -> KeyringBackend:
    """The keyring that is configured, or the system's. Raises Unusable."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    several = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    for each in several:  # of several that a desktop has, always the same one
        if _module(each) not in _NONE_AT_ALL:
            return each
    raise Unusable("this system has no keyring that can be used", f"Install one and log in. {_INSTEAD}")


def _refuse_locked(keyring: KeyringBackend) -> None:
    """Where there is no screen, nobody can be asked to unlock a desktop's keyring. Raises Unusable."""
    if _somebody_sees():
        return
    advice = f"Unlock it at the desktop. {_INSTEAD}"
    if _module(keyring) in _OTHERS_OF_DESKTOPS:
        raise Unusable(f"the keyring {keyring.name} may be locked, and nobody is here to unlock it", advice)
    if _module(keyring) == _SECRET_SERVICE:
        import secretstorage

        with closing(secretstorage.dbus_init()) as bus:
            place = getattr(keyring, "preferred_collection", "/org/freedesktop/secrets/aliases/default")
            if secretstorage.Collection(bus, place).is_locked():
                raise Unusable("the system's keyring is locked, and nobody is here to unlock it", advice)


def _somebody_sees() -> bool:
    """Whether a window that asks for a password could be seen by somebody."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _module(keyring: KeyringBackend) -> str:
    return type(keyring).__module__

"""A desktop's keyring, as far as secrets use one: a Secret Service on a message bus of the tests' own."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from jeepney import Message, MessageType, new_error, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

NAME = "org.freedesktop.secrets"
_COLLECTION = "/org/freedesktop/secrets/aliases/default"
_ITEM = "/org/freedesktop/secrets/item/"
_SESSION = "/org/freedesktop/secrets/session"
_PROMPT = "/org/freedesktop/secrets/prompt"
_NOT_SUPPORTED = "org.freedesktop.DBus.Error.NotSupported"

WHY_NONE = "" if shutil.which("dbus-daemon") else "there is no dbus-daemon here"


class SecretService:
    """The service of one test. `locked` makes it want a password first; `mute` that it answers nothing at all.

    `prompted` counts how often it would have shown a window.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.address = f"unix:path={folder / 'bus'}"
        self.locked = False
        self.mute = False
        self.prompted = 0
        self.items: dict[str, tuple[dict[str, str], bytes]] = {}
        self._numbers = itertools.count()
        self._bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address", f"--address={self.address}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._bus.stdout is not None
        self._bus.stdout.readline()
        self._connection = open_dbus_connection(self.address)
        Proxy(message_bus, self._connection).RequestName(NAME)
        threading.Thread(target=self._serve, args=(self._connection,), daemon=True).start()

    def close(self) -> None:
        """End the bus and, with it, the service."""
        self._bus.kill()
        self._bus.wait()
        assert self._bus.stdout is not None
        self._bus.stdout.close()

    def _serve(self, connection: DBusConnection) -> None:
        with connection:
            while True:
                try:
                    asked = connection.receive()
                except (OSError, EOFError):
                    return
                if asked.header.message_type is MessageType.method_call and not self.mute:
                    connection.send(self._answer(asked))

    def _answer(self, asked: Message) -> Message:
        fields = {field.name: value for field, value in asked.header.fields.items()}
        answer = getattr(self, f"_{fields['member']}")(fields["path"], *asked.body)
        if answer is None:
            return new_error(asked, _NOT_SUPPORTED)
        return new_method_return(asked, *answer)

    def _Get(self, path: str, _interface: str, name: str) -> Any:  # noqa: N802 (the names are those of the protocol)
        return "v", ((("b", self.locked) if name == "Locked" else ("s", path)),)

    def _OpenSession(self, _path: str, algorithm: str, _input: Any) -> Any:  # noqa: N802
        return ("vo", (("s", ""), _SESSION)) if algorithm == "plain" else None

    def _Unlock(self, _path: str, paths: list[str]) -> Any:  # noqa: N802
        return "aoo", (([], _PROMPT) if self.locked else (paths, "/"))

    def _Prompt(self, _path: str, _window: str) -> Any:  # noqa: N802
        self.prompted += 1
        return "", ()

    def _SearchItems(self, _path: str, attributes: dict[str, str]) -> Any:  # noqa: N802
        found = [path for path, (held, _) in self.items.items() if attributes.items() <= held.items()]
        return "ao", (found,)

    def _CreateItem(self, _path: str, properties: dict[str, Any], secret: Any, _replace: bool) -> Any:  # noqa: N802
        attributes = properties["org.freedesktop.Secret.Item.Attributes"][1]
        place = next((path for path, (held, _) in self.items.items() if held == attributes), None)
        place = place or f"{_ITEM}{next(self._numbers)}"
        self.items[place] = (attributes, bytes(secret[2]))
        return "oo", (place, "/")

    def _GetSecret(self, path: str, session: str) -> Any:  # noqa: N802
        return "(oayays)", ((session, b"", self.items[path][1], "text/plain"),)

    def _Delete(self, path: str) -> Any:  # noqa: N802
        del self.items[path]
        return "o", ("/",)

"""What several tests of components need: a server of databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.store.databases import Server, why_no_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if why_no_server():
        pytest.skip(why_no_server())
    server = Server()
    yield server
    server.remove()

"""A script's side of the answers: it asks for one run, and hands contents over as the exchange would have taken them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas

from transom.engine.child import frames
from transom.model.policies import Network, Policy
from transom.tables.step_file import first_rows
from transom.workspace.answering import Answer, RunContext, answers_of
from transom.workspace.opening import Workspace


@dataclass
class Asker:
    """One run that asks a workspace."""

    workspace: Workspace
    policy: Policy = Policy.GUARDED
    secrets: tuple[str, ...] = ()
    network: Network | None = None
    inputs: Mapping[str, str | None] = field(default_factory=dict)
    run: str = "20261126-101112-abcdef"

    def __post_init__(self) -> None:
        created = datetime(2026, 11, 26, 10, 11, 12, tzinfo=UTC)
        self.context = RunContext(
            self.run, "Default", created, "clean.py", self.inputs, self.policy, self.secrets, self.network
        )
        self.answers: dict[str, Answer] = answers_of(self.workspace, self.context)

    def ask(self, question: str, **facts: Any) -> dict[str, Any]:
        return dict(self.answers[question](facts))

    def handed(self, content: bytes) -> dict[str, Any]:
        return {"digest": self.workspace.blobs.put_bytes(content), "bytes": len(content)}

    def handed_table(self, frame: pandas.DataFrame) -> dict[str, Any]:
        with self.workspace.blobs.writer(".arrow") as writing:
            frames.write_frame(frame, str(writing.path))
        return {"digest": writing.digest, "bytes": self.workspace.blobs.size(writing.digest)}

    def file(self, name: str, content: str | bytes) -> dict[str, Any]:
        """A place, or a file of a set: a file of the script's own."""
        return {"name": name, "content": self.handed(content if isinstance(content, bytes) else content.encode())}

    def path(self, answer: Mapping[str, Any]) -> Path:
        return self.workspace.blobs.path(answer["table"]["content"])

    def rows(self, answer: Mapping[str, Any], count: int = 100) -> list[tuple[str | None, ...]]:
        return list(first_rows(self.path(answer), count).rows)

    def read(self, *places: Mapping[str, Any], kind: str = "delimited", **options: Any) -> dict[str, Any]:
        return self.ask("dataset/read", format=kind, places=list(places), options=options)

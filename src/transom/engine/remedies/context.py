"""What is known when a script has failed: its text, what was around it, and what its process told of the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transom.engine.checks.surroundings import Surroundings
from transom.model.policies import Confinement
from transom.model.scripts import INPUT_PORTS, Source


@dataclass(frozen=True, slots=True)
class FailureContext:
    """What a remedy is found from.

    `facts` is what the script's process reported: `columns` (variable -> names of its columns), `names`,
    `none_variables`, `working_directory_files`, and where they apply `module`, `filename`, `errno`, `raised_in`,
    `key`, `refused_reads`, `refused_writes`, `refused_places` (places outside of what it may touch; of the last it is
    not known how they were touched). `connected` holds the ports that a table was given to; `confinement` is what the
    job might touch, None where nothing confined it.
    """

    source: Source
    surroundings: Surroundings
    facts: Mapping[str, Any] = field(default_factory=dict)
    connected: frozenset[str] = frozenset(INPUT_PORTS)
    confinement: Confinement | None = None

    def texts(self, fact: str) -> tuple[str, ...]:
        """A fact that is a list of texts; empty where it was not told."""
        told = self.facts.get(fact)
        return tuple(str(each) for each in told) if isinstance(told, list | tuple) else ()

    def text(self, fact: str) -> str | None:
        """A fact that is a text; None where it was not told."""
        told = self.facts.get(fact)
        return told if isinstance(told, str) else None

    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns of each frame that was in sight, by the name of its variable."""
        told = self.facts.get("columns")
        if not isinstance(told, Mapping):
            return {}
        return {str(name): tuple(str(each) for each in names) for name, names in told.items()}

    @property
    def folder(self) -> Path | None:
        """Where the person's script lies."""
        return self.surroundings.folder

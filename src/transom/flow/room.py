"""How many steps are executed at a time: as many as there are threads for, and as fit into memory together."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What a step is taken to need of which nothing is known, in bytes.
UNKNOWN = 128 * 1024**2


@dataclass(slots=True)
class Room:
    """What may be in use at a time: `jobs`, and `memory` in bytes. A step without a known peak counts as UNKNOWN.

    One step always fits, however large it is: it must be executed at some time.
    """

    jobs: int
    memory: float
    _taken: dict[str, int] = field(default_factory=dict)

    def take(self, name: str, peak: int | None) -> bool:
        """Take room for a step that used so much at its last time; whether there was any."""
        needed = UNKNOWN if peak is None else peak
        if self.is_full or (self._taken and sum(self._taken.values()) + needed > self.memory):
            return False
        self._taken[name] = needed
        return True

    def free(self, name: str) -> None:
        """What a step had is free again."""
        self._taken.pop(name, None)

    @property
    def is_full(self) -> bool:
        """Whether no other step can be executed now, however small."""
        return bool(self._taken) and len(self._taken) >= self.jobs

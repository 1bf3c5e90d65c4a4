"""How long a remedy may be, and how what it quotes is kept short enough for the advice to stay whole."""

from __future__ import annotations

from collections.abc import Sequence

#: So many characters of a remedy are shown at most: one that is longer is not read.
LONGEST = 400
_LONGEST_QUOTED = 60
_ROOM_OF_A_LIST = 240


def bounded(remedy: str) -> str:
    """The remedy, cut after a word where it is too long all the same."""
    if len(remedy) <= LONGEST:
        return remedy
    kept = remedy[: LONGEST - 1]
    return (kept.rpartition(" ")[0] or kept).rstrip(" ,;:") + "…"


def quoted(text: str, longest: int = _LONGEST_QUOTED) -> str:
    """What a message quotes, short enough to stand in a sentence."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def listed(names: Sequence[str], most: int, room: int = _ROOM_OF_A_LIST) -> str:
    """As many of the names as there is room for, at least one, and how many more there are."""
    shown: list[str] = []
    for name in names[:most]:
        shown.append(quoted(name))
        if sum(len(each) + 2 for each in shown) > room and len(shown) > 1:
            shown.pop()
            break
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{', '.join(shown)}{more}"

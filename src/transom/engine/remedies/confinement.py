"""What to do about a place or a connection that a job's policy keeps from its script, and how a refusal is told."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from transom.engine.checks.reading import words
from transom.engine.remedies.brevity import listed
from transom.engine.remedies.context import FailureContext
from transom.engine.remedies.wording import BUNDLE, GIVE_DATA, GIVE_TABLE, OTHER_FILE
from transom.model.policies import Confinement, Network, Policy
from transom.model.runs import Failure
from transom.model.texts import cut

_MOST_SENTENCES = 20
_MOST_PLACES = 4
#: So many of what a script's process tells are looked at.
_MOST_LOOKED_AT = 2000
_LONGEST_PLACE = 1000
_LONGEST_SHOWN = 200
_LAST_LINE = 10**9
_DOING = {"read": "reading", "write": "writing", "connect": "connecting to"}

_NETWORK_TYPES = words(
    "URLError ConnectionError NewConnectionError MaxRetryError NameResolutionError ConnectTimeout ConnectTimeoutError"
    " gaierror ProxyError ConnectError ClientConnectorError ClientConnectorDNSError ServiceRequestError"
    " EndpointConnectionError APIConnectionError ConnectionRefusedError"
)
_NETWORK_TEXT = re.compile(
    r"Network is unreachable|Temporary failure in name resolution|Name or service not known|No route to host"
    r"|Failed to establish a new connection|getaddrinfo failed|Could(?:n't| not) resolve host"
)
_WRITES = re.compile(r"\b(?:to_\w+|\w*save\w*|\w*write\w*|dump\w*|export\w*|mkdir|makedirs)\(")
_FROM_ELSEWHERE = f" Where it lies elsewhere, {GIVE_TABLE}, {OTHER_FILE}."


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A place that was refused (`what`: read, write, connect), and the line that wanted it, where that is known."""

    what: str
    place: str
    file: str | None
    line: int | None


def sentences(told: Iterable[object], confinement: Confinement, further: int = 0) -> tuple[str, ...]:
    """One sentence for each line of a script that was refused something, as its process noted it.

    `told` are dicts {"what", "place", "file", "line"}; what is not of that form is passed over. `further` is how many
    more there are that were not told.
    """
    groups: dict[tuple[str, str | None, int | None], list[str]] = {}
    for number, each in enumerate(told):
        refusal = _refusal(each) if number < _MOST_LOOKED_AT else None
        if refusal is None:
            continue
        places = groups.setdefault((refusal.what, refusal.file, refusal.line), [])
        if refusal.place not in places:
            places.append(refusal.place)
    said = [_sentence(*key, places, confinement) for key, places in list(groups.items())[:_MOST_SENTENCES]]
    left = further + sum(len(places) for places in list(groups.values())[_MOST_SENTENCES:])
    if left > 0:
        said.append(f"{left:,} more places or connections were refused (policy {confinement.policy}).")
    return tuple(said)


def _refusal(told: object) -> _Refusal | None:
    if not isinstance(told, Mapping):
        return None
    what, place, file, line = (told.get(name) for name in ("what", "place", "file", "line"))
    if not isinstance(what, str) or what not in _DOING or not isinstance(place, str):
        return None
    if not place or len(place) > _LONGEST_PLACE:
        return None
    is_line = isinstance(line, int) and not isinstance(line, bool) and 0 < line < _LAST_LINE
    if not isinstance(file, str) or not is_line:
        return _Refusal(what, place, None, None)
    return _Refusal(what, place, file[:_LONGEST_PLACE], line)


def _sentence(what: str, file: str | None, line: int | None, places: Sequence[str], confinement: Confinement) -> str:
    where = f"{_shown(file)}, line {line}: " if file is not None else ""
    doing = f"{where}{_DOING[what]}" if where else _DOING[what].capitalize()
    named = listed([cut(_shown(place), _LONGEST_SHOWN) for place in places], _MOST_PLACES, room=600)
    verb = "was" if len(places) == 1 else "were"
    is_internet = what == "connect" and not places[0].startswith("/")
    network = f", network {confinement.network}" if is_internet else ""
    advice = _about_network(confinement) if is_internet else _about_places(what, places)
    return f"{doing} {named} {verb} refused (policy {confinement.policy}{network}): {advice}."


def _about_network(confinement: Confinement) -> str:
    if confinement.policy is Policy.STRICT:
        return "this policy allows no network"
    return "`--network open` allows it"


def _about_places(what: str, places: Sequence[str]) -> str:
    if what == "write":
        option = _option("--allow-write", [os.path.dirname(place) for place in places], "FOLDER")
        return f"write below the working directory, './outputs' for instance, or allow it with {option}"
    return f"{_option('--allow-read', places, 'PATH')} allows it"


def _option(name: str, places: Sequence[str], otherwise: str) -> str:
    """The option that allows all of the places: the place itself, or the folder that holds them all."""
    common = os.path.commonpath(places) if all(place.startswith("/") for place in places) else ""
    is_wide = len(set(places)) > 1 and common.count("/") < 2
    if common in ("", "/") or is_wide or len(common) > _LONGEST_SHOWN or not common.isprintable():
        return f"`{name} {otherwise}`"
    return f"`{name} {shlex.quote(common)}`"


def _shown(text: str) -> str:
    """A text on one line, without what a terminal would obey."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def confined(failure: Failure, context: FailureContext) -> str | None:
    """A failure that the policy explains: a place outside of what the script may touch, or the network."""
    confinement = context.confinement
    if confinement is None or confinement.policy is Policy.OPEN:
        return None
    unclear = context.texts("refused_places")
    code = failure.frames[-1].code if failure.frames else ""
    is_writing = bool(_WRITES.search(code))
    writes = (*context.texts("refused_writes"), *(unclear if is_writing else ()))
    reads = (*context.texts("refused_reads"), *(() if is_writing else unclear))
    if writes:
        return (
            f"The policy {confinement.policy} lets a script write only in its job folder: write to './outputs', or"
            f" allow the folder with {_option('--allow-write', [os.path.dirname(writes[0])], 'FOLDER')}."
        )
    if reads:
        named = cut(_shown(reads[0]), _LONGEST_SHOWN)
        found = f"The policy {confinement.policy} keeps {named} from scripts: "
        elsewhere = "" if confinement.policy is Policy.GUARDED else _FROM_ELSEWHERE
        return f"{found}{_option('--allow-read', reads[:1], 'PATH')} lets this one read it.{elsewhere}"
    return _network(failure, context, confinement)


def _network(failure: Failure, context: FailureContext, confinement: Confinement) -> str | None:
    if confinement.network is Network.OPEN or not _is_of_the_network(failure, context):
        return None
    instead = f"{GIVE_DATA} or in the script bundle ({BUNDLE})"
    if confinement.policy is Policy.STRICT:
        return f"The policy strict allows no network: {instead}."
    only = " but for the installation of packages" if confinement.network is Network.PACKAGES else ""
    return f"This script has no network{only}: `--network open` allows it; or {instead}."


def _is_of_the_network(failure: Failure, context: FailureContext) -> bool:
    told = [(failure.type or "", failure.message), *((each.type, each.message) for each in failure.causes)]
    if any(kind in _NETWORK_TYPES or _NETWORK_TEXT.search(message) for kind, message in told):
        return True
    # Where not even a socket can be made.
    return failure.type in {"PermissionError", "OSError"} and (context.text("raised_in") or "").startswith("socket.py:")

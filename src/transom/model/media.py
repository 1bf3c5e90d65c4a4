"""How a file that a script left may be shown to a person in a browser, by its media type."""

from __future__ import annotations

from enum import StrEnum


class Shown(StrEnum):
    """What a browser may do with a file of a stranger.

    `INLINE`: show it as it is, with `X-Content-Type-Options: nosniff`. `SANDBOXED`: only in a frame with an empty
    `sandbox` attribute and under `SANDBOX_POLICY`, since it may hold scripts. `DOWNLOAD`: only save it
    (`Content-Disposition: attachment`).
    """

    INLINE = "inline"
    SANDBOXED = "sandboxed"
    DOWNLOAD = "download"


#: The Content-Security-Policy of a file that is sandboxed: no script, no network, no form, no other origin.
SANDBOX_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)

_WAYS = dict.fromkeys(("image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"), Shown.INLINE)
_WAYS |= dict.fromkeys(("text/html", "image/svg+xml"), Shown.SANDBOXED)


def shown_as(media_type: str) -> Shown:
    """How a file of this media type (`text/html; charset=utf-8`, in any case) may be shown; one not known is saved."""
    essence = media_type.partition(";")[0].strip().lower()
    return _WAYS.get(essence, Shown.DOWNLOAD)

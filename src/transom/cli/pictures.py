"""How pictures and files are shown to a person: in a terminal that can draw them, else by the system's viewer."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_PIECE = 4096
#: A terminal takes a picture as text, a third larger; more than this is for a viewer.
_MOST_BYTES = 8 * 1000**2
_VIEWERS = ("xdg-open", "open")


def draw(path: Path, name: str) -> bool:
    """Draw a picture in the terminal of standard output; whether it can do that."""
    if not sys.stdout.isatty() or path.stat().st_size > _MOST_BYTES:
        return False
    if _speaks_kitty() and name.lower().endswith(".png"):
        written = "".join(_kitty(path.read_bytes()))
    elif _speaks_iterm():
        written = _iterm(path.read_bytes(), name)
    else:
        return False
    sys.stdout.write(f"{written}\n")
    sys.stdout.flush()
    return True


def view(path: Path) -> bool:
    """Open a file or folder in the system's viewer; whether there is one."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"):
        return False
    viewer = next((each for each in _VIEWERS if shutil.which(each)), None)
    if viewer is None:
        return False
    quiet = subprocess.DEVNULL
    done = subprocess.run([viewer, str(path)], stdin=quiet, stdout=quiet, stderr=quiet, check=False)
    return done.returncode == 0


def _speaks_kitty() -> bool:
    return "kitty" in os.environ.get("TERM", "") or any(
        name in os.environ for name in ("KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR")
    )


def _speaks_iterm() -> bool:
    return os.environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode", "mintty") or (
        os.environ.get("LC_TERMINAL") == "iTerm2"
    )


def _kitty(content: bytes) -> Iterator[str]:
    """The graphics protocol of kitty: a PNG in pieces of base64, each but the last one told to be followed."""
    text = base64.b64encode(content).decode()
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    for number, piece in enumerate(pieces):
        more = 0 if number == len(pieces) - 1 else 1
        control = f"a=T,f=100,m={more}" if number == 0 else f"m={more}"
        yield f"\x1b_G{control};{piece}\x1b\\"


def _iterm(content: bytes, name: str) -> str:
    """The inline images of iTerm2, which others took over."""
    told = base64.b64encode(name.encode("utf-8", "replace")).decode()
    drawn = base64.b64encode(content).decode()
    return f"\x1b]1337;File=name={told};size={len(content)};inline=1:{drawn}\a"

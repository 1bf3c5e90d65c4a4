"""What is done with a script besides running it: a new one is begun."""

from __future__ import annotations

from pathlib import Path

from transom.errors import ResultUnwritable, WrongUse
from transom.model.scripts import LANGUAGES, template
from transom.settings import load


def template_text(language: str | None = None) -> str:
    """The commented template, in a language of LANGUAGES (by default the setting). Raises WrongUse."""
    chosen = language or load().language
    if chosen not in LANGUAGES:
        raise WrongUse(
            problem=f"There is no template in the language {chosen!r}.", advice=f"There is {' and '.join(LANGUAGES)}."
        )
    return template(chosen)


def new_script(path: Path, *, language: str | None = None, force: bool = False) -> Path:
    """Write the template to a file, or into a folder as script.py; where it went.

    Raises WrongUse for a language that there is not, ResultUnwritable for a file that is there (unless `force`).
    """
    text = template_text(language)
    target = path / "script.py" if path.is_dir() else path
    if not target.suffix:
        target = target.with_suffix(".py")
    try:
        with target.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise ResultUnwritable(
            path=target, reason="it is there already", advice="Name another file, or replace it with --force."
        ) from None
    except OSError as wrong:
        raise ResultUnwritable(path=target, reason=wrong.strerror or str(wrong)) from None
    return target

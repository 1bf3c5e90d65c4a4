"""What to do about a file that a script does not find, may not open, or cannot read as text."""

from __future__ import annotations

import re

from transom.engine.checks.places import where_it_is
from transom.engine.remedies.brevity import listed
from transom.engine.remedies.context import FailureContext
from transom.engine.remedies.wording import GIVE_TABLE, OTHER_FILE, given
from transom.model.runs import Failure
from transom.model.scripts import BUNDLE_FOLDER

_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_AUTHORS = re.compile(r"^(?:[A-Za-z]:[\\/]|\\\\|/(?:home|Users|mnt|dbfs|content|kaggle|root|Volumes|media)/|dbfs:/)")
_MOST_FILES = 10
#: What the SDK says of a file names those near it already.
_OF_THE_SDK = "paths.py:"
_ENCODING = re.compile(r"'([\w-]+)' codec can't decode")
_ENCODES = re.compile(r"'([\w-]+)' codec can't encode")


def files(failure: Failure, context: FailureContext) -> str | None:
    """A path that is not there: where it is, or how to bring it along."""
    if failure.type not in {"FileNotFoundError", "NotADirectoryError", "OSError", "IsADirectoryError"}:
        return None
    path = _path(failure, context)
    if not path or (context.text("raised_in") or "").startswith(_OF_THE_SDK):
        return None
    if failure.type == "IsADirectoryError":
        return f"{path} is a folder: name a file in it."
    found = where_it_is(path, context.surroundings)
    if found:
        return f"{path} is a file {found[0]}. {found[1]}"
    if failure.type == "OSError" and "No such file" not in failure.message and "does not exist" not in failure.message:
        return None
    if _AUTHORS.match(path):
        return f"That path is of another machine: {GIVE_TABLE}, {OTHER_FILE}."
    return _not_there(path, context)


def _path(failure: Failure, context: FailureContext) -> str | None:
    told = context.text("filename")
    if told:
        return told
    found = _QUOTED.search(failure.message)
    if found:
        return found[1] or found[2]
    named = re.search(r"File (?:b')?(\S+?)'? does not exist", failure.message)
    return named[1] if named else None


def _not_there(path: str, context: FailureContext) -> str | None:
    if path.removeprefix("./").startswith(BUNDLE_FOLDER):
        if not context.surroundings.has_bundle:
            return (
                f"No script bundle is connected: give a zip file or a folder ({given('script_bundle', '-b FOLDER')})."
            )
        inside = listed(context.surroundings.bundle_files, _MOST_FILES)
        return f"The script bundle holds {inside or 'no files'}."
    if "/" in path.strip("/") and not path.startswith("/"):
        folder = path.rpartition("/")[0]
        return f"Make the folder first where the script writes there: `os.makedirs({folder!r}, exist_ok=True)`."
    if path.startswith("/"):
        return None
    return f"The script runs in a fresh folder: {GIVE_TABLE}, {OTHER_FILE}, where it is './{BUNDLE_FOLDER}/{path}'."


def permissions(failure: Failure, _: FailureContext) -> str | None:
    """A place where a script may not write, or read."""
    if failure.type != "PermissionError":
        return None
    return "Write to the working directory, './outputs' for instance, and read what is in the script bundle."


def encodings(failure: Failure, _: FailureContext) -> str | None:
    """Bytes that are not the text that they were read as, and text that cannot become bytes."""
    if failure.type == "UnicodeEncodeError":
        return _half_a_character(failure)
    if failure.type != "UnicodeDecodeError":
        return None
    code = failure.frames[-1].code if failure.frames else ""
    found = _ENCODING.search(failure.message)
    if any(each in code for each in ("pickle", "joblib", "load(")) and "read_" not in code:
        return "Open it as bytes, with mode 'rb': it is no text."
    what = "pd.read_csv(…, encoding='cp1252')" if "read_" in code else "open(…, encoding='cp1252')"
    given = found[1] if found else "UTF-8"
    return f"The file is not {given} text: name its encoding, for files of Windows most often `{what}`."


def _half_a_character(failure: Failure) -> str | None:
    if "surrogates not allowed" not in failure.message:
        found = _ENCODES.search(failure.message)
        if found is None or found[1].lower().startswith("utf"):
            return None
        return f"{found[1]} has no such character: write with `encoding='utf-8'`."
    return (
        "The text holds half a character, as a file name that is no UTF-8, a broken JSON escape (\\ud83d) or"
        " `errors='surrogateescape'` gives it: replace it first with `text.encode('utf-8', 'replace').decode()`."
    )

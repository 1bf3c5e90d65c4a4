"""The contract of a script: its entry point, its ports, how its text is read, and what may be found in it."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from enum import StrEnum

ENTRY_POINT = "azureml_main"
BUNDLE_FOLDER = "Script Bundle"
INPUT_PORTS = ("dataset1", "dataset2")
OUTPUT_PORTS = ("result_dataset", "result_dataset2")


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a script or of a bundle's file, with the path that messages show.

    `content` is what the file holds, byte for byte; `text` is that content decoded as Python decodes it (UTF-8, a
    byte order mark, a PEP 263 cookie), with its line ends as they are; `encoding` is what it was decoded by.
    """

    shown: str
    content: bytes
    text: str
    encoding: str = "utf-8"


class Undecodable(ValueError):
    """The bytes are no text in the encoding that they claim; the message says why, for people."""


def read_source(content: bytes, shown: str) -> Source:
    """Decode a script's bytes the way Python itself does.

    Raises Undecodable where the bytes are not text in the encoding that they claim.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except SyntaxError as wrong:  # an unknown cookie, or bytes that are not UTF-8 in the first two lines
        raise Undecodable(wrong.msg) from None
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise Undecodable(f"line {line} holds bytes that are not {wrong.encoding} text") from None
    if "\0" in text:
        raise Undecodable("it holds null bytes, as a file that is no text does")
    return Source(shown, content, text, encoding)


def source_of(text: str, shown: str) -> Source:
    """A script whose text is known already, as its file has it: in the encoding that the text claims.

    Raises Undecodable where that is unknown, or has no such characters.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode("utf-8")).readline)
        return read_source(text.encode(encoding), shown)
    except SyntaxError as wrong:
        raise Undecodable(wrong.msg) from None
    except UnicodeEncodeError as wrong:
        line = text.count("\n", 0, wrong.start) + 1
        raise Undecodable(f"line {line} holds characters that {wrong.encoding} has not") from None


#: The languages that a new script's comments can be written in.
LANGUAGES = ("en", "fr")


def template(language: str = "en") -> str:
    """The text of a new script, with comments in one of LANGUAGES; KeyError for another."""
    from importlib import resources  # six milliseconds that running a script need not wait for

    if language not in LANGUAGES:
        raise KeyError(language)
    return resources.files("transom.model").joinpath("templates", f"{language}.py.txt").read_text("utf-8")


class Severity(StrEnum):
    """REFUSED: the script cannot run as it stands. WARNING: it may run, or may not do what was meant."""

    REFUSED = "refused"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement of a piece of text: from (line, column) up to but without (end_line, end_column).

    Lines count from 1, columns from 0 in characters.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is known of a script before it runs.

    `code` is a short stable name (`syntax`, `entry_point_missing`, `undeclared_name`, `missing_module`,
    `departed_name`, ...). `message` is one sentence, `remedy` what to do. `edits` repair it; they are applied without
    asking only where `certain`. Lines count from 1, columns from 1, as editors show them. `subject` is the module that
    is missing, where that is what was found.
    """

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    remedy: str = ""
    edits: tuple[Edit, ...] = ()
    certain: bool = False
    subject: str = ""

"""What a script catches on its way through web pages and notebooks: characters, fences, prompts, line numbers."""

from __future__ import annotations

import io
import re
import tokenize
import unicodedata
from dataclasses import replace
from itertools import pairwise

from transom.engine.checks.draft import Draft, Note
from transom.engine.checks.reading import code_only
from transom.model.scripts import Source

#: Spaces that Python does not take for spaces; each is one space.
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
#: Characters that cannot be seen and mean nothing in code.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_QUOTES = {**dict.fromkeys("“”„‟«»″＂", '"'), **dict.fromkeys("‘’‚‛′＇`´", "'")}
_SIGNS = {
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict(zip("（）［］｛｝，：；．＝＋＊／％＜＞＃＆｜", "()[]{},:;.=+*/%<>#&|", strict=True)),
    "×": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "、": ",",
    "…": "...",
}
_SPACE = re.compile(f"[{SPACES}]")
_UNSEEN = re.compile(f"[{SPACES}{INVISIBLE}]")
_QUOTE = re.compile("[“”„‟«»″＂‘’‚‛′＇´]")
_SIGN = re.compile("[" + "".join(_SIGNS) + "]")
_PROMPT = re.compile(r"^\s*(>>>|\.\.\.|In \[\d+\]:|\.\.\.:)( |$)")
_NUMBERED = re.compile(r"^\s*(\d+)(?:[:.|)]\s?|\s|$)")
_FENCE = re.compile(r"^\s*(```+|~~~+)\s*\w*\s*$")
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})( |$)")
_NAMES = {
    "\u00a0": "a no-break space",
    "\u202f": "a narrow no-break space",
    "\u3000": "an ideographic space",
    "\u200b": "a zero-width space",
    "\ufeff": "a byte order mark",
    "\u00ad": "a soft hyphen",
}


def name_of(character: str) -> str:
    """What a character is called, with its number: `a no-break space (U+00A0)`."""
    words = _NAMES.get(character) or unicodedata.name(character, "a character").lower()
    return f"{words} (U+{ord(character):04X})"


def runnable(source: Source) -> Source:
    """The source with every space that is none, and every invisible character, made what it was meant to be.

    Those in strings and comments stay. Line numbers are the same; a source without any is given back as it is.
    """
    draft = draft_of_unseen(source)
    if not draft.notes:
        return source
    return replace(source, content=encoded(source, draft.joined()), text=draft.joined())


def encoded(source: Source, text: str) -> bytes:
    """Another text as the bytes of a file that is encoded as the source is."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source.content).readline)
    return text.encode(encoding, "xmlcharrefreplace")


class _PastedDraft(Draft):
    def joined(self) -> str:
        """The text with the line ends of the source."""
        ends = re.findall(r"\r\n|\r|\n", self.source.text)
        return "".join(line + end for line, end in zip(self.lines, [*ends, ""], strict=True))


def draft_of_unseen(source: Source) -> _PastedDraft:
    """The source without characters that cannot be seen, with a note for each line that had some."""
    draft = _PastedDraft(source)
    if source.text.isascii() or not _UNSEEN.search(source.text):
        return draft
    for number, code in enumerate(draft.code(), start=1):
        places = [found.start() for found in _UNSEEN.finditer(code)]
        if not places:
            continue
        line = draft.original[number - 1]
        first = name_of(line[places[0]])
        draft.change(number, _made_visible(line, set(places)))
        draft.note(
            Note(
                number,
                places[0] + 1,
                f"Line {number} has {first}{_and_more(len(places) - 1)}, as text copied from a web page has.",
                "It is read as it was meant; `transom fix` puts plain spaces there.",
            )
        )
    return draft


def _made_visible(line: str, places: set[int]) -> str:
    def one(place: int, character: str) -> str:
        if place not in places:
            return character
        return " " if _SPACE.match(character) else ""

    return "".join(one(place, character) for place, character in enumerate(line))


def _and_more(count: int) -> str:
    return f" and {count} more such character{'s' if count > 1 else ''}" if count else ""


def fences(draft: Draft, _: SyntaxError) -> bool:
    """Markdown fences around the script: they and what stands outside them go."""
    marks = [number for number, line in enumerate(draft.lines, start=1) if _FENCE.match(line)]
    if not marks:
        return False
    first, last = marks[0], marks[-1] if len(marks) > 1 else len(draft.lines) + 1
    for number in range(1, len(draft.lines) + 1):
        if number <= first or number >= last:
            draft.delete(number)
    if first > 1 and len(marks) == 1:  # one fence at the end: what stands before it is the script
        draft.lines[: first - 1] = draft.original[: first - 1]
        draft.deleted -= set(range(1, first))
    draft.note(Note(first, 1, f"Line {first} is a fence of Markdown, not Python.", "Remove the fences."))
    return True


def prompts(draft: Draft, _: SyntaxError) -> bool:
    """Prompts of the interactive interpreter before each line; lines without one are what it printed."""
    marked = [number for number, line in enumerate(draft.lines, start=1) if _PROMPT.match(line)]
    if not marked or not _PROMPT.match(next(line for line in draft.lines if line.strip())):
        return False
    for number, line in enumerate(draft.lines, start=1):
        found = _PROMPT.match(line)
        if found:
            draft.change(number, line[found.end() :])
        elif line.strip():
            draft.delete(number)
    prompt = _PROMPT.match(draft.original[marked[0] - 1])
    sign = prompt[1] if prompt else ">>>"
    draft.note(
        Note(
            marked[0],
            1,
            f"Line {marked[0]} begins with {sign}, the prompt of an interactive session.",
            "Remove the prompts and what was printed between them.",
            certain=len(marked) == sum(1 for line in draft.original if line.strip()),
        )
    )
    return True


def line_numbers(draft: Draft, _: SyntaxError) -> bool:
    """Line numbers that were copied along with the lines."""
    found = [(number, _NUMBERED.match(line)) for number, line in enumerate(draft.lines, start=1) if line.strip()]
    values = [int(match[1]) for _, match in found if match]
    if len(values) < 3 or len(values) != len(found) or any(after <= before for before, after in pairwise(values)):
        return False
    for number, match in found:
        if match:
            draft.change(number, draft.lines[number - 1][match.end() :])
    line = found[0][0]
    draft.note(Note(line, 1, f"Line {line} begins with a line number.", "Remove the line numbers."))
    return True


def typographic(draft: Draft, wrong: SyntaxError) -> bool:
    """Quotes, dashes and signs of typography, where Python wants plain ones."""
    line = wrong.lineno or 1
    code = code_only(draft.text).split("\n")
    if not 0 < line <= len(code) or not (_QUOTE.search(code[line - 1]) or _SIGN.search(code[line - 1])):
        return False
    changed = False
    for number, text in enumerate(code, start=1):
        found = _QUOTE.search(text) or _SIGN.search(text)
        if not found:
            continue
        repaired = _plain(draft.lines[number - 1], text)
        character = text[found.start()]
        plain = _QUOTES.get(character) or _SIGNS[character]
        draft.change(number, repaired)
        draft.note(
            Note(
                number,
                found.start() + 1,
                f"Line {number} has {character} ({name_of(character)}) where Python wants {plain}.",
                f"Write {plain}, as on the keyboard.",
            )
        )
        changed = True
    return changed


def _plain(line: str, code: str) -> str:
    """The line with typographic quotes plain, and signs plain outside of what those quotes enclose."""
    made, quote = [], ""
    for character, seen in zip(line, code, strict=True):
        if character != seen:  # in a string or a comment
            made.append(character)
        elif seen in _QUOTES and seen != "`" and (not quote or _QUOTES[seen] == quote):
            plain = _QUOTES[seen]
            quote = "" if quote else plain
            made.append(plain)
        else:
            made.append(_SIGNS.get(character, character) if not quote else character)
    return "".join(made)


def stray_brace(draft: Draft, wrong: SyntaxError) -> bool:
    """A closing bracket alone on a line that nothing opened, as in Microsoft's own sample of upload_file."""
    line = wrong.lineno or 0
    if not 0 < line <= len(draft.lines) or draft.lines[line - 1].strip() not in {"}", ")", "]", "};"}:
        return False
    if not (wrong.msg or "").startswith("unmatched"):
        return False
    sign = draft.lines[line - 1].strip()
    draft.delete(line)
    draft.note(Note(line, 1, f"Line {line} is a {sign} that nothing opens.", "Remove the line."))
    return True


def merge_conflict(draft: Draft, wrong: SyntaxError) -> bool:
    """The marks that a version control system leaves: which side is meant, only the person knows."""
    line = next((number for number, text in enumerate(draft.lines, start=1) if _CONFLICT.match(text)), None)
    if line is None or (wrong.lineno or 0) < line:
        return False
    draft.note(
        Note(
            line,
            1,
            f"Line {line} is a mark of a merge that was not finished.",
            "Keep one of the two versions between the marks, and remove the marks.",
            certain=False,
        )
    )
    return False


def notebook(draft: Draft, wrong: SyntaxError) -> bool:
    """Commands that only a notebook understands: `!pip install x` and `%matplotlib inline`."""
    line = wrong.lineno or 0
    text = draft.lines[line - 1] if 0 < line <= len(draft.lines) else ""
    found = re.match(r"^(\s*)([!%]+)\s*(.*?)\s*$", text)
    if not found:
        return False
    indent, sign, command = found[1], found[2], found[3]
    shell = sign == "!" or command.startswith(("pip ", "conda "))
    quoted = '"' + command.replace("\\", "\\\\").replace('"', '\\"') + '"'
    draft.change(line, f"{indent}import os; os.system({quoted})" if shell else f"{indent}# {sign}{command}")
    if not shell and indent:
        draft.change(line, f"{indent}pass  # {sign}{command}")
    what = "Write it with os.system." if shell else "Leave it out: a figure needs no screen here."
    draft.note(Note(line, len(indent) + 1, f"Line {line} is a command that only a notebook understands.", what))
    return True

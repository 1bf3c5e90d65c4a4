"""How a run whose words are all plain is understood at once: most runs are, and cyclopts takes 0.1 s to do the same.

Plain are `run`, one to three words that are no options, and the options of `_VALUES` and `_FLAGS`, whole and each once;
and `pipeline run`, one such word, the options of `_FLAGS`, and `--set` as often as wanted. For everything else, and so
for everything that is wrong, `plain_run` and `plain_pipeline` give None: then cyclopts says what it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transom.cli.run_options import Inputs, Most, Results, Ways, Where

_GROUPS = {"inputs": Inputs, "results": Results, "where": Where, "most": Most, "ways": Ways}
#: Options that are followed by a text: their group, and their name in it.
_VALUES = {
    "--dataset1": ("inputs", "dataset1"),
    "--dataset2": ("inputs", "dataset2"),
    "--read1": ("inputs", "read1"),
    "--read2": ("inputs", "read2"),
    "--bundle": ("inputs", "bundle"),
    "-b": ("inputs", "bundle"),
    "--result1": ("results", "result1"),
    "-1": ("results", "result1"),
    "--result2": ("results", "result2"),
    "-2": ("results", "result2"),
    "--expect1": ("results", "expect1"),
    "--expect2": ("results", "expect2"),
    "--register-result1": ("results", "register_result1"),
    "--register-result2": ("results", "register_result2"),
    "--output": ("results", "output"),
    "--environment": ("where", "environment"),
    "-e": ("where", "environment"),
    "--experiment": ("where", "experiment"),
    "--timeout": ("most", "timeout"),
    "--memory": ("most", "memory"),
}
_FLAGS = {"--json": ("ways", "json"), "--quiet": ("ways", "quiet"), "-q": ("ways", "quiet")}
_MOST_WORDS = 3
#: What cyclopts takes for nothing at all.
_NOTHING = frozenset({"none", "null"})


@dataclass(frozen=True, slots=True)
class PlainRun:
    """What `cli.run.run` is to be called with: the script and the tables by position, and the groups that have any."""

    words: tuple[str, ...]
    groups: Mapping[str, Any]


def plain_run(tokens: Sequence[str]) -> PlainRun | None:
    """A command line as a plain run; None where it is another one."""
    if not tokens or tokens[0] != "run":
        return None
    words: list[str] = []
    given: dict[tuple[str, str], str | bool] = {}
    rest = iter(tokens[1:])
    for token in rest:
        option = _VALUES.get(token) or _FLAGS.get(token)
        if option in given or not (option or _is_plain(token)):
            return None
        if option is None:
            words.append(token)
            continue
        if token in _FLAGS:
            given[option] = True
            continue
        value = next(rest, "")
        if not _is_plain(value):
            return None
        given[option] = value
    if not 1 <= len(words) <= _MOST_WORDS:
        return None
    return PlainRun(
        tuple(words), {name: make(**_of(name, given)) for name, make in _GROUPS.items() if _of(name, given)}
    )


@dataclass(frozen=True, slots=True)
class PlainPipeline:
    """The pipeline file that is to be run, what was said of inputs, and how it is to be shown."""

    file: str
    said: tuple[str, ...] = ()
    json: bool = False
    quiet: bool = False


def plain_pipeline(tokens: Sequence[str]) -> PlainPipeline | None:
    """A command line as a plain run of a pipeline; None where it is another one."""
    if [*tokens[:2]] != ["pipeline", "run"]:
        return None
    words: list[str] = []
    said: list[str] = []
    flags: dict[str, bool] = {}
    rest = iter(tokens[2:])
    for token in rest:
        flag = _FLAGS.get(token, ("", ""))[1]
        if flag and flag not in flags:
            flags[flag] = True
            continue
        into = said if token == "--set" else words
        value = next(rest, "") if token == "--set" else token
        if not _is_plain(value):
            return None
        into.append(value)
    return PlainPipeline(words[0], tuple(said), **flags) if len(words) == 1 else None


def _is_plain(text: str) -> bool:
    """Whether a word stands for itself."""
    return bool(text) and text[0] not in "-{[" and text.lower() not in _NOTHING


def _of(group: str, given: Mapping[tuple[str, str], str | bool]) -> dict[str, Any]:
    return {name: value for (its, name), value in given.items() if its == group}

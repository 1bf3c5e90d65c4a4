"""What a script expects of the machine that it was written on: paths, switches, a keyboard, an administrator."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from transom.engine.checks.reading import Script, is_main_guard, keyword, text_of, words
from transom.engine.checks.surroundings import Surroundings
from transom.model.scripts import BUNDLE_FOLDER, Edit, Finding

_AUTHORS = re.compile(
    r"^(?:[A-Za-z]:[\\/]|\\\\\w|~[\\/]|/(?:home|Users|mnt|dbfs|content|kaggle|root|Volumes|media)/|(?:dbfs|file):/)"
)
_READS = words(
    "open read_csv read_table read_excel read_json read_parquet read_pickle read_feather read_hdf read_fwf read_xml"
    " read_html read_sas read_stata read_spss read_orc load loadtxt genfromtxt imread load_model load_workbook ZipFile"
    " loadmat fromfile read_text read_bytes"
)
_TABLES = (".csv", ".tsv", ".parquet", ".arrow", ".feather")
_SWITCH_TO_TRUE = re.compile(
    r"^(?:is|in|on|run|running|use|using|with|at)?_?(?:in|on)?_?(?:azure|aml|azureml|designer|cloud)", re.I
)
_SWITCH_TO_FALSE = re.compile(
    r"^(?:is|in|on|run|running)?_?(?:local|locally|offline|notebook|jupyter)(?:_?run|_?mode)?$", re.I
)
_NEEDS_ADMINISTRATOR = re.compile(
    r"(?:^|[\s;&|])(?:sudo\s+)?(apt|apt-get|yum|dnf|apk|brew)\s+(?:-\S+\s+)*(?:install|update|upgrade)\b"
)
_CONDA = re.compile(r"(?:^|[\s;&|])(?:conda|mamba)\s+install\s+(?P<what>[^;&|]*)")
_CONDA_OPTION = re.compile(r"(?:-c|-n|-p|--channel|--name|--prefix)[ =]\S+|-\S+")
_WRITES = re.compile(r"^(to_\w+|savefig|save|dump|write\w*|urlretrieve|system|run|call|check_call|copy\w*|touch)$")
_UNPACKS = ("extract", "unpack_archive")
_MOST_PATHS = 10


def calls_itself(script: Script) -> list[Finding]:
    """A call of the entry point that runs when the script is imported."""
    if not script.is_entry:
        return []
    name = script.surroundings.entry_point
    found = []
    for node in script.nodes:
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        if is_call and script.runs_when_imported(node):
            found.append(_call_of_itself(script, node, name))
    return found


def _call_of_itself(script: Script, node: ast.AST, name: str) -> Finding:
    line = script.span(node)[0]
    statement = next(each for each in script.around(node) if script.parents.get(each) is script.tree)
    guard = 'if __name__ == "__main__":'
    return script.finding(
        "runs_at_import",
        node,
        f"Line {line} calls {name} itself, so it would run already while the script is imported, and then again.",
        f"Put the call under the main guard, `{guard}`.",
        *_guarded(script, statement, guard),
    )


def _guarded(script: Script, statement: ast.AST, guard: str) -> list[Edit]:
    """The statement and those below it that only use what it gives, indented under the guard."""
    body: list[ast.AST] = list(script.tree.body)
    rest = body[body.index(statement) :]
    if any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for each in rest):
        rest = [statement]
    start, end = script.span(rest[0])[0], script.span(rest[-1])[2]
    inside = {
        line
        for node in script.nodes
        if isinstance(node, ast.Constant | ast.JoinedStr) and script.span(node)[0] != script.span(node)[2]
        for line in range(script.span(node)[0] + 1, script.span(node)[2] + 1)
    }
    edits = [Edit(start, 0, start, 0, f"{guard}\n    ")]
    edits += [
        Edit(line, 0, line, 0, "    ")
        for line in range(start + 1, end + 1)
        if script.lines[line - 1].strip() and line not in inside
    ]
    return edits


def switches(script: Script) -> list[Finding]:
    """A switch such as `Azure = False` that an `if` of the script asks for."""
    asked = {
        each.id
        for node in script.nodes
        if isinstance(node, ast.If | ast.IfExp)
        for each in ast.walk(node.test)
        if isinstance(each, ast.Name)
    }
    found = []
    for node in script.nodes:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
            continue
        name, value = node.targets[0].id, node.value
        if name not in asked or not isinstance(value, ast.Constant) or not isinstance(value.value, bool):
            continue
        wrong = _SWITCH_TO_TRUE.match(name) and value.value is False
        if wrong or (_SWITCH_TO_FALSE.match(name) and value.value is True):
            line, new = script.span(node)[0], str(not value.value)
            found.append(
                script.finding(
                    "azure_switch",
                    node,
                    f"Line {line} sets {name} to {value.value}, so the script acts as outside of the designer.",
                    f"Write `{name} = {new}` in line {line} to run it as in Azure.",
                    script.replace(value, new),
                )
            )
    return found


def keyboard(script: Script) -> list[Finding]:
    """`input()`: nobody is there to answer."""
    return [
        script.finding(
            "reads_input",
            node,
            f"Line {script.span(node)[0]} asks with input(), but nobody can answer: standard input is empty.",
            "Set the value in the script, or read it from a dataset.",
        )
        for node in script.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "input"
        and "input" not in script.aliases
        and not any(is_main_guard(each) for each in script.around(node))
    ]


def administrators(script: Script) -> list[Finding]:
    """Commands that need an administrator, or conda."""
    found = []
    for node in script.nodes:
        if not isinstance(node, ast.Call):
            continue
        command = _command(node)
        line = script.span(node)[0]
        needed = _NEEDS_ADMINISTRATOR.search(command)
        conda = _CONDA.search(command)
        if needed:
            message = f"Line {line} calls {needed[1]}, which needs an administrator: a script has no such rights."
            remedy = "Use a package of pip that brings what it needs, or put the files in the script bundle."
            found.append(script.finding("needs_administrator", node, message, remedy))
        elif conda:
            message = f"Line {line} installs with conda, which an environment of Transom does not have."
            what = " ".join(_CONDA_OPTION.sub(" ", conda["what"]).split())
            remedy = f'Write `os.system("pip install {what}")`.'
            found.append(script.finding("needs_administrator", node, message, remedy))
    return found


def _command(call: ast.Call) -> str:
    for value in call.args[:1]:
        if isinstance(value, ast.List | ast.Tuple):
            return " ".join(text_of(each) or "?" for each in value.elts)
        if isinstance(value, ast.JoinedStr):
            return "".join(text_of(each) or "?" for each in value.values)
        return text_of(value) or ""
    return ""


def paths(script: Script) -> list[Finding]:
    """Paths of another machine, and files that a script reads where they are not."""
    found: list[Finding] = []
    seen: set[str] = set()
    for node in _texts(script):
        text = text_of(node) or ""
        if text in seen or len(found) >= _MOST_PATHS:
            continue
        seen.add(text)
        finding = _of_another_machine(script, node, text)
        if finding is None and text:
            finding = _relative(script, node, text)
        if finding is not None:
            found.append(finding)
    return found


def _texts(script: Script) -> Iterator[ast.Constant]:
    """Every text constant that is no docstring and no part of an f-string."""
    for node in script.nodes_in_order():
        is_used = not isinstance(script.parents.get(node), ast.Expr | ast.JoinedStr | ast.Compare)
        if is_used and text_of(node) is not None and isinstance(node, ast.Constant):
            yield node


def _of_another_machine(script: Script, node: ast.Constant, text: str) -> Finding | None:
    if not _AUTHORS.match(text) or "\n" in text or len(text) < 5 or _is_here(text):
        return None
    if any(is_main_guard(each) for each in script.around(node)):
        return None
    line = script.span(node)[0]
    return script.finding(
        "author_path",
        node,
        f"Line {line} has the path {text}, which is not on this machine.",
        "Give a table as a dataset (`--dataset1 FILE`), any other file in the script bundle (`-b FOLDER`).",
    )


def _is_here(text: str) -> bool:
    try:
        return Path(text).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


def _relative(script: Script, node: ast.Constant, text: str) -> Finding | None:
    """A relative path that is read, is not in the bundle, and is not made by the script."""
    call = _reading_call(script, node)
    if call is None or "://" in text or text.startswith("/") or "\n" in text or not text.strip():
        return None
    advice = where_it_is(text, script.surroundings)
    if advice is None or _is_made(script, node, text):
        return None
    line = script.span(node)[0]
    return script.finding("file_not_there", node, f"Line {line} reads {text}, {advice[0]}.", advice[1])


def _reading_call(script: Script, node: ast.AST) -> ast.Call | None:
    """The call that reads the file which a text names."""
    parent = script.parents.get(node)
    if isinstance(parent, ast.keyword) and parent.arg in {"filepath_or_buffer", "path", "io", "file", "filename"}:
        parent = script.parents.get(parent)
    if not isinstance(parent, ast.Call) or (parent.args and parent.args[0] is not node and node in parent.args):
        return None
    name = parent.func.id if isinstance(parent.func, ast.Name) else getattr(parent.func, "attr", "")
    if name not in _READS:
        return None
    mode = text_of(parent.args[1]) if len(parent.args) > 1 else None
    named = keyword(parent, "mode")
    mode = text_of(named.value) if named else mode
    return None if name in {"open", "ZipFile"} and mode and set(mode) & set("wax") else parent


def _is_made(script: Script, node: ast.Constant, text: str) -> bool:
    """Whether the script may write that file itself: the name stands elsewhere in it, or a shell command runs."""
    name = PurePosixPath(text.replace("\\", "/")).name
    others = (each for each in script.nodes if each is not node and name in (text_of(each) or ""))
    return any(_is_written(script, each) for each in others) or any(
        isinstance(each, ast.Call) and getattr(each.func, "attr", "").startswith(_UNPACKS) for each in script.nodes
    )


def _is_written(script: Script, node: ast.AST) -> bool:
    """Whether a text is given to something that writes a file, or is kept under a name."""
    for outer in script.around(node):
        if isinstance(outer, ast.Call):
            name = outer.func.id if isinstance(outer.func, ast.Name) else getattr(outer.func, "attr", "")
            mode = text_of(outer.args[1]) if len(outer.args) > 1 else None
            return bool(_WRITES.match(name)) or (name == "open" and bool(set(mode or "") & set("wax")))
        if isinstance(outer, ast.stmt):
            return isinstance(outer, ast.Assign)
    return False


def where_it_is(text: str, surroundings: Surroundings) -> tuple[str, str] | None:
    """Why a relative path is not found by a script, and what to do; None where it is found, or nobody knows."""
    path = re.sub(r"^(\./)+", "", text.replace("\\", "/"))
    if not path or path.startswith("/") or ".." in path.split("/"):
        return None
    in_bundle = path.removeprefix(f"{BUNDLE_FOLDER}/")
    if path != in_bundle and in_bundle in surroundings.bundle_files:
        return None
    elsewhere = _in_bundle(in_bundle, surroundings)
    if elsewhere:
        right = f"{BUNDLE_FOLDER}/{elsewhere}"
        return f"which lies in the script bundle as {elsewhere}", f"Write '{right}'."
    return _beside(in_bundle if path != in_bundle else path, surroundings, wants_bundle=path != in_bundle)


def _in_bundle(path: str, surroundings: Surroundings) -> str | None:
    if path in surroundings.bundle_files:
        return path
    name = path.rpartition("/")[2]
    found = [each for each in surroundings.bundle_files if each.rpartition("/")[2] == name]
    ends = [each for each in found if each.endswith(f"/{path}")]
    return min(ends or found, key=len, default=None)


def _beside(path: str, surroundings: Surroundings, *, wants_bundle: bool) -> tuple[str, str] | None:
    folder = surroundings.folder
    if folder is None:
        return None
    here = next((each for each in (folder / path, folder / BUNDLE_FOLDER / path) if _is_file(each)), None)
    if here is None:
        return None
    if wants_bundle:
        place = here.parents[path.count("/")]
        return "which is in no script bundle", f"Give its folder as the script bundle: `-b {place}`."
    why = "which lies beside the script, but the script runs in a fresh folder"
    if path.lower().endswith(_TABLES):
        return why, (
            f"Give it as a dataset, `--dataset1 {here}`, and use dataframe1; or give its folder as the script bundle,"
            f" `-b {here.parent}`, and read './{BUNDLE_FOLDER}/{here.name}'."
        )
    return why, f"Give its folder as the script bundle, `-b {here.parent}`, and read './{BUNDLE_FOLDER}/{here.name}'."


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False

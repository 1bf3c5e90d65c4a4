"""Which modules a script imports, where each would come from, and what to install where it comes from nowhere."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

from transom.engine.bundles import module_names
from transom.engine.checks.nearby import Nearby, module_beside, module_one_folder_down
from transom.engine.checks.reading import Script
from transom.engine.checks.surroundings import Surroundings
from transom.model.assets import normalised
from transom.model.scripts import Edit, Finding

#: These come from Transom itself, in every environment.
OURS = frozenset(
    {"azureml", "azureml.core", "azureml.data", "azureml.exceptions", "azureml.Workspace", "azureml.DataTypeIds"}
)
#: Folders that many packages share: that one of them is there says nothing of another.
_SHARED = ("azure", "azureml", "google", "mysql", "snowflake", "paho")
_INSTALLS = re.compile(r"\bpip[\d.]*\s+install\s+(?P<what>[^|;&\n]*)")
_CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_OPTIONS_WITH_VALUE = {"-r", "-c", "-i", "-f", "-t", "--index-url", "--extra-index-url", "--target", "--find-links"}
_ANYTHING = "*"


@dataclass(frozen=True, slots=True)
class _Import:
    node: ast.Import | ast.ImportFrom
    module: str


@dataclass(frozen=True, slots=True)
class Install:
    """A place where a script installs packages: their normalised names, `*` for those that only a run can tell."""

    node: ast.AST
    packages: frozenset[str]


@cache
def _tables() -> tuple[Mapping[str, str], Mapping[str, str]]:
    told = tomllib.loads(resources.files("transom.engine.checks").joinpath("packages.toml").read_text("utf-8"))
    return told["modules"], told["python2"]


def package_of(module: str) -> str:
    """The package that brings a module: `azure-storage-blob` for azure.storage.blob."""
    known = _known_package(module)
    if known:
        return known
    parts = module.split(".")
    if parts[0] in _SHARED and len(parts) > 1:
        return "-".join(parts[:3] if parts[0] == "azure" else parts[:2]).replace("_", "-")
    return parts[0].replace("_", "-")


def _known_package(module: str) -> str | None:
    """The package that the shipped table names for a module or the longest part that it begins with."""
    parts = module.split(".")
    known, _ = _tables()
    return next((known[name] for end in range(len(parts), 0, -1) if (name := ".".join(parts[:end])) in known), None)


def python3_name(module: str) -> str | None:
    """What Python 3 calls a module of Python 2; None for any other, empty where nothing took its place."""
    return _tables()[1].get(module)


def how_to_install(module: str) -> str:
    """What to do where a module's package is missing."""
    package = package_of(module)
    return (
        f"Run the script with `transom run --with {package}`, which adds the package for one run,"
        f' or put `import os; os.system("pip install {package}")` above the import.'
    )


def near_the_script(module: str, folder: Path | None) -> Nearby | None:
    """Where a module that is missing lies near the script; further off only what no known package is called."""
    if folder is None:
        return None
    beside = module_beside(module, folder)
    if beside or _known_package(module):
        return beside
    return module_one_folder_down(module, folder)


def is_there(module: str, surroundings: Surroundings) -> bool:
    """Whether an import of a dotted name would find something: in the environment, in the bundle, or from us."""
    environment = surroundings.environment
    top = module.partition(".")[0]
    if top == "pip" or module in OURS or any(module.startswith(f"{ours}.") for ours in OURS if "." in ours):
        return True
    if top in module_names(surroundings.bundle_files) or _is_folder_of_bundle(top, surroundings):
        return True
    if not environment.has_module(top):
        return False
    if top in _SHARED and "." in module and not module.endswith(".*"):
        known = _known_package(module)
        if known is None:
            return _has_its_package(module, surroundings)
        return normalised(known) in environment.packages
    return True


def _is_folder_of_bundle(top: str, surroundings: Surroundings) -> bool:
    return any(f"/{top}/" in f"/{name}" for name in surroundings.bundle_files)


def _has_its_package(module: str, surroundings: Surroundings) -> bool:
    """Whether a package of a shared folder has the module's first parts in its name."""
    first_parts = normalised(".".join(module.split(".")[:2]))
    return any(name.startswith(first_parts) for name in surroundings.environment.packages)


def imports(script: Script) -> list[Finding]:
    """Every module that a script imports and that is nowhere, or that it installs too late."""
    found = []
    installs = tuple(installations(script))
    seen: set[str] = set()
    for each in _imported(script):
        if each.module in seen or is_there(each.module, script.surroundings):
            continue
        if _is_made_here(script, each.module):
            continue
        seen.add(each.module)
        finding = _missing(script, each, installs)
        if finding:
            found.append(finding)
    return found + _relative(script)


def _imported(script: Script) -> Iterator[_Import]:
    for node in script.nodes_in_order():
        if isinstance(node, ast.Import) and not _is_guarded(script, node):
            yield from (_Import(node, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and not _is_guarded(script, node):
            module = node.module or ""
            if module in _SHARED or module.partition(".")[0] in _SHARED:
                yield from (_Import(node, f"{module}.{each.name}".removesuffix(".*")) for each in node.names)
            else:
                yield _Import(node, module)


def _is_guarded(script: Script, node: ast.AST) -> bool:
    """Whether the script has thought of the module's absence, or never runs the import."""
    inside: ast.AST = node
    for outer in script.around(node):
        if isinstance(outer, ast.Try) and inside in outer.body and any(_catches(each) for each in outer.handlers):
            return True
        if isinstance(outer, ast.ExceptHandler) and _catches(outer):
            return True
        if isinstance(outer, ast.If) and any(
            word in script.segment(outer.test) for word in ("TYPE_CHECKING", "version_info", "PY2", "__name__")
        ):
            return True
        inside = outer
    return False


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(getattr(kind, "id", getattr(kind, "attr", "")) in _CATCHES for kind in kinds)


def _is_made_here(script: Script, module: str) -> bool:
    """Whether the script writes the module itself, or reaches for folders that only a run shows."""
    texts = [node.value for node in script.nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    top = module.partition(".")[0]
    return any(text.replace("\\", "/").endswith((f"{top}.py", f"/{top}")) for text in texts) or any(
        isinstance(node, ast.Subscript) and script.dotted(node.value) == "sys.modules" for node in script.nodes
    )


def _missing(script: Script, wanted: _Import, installs: tuple[Install, ...]) -> Finding | None:
    module, line = wanted.module, script.span(wanted.node)[0]
    installing = [each for each in installs if brings(each, module)]
    if installing:
        return _too_late(script, wanted, installing)
    renamed = python3_name(module)
    if renamed is not None:
        return _of_python_2(script, wanted, renamed)
    found = near_the_script(module, script.surroundings.folder)
    if found:
        message = f"Line {line} imports {module}: {found.file} lies {found.place}, but is not in the script bundle."
        return script.finding("missing_module", wanted.node, message, found.remedy)
    if _is_our_folder(script, module):
        return None
    message = f"Line {line} imports {module}, which this environment does not have."
    missing = script.finding("missing_module", wanted.node, message, how_to_install(module))
    return replace(missing, subject=module)


def _is_our_folder(script: Script, module: str) -> bool:
    """Whether a bundle's own module imports a neighbour that only its folder shows."""
    if script.is_entry:
        return False
    folder = script.source.shown.replace("\\", "/").rpartition("/")[0].rpartition("/")[2]
    return module.partition(".")[0] == folder


def _of_python_2(script: Script, wanted: _Import, renamed: str) -> Finding:
    module, line = wanted.module, script.span(wanted.node)[0]
    message = f"Line {line} imports {module}, which only Python 2 has."
    if not renamed:
        return script.finding("missing_module", wanted.node, message, "Python 3 has no module in its place.")
    edits = []
    names = wanted.node.names
    if isinstance(wanted.node, ast.ImportFrom):
        listed = ", ".join(f"{each.name} as {each.asname}" if each.asname else each.name for each in names)
        edits.append(script.replace(wanted.node, f"from {renamed} import {listed}"))
        shown = edits[0].text
    else:
        local = next(each.asname or each.name for each in names if each.name == module)
        shown = f"import {renamed} as {local}"
        if len(names) == 1:
            edits.append(script.replace(wanted.node, shown))
    certain = module not in {"urllib2", "commands", "StringIO", "cStringIO"} or isinstance(wanted.node, ast.ImportFrom)
    return script.finding("missing_module", wanted.node, message, f"Write `{shown}`.", *edits, certain=certain)


def _too_late(script: Script, wanted: _Import, installing: list[Install]) -> Finding | None:
    """Installed, but only below the import that needs it."""
    if not script.runs_when_imported(wanted.node):
        return None
    line = script.span(wanted.node)[0]
    if any(_has_run_by(script, each.node, line) for each in installing):
        return None
    place = script.span(installing[0].node)[0]
    return script.finding(
        "installed_later",
        wanted.node,
        f"{package_of(wanted.module)} is installed in line {place} but imported in line {line}.",
        f"Move the import of line {line} below line {place}, or the installation above it.",
        *_moved(script, wanted.node, installing[0].node),
    )


def _has_run_by(script: Script, install: ast.AST, line: int) -> bool:
    if script.runs_when_imported(install):
        return script.span(install)[0] < line
    function = script.function_of(install)
    return function is not None and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function.name
        and script.span(node)[0] < line
        and script.runs_when_imported(node)
        for node in script.nodes
    )


def _moved(script: Script, wanted: ast.AST, install: ast.AST) -> list[Edit]:
    """The import taken to the line below the installation, where both stand on lines of their own."""
    statement = next((each for each in (install, *script.around(install)) if isinstance(each, ast.stmt)), None)
    start, column, end, _ = script.span(wanted)
    if statement is None or script.parents.get(statement) is not script.tree or column:
        return []
    after = script.span(statement)[2]
    if script.lines[end - 1].strip() != script.segment(wanted).split("\n")[-1].strip():
        return []
    return [Edit(start, 0, end + 1, 0, ""), Edit(after + 1, 0, after + 1, 0, f"{script.segment(wanted)}\n")]


def installations(script: Script) -> Iterator[Install]:
    """Every place where a script installs packages by pip, in the order of the text."""
    for node in script.nodes_in_order():
        if not isinstance(node, ast.Call):
            continue
        words = _words_of(node)
        if words is None:
            continue
        what = words.partition(" install ")[2]
        yield Install(node, frozenset(_packages_in(what)))


def _words_of(call: ast.Call) -> str | None:
    """The command that a call runs, where it is one of pip install; what only a run can tell is `*`."""
    values = [*call.args, *(each.value for each in call.keywords)]
    for value in values:
        if isinstance(value, ast.List | ast.Tuple):
            words = " ".join(_literal(each) for each in value.elts)
        else:
            words = _literal(value)
        if re.search(r"(^|[\s/*\"'])pip[\d.]*\s+install\s", words + " "):
            found = _INSTALLS.search(words + " ")
            return f"pip install {found['what']}" if found else None
    if getattr(call.func, "attr", "") == "main" and call.args and isinstance(call.args[0], ast.List):
        words = " ".join(_literal(each) for each in call.args[0].elts)
        return f"pip {words} " if words.startswith("install ") else None
    return None


def _literal(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(each) for each in node.values)
    if isinstance(node, ast.BinOp):
        return _literal(node.left) + _literal(node.right)
    return _ANYTHING


def _packages_in(what: str) -> Iterator[str]:
    skip = False
    for word in what.replace("'", " ").replace('"', " ").split():
        if skip or word.startswith("-"):
            skip = word in _OPTIONS_WITH_VALUE
            if word in {"-r", "--requirement"}:
                yield _ANYTHING
            continue
        if _ANYTHING in word or "/" in word or word.endswith((".whl", ".zip", ".gz")):
            yield _ANYTHING
        else:
            yield normalised(re.split(r"[=<>!~\[;@]", word)[0])


def brings(install: Install, module: str) -> bool:
    """Whether an installation may bring a module."""
    names = {normalised(package_of(module)), normalised(module.partition(".")[0])}
    if module.startswith("cv2"):
        names |= {"opencv-python", "opencv-contrib-python"}
    return bool(names & install.packages) or _ANYTHING in install.packages


def _relative(script: Script) -> list[Finding]:
    """`from .x import y` in the script itself, which is in no package."""
    if not script.is_entry:
        return []
    found = []
    for node in script.nodes:
        if isinstance(node, ast.ImportFrom) and node.level and not _is_guarded(script, node):
            line = script.span(node)[0]
            new = script.segment(node).replace("." * node.level, "", 1).replace("from  import", "import")
            shown = " ".join(new.split())
            message = f"Line {line} imports relatively, but the script is in no package."
            edits = [script.replace(node, new)]
            found.append(
                script.finding("relative_import", node, message, f"Write `{shown}`.", *edits, certain=bool(node.module))
            )
    return found

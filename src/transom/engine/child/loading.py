"""How the script and the files of its bundle are found by `import`, and under which names messages show them."""

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import sys
import warnings

from . import installed

#: Names that a bundle may have although a standard or installed module has them too.
BUNDLE_FIRST = ("app", "test")
WINDOWS_SPELLING = "Script Bundle\\"
#: Links for the Windows spelling are made for so many files at most.
MOST_LINKS = 5000


def prepare(this):
    """Set up `sys.path` as the contract says, and warn of files of the bundle that an import cannot reach."""
    bundle = os.path.join(this.work, "Script Bundle")
    roots = [os.path.join(bundle, part) if part else bundle for part in this.job.get("bundle_roots", [""])]
    for name, place in _hidden(roots):
        this.warn(
            "%s of the script bundle cannot be imported: %s has that name and is found first. Rename the bundle's."
            % (name, place)
        )
    ours = [installed.SHIMS] if this.job.get("real_sdk") else [installed.SDK, installed.SHIMS]
    sys.path[:0] = ours
    inherited = os.environ.get("PYTHONPATH")  # so that the Pythons that the script starts find it too
    os.environ["PYTHONPATH"] = os.pathsep.join(ours + ([inherited] if inherited else []))
    sys.path.append(os.path.join(this.folder, "script"))
    sys.path.append(this.work)
    sys.path.extend(roots)
    sys.meta_path.insert(0, _BundleFirst(roots))
    if this.job.get("windows_spelling"):
        _link_windows_spelling(this.work, bundle)


class _BundleFirst(importlib.abc.MetaPathFinder):
    """Finds the few names that a bundle may take from an installed module."""

    def __init__(self, roots):
        self.roots = roots

    def find_spec(self, name, path=None, target=None):
        if path is None and name in BUNDLE_FIRST:
            found = importlib.machinery.PathFinder.find_spec(name, self.roots)
            if found is not None and found.loader is not None:  # a mere folder is not meant
                return found
        return None


def _hidden(roots):
    """Pairs (file of the bundle, what hides it)."""
    for root in roots:
        for entry in sorted(os.listdir(root)) if os.path.isdir(root) else ():
            name = entry[:-3] if entry.endswith(".py") else entry
            is_package = os.path.isfile(os.path.join(root, entry, "__init__.py"))
            if name in BUNDLE_FIRST or not (entry.endswith(".py") or is_package) or name == "__init__":
                continue
            place = _found_elsewhere(name)
            if place:
                yield entry + ("/" if is_package else ""), place


def _found_elsewhere(name):
    if name in sys.builtin_module_names:
        return "the built-in module %s" % name
    try:
        found = importlib.machinery.PathFinder.find_spec(name)
    except (ImportError, ValueError):
        return None
    if found is None or found.loader is None:
        return None
    return found.origin


def _link_windows_spelling(work, bundle):
    r"""Let `Script Bundle\a\b.txt` and `.\Script Bundle\a\b.txt`, mere file names here, lead to the bundle's files."""
    made = 0
    places = [""]
    for folder, folders, files in os.walk(bundle):
        below = os.path.relpath(folder, bundle)
        places.extend(name if below == "." else os.path.join(below, name) for name in folders + files)
    for place in places:
        for start in ("", ".\\"):
            if made < MOST_LINKS:
                literal = start + WINDOWS_SPELLING + place.replace("/", "\\")
                for name in {literal, literal.rstrip("\\")} - {"Script Bundle"}:
                    os.symlink(os.path.join("Script Bundle", place), os.path.join(work, name))
                    made += 1
    sys.path.extend([WINDOWS_SPELLING, ".\\" + WINDOWS_SPELLING, ".\\" + WINDOWS_SPELLING.rstrip("\\")])


class _ScriptLoader(importlib.machinery.SourceFileLoader):
    """Loads the script's copy, but calls its code by the path that the person knows."""

    def __init__(self, name, path, shown):
        super().__init__(name, path)
        self.shown = shown

    def source_to_code(self, data, path, **options):
        return compile(data, self.shown, "exec", dont_inherit=True)

    def get_data(self, path):
        if path != self.path:  # no bytecode: what it names would be another path's
            raise OSError(path)
        return super().get_data(path)

    def set_data(self, path, data, **options):
        return None


def _show_in_warnings(path, shown):
    """Python 3.6 names a warning's place by the module's file: let it be the person's."""
    format_warning = warnings.formatwarning

    def format_with_shown(message, category, filename, lineno, line=None):
        return format_warning(message, category, shown if filename == path else filename, lineno, line)

    warnings.formatwarning = format_with_shown


def forget_script(this):
    """Undo what `load_script` left behind."""
    sys.modules.pop(this.job["module"], None)
    linecache.cache.pop(this.job["shown"], None)


def load_script(this):
    """The script as a module, executed."""
    name = this.job["module"]
    path = os.path.join(this.folder, "script", name + ".py")
    # A debugger knows files by their whole paths.
    shown = this.job["shown_path" if this.job.get("debug_port") is not None else "shown"]
    loader = _ScriptLoader(name, path, shown)
    with open(path, "rb") as stream:
        text = importlib.util.decode_source(stream.read())
    if sys.version_info < (3, 7):
        _show_in_warnings(path, shown)
    linecache.cache[shown] = (len(text), None, text.splitlines(True), shown)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    # A class whose module was replaced in sys.modules by the script itself is the script's own doing.
    return sys.modules.get(name, module)

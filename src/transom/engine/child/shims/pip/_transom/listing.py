"""How `pip list`, `freeze`, `show` and `check` print what is installed."""

import json
import re
import sys

from .distributions import installed, plain_name
from .saying import error

#: What `pip freeze` leaves out unless it is asked for all.
_TOOLS = ("pip", "setuptools", "wheel", "distribute")


def list_packages(arguments):
    """Print the packages as columns, or in the format that is asked for."""
    if any(each in ("-o", "--outdated", "-u", "--uptodate") for each in arguments):
        return error("pip list does not know inside a script which packages are outdated.", "Leave the option out.")
    format_ = _format(arguments)
    packages = installed()
    if format_ == "json":
        print(json.dumps([{"name": each.name, "version": each.version} for each in packages]))
    elif format_ == "freeze":
        _print_frozen(packages)
    elif format_ == "columns":
        _print_columns(packages)
    else:
        return error("pip list has no format %r." % format_, "Ask for columns, freeze or json.")
    return 0


def freeze(arguments):
    """Print the packages as a requirements file."""
    hidden = () if "--all" in arguments else _TOOLS
    _print_frozen([each for each in installed() if plain_name(each.name) not in hidden])
    return 0


def show(arguments):
    """Print what the packages say of themselves; 1 where one is not installed."""
    names = [each for each in arguments if not each.startswith("-")]
    if not names:
        return error("pip show was called without a package name.", "Name a package: pip show NAME.")
    everything = installed()
    found = {plain_name(each.name): each for each in everything}
    known = [name for name in names if plain_name(name) in found]
    missing = [name for name in names if name not in known]
    with_files = any(each in ("-f", "--files") for each in arguments)
    for number, name in enumerate(known):
        if number:
            print("---")
        _print_one(found[plain_name(name)], everything, with_files)
    if missing:
        sys.stdout.flush()
        sys.stderr.write("WARNING: Package(s) not found: %s\n" % ", ".join(missing))
    return 0 if known else 1


def check(arguments):
    """Say that all is well: what is installed here was resolved together."""
    print("No broken requirements found.")
    return 0


def _format(arguments):
    for number, argument in enumerate(arguments):
        if argument.startswith("--format="):
            return argument.partition("=")[2]
        if argument == "--format" and number + 1 < len(arguments):
            return arguments[number + 1]
    return "columns"


def _print_frozen(packages):
    for each in packages:
        print("%s==%s" % (each.name, each.version))


def _print_columns(packages):
    rows = [("Package", "Version")] + [(each.name, each.version) for each in packages]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1]))
    for name, version in rows:
        print("%s %s" % (name.ljust(widths[0]), version))


def _print_one(package, everything, with_files):
    fields = package.fields()
    print("Name: %s" % package.name)
    print("Version: %s" % package.version)
    for shown in ("Summary", "Home-page", "Author", "Author-email", "License"):
        print("%s: %s" % (shown, (fields.get(shown) or [""])[0]))
    print("Location: %s" % package.place)
    print("Requires: %s" % ", ".join(sorted(_required(fields))))
    wanted = plain_name(package.name)
    needing = [each.name for each in everything if wanted in [plain_name(name) for name in _required(each.fields())]]
    print("Required-by: %s" % ", ".join(needing))
    if with_files:
        print("Files:")
        for name in package.files():
            print("  %s" % name)


def _required(fields):
    """The names of what a package needs, without what its extras need."""
    names = []
    for text in fields.get("Requires-Dist", ()):
        if not re.search(r";.*\bextra\s*==", text):
            names.append(re.match(r"[A-Za-z0-9._-]*", text).group())
    return names

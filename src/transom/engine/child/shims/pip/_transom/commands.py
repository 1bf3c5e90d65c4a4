"""Which commands of pip work in a job, and how a command line comes to one of them."""

import os
import sys

from .saying import error

#: Options before the command that take a value.
_WITH_VALUE = (
    "--timeout --default-timeout --retries --proxy --cert --client-cert --trusted-host --log --cache-dir"
    " --exists-action --use-feature --use-deprecated --python"
).split()
_HELP = """Usage: pip COMMAND [options]

This is the pip of a Transom job: what it installs belongs to this job alone.

Commands:
  install      install packages, by name and version, from a requirements file, or from a wheel file
  uninstall    take away packages that this job has installed
  list         show the installed packages
  freeze       show them as a requirements file
  show         show what is known of packages
  check        say whether the packages go together
"""


def run(args=None):
    """Run a command line, `sys.argv[1:]` unless one is given; its exit code."""
    command, arguments = _split(list(sys.argv[1:] if args is None else args))
    if command in ("--version", "-V"):
        return _version()
    if command in ("", "help", "-h", "--help") or "--help" in arguments or "-h" in arguments:
        sys.stdout.write(_HELP)
        return 0
    function = _functions().get(command)
    if function is None:
        return _unknown(command)
    return function(arguments)


def _split(words):
    """(the command, everything else in its order): options may stand before the command."""
    before = []
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word in ("--version", "-V", "-h", "--help"):
            return word, before + words
        before.append(word)
        if word in _WITH_VALUE and words:
            before.append(words.pop(0))
    return "", before


def _functions():
    from . import installing, listing

    return {
        "install": installing.install,
        "uninstall": installing.uninstall,
        "list": listing.list_packages,
        "freeze": listing.freeze,
        "show": listing.show,
        "check": listing.check,
    }


def _version():
    from pip import __version__

    place = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.stdout.write("pip %s from %s (python %d.%d), Transom's own\n" % ((__version__, place) + sys.version_info[:2]))
    return 0


def _unknown(command):
    known = "download wheel search config cache index hash debug inspect completion".split()
    what = "pip %s does not work inside a script." if command in known else "%s is no command of pip."
    return error(what % command, "What works: install, uninstall, list, freeze, show, check.")

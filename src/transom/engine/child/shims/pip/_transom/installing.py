"""How `pip install` and `pip uninstall` ask Transom, and say what came of it in pip's own words."""

import base64
import importlib
import importlib.util
import os
import sys

from .distributions import installed, plain_name
from .saying import error

_MOST_BYTES = 1000 * 1000
_MOST_ROUNDS = 200


def install(arguments):
    """Install for this job; the exit code."""
    arguments = [os.fsdecode(each) if isinstance(each, bytes) else str(each) for each in arguments]
    return _asked(lambda link: _told(_answer(link, arguments)))


def uninstall(arguments):
    """Take away what this job has installed; the exit code."""
    names, files = [], []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word in ("-r", "--requirement") and waiting:
            files.append(waiting.pop(0))
        elif not word.startswith("-"):
            names.append(word)
    if files:
        return error("pip uninstall -r does not work inside a script.", "Name the packages: pip uninstall NAME.")
    if not names:
        return error("pip uninstall was called without anything to uninstall.", "Name a package: pip uninstall NAME.")
    return _asked(lambda link: _uninstalled(link, names))


def _asked(act):
    """Do what needs Transom; what it refuses is said, and ends with 1."""
    link = _link()
    try:
        return act(link)
    except link.Refused as refused:
        return error(str(refused), refused.remedy)
    except link.NoLink as wrong:
        return error(str(wrong), "Install before the script starts, or call pip while the job runs.")
    finally:
        importlib.invalidate_caches()


def _link():
    """The module that asks: one for this process, loaded by its path, so that it takes no name from anybody."""
    name = "transom child.link"
    if name not in sys.modules:
        place = os.path.abspath(__file__)
        for _ in range(4):
            place = os.path.dirname(place)
        spec = importlib.util.spec_from_file_location(name, os.path.join(place, "link.py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]


def _answer(link, arguments):
    """Ask, and ask again with the files that are wanted for an answer."""
    texts, places = {}, {}
    for _ in range(_MOST_ROUNDS):
        answer = link.ask("packages/install", _say, arguments=arguments, texts=texts, places=places)
        if "need_texts" not in answer:
            return answer
        texts.update((path, _content(path)) for path in answer["need_texts"])
        places.update((path, _place_in_job(path)) for path in answer["need_places"])
    raise link.Refused("Transom wants too many files.", "Install from fewer at a time.")


def _content(path):
    try:
        with open(os.path.expanduser(path), "rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError):
        return None
    return base64.b64encode(content).decode() if len(content) <= _MOST_BYTES else None


def _place_in_job(path):
    """The place of a file or folder below the job's working directory, None if it lies elsewhere."""
    work = os.path.join(os.path.realpath(os.path.dirname(os.environ["TRANSOM_LINK"])), "work")
    place = os.path.relpath(os.path.realpath(os.path.expanduser(path)), work)
    return None if place == ".." or place.startswith("../") else place


def _say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _told(answer):
    for note in answer["notes"]:
        sys.stdout.flush()
        sys.stderr.write("WARNING: %s\n" % note)
    if answer["quiet"]:
        return 0
    if answer["satisfied"]:
        found = {plain_name(each.name): each for each in installed()}
        for name in answer["satisfied"]:
            if name in found:
                each = found[name]
                _say("Requirement already satisfied: %s in %s (%s)" % (name, each.place, each.version))
            else:
                _say("Ignoring %s: what the requirement says of Python or platform is not true here" % name)
    for name, before, _ in answer["upgraded"]:
        _say("Found existing installation: %s %s, replaced for this job alone" % (name, before))
    new = ["%s-%s" % (name, version) for name, version in answer["added"]]
    new += ["%s-%s" % (name, version) for name, _, version in answer["upgraded"]]
    if new:
        _say("Successfully installed %s" % " ".join(sorted(new)))
    return 0


def _uninstalled(link, names):
    removed = {plain_name(name): version for name, version in link.ask("packages/uninstall", names=names)["removed"]}
    importlib.invalidate_caches()
    left = {plain_name(each.name): each for each in installed()}
    for name in names:
        plain = plain_name(name)
        if plain in removed:
            _say("Successfully uninstalled %s-%s" % (name, removed[plain]))
        elif plain in left:
            sys.stderr.write(
                "WARNING: %s %s belongs to the environment, which stays as it is.\n" % (name, left[plain].version)
            )
        else:
            sys.stderr.write("WARNING: Skipping %s as it is not installed.\n" % name)
    return 0

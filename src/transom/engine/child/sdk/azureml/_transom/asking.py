"""How the SDK asks Transom: its link, the contents that go with a question, and what is raised when it is refused."""

import importlib.util
import os
import shutil
import sys

JOB_FOLDER = "TRANSOM_JOB"
_PIECE = 1 << 20


class NoJob(RuntimeError):
    """This process belongs to no job of Transom, or does not know it any more."""


def job_folder():
    """The folder of the job that this process belongs to. Raises NoJob."""
    folder = os.environ.get(JOB_FOLDER)
    if not folder:
        raise NoJob(
            "This process does not know its run: %s is not in its environment. Pass os.environ on to the processes "
            "that the script starts." % JOB_FOLDER
        )
    return folder


def ask(question, raising="UserErrorException", **facts):
    """The answer to a question, a dict; a content goes with it as what `hand` or `hand_bytes` gave, anywhere in it.

    What is refused is raised as the exception of `azureml.exceptions` that `raising` names, its text a sentence and
    what to do. Raises NoJob where there is nobody to ask.
    """
    link = _link()
    try:
        return link.ask(question, **facts)
    except link.Refused as refused:
        told = " ".join(text for text in (str(refused), refused.remedy) if text)
        raise told_as(raising, told) from None
    except link.NoLink as wrong:
        raise NoJob(str(wrong)) from None
    finally:
        _forget_handed(facts)


def told_as(kind, text):
    """An exception of `azureml.exceptions` by its name, with that text."""
    from azureml import exceptions

    return getattr(exceptions, kind)(text)


def hand(path):
    """Copy a file to where Transom takes it from; what stands for it in the facts of a question.

    Raises OSError where it cannot be read, or where the disk is full.
    """
    place, handed = place_to_hand()
    shutil.copyfile(str(path), place)
    return handed


def hand_bytes(content):
    """Hand a content over; what stands for it in the facts of a question."""
    place, handed = place_to_hand()
    with open(place, "wb") as stream:
        stream.write(content)
    return handed


def hand_stream(stream):
    """Hand over what a binary or text stream holds, read piece by piece."""
    place, handed = place_to_hand()
    with open(place, "wb") as target:
        pour(stream, target)
    return handed


def place_to_hand():
    """A path at which the caller writes a file, and what stands for it in the facts of a question."""
    name = os.urandom(16).hex()
    folder = os.path.join(job_folder(), "handed")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, name), {"handed": name}


def pour(stream, target):
    """Copy a binary or text stream to a binary file."""
    while True:
        piece = stream.read(_PIECE)
        if not piece:
            return
        target.write(piece.encode("utf-8") if isinstance(piece, str) else piece)


def _forget_handed(facts):
    """Remove what was handed and not taken, since it counts against the job's disk."""
    if isinstance(facts, dict):
        if set(facts) == {"handed"}:
            place = os.path.join(os.environ.get(JOB_FOLDER, ""), "handed", facts["handed"])
            try:
                os.unlink(place)
            except OSError:  # taken
                pass
            return
        facts = list(facts.values())
    if isinstance(facts, list):
        for each in facts:
            _forget_handed(each)


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

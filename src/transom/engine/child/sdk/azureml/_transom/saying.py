"""What the SDK says in the log of the run: each thing once in a process, however often a script does it."""

import sys

_SAID = set()


def once(text):
    """Write a line to the log, unless this process has written it already."""
    if text in _SAID:
        return
    _SAID.add(text)
    try:
        sys.stdout.flush()
        sys.stderr.write("Transom: %s\n" % text)
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # the script closed its streams, or put something else there
        return

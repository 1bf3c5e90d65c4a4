"""How the pip of a job says what is wrong."""

import sys


def error(sentence, remedy=""):
    """Say what is wrong as pip does; the exit code."""
    sys.stdout.flush()
    sys.stderr.write("ERROR: %s\n" % " ".join(part for part in (sentence, remedy) if part))
    sys.stderr.flush()
    return 1

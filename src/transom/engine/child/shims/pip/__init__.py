"""What `import pip` and `python -m pip` find in a job: a pip that asks Transom to install, for this job alone."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)
#: The last version that runs on Python 3.6, for scripts that compare it.
__version__ = "21.3.1"


def main(args=None):
    """Run a command, `sys.argv[1:]` unless others are given; its exit code."""
    from pip._transom.commands import run

    return run(args)

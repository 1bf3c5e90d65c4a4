"""`from pip._internal import main`, which many scripts of 2018 and later call; the rest is the real pip's, if there."""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)


def main(args=None):
    """Run a command; its exit code."""
    from pip import main as run

    return run(args)

"""`from pip._internal.cli.main import main`."""

from pip import main

__all__ = ["main"]

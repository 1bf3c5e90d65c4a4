"""`from pip._internal.main import main`."""

from pip import main

__all__ = ["main"]

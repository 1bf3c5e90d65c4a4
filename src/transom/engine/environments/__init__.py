"""A name becomes an interpreter with exactly its packages: defined, locked, built once, found again."""

from transom.engine.environments.asked import Defined, Ready, Request, Upgrade
from transom.engine.environments.known import CURRENT, HOST, Environments

__all__ = ["CURRENT", "HOST", "Defined", "Environments", "Ready", "Request", "Upgrade"]

"""What a script may touch: the policies, from the loosest to the strictest, and what was done to hold one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Policy(StrEnum):
    """How much a script may touch. `open` has limits only, each next one is stricter."""

    OPEN = "open"
    GUARDED = "guarded"
    CONFINED = "confined"
    STRICT = "strict"

    def is_looser_than(self, other: Policy) -> bool:
        """Whether it allows more than `other`."""
        order = list(Policy)
        return order.index(self) < order.index(other)

    @property
    def network(self) -> Network:
        """What of the network it allows unless that is said too."""
        return _NETWORK_OF[self]


class Network(StrEnum):
    """What of the network a script may use: nothing, the installation of packages by Transom, or all."""

    NONE = "none"
    PACKAGES = "packages"
    OPEN = "open"


_NETWORK_OF = {
    Policy.OPEN: Network.OPEN,
    Policy.GUARDED: Network.OPEN,
    Policy.CONFINED: Network.PACKAGES,
    Policy.STRICT: Network.NONE,
}


@dataclass(frozen=True, slots=True)
class Confinement:
    """What one job may touch.

    `allow_read` and `allow_write` are absolute paths of files and folders that it may read, and write, beside what the
    policy lets it; `variables` names environment variables that it gets although the policy would keep them. A
    confinement that is `named` was asked for: where this machine cannot enforce it whole, nothing runs.
    """

    policy: Policy = Policy.GUARDED
    network: Network = Network.OPEN
    allow_read: tuple[str, ...] = ()
    allow_write: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    named: bool = False

    @property
    def plain(self) -> Confinement:
        """The same policy with nothing said beside it."""
        return replace(self, network=self.policy.network, allow_read=(), allow_write=(), variables=())


@dataclass(frozen=True, slots=True)
class Enforced:
    """The policy and network of a job that ran, by what the machine enforced them, and what of them it could not."""

    policy: Policy
    network: Network
    by: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

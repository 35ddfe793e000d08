# SPDX-License-Identifier: Apache-2.0
"""dcat: a profit-aware broker for computing power networks, from Python.

>>> import dcat
>>> city = dcat.Scenario("paper", **{"servers.random.count": 60})
>>> world = city.world(seed=0)
>>> t = dcat.run(world, "linkage", "rea-s", cycles=(2400, 24))
>>> profit_per_cycle = (t["fee"] - t["payment"]).mean()

A *clusterer* says which servers act as one; an *auction* sells every task to one cluster. Either is the
name of one of the library's (`dcat.clusterers`, `dcat.auctions`), "plugin=PATH?ARGUMENTS", or a Python
function. Everything is in SI units: cycles, hertz, bits, seconds, metres; money is what the scenario's
is. S stands for servers, A for areas, E for environments, P for pairs of servers.
"""

from ._core import (
    Error,
    FileError,
    InputError,
    InternalError,
    NotFoundError,
    Policy,
    Records,
    Scenario,
    World,
    auctions,
    clusterers,
    commit,
    scenarios,
    version,
)
from ._runs import Trainer, audit, compare, run, train

__version__ = version
__all__ = [
    "ClusterEnv", "ClusterVecEnv", "DispatchEnv", "DispatchVecEnv", "Error", "FileError", "InputError",
    "InternalError", "NotFoundError", "Policy", "Records", "Scenario", "Trainer", "World", "auctions", "audit",
    "clusterers", "commit", "compare", "run", "scenarios", "train", "version",
]  # fmt: skip

_LATER = ("ClusterEnv", "ClusterVecEnv", "DispatchEnv", "DispatchVecEnv", "register")


def __getattr__(name):
    # Environments look for gymnasium, whose import takes longer than everything else together.
    if name in _LATER:
        from . import envs

        return getattr(envs, name)
    raise AttributeError(f"module 'dcat' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)


def _register():
    import sys

    if "gymnasium" in sys.modules:  # as gymnasium.make("dcat:dcat/Cluster-v0") has it
        from . import envs

        envs.register()


_register()

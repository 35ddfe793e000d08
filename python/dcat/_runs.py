# SPDX-License-Identifier: Apache-2.0
"""What is done with worlds: runs, comparisons, audits, trainings."""

import os

import numpy as np

from . import _dcat
from ._core import InputError, Policy, Scenario, _override, dtypes, records, whole

_SEEN = {"cluster_of": np.int32}


def _arrays(seen, shape=(-1,)):
    """What a clusterer sees as arrays: bytes of areas, and of areas by class."""
    return {
        name: value if value is None
        else _arrays(value, (len(seen["work_cycles"]) // 8, -1) if name == "by_class" else (-1,)) if isinstance(value, dict)
        else np.frombuffer(value, _SEEN.get(name, np.float64)).reshape(shape)
        for name, value in seen.items()
    }  # fmt: skip


def _own_clusterer(function):
    """A Python clusterer as the extension calls it: bytes become arrays, labels an int32 array."""
    if not callable(function) or isinstance(function, _dcat.Policy):
        return function

    def decide(world, seen, seed, cycle):
        arrays = _arrays(seen)
        arrays["seed"] = seed
        labels = np.asarray(function(world, arrays, cycle))
        if labels.shape != (len(world.servers),):
            raise ValueError(f"a clusterer returns labels [{len(world.servers)}], got an array {list(labels.shape)}")
        if not np.issubdtype(labels.dtype, np.integer):
            raise TypeError(f"a clusterer returns whole numbers, got {labels.dtype}")
        return np.ascontiguousarray(labels, np.int32)

    decide.__name__ = getattr(function, "__name__", type(function).__name__)
    return decide


def _cycles(cycles, default):
    if cycles is None:
        return default
    if isinstance(cycles, (tuple, list)):
        if len(cycles) != 2:
            raise InputError(f"cycles are (first, count) or a count, got {cycles!r}")
        return whole("the first cycle", cycles[0], 0, 2**32 - 1), whole("the count of cycles", cycles[1], 1, 2**32 - 1)
    return default[0], whole("the count of cycles", cycles, 1, 2**32 - 1)


def run(world, clusterer="linkage", auction="rea-s", *, cycles=None, seed=None):
    """Run a policy on a world. Source: paper, Algorithm 3.

    clusterer  a name, a Policy, "plugin=PATH?ARGUMENTS", or f(world, seen, cycle) -> labels [S]: any
               whole numbers in [0, S), servers with the same number act as one. `seen` holds what the
               library's clusterers see: of the last cycle's demand by area [A] arrivals_per_slot,
               work_cycles, data_bits, deadline_s (means) and work_sd, data_sd, deadline_sd; by server
               [S] cluster_of and busy_until_s; by_class, a dict of the same by area and class of work
               [A, Q], None with one class; forecast, a dict of what the coming cycle may bring [A], or
               None; and the run's seed.
    auction    a name, "plugin=PATH?ARGUMENTS", or f(reserve, bids, draw) -> None or (winner, price):
               bids are the bytes of float64 bids not above the reserve (np.frombuffer(bids)), winner
               an index into them, price from its bid to the reserve, draw 64 random bits.
    cycles     (first, count), or a count from the first test cycle on; default: all test cycles
    seed       of arrivals and lotteries; default: the world's

    Returns Records [count], one row a cycle: arrived, awarded, the unsold by reason, fee, payment, cost,
    and sums of delays in seconds over awarded tasks. Profit (6) is fee - payment. The same arguments
    give the same bits.
    """
    first, count = _cycles(cycles, world.test_cycles)
    block, *_ = _dcat.run(world, _own_clusterer(clusterer), auction, first, count,
                          world.seed if seed is None else whole("seed", seed))
    return records(block, "totals")


class Comparison:
    """What compare() found.

    rows     [policies] records: policy, and mean and 95 % half-width (ci) over worlds of profit,
             profit_gain (over the best of the paper's baselines) and offloading; margin, cluster_count
    results  [policies, worlds] records of whole runs
    """

    def __init__(self, rows, results):
        self.rows = rows
        self.results = results

    def __repr__(self):
        lines = [f"{'policy':24} {'profit a cycle':>22} {'gain':>18} {'offloading':>10}"]
        for row in self.rows:
            lines.append(f"{row['policy']:24} {row['profit']:13.0f} +- {row['profit_ci']:5.0f} "
                         f"{row['gain']:10.0f} +- {row['gain_ci']:5.0f} {row['offloading']:10.3f}")
        return "\n".join(lines)


def compare(scenario, policies=None, *, worlds=20, cycles=None, seed=0, threads=0):
    """Compare policies on the same arrivals in the same worlds, as `dcat compare` does.

    policies  "clusterer:auction" texts or (clusterer, auction) tuples, either of them a function as in
              run(); default: the paper's baselines and linkage:rea-s
    worlds    how many; their seeds are seed, seed + 1, ...
    cycles    (first, count), or a count from the first test cycle on; default: all test cycles
    threads   0: all cores; functions run in the calling thread. The result does not depend on it.
    """
    if not isinstance(scenario, _dcat.Scenario):
        scenario = Scenario(scenario)
    if policies is None:
        policies = ["random:rea", "kmeans:rea", "random:one-off", "kmeans:one-off", "linkage:rea-s"]
    pairs = [tuple(p.rsplit(":", 1)) if isinstance(p, str) else tuple(p) for p in policies]
    for policy, pair in zip(policies, pairs):
        if len(pair) != 2:
            raise InputError(f"a policy is clusterer:auction, got {policy!r}")
    pairs = [(_own_clusterer(clusterer), auction) for clusterer, auction in pairs]
    first, count = _cycles(cycles, scenario.test_cycles)
    seed, worlds, threads = whole("seed", seed), whole("worlds", worlds, 1, 10**6), whole("threads", threads, 0, 2**16)
    own = [p for p, pair in enumerate(pairs)
           if scenario._asked[2] is not None or any(callable(f) and not isinstance(f, _dcat.Policy) for f in pair)]  # fmt: skip
    given = np.zeros((len(pairs), worlds), dtypes["result"])
    for w in range(worlds if own else 0):
        world = scenario.world(seed + w)
        for p in own:
            given[p, w] = np.frombuffer(_dcat.run(world, *pairs[p], first, count, seed + w)[1], given.dtype)[0]
    rows, block = _dcat.compare(scenario, pairs, worlds, first, count, seed, threads, given.tobytes())
    kind = [("policy", "U63"), ("profit", "f8"), ("profit_ci", "f8"), ("gain", "f8"), ("gain_ci", "f8"),
            ("offloading", "f8"), ("offloading_ci", "f8"), ("margin", "f8"), ("cluster_count", "f8")]
    results = records(block, "result").reshape(len(pairs), worlds)
    return Comparison(np.array(rows, kind), results)


def audit(world, auction, clusterer="linkage", *, cycles=4, pairs=1000):
    """Try to break what an auction promises, as `dcat audit` does.

    auction  a name, "plugin=PATH?ARGUMENTS", or a function as in run(), whose `promises` lists what it
             claims, in the words of the result: f.promises = ["no lie of a cluster pays"]
    cycles   (first, count), or a count from the first test cycle on, in which lies are told
    pairs    of a true cost and a lie, in the scenario's own auctions

    Returns {"promises": {promise: (claimed, broken)}, "clusters": ..., "members": ...}; the latter count
    the lies tried and those that paid, in small markets (every lie on a grid, 3 million auctions: a
    Python function takes a minute) and in the scenario's auctions, with the best gain as a share of the fee.
    """
    first, count = _cycles(cycles, world.test_cycles)
    return _dcat.audit(world, _own_clusterer(clusterer), auction, first, count, pairs)


class Trainer(_dcat.Trainer):
    """An iterator over epochs; see train()."""

    @property
    def policy(self):
        """The actor as it is now, a Policy of its own."""
        return Policy.from_bytes(self._policy(), "trained")

    def save(self, path):
        """Write a checkpoint that `dcat train --resume` goes on from."""
        self._save(os.fspath(path))


def train(scenario, *, auction="rea-s", epochs=100, estimator="group", seed=0, worlds=16, vary=None, threads=0,
          **options):  # fmt: skip
    """Learn to cluster. Source: paper, Algorithm 1, and two better-behaved relatives.

    trainer = dcat.train("paper", epochs=50)
    for report in trainer: print(report["epoch"], report["profit"])
    policy = trainer.policy

    estimator  "group", "gae" or "paper" (docs/learner.md)
    worlds     learn on worlds of seeds seed to seed + worlds - 1; or
    vary       {"servers.random.count": (20, 60)}: worlds without end, keys drawn evenly
    threads    0: all cores. The result does not depend on it.
    options    environment_count, sample_count, draw_count, step_count, world_cycle_count, learning_rate,
               learning_rate_end, critic_rate, entropy_weight, gradient_max, discount, trace

    Each report is a dict: epoch, profit (share of what all servers could earn), profit_sampled, entropy,
    critic_error, gradient_norm, learning_rate, cluster_count, counts and times in seconds. Ctrl-C ends
    an epoch at once; that training then cannot go on, so save() now and then.
    """
    epochs, seed = whole("epochs", epochs, 1, 2**31 - 1), whole("seed", seed)
    worlds, threads = whole("worlds", worlds, 1, 10**6), whole("threads", threads, 0, 2**16)
    name, keys, share = scenario._asked if isinstance(scenario, Scenario) else (os.fspath(scenario), {}, None)
    if share is not None:
        raise InputError("train() takes shares by name or plugin=PATH, no Python objects")
    texts = (name, *(_override(k, v) for k, v in keys.items()))
    ranges = [(key, float(low), float(high), low == int(low) and high == int(high))
              for key, (low, high) in (vary or {}).items()]  # fmt: skip
    return Trainer(texts, ranges, auction, estimator, epochs, seed, 1 if vary else worlds, threads, options)

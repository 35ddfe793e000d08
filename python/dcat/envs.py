# SPDX-License-Identifier: Apache-2.0
"""The market as an environment for learning, with Gymnasium's interface.

Where gymnasium is installed these are its VectorEnv and Env, registered as dcat/Cluster-v0 and
dcat/Dispatch-v0; without it they behave the same and stand on nothing but numpy.

Episodes end by their horizon: `truncated`, never `terminated`, for a market has no last state, and a
value function should go on behind the horizon. The vector environments reset in the same step
(AutoresetMode.SAME_STEP): what step() returns then is the first observation of the next episode, and
`info["final_obs"]` the last one of the ended episode.
"""

import os

import numpy as np

from . import _dcat
from ._core import Records, Scenario, World, dtypes, whole
from ._runs import _cycles, _own_clusterer
from ._spaces import Box, Dict, MultiDiscrete, Tuple, have_gymnasium

if have_gymnasium:
    import gymnasium

    _VectorEnv, _Env = gymnasium.vector.VectorEnv, gymnasium.Env
    _mode = getattr(gymnasium.vector, "AutoresetMode", None)  # since 1.1
    _AUTORESET = {"autoreset_mode": _mode.SAME_STEP if _mode else "SameStep"}
else:
    _AUTORESET = {"autoreset_mode": "SameStep"}

    class _Env:
        metadata = {"render_modes": []}
        render_mode = spec = None

        @property
        def unwrapped(self):
            return self

        def reset(self, *, seed=None, options=None):
            """Gymnasium seeds its generator here."""

        def render(self):
            return None

        def close(self):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *unused):
            self.close()

    class _VectorEnv(_Env):
        pass


def _world_of(world):
    if isinstance(world, World):
        return world
    return (world if isinstance(world, Scenario) else Scenario(world)).world()


def _thread_count(threads):
    return whole("threads", threads, 0, 2**16) or len(os.sched_getaffinity(0))


def _many(space, count):
    """The space of `count` environments' values."""
    if isinstance(space, Box):
        shape = (count, *space.shape)
        return Box(np.broadcast_to(space.low, shape), np.broadcast_to(space.high, shape), shape, space.dtype)
    if isinstance(space, MultiDiscrete):
        shape = (count, *space.shape)
        return MultiDiscrete(np.broadcast_to(space.nvec, shape), space.dtype,
                             start=np.broadcast_to(space.start, shape))
    if isinstance(space, Dict):
        return Dict({name: _many(part, count) for name, part in space.spaces.items()})
    return Tuple([_many(part, count) for part in space.spaces])


class _Vector(_VectorEnv):
    """What both vector environments share."""

    metadata = {"render_modes": [], **_AUTORESET}
    render_mode = spec = None

    def _begin(self, world, num_envs, observation, action):
        self.world = world
        self.num_envs = num_envs
        self.single_observation_space, self.single_action_space = observation, action
        self.observation_space, self.action_space = _many(observation, num_envs), _many(action, num_envs)
        self._seeded = False
        self._ready = False

    def _seed(self, seed):
        """The seed of reset(): None goes on with the next episodes, but for the first time."""
        if seed is None:
            if self._seeded:
                return None
            seed = int.from_bytes(os.urandom(8), "little")
        elif isinstance(seed, (list, tuple)):
            raise TypeError("one seed serves all environments: each has its own arrivals for it")
        self._seeded = True
        return whole("seed", seed)

    def _totals(self):
        return np.empty(self.num_envs, dtypes["totals"]).view(Records)

    def close(self, **unused):
        """Nothing is left open; the threads end with the object."""


class ClusterVecEnv(_Vector):
    """E markets in one world; a step is a cycle: say the clusters, see what they earn.

    world     a World, a Scenario or its name
    num_envs  E
    horizon   cycles of an episode
    actions   "scores": float [E, P], one for each of world.pairs: from the highest down, every score
              above 0 merges the two servers' clusters if all members stay within the span limit;
              "labels": whole numbers [E, S] in [0, S), servers with the same number act as one
    auction   as in run(); a Python function makes it run in one thread
    cycles    (first, count) in which episodes begin and end; default: the training days
    threads   this environment's own; 0: as many as there are cores. Results do not depend on it.

    Observation, float32 [E, 7 A + 2 S] in [0, 1]: what a clusterer sees. Of the last finished cycle by
    area: arrivals a slot, mean work, data and deadline, and the standard deviations of these three, each
    as x / (x + its long-run mean); by server: how long it is still busy as x / (x + a cycle), and the
    label of its cluster / S. With Q > 1 classes of work [7 A Q + W S] more: the same of areas by class (area
    a and class q in column a Q + q of each of the seven rows), and how long each of a server's W queues
    (len(set(world.queues))) is busy. Reward, float64 [E]: the platform's profit of the cycle (6), money.
    info: totals (records [E]); when episodes end, final_obs and _final_obs.
    """

    def __init__(self, world="paper", num_envs=1, horizon=24, *, actions="scores", auction="rea-s",
                 cycles=None, threads=1):  # fmt: skip
        world = _world_of(world)
        first, count = _cycles(cycles, world.train_cycles)
        num_envs, horizon = whole("num_envs", num_envs, 1, 2**31 - 1), whole("horizon", horizon, 1, 2**31 - 1)
        if actions not in ("scores", "labels"):
            raise ValueError(f"actions must be 'scores' or 'labels', got {actions!r}")
        self._envs = _dcat.ClusterEnvs(world, auction, num_envs, horizon, first, count, _thread_count(threads))
        S, A, P = len(world.servers), len(world.areas), len(world.pairs)
        self.horizon, self.actions, self.auction = horizon, actions, auction
        self._scores = actions == "scores"
        self._kind = np.float32 if self._scores else np.int32
        self._shape = (num_envs, P if self._scores else S)
        Q, queues = len(world.classes), len(set(world.queues.tolist()))
        length = 7 * A + 2 * S + (7 * A * Q + queues * S if Q > 1 else 0)
        self._obs_shape = (num_envs, length)
        action = Box(-1.0, 1.0, (P,), np.float32) if self._scores else MultiDiscrete([S] * S)
        self._begin(world, num_envs, Box(0.0, 1.0, (length,), np.float32), action)
        self._final = np.empty(self._obs_shape, np.float32)
        self._no = np.zeros(num_envs, bool)

    def reset(self, *, seed=None, options=None):
        """New episodes in all environments; returns (observation, info).

        The same seed gives the same episodes, whatever the number of threads; without one the episodes
        after the last begin. An episode begins at a cycle drawn from the span, with arrivals of its own:
        info has its cycle and seed [E], for which run() shows the same tasks.
        """
        super().reset(seed=seed)
        obs = np.empty(self._obs_shape, np.float32)
        self._envs._reset(self._seed(seed), obs)
        cycles, seeds = self._envs._where()
        return obs, {"cycle": np.frombuffer(cycles, np.uint32), "seed": np.frombuffer(seeds, np.uint64)}

    def step(self, action):
        """A cycle in all environments; returns (observation, reward, terminated, truncated, info)."""
        action = np.ascontiguousarray(action, self._kind)
        if action.shape != self._shape:
            raise ValueError(f"action must be {list(self._shape)} {self.actions}, got {list(action.shape)}")
        obs = np.empty(self._obs_shape, np.float32)
        reward = np.empty(self.num_envs)
        truncated = np.empty(self.num_envs, bool)
        totals = self._totals()
        self._envs._step(action, self._scores, obs, self._final, reward, truncated, totals)
        info = {"totals": totals}
        if truncated[0]:  # all have the same horizon
            info["final_obs"] = self._final.copy()
            info["_final_obs"] = truncated.copy()
        return obs, reward, self._no.copy(), truncated, info


class DispatchVecEnv(_Vector):
    """E markets in one world; a step is a slot: say for every task which cluster gets it, at what price.

    world, num_envs, cycles, threads   as in ClusterVecEnv
    clusterer   decides on clusters at the start of cycles, as in run()
    horizon     slots of an episode; default: a cycle's
    limit       whether a cluster accepts its members' mean cost ("mean") or its dearest member's ("max")

    Observation, a dict with N the most tasks a slot has and C = S the most clusters there are:
      count [E]            int32: tasks that are there; rows beyond it are empty
      slack_s [E, N, C]    float32: seconds that are left if the cluster took the task now; negative (the
                           lowest of the space) where it could not finish in time, or is none. At most a
                           cycle: more is shown as that
      limit [E, N, C]      float64: the lowest payment that the cluster accepts
      fee, work_gigacycles, data_megabits, deadline_s [E, N]   float64: the task
      class_id [E, N]      int32: its class of work; clusters without the devices never finish in time
    All are as the slot begins: what is awarded in it makes queues longer for the tasks after it.

    Action, a tuple: cluster [E, N] (-1: nobody) and price [E, N] that is paid. The cluster takes the task
    if it still can finish in time and the price is at least its limit; a price above what the user pays,
    or above the public ceiling, counts as that. Reward, float64 [E]: the slot's profit.
    info: totals (records [E]) and awards (records [E, N]) of the slot, count [E] of its tasks. Since a
    user's sums belong to the model, the bounds of money in the space are loose: 1e18.
    """

    def __init__(self, world="paper", num_envs=1, horizon=None, *, clusterer="linkage", limit="max",
                 cycles=None, threads=1):  # fmt: skip
        world = _world_of(world)
        first, count = _cycles(cycles, world.train_cycles)
        num_envs = whole("num_envs", num_envs, 1, 2**31 - 1)
        if limit not in ("max", "mean"):
            raise ValueError(f"limit must be 'max' or 'mean', got {limit!r}")
        slots = int(world.config["slots_per_cycle"])
        self.horizon = whole("horizon", slots if horizon is None else horizon, 1, 2**31 - 1)
        self._envs = _dcat.DispatchEnvs(world, _own_clusterer(clusterer), limit == "mean", num_envs, self.horizon,
                                        first, count, _thread_count(threads))
        _, N, C = self._envs._shape()
        bound_s = np.float32(world.config["slot_s"] * slots)
        money, tasks = Box(0.0, 1e18, (N, C), np.float64), Box(0.0, 1e18, (N,), np.float64)
        observation = Dict({
            "count": Box(0, N, (), np.int32),
            "slack_s": Box(-bound_s, bound_s, (N, C), np.float32),
            "limit": money,
            "fee": tasks, "work_gigacycles": tasks, "data_megabits": tasks, "deadline_s": tasks,
            "class_id": Box(0, max(len(world.classes) - 1, 1), (N,), np.int32),
        })  # fmt: skip
        action = Tuple([MultiDiscrete([C + 1] * N, start=[-1] * N), Box(0.0, 1e18, (N,), np.float64)])
        self._begin(world, num_envs, observation, action)
        self._N, self._C = N, C
        self._final = self._sight()
        self._count = np.zeros(num_envs, np.int32)

    def _sight(self):
        E, N, C = self.num_envs, self._N, self._C
        return {
            "count": np.empty(E, np.int32), "slack_s": np.empty((E, N, C), np.float32),
            "limit": np.empty((E, N, C)), "fee": np.empty((E, N)), "work_gigacycles": np.empty((E, N)),
            "data_megabits": np.empty((E, N)), "deadline_s": np.empty((E, N)), "class_id": np.empty((E, N), np.int32),
        }  # fmt: skip

    def reset(self, *, seed=None, options=None):
        """New episodes in all environments, as in ClusterVecEnv; returns (observation, info)."""
        super().reset(seed=seed)
        seen = self._sight()
        self._envs._reset(self._seed(seed), tuple(seen.values()))
        self._count = seen["count"]
        return seen, {}

    def step(self, action):
        """A slot in all environments; returns (observation, reward, terminated, truncated, info)."""
        shape = (self.num_envs, self._N)
        cluster = np.ascontiguousarray(action[0], np.int32)
        price = np.ascontiguousarray(action[1], np.float64)
        if cluster.shape != shape or price.shape != shape:
            raise ValueError(f"cluster and price must be {list(shape)}, got {list(cluster.shape)} and {list(price.shape)}")
        seen, reward, truncated = self._sight(), np.empty(self.num_envs), np.empty(self.num_envs, bool)
        totals, awards = self._totals(), np.empty(shape, dtypes["award"]).view(Records)
        self._envs._step(cluster, price, tuple(seen.values()), tuple(self._final.values()), reward,
                         truncated, totals, awards)  # fmt: skip
        info = {"totals": totals, "awards": awards, "count": self._count}
        self._count = seen["count"].copy()
        if truncated[0]:
            info["final_obs"] = {name: value.copy() for name, value in self._final.items()}
            info["_final_obs"] = truncated.copy()
        return seen, reward, np.zeros(self.num_envs, bool), truncated, info


class _Single(_Env):
    """One environment of a vector class, without the axis of environments."""

    metadata = {"render_modes": []}
    render_mode = None

    def __init__(self, vector):
        self.vector = vector
        self.world, self.horizon = vector.world, vector.horizon
        self.observation_space, self.action_space = vector.single_observation_space, vector.single_action_space
        self._over = True

    def _one(self, value):
        return {k: self._one(v) for k, v in value.items()} if isinstance(value, dict) else value[0]

    def _seen(self, obs):
        # A count stays an array, of no dimensions.
        return {k: v[0, ...] for k, v in obs.items()} if isinstance(obs, dict) else obs[0]

    def reset(self, *, seed=None, options=None):
        """A new episode; returns (observation, info)."""
        super().reset(seed=seed)
        obs, info = self.vector.reset(seed=seed)
        self._over = False
        return self._seen(obs), self._one(info)

    def _step(self, action):
        if self._over:
            raise RuntimeError("the episode is over: call reset()")
        obs, reward, _, truncated, info = self.vector.step(action)
        self._over = bool(truncated[0])
        if self._over:
            obs = info.pop("final_obs")
            info.pop("_final_obs")
        return self._seen(obs), float(reward[0]), False, self._over, self._one(info)


class ClusterEnv(_Single):
    """One market; a step is a cycle. As ClusterVecEnv without the axis E, and without autoreset."""

    def __init__(self, world="paper", horizon=24, **options):
        super().__init__(ClusterVecEnv(world, 1, horizon, **options))

    def step(self, action):
        """A cycle; returns (observation, reward, terminated, truncated, info)."""
        return self._step(np.asarray(action)[None])


class DispatchEnv(_Single):
    """One market; a step is a slot. As DispatchVecEnv without the axis E, and without autoreset."""

    def __init__(self, world="paper", horizon=None, **options):
        super().__init__(DispatchVecEnv(world, 1, horizon, **options))

    def step(self, action):
        """A slot; returns (observation, reward, terminated, truncated, info)."""
        return self._step((np.asarray(action[0])[None], np.asarray(action[1])[None]))


def register():
    """Make gymnasium know dcat/Cluster-v0 and dcat/Dispatch-v0; importing dcat does it where it can."""
    if not have_gymnasium:
        raise ImportError("gymnasium is not installed")
    for name, vector in (("Cluster", "ClusterVecEnv"), ("Dispatch", "DispatchVecEnv")):
        if f"dcat/{name}-v0" not in gymnasium.registry:
            gymnasium.register(id=f"dcat/{name}-v0", entry_point=f"dcat.envs:{name}Env",
                               vector_entry_point=f"dcat.envs:{vector}")


if have_gymnasium:
    register()

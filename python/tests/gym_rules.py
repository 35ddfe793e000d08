# SPDX-License-Identifier: Apache-2.0
"""The rules of Gymnasium 1.x for environments and vector environments, as a checker of our own.

Gymnasium is not in Debian, so its check_env cannot be the test; where it is installed, that runs too
(test_envs.py).
"""

import numpy as np


def _same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return np.array_equal(a, b)


def _bounded(space):
    parts = getattr(space, "spaces", None)
    if parts is not None:
        for part in parts.values() if isinstance(parts, dict) else parts:
            _bounded(part)
    elif hasattr(space, "low"):
        assert np.all(np.isfinite(space.low)) and np.all(np.isfinite(space.high)), f"unbounded: {space}"
        assert np.all(space.low < space.high), f"empty: {space}"


def check_env(env):
    """A single environment: spaces, reset, step, seeds, the end of an episode."""
    for space in (env.observation_space, env.action_space):
        _bounded(space)
        assert space.sample() in space
    assert isinstance(env.metadata.get("render_modes"), list) and env.unwrapped is not None
    env.action_space.seed(1)
    actions = [env.action_space.sample() for _ in range(env.horizon)]
    runs = []
    for _ in range(2):  # the same seed, twice
        obs, info = env.reset(seed=11, options={})
        assert obs in env.observation_space and isinstance(info, dict)
        kept, before = [obs], _copy(obs)
        for n, action in enumerate(actions):
            obs, reward, terminated, truncated, info = env.step(action)
            assert obs in env.observation_space, obs
            assert isinstance(reward, float) and np.isfinite(reward)
            assert terminated is False and isinstance(truncated, bool) and isinstance(info, dict)
            assert truncated == (n + 1 == env.horizon)
            kept.append((obs, reward))
        assert _same(kept[0], before), "an observation changed after it was returned"
        runs.append(kept)
    assert _same(tuple(o for o in runs[0][1:]), tuple(o for o in runs[1][1:])), "a seed gives other episodes"
    try:
        env.step(actions[0])
    except RuntimeError:
        pass
    else:
        raise AssertionError("a step after the end is accepted")
    other, _ = env.reset()
    assert other in env.observation_space
    env.close()


def check_vector_env(env):
    """A vector environment: shapes, dtypes, autoreset in the same step."""
    assert env.metadata["autoreset_mode"] is not None
    for space, single in (
        (env.observation_space, env.single_observation_space),
        (env.action_space, env.single_action_space),
    ):
        _bounded(space)
        assert space.sample() in space and single.sample() in single
    try:
        env.step(env.action_space.sample())
    except RuntimeError:
        pass
    else:
        raise AssertionError("a step before reset is accepted")
    env.action_space.seed(1)
    actions = [env.action_space.sample() for _ in range(env.horizon + 1)]
    runs = []
    for _ in range(2):
        obs, info = env.reset(seed=5, options=None)
        kept = [_copy(obs)]
        for n, action in enumerate(actions):
            assert obs in env.observation_space
            obs, reward, terminated, truncated, info = env.step(action)
            assert reward.shape == terminated.shape == truncated.shape == (env.num_envs,)
            assert reward.dtype == np.float64 and terminated.dtype == truncated.dtype == bool
            assert not terminated.any()
            assert np.all(truncated == (n + 1 == env.horizon))
            assert ("final_obs" in info) == bool(truncated.any())
            if truncated.any():
                assert info["final_obs"] in env.observation_space and info["_final_obs"].all()
                assert not _same(info["final_obs"], obs), "the last observation is the next episode's first"
            kept.append((_copy(obs), reward))
        runs.append(kept)
    assert _same(tuple(runs[0]), tuple(runs[1])), "a seed gives other episodes"
    env.close()


def _copy(obs):
    return {k: v.copy() for k, v in obs.items()} if isinstance(obs, dict) else obs.copy()


# SPDX-License-Identifier: Apache-2.0
"""An agent that awards tasks slot by slot: the cheapest cluster that is fast enough, at its limit plus 5 %."""

import numpy as np

import dcat

env = dcat.DispatchVecEnv("paper", num_envs=8, clusterer="linkage")


def cheapest(seen):
    """cluster and price [E, N]; within a slot a cluster is named as often as its slack allows, roughly."""
    cost = np.where(seen["slack_s"] >= 0, seen["limit"], np.inf)
    cluster = cost.argmin(2)
    price = 1.05 * np.take_along_axis(seen["limit"], cluster[..., None], 2)[..., 0]
    return np.where(np.isfinite(cost.min(2)), cluster, -1), price


def spread(seen):
    """The n-th task of a slot takes the n-th cheapest: what was seen holds for the first one only."""
    cost = np.where(seen["slack_s"] >= 0, seen["limit"], np.inf)
    order = np.argsort(cost, 2)
    able = np.isfinite(cost).sum(2)
    rank = np.arange(cost.shape[1])[None, :] % np.maximum(able, 1)
    cluster = np.take_along_axis(order, rank[..., None], 2)[..., 0]
    price = 1.05 * np.take_along_axis(seen["limit"], cluster[..., None], 2)[..., 0]
    return np.where(able > 0, cluster, -1), price


if __name__ == "__main__":
    for agent in (cheapest, spread):
        seen, _ = env.reset(seed=7)
        profit, served, arrived = np.zeros(env.num_envs), 0, 0
        for _ in range(env.horizon):
            seen, reward, _, _, info = env.step(agent(seen))
            profit += reward
            served += info["totals"]["awarded"].sum()
            arrived += info["totals"]["arrived"].sum()
        print(f"{agent.__name__:10} profit a cycle {profit.mean():9.0f}   tasks served {served / arrived:.1%}")

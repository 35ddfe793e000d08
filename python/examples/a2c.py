# SPDX-License-Identifier: Apache-2.0
"""Advantage actor-critic in torch on ClusterVecEnv, against linkage on held-out days.

    /usr/bin/python3 python/examples/a2c.py [processor seconds, default 75] [seed of the world, default 1]

100000c instead of seconds: so many cycles, for the same result on a machine that is slow or busy.

One score for each pair of servers, of what both see and how far apart they are: the same small network for
all pairs, so it learns from every one. Exploration is noise on scores; the advantage is the reward less
what the critic expects. Training days and test days do not overlap.
"""

import sys
import time

import numpy as np

try:
    import torch
except ImportError:
    print("skipped: torch is not installed (package python3-torch)")
    sys.exit(77)

import dcat

LENGTH = sys.argv[1] if len(sys.argv) > 1 else "75"
CYCLES = int(LENGTH[:-1]) if LENGTH.endswith("c") else sys.maxsize
SECONDS = sys.maxsize if LENGTH.endswith("c") else float(LENGTH)
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
torch.manual_seed(1)
torch.set_num_threads(1)
world = dcat.Scenario("paper").world(seed=SEED)
S, A = len(world.servers), len(world.areas)
E, HORIZON = 64, 24
i, j = world.pairs.T


def scaled(x):
    return (x - x.mean()) / (x.std() + 1e-9)


# What does not change: speeds and costs of both, their distance, and the delay from the areas.
speed, cost = scaled(world.servers["speed_hz"]), scaled(world.unit_cost)
delay = scaled((world.paths()[..., 0] * 1e6 + world.paths()[..., 1]).min(0))
near = scaled(world.distances()[i, j])
fixed = np.stack([near, speed[i] + speed[j], np.abs(speed[i] - speed[j]), cost[i] + cost[j], np.abs(cost[i] - cost[j]),
                  delay[i] + delay[j], np.abs(delay[i] - delay[j])], 1)  # fmt: skip
fixed = torch.tensor(fixed, dtype=torch.float32)
where = torch.tensor(world.pairs, dtype=torch.long)


def pairs_of(obs):
    """[E, P, features]: what does not change, the load of all areas, the queues of both servers."""
    busy = obs[:, 7 * A : 7 * A + S]
    load = obs[:, :A].mean(1, keepdim=True).expand(-1, len(fixed))[..., None]
    queues = (busy[:, where[:, 0]] + busy[:, where[:, 1]])[..., None]
    return torch.cat([fixed.expand(len(obs), -1, -1), load, queues], 2)


actor = torch.nn.Sequential(torch.nn.Linear(fixed.shape[1] + 2, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))
critic = torch.nn.Sequential(torch.nn.Linear(7 * A + 2 * S, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
with torch.no_grad():  # begins as something like linkage: near pairs first
    actor[2].weight *= 0.1
optimiser = torch.optim.Adam([*actor.parameters(), *critic.parameters()], lr=3e-3)


def scores_of(obs):
    return actor(pairs_of(obs))[..., 0] - fixed[:, 0]


def learn(seconds, sigma=0.3):
    """Noise on the scores of 64 markets at once; what earned more than the critic expected is made likelier."""
    env = dcat.ClusterVecEnv(world, E, horizon=HORIZON)
    obs, _ = env.reset(seed=1)
    obs, begin, steps, scale = torch.from_numpy(obs), time.process_time(), 0, None
    while time.process_time() - begin < seconds and steps < CYCLES:
        mean, value = scores_of(obs), critic(obs)[:, 0]
        noise = sigma * torch.randn_like(mean)
        following, reward, *_ = env.step((mean + noise).detach().numpy())
        scale = scale or reward.mean()
        error = torch.from_numpy(reward / scale).float() - value
        advantage = error.detach()
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
        likelihood = -(((mean + noise).detach() - mean) ** 2).mean(1) / (2 * sigma**2)
        loss = -(advantage * likelihood).mean() + (error**2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        obs, steps = torch.from_numpy(following), steps + E
    return steps


def held_out():
    """Profit a cycle on test days: of what was learned, and of linkage for the same tasks."""
    env = dcat.ClusterVecEnv(world, 32, horizon=24, cycles=world.test_cycles)
    obs, info = env.reset(seed=99)
    mine = []
    for _ in range(24):
        with torch.no_grad():
            scores = scores_of(torch.from_numpy(obs)).numpy()
        obs, reward, *_ = env.step(scores)
        mine.append(reward)
    theirs = [
        dcat.run(world, "linkage", "rea-s", cycles=(int(cycle), 24), seed=int(seed))
        for cycle, seed in zip(info["cycle"], info["seed"])
    ]
    return np.mean(mine), np.mean([t["fee"] - t["payment"] for t in theirs])


if __name__ == "__main__":
    before, linkage = held_out()
    begin = time.process_time()
    steps = learn(SECONDS)
    spent = time.process_time() - begin
    after, _ = held_out()
    print(f"{steps} cycles in {spent:.0f} processor seconds")
    print(f"profit a cycle on held-out days: {before:.0f} untrained, {after:.0f} trained, {linkage:.0f} linkage")
    assert after > linkage, "it did not learn to beat linkage"

# SPDX-License-Identifier: Apache-2.0
"""Most of the package in thirty lines; wants torch, pandas and ./greedy.so, built of plugins/greedy."""

import numpy as np, pandas as pd, torch, dcat

city = dcat.Scenario("paper", **{"servers.random.count": 60})   # shipped name or path, any --set key
worlds = [city.world(seed) for seed in range(4)]                # immutable; environments share them

env = dcat.ClusterVecEnv(worlds[0], num_envs=64, horizon=24, threads=2)  # a gymnasium VectorEnv if there is one
obs, info = env.reset(seed=7)
policy = torch.nn.Linear(obs.shape[1], len(worlds[0].pairs))
for _ in range(48):                                             # one step = one cycle: ~700 auctions
    scores = policy(torch.from_numpy(obs)).detach().numpy()     # positive: please merge this pair of servers
    obs, reward, terminated, truncated, info = env.step(scores)
print("profit a cycle", reward.mean(), "sold", info["totals"]["awarded"].sum())

market = dcat.DispatchVecEnv(worlds[0], num_envs=8, clusterer="linkage")  # one step = one slot
seen, info = market.reset(seed=7)
cluster = np.where((seen["slack_s"] >= 0).any(2), seen["slack_s"].argmax(2), -1)
price = np.take_along_axis(seen["limit"], np.maximum(cluster, 0)[..., None], 2)[..., 0] * 1.05
seen, reward, *_, info = market.step((cluster, price))
awards = pd.DataFrame.from_records(info["awards"][0][: seen["count"][0]])

def mine(world, seen, cycle):                                   # an own clusterer
    return np.argsort(np.argsort(world.servers["speed_hz"]))    # labels [S]

def second_price(reserve, bids, draw):                          # an own auction
    bids = np.frombuffer(bids)
    if len(bids): w = int(bids.argmin()); return w, max(bids[w], min(reserve, np.delete(bids, w).min(initial=reserve)))

for c, a in (("linkage", "rea-s"), ("a2c", "rea-s"), (mine, "rea-s"), ("linkage", second_price), ("plugin=./greedy.so", "rea")):
    t = dcat.run(worlds[0], c, a, cycles=(2400, 48))            # record array, one row a cycle
    print(c, (t["fee"] - t["payment"]).mean(), t["awarded"].sum() / t["arrived"].sum())

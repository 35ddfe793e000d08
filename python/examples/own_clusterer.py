# SPDX-License-Identifier: Apache-2.0
"""Five minutes to an own clusterer: servers around the busiest areas act together."""

import numpy as np

import dcat

city = dcat.Scenario("paper", **{"servers.random.count": 40})
world = city.world(seed=1)
distance, limit = world.distances(), world.config["span_m_max"]


def around_demand(world, seen, cycle):
    """Centres are the servers nearest to the areas, busiest first; the others join the nearest centre in reach."""
    sites = np.stack([world.servers["x"], world.servers["y"]], 1)
    labels = np.arange(len(sites))
    centres = []
    for area in np.argsort(-seen["arrivals_per_slot"]):
        place = np.array([world.areas["x"][area], world.areas["y"][area]])
        centre = int(np.linalg.norm(sites - place, axis=1).argmin())
        if centre not in centres:
            centres.append(centre)
    for i in np.setdiff1d(labels, centres):
        nearest = min(centres, key=lambda c: distance[i, c])
        if distance[i, nearest] <= limit / 2:  # so that no two members are farther apart than the limit
            labels[i] = nearest
    return labels


if __name__ == "__main__":
    for clusterer in ("single", "kmeans", around_demand, "linkage", "a2c"):
        t = dcat.run(world, clusterer, "rea-s", cycles=48)
        name = getattr(clusterer, "__name__", clusterer)
        print(f"{name:14} profit a cycle {np.mean(t['fee'] - t['payment']):9.0f}   "
              f"tasks served {t['awarded'].sum() / t['arrived'].sum():.1%}")  # fmt: skip

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The first half of verify.py: places, rates, paths and unit costs of a run folder, as its seed draws them.

By itself: world.py FOLDER, left by: dcat simulate ... --network --out FOLDER
"""
import csv
import heapq
import json
import math
import os
import sys
from collections import defaultdict

from teams import Devices

RELATIVE = 1e-10  # what two ways of adding up the same numbers may differ by
EPSILON = 1e-9  # the same near zero: a nanosecond, a billionth of money
EARTH_KM, FLATTENING = 6378.137, 1 / 298.257223563  # WGS 84


class Differs(Exception):
    pass


def check(row, column, ours, epsilon=EPSILON):
    """One cell against what it should be: a number, a word, or None for an empty cell."""
    theirs = row[column]
    if isinstance(ours, (int, float)) and theirs != "":
        good = abs(float(theirs) - ours) <= RELATIVE * max(abs(float(theirs)), abs(ours)) + epsilon
    else:
        good = theirs == ("" if ours is None else ours)
    if not good:
        raise Differs(f"{row['_where']}, column {column}: the folder says "
                      f"{theirs or '(empty)'}, recomputed {'(empty)' if ours is None else ours}")


# --- reading

def rows_of(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"{name}, line {reader.line_num}: not as many cells as columns")
            row["_where"] = f"{name}, line {reader.line_num}"
            yield row


def read_json(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return json.load(file)


def read_scenario(folder):
    """The keys of the scenario.yaml that dcat wrote, dotted; a list is a list of texts."""
    keys, parents = {}, []
    with open(os.path.join(folder, "scenario.yaml"), encoding="utf-8") as file:
        for line in file:
            if ":" in line and not line.lstrip().startswith("#"):
                key, value = (part.strip() for part in line.split(":", 1))
                parents[(len(line) - len(line.lstrip())) // 2:] = [key]
                value = value[1:-1].split(",") if value.startswith("[") else value.strip('"')
                keys[".".join(parents)] = value
    if keys.get("resources.collapse", "none") != "none":
        raise ValueError("resources.collapse: the folder does not hold what servers really are")
    return keys


# --- random numbers: docs/model.md, "Random streams"

SITES, LINKS, TASK, AUCTION, OWNERS, DEVICES = 1, 2, 4, 5, 8, 9
M32 = 0xFFFFFFFF


def draw(seed, stream, part, cycle, slot, index):
    """Philox4x32-10: two words of 64 bits."""
    c0, c1, c2, c3 = index, slot, cycle, stream << 24 | part
    k0, k1 = seed & M32, seed >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & M32, (p0 >> 32) ^ c3 ^ k1, p0 & M32
        k0, k1 = (k0 + 0x9E3779B9) & M32, (k1 + 0xBB67AE85) & M32
    return c0 << 32 | c1, c2 << 32 | c3


def between(limits, word):
    low, high = float(limits[0]), float(limits[1])
    return low + (high - low) * ((word >> 11) * 2.0 ** -53)


# --- distances and paths

def geodesic_km(p, l, q, m):
    """Between latitude p, longitude l and q, m, in radians: Vincenty's inverse formula."""
    f, polar = FLATTENING, EARTH_KM * (1 - FLATTENING)
    u, v = (math.atan((1 - f) * math.tan(lat)) for lat in (p, q))
    su, cu, sv, cv, turn = math.sin(u), math.cos(u), math.sin(v), math.cos(v), m - l
    for _ in range(100):
        sine = math.hypot(cv * math.sin(turn), cu * sv - su * cv * math.cos(turn))
        if sine == 0:
            return 0.0
        cosine = su * sv + cu * cv * math.cos(turn)
        arc, azimuth = math.atan2(sine, cosine), cu * cv * math.sin(turn) / sine
        square = 1 - azimuth ** 2
        mid = cosine - 2 * su * sv / square if square else 0.0
        c, bend, before = f / 16 * square * (4 + f * (4 - 3 * square)), 2 * mid ** 2 - 1, turn
        turn = m - l + (1 - c) * f * azimuth * (arc + c * sine * (mid + c * cosine * bend))
        if abs(turn - before) < 1e-14:
            break
    k = square * (EARTH_KM ** 2 / polar ** 2 - 1)
    a = 1 + k / 16384 * (4096 + k * (-768 + k * (320 - 175 * k)))
    b = k / 1024 * (256 + k * (-128 + k * (74 - 47 * k)))
    less = b * sine * (mid + b / 4 * (cosine * bend - b / 6 * mid * (4 * sine ** 2 - 3) * (4 * mid ** 2 - 3)))
    return polar * a * (arc - less)


def least_delays(arcs, source, bits):
    """Dijkstra: (links, s/bit, s) to every node at the reference data size; ties by fewer links."""
    done, heap = {}, [(0.0, 0, source, 0.0, 0.0)]
    while heap:
        _, links, node, per_bit, way_s = heapq.heappop(heap)
        if node not in done:
            done[node] = (links, per_bit, way_s)
            for to, more_bit, more_s in arcs[node]:
                b, t = per_bit + more_bit, way_s + more_s
                heapq.heappush(heap, (bits * b + t, links + 1, to, b, t))
    return done


class World:
    def __init__(self, folder):
        self.folder, self.keys = folder, read_scenario(folder)
        self.seed = int(read_json(folder, "summary.json")["seed"])
        self.servers = {row["server"]: row for row in rows_of(folder, "servers.csv")}
        self.areas = {row["area"]: row for row in rows_of(folder, "areas.csv")}
        self.plane = self.keys["geometry"] == "plane"
        self.paths = {}
        self.mixed = os.path.exists(os.path.join(folder, "units.csv"))  # work has classes
        tables = ([*rows_of(folder, name + ".csv")] if self.mixed else [] for name in Devices.TABLES)
        self.devices = Devices(*tables)
        self.units, self.classes = self.devices.units, self.devices.classes

    def number(self, key):
        return float(self.keys[key])

    def distance_km(self, a, b):
        if self.plane:
            return math.hypot(*(float(a[c]) - float(b[c]) for c in ("x_km", "y_km")))
        return geodesic_km(*(math.radians(float(row[c])) for row in (a, b) for c in ("lat_deg", "lon_deg")))

    def check_places(self):
        """Positions and speeds of random worlds; unit costs (8) of all."""
        for kind, part, rows in (("servers", 0, self.servers.values()), ("areas", 2, self.areas.values())):
            if kind + ".random.side_km" not in self.keys:
                continue
            side = (0, self.keys[kind + ".random.side_km"])
            for i, row in enumerate(rows):
                words = draw(self.seed, SITES, part, 0, 0, i)
                check(row, "x_km", between(side, words[0]))
                check(row, "y_km", between(side, words[1]))
                if kind == "servers":
                    speed = draw(self.seed, SITES, 1, 0, 0, i)[0]
                    share = float(self.keys.get("servers.random.host_speed", 0)) or 1.0
                    hosts = self.mixed and any(pool != "cpu" for pool in self.units[row["server"]])
                    check(row, "speed_ghz", between(self.keys["servers.random.speed_ghz"], speed) * (share if hosts else 1.0))
                    owners = int(self.keys.get("servers.random.owners", 0))
                    owner = 1 + (draw(self.seed, OWNERS, 0, 0, 0, i)[0] * owners >> 64)
                    check(row, "owner", f"o{owner}" if owners else None)
                    noise = float(self.keys.get("servers.random.cost_noise", 0))
                    dearer = between((1 - noise, 1 + noise), draw(self.seed, SITES, 3, 0, 0, i)[0])
                    for column in ("energy_cost_per_cycle_hz2", "time_cost_per_s"):
                        check(row, column, self.number("market." + column) * dearer)
                    hz = float(row["speed_ghz"]) * 1e9
                    energy = self.number("market.energy_cost_per_cycle_hz2") * (hz / float(row["cores"])) ** 2
                    tariff = (energy + self.number("market.time_cost_per_s") / hz) * 1e9
                    check(row, "tariff_per_gigacycle", None if self.mixed else tariff)
        for row in self.servers.values():
            if self.mixed:
                check(row, "unit_cost_per_gigacycle", None)
            for priced in self.units[row["server"]].values() if self.mixed else [row]:
                hz = float(priced["speed_ghz"]) * 1e9
                energy = float(priced["energy_cost_per_cycle_hz2"]) * (hz / float(priced["cores"])) ** 2
                check(priced, "unit_cost_per_gigacycle", (energy + float(priced["time_cost_per_s"]) / hz) * 1e9)

    def drawn_devices(self):
        """(device, count) by number of the server: as many as the share says, those with the lowest draws."""
        lots = sorted((draw(self.seed, DEVICES, 0, 0, 0, i)[0], i) for i in range(len(self.servers)))
        owners, taken, share = {}, 0, 0.0
        for device, given in json.loads(self.keys["servers.random.devices"]).items():
            part, count = given if isinstance(given, list) else (given, 1)
            share += part
            end = min(len(lots), math.floor(share * len(lots) + 0.5))
            owners.update((i, (device, count)) for _, i in lots[taken:end])
            taken = max(taken, end)
        return owners

    def check_devices(self):
        """Devices of random servers, and what their time costs; the CPU that a server's own numbers are."""
        owners = self.drawn_devices() if "servers.random.devices" in self.keys else None
        for i, (name, row) in enumerate(self.servers.items()):
            for pool, unit in self.units[name].items():
                if pool == "cpu" and unit["device"] == "server":
                    for column in ("speed_ghz", "cores", "energy_cost_per_cycle_hz2", "time_cost_per_s"):
                        check(unit, column, float(row[column]))
                elif owners is not None:
                    device, count = owners.get(i, ("none", 0))
                    check(unit, "device", device)
                    check(unit, "count", count)
                    if "servers.random.device_cost_noise" in self.keys:
                        noise = self.number("servers.random.device_cost_noise")
                        share = float(self.keys.get("servers.random.host_speed", 0)) or 1.0
                        hz, cores = float(row["speed_ghz"]) * 1e9 / share, float(row["cores"]) / share
                        cost = float(row["energy_cost_per_cycle_hz2"]) * (hz / cores) ** 2 + float(row["time_cost_per_s"]) / hz
                        per_device = float(unit["speed_ghz"]) * 1e9 / count
                        dearer = between((1 - noise, 1 + noise), draw(self.seed, DEVICES, 1, 0, 0, i)[0])
                        check(unit, "energy_cost_per_cycle_hz2", 0)
                        check(unit, "time_cost_per_s", cost * per_device * dearer)
            if owners is not None and i in owners and all(pool == "cpu" for pool in self.units[name]):
                raise Differs(f"units.csv: {name} has no {owners[i][0]}")

    def read_links(self):
        """Every link's rate, and who is where. Leaves hops by way, or arcs by node and the access links."""
        area_of, server_of = ({name: i for i, name in enumerate(names)} for names in (self.areas, self.servers))
        self.hops, self.arcs, self.access = defaultdict(list), defaultdict(list), {}
        speed, link = self.number("network.signal_speed_mps") / 1e3, 0
        for row in rows_of(self.folder, "links.csv"):
            a, b, kind = row["from"], row["to"], row["kind"]
            per_bit, hop = 1 / (float(row["rate_mbps"]) * 1e6), int(row["hop"] or 0)
            way_s = float(row["length_km"] or "nan") / speed
            if kind == "hop":
                key = (0, area_of[a], server_of[b], hop // 2)
                check(row, "hop", len(self.hops[a, b]))
                self.hops[a, b].append(per_bit)
            elif kind == "link":
                key, link = (1, 0, 0, link), link + 1
                self.arcs[a].append((b, per_bit, way_s))
                self.arcs[b].append((a, per_bit, way_s))
            elif kind == "area-access":
                key = (2, 0, 0, area_of[a])
                check(self.areas[a], "node", b)
                self.access["area", a] = (per_bit, way_s)
            else:
                key = (3, 0, 0, server_of[b])
                check(self.servers[b], "node", a)
                self.access["server", b] = (per_bit, way_s)
            if kind != "link" or row["drawn"] != "0":
                check(row, "drawn", 1)
                limits = self.keys["network.access_mbps" if "access" in kind else "network.link_mbps"]
                check(row, "rate_mbps", between(limits, draw(self.seed, LINKS, *key)[hop % 2]))

    def check_hops(self, row, area, server):
        km, per_hop = self.distance_km(self.areas[area], self.servers[server]), self.number("network.hops.hop_km")
        check(row, "links", min(1 + km // per_hop, self.number("network.hops.hop_max")))
        check(row, "links", len(self.hops[area, server]))
        check(row, "seconds_per_bit", sum(self.hops[area, server]), 0.0)
        check(row, "propagation_s", km / (self.number("network.signal_speed_mps") / 1e3))

    def check_graph(self, row, area, server, trees):
        node = self.areas[area]["node"]
        if node not in trees:
            trees[node] = least_delays(self.arcs, node, self.number("network.reference_data_mb") * 1e6)
        links, per_bit, way_s = trees[node][self.servers[server]["node"]]
        first, last = self.access["area", area], self.access["server", server]
        check(row, "links", links + 2)
        check(row, "seconds_per_bit", first[0] + per_bit + last[0], 0.0)
        check(row, "propagation_s", first[1] + way_s + last[1])

    def check_paths(self):
        self.read_links()
        trees = {}
        for row in rows_of(self.folder, "paths.csv"):
            area, server = row["area"], row["server"]
            if self.access:
                self.check_graph(row, area, server, trees)
            else:
                self.check_hops(row, area, server)
            self.paths[area, server] = float(row["seconds_per_bit"]), float(row["propagation_s"])
        # Worlds of more than 2000 servers leave out the paths that no drawn task can take in time.
        missing = len(self.areas) * len(self.servers) - len(self.paths)
        if missing and len(self.servers) <= 2000:
            raise Differs(f"paths.csv: {missing} paths from areas to servers are missing")

    def check(self):
        self.check_places()
        self.check_devices()
        self.check_paths()


def main(check_folder, usage):
    """Runs a checker on the folder of the command line; gives the exit code."""
    if len(sys.argv) != 2:
        print(usage, file=sys.stderr)
        return 2
    try:
        print(check_folder(sys.argv[1]))
        return 0
    except Differs as difference:
        print(f"{sys.argv[1]}: {difference}")
        return 1
    except (OSError, KeyError, ValueError, IndexError, TypeError, ZeroDivisionError) as error:
        print(f"{sys.argv[1]}: cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def check_world(folder):
    World(folder).check()
    return f"{folder}: places, rates, paths and unit costs agree"


if __name__ == "__main__":
    sys.exit(main(check_world, __doc__))

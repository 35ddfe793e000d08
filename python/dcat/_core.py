# SPDX-License-Identifier: Apache-2.0
"""Scenarios, worlds, policies: the extension's objects with numpy arrays around them."""

import json
import operator
import os

import numpy as np

from . import _dcat
from ._dcat import Error, FileError, InputError, InternalError, NotFoundError

version = _dcat.version
commit = _dcat.commit
clusterers, auctions, scenarios = _dcat.names()


def whole(name, value, least=0, most=2**64 - 1):
    """value as a whole number from least to most; numpy's count, too."""
    number = operator.index(value)
    if not least <= number <= most:
        raise InputError(f"{name} must be {f'at least {least}' if number < least else f'at most {most}'}, got {number}")
    return number


def _dtype(size, fields):
    names, formats, offsets = zip(*fields)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


# The structs of the library, laid out by the compiler that built it.
dtypes = {name: _dtype(*layout) for name, layout in _dcat.layouts().items()}

_ARROW = {"f8": "g", "f4": "f", "i4": "i", "i8": "l", "u4": "I", "u8": "L", "b1": "C"}


class Records(np.ndarray):
    """A numpy record array that is a table to pandas, Polars, DuckDB and others, too.

    `records["fee"]` is a column. `__arrow_c_array__` hands columns to whatever speaks Arrow's C data
    interface (each is copied once, since records lie row by row); truth values become uint8.
    """

    def __getitem__(self, key):
        found = super().__getitem__(key)
        # Columns are plain arrays.
        return found.view(np.ndarray) if isinstance(found, Records) and found.dtype.names is None else found

    def __arrow_c_array__(self, requested_schema=None):
        flat = np.ascontiguousarray(self).reshape(-1)
        columns = [
            (name, _ARROW[flat.dtype[name].str.lstrip("<|=")], np.ascontiguousarray(flat[name]).view(np.ndarray))
            for name in flat.dtype.names
        ]
        return _dcat.arrow(columns, len(flat))


def records(block, kind):
    """A block of the library as records of one of its structs, without a copy."""
    return np.frombuffer(block, dtype=dtypes[kind]).view(Records)


def _override(key, value):
    if value is True or value is False:
        value = "true" if value else "false"
    elif isinstance(value, (list, tuple)):
        value = "[" + ", ".join(map(str, value)) + "]"
    return f"{key}={value}"


def _own_share(share):
    """An object with unit_limit and pay as the extension takes it."""
    if not callable(getattr(share, "unit_limit", None)) or not callable(getattr(share, "pay", None)):
        raise TypeError(f"a share is a name, a 'plugin=PATH' or an object with unit_limit and pay, not {share!r}")
    return _dcat.Share(share, tuple(getattr(share, "promises", ())), bool(getattr(share, "by_tariff", False)))


class Scenario(_dcat.Scenario):
    """A scenario: a shipped name ("paper") or a path, with any key of docs/scenario.md set anew.

    Scenario("paper", **{"servers.random.count": 60, "auction.rea.decrement": 0.9})

    share  how clusters divide, in place of market.share: a name, "plugin=PATH?ARGUMENTS", or an object with
           unit_limit(team, members) -> money per cycle, the lowest that a cluster accepts, and
           pay(team, member, work_cycles, payment) -> money, a times the payment and b times the work.
           A member is a dict with speed_hz, unit_cost and tariff; team has member_count, speed_hz,
           unit_cost_mean, unit_cost_max, tariff, ratio_max (of unit_cost / tariff). Its `promises` list
           what it claims (audit()), by_tariff says that it reads tariffs.

    Raises InputError or NotFoundError with file, line, field, rule and value.
    """

    def __new__(cls, name, share=None, **keys):
        if isinstance(share, str):
            keys["market.share"], share = share, None
        own = None if share is None else _own_share(share)
        self = super().__new__(cls, os.fspath(name), [_override(k, v) for k, v in keys.items()], own)
        self._asked = (os.path.abspath(name) if os.path.exists(name) else os.fspath(name), keys, share)
        self.__dict__.update(self._facts())
        return self

    def __init__(self, name, share=None, **keys):
        """name, title, digest (SHA-256 of all inputs); train_cycles, validate_cycles, test_cycles as
        (first, count)."""

    def world(self, seed=0):
        """The world of one seed, with the scenario's demand. Seeds draw servers, areas and link rates."""
        return self._world(whole("seed", seed))

    @property
    def text(self):
        """The complete scenario after defaults and overrides, as YAML that loads again."""
        return self._text()

    @property
    def server_names(self):
        return self._names()[0]

    @property
    def area_names(self):
        return self._names()[1]

    def __reduce__(self):
        return _load, self._asked

    def __repr__(self):
        return f"dcat.Scenario({self._asked[0]!r})"


def _load(name, keys, share):
    return Scenario(name, share, **keys)


def _load_world(scenario, seed):
    return scenario.world(seed)


def _table(rows, kind, what, defaults):
    """Rows of one of the library's structs from an array, a data frame or a dict of columns."""
    if hasattr(rows, "to_records"):
        rows = rows.to_records(index=False)
    if not isinstance(rows, dict):
        rows = np.asarray(rows)
        if rows.dtype.names is None:
            raise TypeError(f"{what} must have named columns: a record array, a data frame or a dict of columns")
        rows = {name: rows[name] for name in rows.dtype.names}
    known = dtypes[kind].names
    unknown = set(rows) - set(known)
    missing = set(known) - set(rows) - set(defaults)
    if unknown or missing:
        problem = f"unknown column {min(unknown)!r}" if unknown else f"column {min(missing)!r} is missing"
        raise InputError(f"{what}: {problem}; there are: {', '.join(known)}")
    columns = {name: np.asarray(value) for name, value in rows.items()}
    count = max((c.size for c in columns.values() if c.ndim > 0), default=1)
    table = np.zeros(count, dtypes[kind])
    for name in known:
        table[name] = columns[name] if name in columns else defaults[name]
    return table


_NO = np.zeros(0, np.uint8)


def _config(keys):
    config = np.frombuffer(bytearray(_dcat.config_default()), dtypes["world_config"])
    for name, value in keys.items():
        path = name.replace("__", ".")
        if path not in config.dtype.names:
            raise InputError(f"a world has no setting {path!r}; there are: {', '.join(config.dtype.names)}")
        config[path] = value
    return config


class World(_dcat.World):
    """What never changes during a run: servers, areas, network, prices, and which tasks arrive.

    From a scenario: `Scenario(...).world(seed)`. From arrays:

    World(servers, areas, tasks=..., seed=0, span_m_max=150e3, market__urgency_s=2.0)

    servers  columns x, y (metres, or degrees with geometry=1), speed_hz; optional core_count (1),
             energy_cost, time_cost_per_s (nan: the market's), node (0), owner (0),
             tariff_per_cycle (0: what it costs)
    areas    columns x, y; optional node (0)
    tasks    columns arrival_s, work_cycles, data_bits, deadline_s, area; optional value (inf), id, class_id (0)
    profile  instead of tasks: a dict with weight [steps, A], arrivals_per_slot, and ranges
             work_cycles, data_bits, deadline_s, value_per_gigacycle as (min, max); train_step_count
    classes  of work, where there are several: columns pool ("cpu", "gpu", "npu", "other"); optional
             memory_bytes (0), memory_mode (0: each device holds it, 1: they share it), features (0, bits),
             price_per_gigacycle and urgency_s (the market's). Tasks have a class_id. They need
    devices  columns pool, speed_hz; optional core_count (1), memory_bytes (inf), features (0),
             energy_cost and time_cost_per_s (nan: the market's), tariff_per_cycle (0)
    units    what servers have: columns server, device (numbers); optional count (1), speed_hz, energy_cost,
             time_cost_per_s (nan: the devices'), tariff_per_cycle (0). Servers work by these alone
    efficiency     [devices, classes] of a device at a class; without it 1 in the class's pool, else 0
    true_speed_hz  [classes, servers], where the platform takes devices for something else
    share    how clusters divide: "unit", "tariff" or "load" (docs/inner-game.md), "plugin=PATH?ARGUMENTS",
             or an object as Scenario takes it
    nodes, links  of a network of kind 1 (columns of dcat_site and dcat_link)
    Other keywords are fields of dcat_world_config, "__" standing for the dot.

    Immutable; environments, runs and threads share it.
    """

    def __new__(cls, servers, areas, *, tasks=None, profile=None, nodes=None, links=None, classes=None, devices=None,
                units=None, efficiency=None, true_speed_hz=None, share="unit", seed=0, **config):  # fmt: skip
        nan, inf = float("nan"), float("inf")
        servers = _table(servers, "server", "servers",
                         {"core_count": 1, "energy_cost": nan, "time_cost_per_s": nan, "node": 0,
                          "owner": 0, "tariff_per_cycle": 0.0})
        areas = _table(areas, "area", "areas", {"node": 0})
        if (tasks is None) == (profile is None):
            raise InputError("a world has either tasks or a profile of demand")
        task_rows = _NO if tasks is None else _table(tasks, "task", "tasks",
                                                         {"value": inf, "id": 0, "class_id": 0})
        if tasks is not None and not np.any(task_rows["id"]):
            task_rows["id"] = np.arange(len(task_rows))
        shape, weight = (_NO, _NO) if profile is None else _profile(dict(profile), len(areas))
        site = {"length_m": nan, "rate_bps": nan}
        if not isinstance(share, str):
            share = _own_share(share)
        elif share.startswith("plugin="):
            share = _dcat.Share(share[len("plugin="):], (), False)
        config = _config(config)
        resources = _resources(classes, devices, units, efficiency, true_speed_hz, config, len(servers))
        return super().__new__(
            cls, config, servers, areas,
            _NO if nodes is None else _table(nodes, "site", "nodes", {}),
            _NO if links is None else _table(links, "link", "links", site),
            task_rows, shape, weight, *resources, share, whole("seed", seed),
        )  # fmt: skip

    def __init__(self, *args, **keywords):
        pass

    def _parts(self):
        parts = self.__dict__.get("_kept")
        if parts is None:
            servers, areas, unit_cost, config = self._arrays()
            parts = self._kept = (records(servers, "server"), records(areas, "area"),
                                  np.frombuffer(unit_cost, np.float64),
                                  np.frombuffer(config, dtypes["world_config"])[0])
            self.__dict__.update(self._facts())
        return parts

    def __getattr__(self, name):
        if name in ("seed", "cycle_count", "slot_task_max", "scenario", "train_cycles", "validate_cycles",
                    "test_cycles"):  # fmt: skip
            self._parts()
            return self.__dict__[name]
        raise AttributeError(f"'World' object has no attribute {name!r}")

    @property
    def servers(self):
        """[S] records: x, y, speed_hz, core_count, energy_cost, time_cost_per_s, node, owner,
        tariff_per_cycle. Read-only, no copy."""
        return self._parts()[0]

    @property
    def areas(self):
        """[A] records: x, y, node. Read-only, no copy."""
        return self._parts()[1]

    @property
    def unit_cost(self):
        """[S] eq. (8): what a cycle of work costs each server, money."""
        return self._parts()[2]

    @property
    def config(self):
        """A record with every setting, by dotted names: world.config["market.urgency_s"]."""
        return self._parts()[3]

    @property
    def classes(self):
        """[Q] records: pool, memory_bytes, memory_mode, features, price_per_gigacycle, urgency_s. One class
        in worlds that know none."""
        return np.frombuffer(self._classes()[1], dtypes["class"]).view(Records)

    @property
    def class_names(self):
        """[Q] as the scenario calls them; numbers in worlds from arrays."""
        count = len(self.classes)
        return [str(q) for q in range(count)] if self.scenario is None else self.scenario._class_names(count)

    @property
    def members(self):
        """[Q, S] records: speed_hz (0: cannot do it), unit_cost and tariff of each server for each class."""
        return records(self._classes()[0], "member").reshape(-1, len(self.servers))

    @property
    def queues(self):
        """[Q] the queue of a server that each class waits in: one for each pool that some class needs."""
        return np.array(self._classes()[2])

    @property
    def pairs(self):
        """[P, 2] pairs i < j of servers within the span limit: what scores are about. Read-only."""
        return np.frombuffer(self._pairs(), np.int32).reshape(-1, 2)

    def distances(self):
        """[S, S] metres."""
        return np.frombuffer(self._matrix(False)).reshape(len(self.servers), len(self.servers))

    def paths(self):
        """[A, S, 3] eq. (3): seconds per bit, propagation in seconds, hops."""
        return np.frombuffer(self._matrix(True)).reshape(len(self.areas), len(self.servers), 3)

    def tasks(self, cycle, slot, seed=None):
        """[N] records of the tasks that arrive in one slot, for an arrival seed (default: the world's)."""
        seed = self.seed if seed is None else whole("seed", seed)
        return records(self._tasks(seed, whole("cycle", cycle, 0, 2**32 - 1), whole("slot", slot, 0, 2**32 - 1)), "task")

    def __reduce__(self):
        if self.scenario is None:
            raise TypeError("a world from arrays cannot be pickled: pickle the arrays")
        return _load_world, (self.scenario, self.seed)

    def __repr__(self):
        return f"<dcat.World of {len(self.servers)} servers, {len(self.areas)} areas, seed {self.seed}>"


_POOLS = {"cpu": 0, "gpu": 1, "npu": 2, "other": 3}


def _pools(rows, what):
    """Names of pools as numbers."""
    if hasattr(rows, "to_records"):
        rows = rows.to_records(index=False)
    columns = dict(rows) if isinstance(rows, dict) else {name: rows[name] for name in np.asarray(rows).dtype.names}
    pool = np.asarray(columns.get("pool", 0))
    if pool.dtype.kind in "UO":
        unknown = set(pool.reshape(-1).tolist()) - set(_POOLS)
        if unknown:
            raise InputError(f"{what}: pool must be one of {', '.join(_POOLS)}, got {min(map(str, unknown))!r}")
        columns["pool"] = np.array([_POOLS[name] for name in pool.reshape(-1)]).reshape(pool.shape)
    return columns


def _resources(classes, devices, units, efficiency, true_speed_hz, config, server_count):
    """The arrays of a world with classes of work; empty ones without."""
    if classes is None:
        if any(part is not None for part in (devices, units, efficiency, true_speed_hz)):
            raise InputError("devices, units, efficiency and true_speed_hz need classes of work")
        return [_NO] * 5
    if devices is None or units is None:
        raise InputError("classes of work need devices and units")
    nan = float("nan")
    classes = _table(_pools(classes, "classes"), "class", "classes",
                     {"memory_bytes": 0.0, "memory_mode": 0, "features": 0,
                      "price_per_gigacycle": float(config["market.price_per_gigacycle"][0]),
                      "urgency_s": float(config["market.urgency_s"][0])})  # fmt: skip
    devices = _table(_pools(devices, "devices"), "device", "devices",
                     {"core_count": 1, "memory_bytes": float("inf"), "features": 0, "energy_cost": nan,
                      "time_cost_per_s": nan, "tariff_per_cycle": 0.0})  # fmt: skip
    units = _table(units, "unit", "units", {"count": 1, "speed_hz": nan, "energy_cost": nan, "time_cost_per_s": nan,
                                            "tariff_per_cycle": 0.0})  # fmt: skip
    if efficiency is None:
        efficiency = devices["pool"][:, None] == classes["pool"][None, :]
    parts = []
    for array, what, shape in ((efficiency, "efficiency", (len(devices), len(classes))),
                               (true_speed_hz, "true_speed_hz", (len(classes), server_count))):  # fmt: skip
        array = _NO if array is None else np.ascontiguousarray(array, np.float64)
        if array is not _NO and array.shape != shape:
            raise InputError(f"{what} must be {list(shape)}, got {list(array.shape)}")
        parts.append(array)
    return devices, classes, parts[0], units, parts[1]


def _profile(given, area_count):
    profile = np.zeros(1, dtypes["profile"])
    weight = np.ascontiguousarray(given.pop("weight"), np.float64)
    if weight.ndim != 2 or weight.shape[1] != area_count:
        raise InputError(f"weight of a profile must be [steps, {area_count}], got {list(weight.shape)}")
    profile["arrivals_per_slot"] = given.pop("arrivals_per_slot")
    profile["train_step_count"] = given.pop("train_step_count", len(weight))
    given.setdefault("value_per_gigacycle", (float("inf"), float("inf")))
    for name in ("work_cycles", "data_bits", "deadline_s", "value_per_gigacycle"):
        profile[f"{name}.min"], profile[f"{name}.max"] = given.pop(name)
    if given:
        raise InputError(f"a profile has no {min(given)!r}")
    return profile, weight


# Scenario makes these.
Scenario._world_class = World


class Policy(_dcat.Policy):
    """A learned clusterer: a policy file (safetensors).

    Policy("mine.safetensors"); Policy.shipped("rea-s"); Policy.from_bytes(data). It stands wherever a
    clusterer does: dcat.run(world, policy, "rea-s").
    """

    def __new__(cls, path):
        with open(path, "rb") as file:
            return super().__new__(cls, file.read(), os.fspath(path))

    def __init__(self, *args):
        pass

    @classmethod
    def from_bytes(cls, data, name="policy"):
        """From the bytes of a policy file."""
        return _dcat.Policy.__new__(cls, data, name)

    @classmethod
    def shipped(cls, auction="rea-s"):
        """The generalist that ships for an auction."""
        return _dcat.Policy.__new__(cls, None, auction)

    def tobytes(self):
        """The bytes of its file: the same actor gives the same bytes."""
        return self._bytes()

    def save(self, path):
        """Write its file, whole or not at all."""
        self._save(os.fspath(path))

    @property
    def origin(self):
        """Where it came from: auction, seed, epochs, scenario, command, commit, estimator."""
        return self._origin()

    def tensors(self):
        """{name: array} of its weights: views of one copy of the file, read-only."""
        data = self.tobytes()
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + size])
        kinds = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
        found = {}
        for name, info in header.items():
            if name != "__metadata__":
                first, last = info["data_offsets"]
                raw = memoryview(data)[8 + size + first : 8 + size + last]
                found[name] = np.frombuffer(raw, kinds[info["dtype"]]).reshape(info["shape"])
        return found

    def with_tensors(self, **changed):
        """A policy with some weights replaced; shapes must stay."""
        tensors = self.tensors()
        for name, value in changed.items():
            if name not in tensors:
                raise InputError(f"the policy has no tensor {name!r}; there are: {', '.join(tensors)}")
            value = np.asarray(value)
            if value.shape != tensors[name].shape:
                raise InputError(f"{name} must have shape {list(tensors[name].shape)}, got {list(value.shape)}")
        data = self.tobytes()
        size = int.from_bytes(data[:8], "little")
        header, body = json.loads(data[8 : 8 + size]), bytearray(data[8 + size :])
        for name, value in changed.items():
            first, last = header[name]["data_offsets"]
            body[first:last] = np.ascontiguousarray(value, tensors[name].dtype).tobytes()
        header["__metadata__"].pop("fnv1a64", None)  # of the old numbers; written anew with the file
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        return type(self).from_bytes(len(text).to_bytes(8, "little") + text + bytes(body))

    def __reduce__(self):
        return type(self).from_bytes, (self.tobytes(),)

    def __repr__(self):
        origin = self.origin
        return f"<dcat.Policy for {origin['auction']}, {origin['weight_count']} weights>"

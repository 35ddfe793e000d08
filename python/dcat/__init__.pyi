# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt

version: str
commit: str
__version__: str
clusterers: list[str]
auctions: list[str]
scenarios: list[str]

_Path = str | PathLike[str]
_Cycles = int | tuple[int, int] | None
_Array = npt.NDArray[Any]
# f(world, seen, cycle) -> labels [S]
_OwnClusterer = Callable[["World", dict[str, Any], int], npt.ArrayLike]
# f(reserve, bids, draw) -> None or (winner, price)
_OwnAuction = Callable[[float, bytes, int], tuple[int, float] | None]
_Clusterer = "str | Policy | _OwnClusterer"
_Auction = str | _OwnAuction

# unit_limit and pay, see Scenario; attributes promises and by_tariff are optional.
class _OwnShare(Protocol):
    def unit_limit(self, team: dict[str, float], members: list[dict[str, float]]) -> float: ...
    def pay(self, team: dict[str, float], member: dict[str, float], work_cycles: float, payment: float) -> float: ...

class Error(Exception):
    status: str

class InputError(Error, ValueError): ...
class NotFoundError(Error, LookupError): ...
class FileError(Error, OSError): ...
class InternalError(Error, RuntimeError): ...

class Records(np.ndarray[Any, np.dtype[np.void]]):
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...

class Scenario:
    name: str
    title: str
    digest: str
    train_cycles: tuple[int, int]
    validate_cycles: tuple[int, int]
    test_cycles: tuple[int, int]
    def __init__(self, name: _Path, share: str | _OwnShare | None = None, **keys: Any) -> None: ...
    def world(self, seed: int = 0) -> World: ...
    @property
    def text(self) -> str: ...
    @property
    def server_names(self) -> list[str]: ...
    @property
    def area_names(self) -> list[str]: ...

class World:
    seed: int
    cycle_count: int
    slot_task_max: int
    scenario: Scenario | None
    train_cycles: tuple[int, int]
    validate_cycles: tuple[int, int]
    test_cycles: tuple[int, int]
    def __init__(
        self,
        servers: Any,
        areas: Any,
        *,
        tasks: Any = None,
        profile: Mapping[str, Any] | None = None,
        nodes: Any = None,
        links: Any = None,
        classes: Any = None,
        devices: Any = None,
        units: Any = None,
        efficiency: npt.ArrayLike | None = None,
        true_speed_hz: npt.ArrayLike | None = None,
        share: str | _OwnShare = "unit",
        seed: int = 0,
        **config: float,
    ) -> None: ...
    @property
    def servers(self) -> Records: ...
    @property
    def areas(self) -> Records: ...
    @property
    def unit_cost(self) -> npt.NDArray[np.float64]: ...
    @property
    def config(self) -> np.void: ...
    @property
    def classes(self) -> Records: ...
    @property
    def class_names(self) -> list[str]: ...
    @property
    def members(self) -> Records: ...
    @property
    def queues(self) -> npt.NDArray[np.int64]: ...
    @property
    def pairs(self) -> npt.NDArray[np.int32]: ...
    def distances(self) -> npt.NDArray[np.float64]: ...
    def paths(self) -> npt.NDArray[np.float64]: ...
    def tasks(self, cycle: int, slot: int, seed: int | None = None) -> Records: ...

class Policy:
    def __init__(self, path: _Path) -> None: ...
    @classmethod
    def from_bytes(cls, data: bytes, name: str = "policy") -> Policy: ...
    @classmethod
    def shipped(cls, auction: str = "rea-s") -> Policy: ...
    def tobytes(self) -> bytes: ...
    def save(self, path: _Path) -> None: ...
    @property
    def origin(self) -> dict[str, Any]: ...
    def tensors(self) -> dict[str, _Array]: ...
    def with_tensors(self, **changed: npt.ArrayLike) -> Policy: ...

class Comparison:
    rows: _Array
    results: Records

class Trainer(Iterator[dict[str, Any]]):
    def __next__(self) -> dict[str, Any]: ...
    @property
    def policy(self) -> Policy: ...
    def save(self, path: _Path) -> None: ...

def run(
    world: World,
    clusterer: _Clusterer = "linkage",
    auction: _Auction = "rea-s",
    *,
    cycles: _Cycles = None,
    seed: int | None = None,
) -> Records: ...
def audit(
    world: World, auction: _Auction, clusterer: _Clusterer = "linkage", *, cycles: _Cycles = 4, pairs: int = 1000
) -> dict[str, Any]: ...
def compare(
    scenario: Scenario | _Path,
    policies: Iterable[str | tuple[_Clusterer, _Auction]] | None = None,
    *,
    worlds: int = 20,
    cycles: _Cycles = None,
    seed: int = 0,
    threads: int = 0,
) -> Comparison: ...
def train(
    scenario: Scenario | _Path,
    *,
    auction: str = "rea-s",
    epochs: int = 100,
    estimator: Literal["group", "gae", "paper"] = "group",
    seed: int = 0,
    worlds: int = 16,
    vary: Mapping[str, tuple[float, float]] | None = None,
    threads: int = 0,
    **options: float,
) -> Trainer: ...
def register() -> None: ...

_Step = tuple[Any, npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_], dict[str, Any]]

class _Vector:
    metadata: ClassVar[dict[str, Any]]
    world: World
    num_envs: int
    horizon: int
    single_observation_space: Any
    single_action_space: Any
    observation_space: Any
    action_space: Any
    def close(self, **unused: Any) -> None: ...

class ClusterVecEnv(_Vector):
    def __init__(
        self,
        world: World | Scenario | _Path = "paper",
        num_envs: int = 1,
        horizon: int = 24,
        *,
        actions: Literal["scores", "labels"] = "scores",
        auction: _Auction = "rea-s",
        cycles: tuple[int, int] | None = None,
        threads: int = 1,
    ) -> None: ...
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]: ...
    def step(self, action: npt.ArrayLike) -> _Step: ...

class DispatchVecEnv(_Vector):
    def __init__(
        self,
        world: World | Scenario | _Path = "paper",
        num_envs: int = 1,
        horizon: int | None = None,
        *,
        clusterer: _Clusterer = "linkage",
        limit: Literal["max", "mean"] = "max",
        cycles: tuple[int, int] | None = None,
        threads: int = 1,
    ) -> None: ...
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, _Array], dict[str, Any]]: ...
    def step(self, action: tuple[npt.ArrayLike, npt.ArrayLike]) -> _Step: ...

class _Single:
    metadata: ClassVar[dict[str, Any]]
    world: World
    horizon: int
    observation_space: Any
    action_space: Any
    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]: ...
    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]: ...
    def close(self) -> None: ...

class ClusterEnv(_Single):
    def __init__(self, world: World | Scenario | _Path = "paper", horizon: int = 24, **options: Any) -> None: ...

class DispatchEnv(_Single):
    def __init__(
        self, world: World | Scenario | _Path = "paper", horizon: int | None = None, **options: Any
    ) -> None: ...


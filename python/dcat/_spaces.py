# SPDX-License-Identifier: Apache-2.0
"""Spaces: gymnasium's where it is installed, else these few with the same names and attributes."""

import numpy as np

try:
    from gymnasium import spaces as _spaces

    Box, MultiDiscrete, Dict, Tuple = _spaces.Box, _spaces.MultiDiscrete, _spaces.Dict, _spaces.Tuple
    have_gymnasium = True
except ImportError:
    have_gymnasium = False

    class _Space:
        def __init__(self, shape, dtype, seed=None):
            self.shape, self.dtype = shape, None if dtype is None else np.dtype(dtype)
            self.seed(seed)

        def seed(self, seed=None):
            self.np_random = np.random.default_rng(seed)
            return seed

        def __contains__(self, x):
            return self.contains(x)

    class Box(_Space):
        """Arrays with every number from low to high."""

        def __init__(self, low, high, shape=None, dtype=np.float32, seed=None):
            shape = np.shape(low) if shape is None else tuple(shape)
            super().__init__(shape, dtype, seed)
            self.low = np.broadcast_to(np.asarray(low, dtype), shape)
            self.high = np.broadcast_to(np.asarray(high, dtype), shape)

        def sample(self):
            return self.np_random.uniform(self.low, self.high, self.shape).astype(self.dtype)

        def contains(self, x):
            return (isinstance(x, np.ndarray) and np.can_cast(x.dtype, self.dtype) and x.shape == self.shape
                    and bool(np.all(x >= self.low) and np.all(x <= self.high)))  # fmt: skip

        def __eq__(self, other):
            return (isinstance(other, Box) and self.shape == other.shape and self.dtype == other.dtype
                    and bool(np.all(self.low == other.low) and np.all(self.high == other.high)))  # fmt: skip

        def __repr__(self):
            return f"Box({self.low.min()}, {self.high.max()}, {self.shape}, {self.dtype})"

    class MultiDiscrete(_Space):
        """Arrays of whole numbers, each from start to start + nvec - 1."""

        def __init__(self, nvec, dtype=np.int64, seed=None, start=None):
            self.nvec = np.asarray(nvec, dtype)
            self.start = np.zeros_like(self.nvec) if start is None else np.asarray(start, dtype)
            super().__init__(self.nvec.shape, dtype, seed)

        def sample(self):
            return (self.start + self.np_random.integers(0, self.nvec)).astype(self.dtype)

        def contains(self, x):
            return (isinstance(x, np.ndarray) and x.shape == self.shape and np.issubdtype(x.dtype, np.integer)
                    and bool(np.all(x >= self.start) and np.all(x - self.start < self.nvec)))  # fmt: skip

        def __eq__(self, other):
            return (isinstance(other, MultiDiscrete) and np.array_equal(self.nvec, other.nvec)
                    and np.array_equal(self.start, other.start))  # fmt: skip

        def __repr__(self):
            return f"MultiDiscrete({self.shape})"

    class Dict(_Space):
        """A space for each key."""

        def __init__(self, spaces, seed=None):
            self.spaces = dict(spaces)
            super().__init__(None, None, seed)

        def seed(self, seed=None):
            for i, space in enumerate(self.spaces.values()):
                space.seed(None if seed is None else seed + i)
            return super().seed(seed)

        def sample(self):
            return {name: space.sample() for name, space in self.spaces.items()}

        def contains(self, x):
            return (isinstance(x, dict) and x.keys() == self.spaces.keys()
                    and all(space.contains(x[name]) for name, space in self.spaces.items()))  # fmt: skip

        def __getitem__(self, name):
            return self.spaces[name]

        def __eq__(self, other):
            return isinstance(other, Dict) and self.spaces == other.spaces

        def __repr__(self):
            return f"Dict({self.spaces})"

    class Tuple(_Space):
        """A space for each place."""

        def __init__(self, spaces, seed=None):
            self.spaces = tuple(spaces)
            super().__init__(None, None, seed)

        def seed(self, seed=None):
            for i, space in enumerate(self.spaces):
                space.seed(None if seed is None else seed + i)
            return super().seed(seed)

        def sample(self):
            return tuple(space.sample() for space in self.spaces)

        def contains(self, x):
            return (isinstance(x, tuple) and len(x) == len(self.spaces)
                    and all(space.contains(part) for space, part in zip(self.spaces, x)))  # fmt: skip

        def __getitem__(self, place):
            return self.spaces[place]

        def __eq__(self, other):
            return isinstance(other, Tuple) and self.spaces == other.spaces

        def __repr__(self):
            return f"Tuple({self.spaces})"

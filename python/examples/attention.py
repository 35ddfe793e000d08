# SPDX-License-Identifier: Apache-2.0
"""What attention over pairs brings: the actor of a2c.py, and the same with pairs that look at each other.

    /usr/bin/python3 python/examples/attention.py [processor seconds of each, default 75] [seed of the world, default 1]

Both see the same features of every pair of servers, learn in the same way for the same processor time, and are
held against linkage on the same held-out days. One head of attention lets a pair's score depend on which other
pairs there are; that takes pairs times pairs, where the plain actor takes pairs.
"""

import a2c
import torch


class Attention(torch.nn.Module):
    def __init__(self, inputs, width=32):
        super().__init__()
        self.embed = torch.nn.Sequential(torch.nn.Linear(inputs, width), torch.nn.Tanh())
        self.query, self.key, self.value = (torch.nn.Linear(width, width) for _ in range(3))
        self.score = torch.nn.Linear(2 * width, 1)
        self.width = width

    def forward(self, pairs):
        seen = self.embed(pairs)
        weight = torch.softmax(self.query(seen) @ self.key(seen).transpose(1, 2) / self.width**0.5, 2)
        return self.score(torch.cat([seen, weight @ self.value(seen)], 2))


def plain(inputs):
    return torch.nn.Sequential(torch.nn.Linear(inputs, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))


def tried(make):
    """Cycles learned, and the gain over linkage on held-out days, %."""
    torch.manual_seed(1)
    a2c.actor = make(a2c.fixed.shape[1] + 2)
    a2c.critic = torch.nn.Sequential(
        torch.nn.Linear(7 * a2c.A + 2 * a2c.S, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1)
    )
    with torch.no_grad():  # begins as something like linkage: near pairs first
        list(a2c.actor.children())[-1].weight.mul_(0.1)
    a2c.optimiser = torch.optim.Adam([*a2c.actor.parameters(), *a2c.critic.parameters()], lr=3e-3)
    steps = a2c.learn(a2c.SECONDS)
    mine, linkage = a2c.held_out()
    return steps, 100 * (mine / linkage - 1)


if __name__ == "__main__":
    for name, make in (("pairs", plain), ("attention", Attention)):
        steps, gain = tried(make)
        print(f"{name}: {gain:+.2f} % over linkage on held-out days, after {steps} cycles of {len(a2c.fixed)} pairs")

# SPDX-License-Identifier: Apache-2.0
"""Five minutes to an own auction, and what its promises are worth.

The audit tries three million small auctions on each function, about a minute: `own_auction.py --audit`.
"""

import sys

import numpy as np

import dcat

world = dcat.Scenario("paper").world(seed=1)


def second_price(reserve, bids, draw):
    """The lowest bid wins and is paid the second lowest, or the reserve."""
    bids = np.frombuffer(bids)
    winner = int(bids.argmin())
    return winner, min(reserve, np.delete(bids, winner).min(initial=reserve))


def first_price(reserve, bids, draw):
    """The lowest bid wins and is paid what it asks. It looks cheaper, until clusters notice."""
    bids = np.frombuffer(bids)
    return int(bids.argmin()), bids.min()


first_price.promises = second_price.promises = ["no lie of a cluster pays", "clusters never below cost"]

if __name__ == "__main__":
    for auction in ("vickrey", second_price, first_price):
        t = dcat.run(world, "linkage", auction, cycles=24)
        name = getattr(auction, "__name__", auction)
        print(f"{name:14} profit a cycle {np.mean(t['fee'] - t['payment']):9.0f}   payments {t['payment'].sum():9.0f}")
    for auction in (second_price, first_price) if "--audit" in sys.argv else ():
        found = dcat.audit(world, auction)
        for promise, (claimed, broken) in found["promises"].items():
            if claimed:
                print(f"{auction.__name__:14} {promise}: {'BROKEN' if broken else 'holds'}")
        assert found["promises"]["no lie of a cluster pays"][1] == (auction is first_price)

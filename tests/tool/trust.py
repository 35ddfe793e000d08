# SPDX-License-Identifier: Apache-2.0
"""A live exchange that believes no server before it showed what it can: trust.py DCAT FOLDER."""
import json
import os
import subprocess
import sys

from gang_market import Market

LINE = ('{"threads":1,"seed":%s,"rounds":1,"cycles":7000000000,"took_us":1000000,"checksum":"7"}')


def demand(truth, *what):
    if not truth:
        sys.exit("trust: " + " ".join(str(w) for w in what))


def end_all(market):
    """Whatever is left when something was wrong."""
    for process in [market.server, *market.agents.values()]:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def servers(market):
    return {s["name"]: s for s in market.ask("GET", "/v1/servers")["servers"]}


def main():
    market = Market(sys.argv[1], sys.argv[2], "ack_s: 20, gang_s: 20, grace_s: 60, heartbeat_s: 30",
                    more="trust: {benchmark: required, programs: {work: memory}, bond: 10, bond_s: 60,"
                         " forfeit_bp: [1000, 5000, 10000]}")
    try:
        play(market)
    finally:
        end_all(market)


def play(market):
    # It works at 250 GHz and says 300; this one is honest; the third is this machine, and no petahertz fast; the fourth
    # has a program of its owner; the fifth one's prints no result.
    parties = [market.add("liar", 300, "sim", ", factor: 1.2")[0], market.add("honest", 250, "sim")[0]]
    market.write("own", "#!/bin/sh\n[ \"$1\" = work ] && echo '" + LINE % "'$4'" + "'\n")
    market.write("bad", "#!/bin/sh\necho nothing\n")
    for name in ("own", "bad"):
        os.chmod(market.path(name), 0o755)
    parties += [market.add("machine", 1000000)[0], market.add("owned", 8, "process", ", benchmark: own")[0],
                market.add("broken", 8, "process", ", benchmark: bad")[0]]
    for party in parties:  # without a bond nobody trades
        market.ask("POST", "/v1/bonds", {"party": party, "amount_micro": 15000000})
    market.wait(lambda: sum(len(c) for c in market.ask("GET", "/v1/clusters")["clusters"]) == 4,
                "four servers do not trade")
    seen = servers(market)
    shown = {name: [(b["class"], b["speed_ghz"]) for b in s.get("benchmarks", [])] for name, s in seen.items()}
    demand(shown["liar"] == [("work", 250)] and shown["honest"] == [("work", 250)], shown)
    demand(shown["owned"] == [("work", 7)] and shown["broken"] == [], shown)
    demand(0.01 < shown["machine"][0][1] < 1000, shown)
    for name, ghz in (("liar", 250), ("honest", 250), ("owned", 7)):
        demand(abs(seen[name]["measured_ghz"] - ghz) < 0.03, name, seen[name])
    demand(seen["machine"]["measured_ghz"] < 1000, seen["machine"])
    demand("printed no JSON object" in market.read("broken.log"), market.read("broken.log"))
    # Once more, by hand: the documents are all kept.
    market.agents["owned"].terminate()
    market.agents["owned"].wait()
    line = json.loads(market.run("agent", "--config", "owned.yaml", "--benchmark", "--quiet"))
    demand(line["class"] == "work" and line["speed_ghz"] == 7, line)
    kept = market.ask("GET", f"/v1/servers/{seen['owned']['id']}/benchmarks")["benchmarks"]
    demand([k["document"]["cycles"] for k in kept] == [7000000000] * 2 and kept[0]["event_seq"] == line["event_seq"], kept)
    market.write("provider.key", market.read("owned.key"))
    os.chmod(market.path("provider.key"), 0o600)
    listed = json.loads(market.run("servers", "--url", f"http://{market.place}", "--key-file", "provider.key", "--json"))
    demand(listed["servers"][0]["benchmarks"] == [{"class": "work", "speed_ghz": 7}], listed)
    # What its server locks stays, the rest comes back.
    key = market.read("owned.key").strip()
    market.ask("POST", "/v1/bonds", {"amount_micro": -5000000}, key)
    has = market.ask("GET", "/v1/earnings", None, key)
    demand((has["bond_micro"], has["bond_free_micro"], has["payable_micro"]) == (10000000, 0, 5000000), has)
    demand([(x["why"], x["count"], x["amount_micro"]) for x in has["locked"]] == [("bond", 1, 10000000)], has)
    market.stop()
    done = subprocess.run([market.dcat, "ledger", "verify", "data"], cwd=market.folder, capture_output=True, text=True)
    demand(done.returncode == 0, done.stdout, done.stderr)


main()

# SPDX-License-Identifier: Apache-2.0
"""A live exchange that gives its servers tasks whose answers it knows: canary.py DCAT FOLDER."""
import hashlib
import json
import subprocess
import sys

from gang_market import Market

# What this payload prints and how long it takes depends on whose it is: one server gets it wrong, one is slow.
PAYLOAD = ("case $DCAT_SERVER in wrong) echo 41;; slow) sleep 2; echo 42;; *) echo 42;; esac")
RIGHT = hashlib.sha256(b"42\n").hexdigest()
CANARY = ("trust: {canary: {party: probes, every_s: 1, tasks: [{work_gigacycles: 4, deadline_s: 120, run: [sh, -c, '%s'],"
          " sha256: %s}]}}" % (PAYLOAD, RIGHT))


def demand(truth, *what):
    if not truth:
        sys.exit("canary: " + " ".join(str(w) for w in what))


def end_all(market):
    """Whatever is left when something was wrong."""
    for process in [market.server, *market.agents.values()]:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def servers(market):
    return {s["name"]: s for s in market.ask("GET", "/v1/servers")["servers"]}


def main():
    market = Market(sys.argv[1], sys.argv[2], "ack_s: 20, gang_s: 20, grace_s: 60, heartbeat_s: 30", more=CANARY)
    try:
        play(market)
    finally:
        end_all(market)


def kinds_of(market, seen, key):
    """What an agent's list tells of its awards, by the party of their tasks, which the list does not tell."""
    for award in market.ask("GET", "/v1/awards?open=1", None, key)["awards"]:
        party = market.rows("SELECT party FROM task WHERE id=?", int(award["task"]))[0][0]
        seen.setdefault(party, set()).add((tuple(sorted(award)), tuple(sorted(award["payload"]))))


def warnings(market):
    lines = [json.loads(line) for line in market.read("served.err").splitlines() if line.startswith("{")]
    return [line["why"] for line in lines if line["event"] == "canary" and line["party"] == "probes"]


def hindered(market, why):
    """The operator is told why canaries that are due are not submitted, and how many."""
    def told():
        now = market.ask("GET", "/v1/overview")["canaries"]
        return now["why"] == why and now["missed"] > 0 and why in warnings(market) and now
    before = market.wait(told, f"nothing says {why}")["missed"]
    market.wait(lambda: market.ask("GET", "/v1/overview")["canaries"]["missed"] > before + 3, "none is due any more")


def play(market):
    keys = {name: market.add(name, 8) for name in ("honest", "wrong", "slow")}
    market.trading()
    shown = servers(market)["honest"]["canaries"]
    demand(shown == {"passed": 0, "late": 0, "failed": 0, "last_at": None}, shown)  # nobody is called so yet
    hindered(market, "not-found")
    probes = market.party("user", "probes")
    hindered(market, "insufficient-balance")
    of_user = market.ask("GET", "/v1/overview", None, market.user[1])
    demand("canaries" not in of_user, of_user)
    market.ask("POST", "/v1/deposits", {"party": probes[0], "amount_micro": 10**13})
    seen = {}

    def judged():
        kinds_of(market, seen, keys["honest"][1])
        now = servers(market)
        return (now["honest"]["canaries"]["passed"] >= 3 and now["wrong"]["probation"] and now["wrong"]["strikes"] == 3
                and now["slow"]["measured_ghz"] < 7 and now)
    now = market.wait(judged, "canaries do not tell servers apart", 300)
    for name in ("honest", "slow"):
        demand(now[name]["canaries"]["failed"] == 0 and not now[name]["probation"], name, now[name])
    demand(market.ask("GET", "/v1/overview")["canaries"]["why"] is None, "canaries are submitted and nothing says so")
    demand(warnings(market) == ["not-found", "insufficient-balance"], warnings(market))  # each once, not every slot
    demand(now["wrong"]["canaries"]["passed"] == now["wrong"]["canaries"]["late"] == 0, now["wrong"])
    demand(now["slow"]["canaries"]["passed"] + now["slow"]["canaries"]["late"] >= 10, now["slow"])
    provider = {p["name"]: p for p in market.ask("GET", "/v1/providers", None, market.user[1])["providers"]}
    demand(provider["wrong"]["canaries"]["failed"] >= 3 and provider["honest"]["canaries"]["failed"] == 0, provider)
    # An answer that is right is paid by the party of the canaries, one that is wrong is not, and the fee is back.
    paid = {name: market.ask("GET", "/v1/accounts", None, key)["accounts"] for name, (_, key) in keys.items()}
    payable = {name: sum(a["balance_micro"] for a in accounts if a["kind"] == "provider.payable")
               for name, accounts in paid.items()}
    demand(payable["honest"] > 0 and payable["slow"] > 0 and payable["wrong"] == 0, payable)
    demand(set(market.rows("SELECT task.state,reason FROM task JOIN award_member a ON a.task=task.id JOIN server s ON"
                           " s.id=a.server WHERE s.name='wrong' AND task.state NOT IN('accepted','awarded','running')"))
           == {("failed", "wrong-answer")}, "the wrong server's tasks")
    # To an agent, and to who reads the log, a canary is a task as any other.
    mine = []

    def both():
        mine.append(market.ask("POST", "/v1/tasks", {
            "origin": {"area": "Berlin"}, "work_gigacycles": 4, "data_megabits": 0, "deadline_s": 120,
            "payload": {"run": ["sleep", "1"]}}, market.user[1])["id"])
        kinds_of(market, seen, keys["honest"][1])
        return int(market.user[0]) in seen and int(probes[0]) in seen
    market.wait(both, "no award is seen")
    demand(seen[int(probes[0])] == seen[int(market.user[0])], seen)
    bodies = {}
    for actor, body in market.rows("SELECT actor,body FROM event WHERE kind='submit'"):
        whole = json.loads(body)
        bodies.setdefault(actor, set()).add((tuple(sorted(whole)), tuple(sorted(whole["data"])), whole["data"]["max_fee"],
                                             whole["data"]["retry_ns"]))
    demand(len(bodies) == 2 and len(set(map(frozenset, bodies.values()))) == 1, bodies)
    demand("canaries" in market.run("servers", "--url", f"http://{market.place}", "--key-file", "operator.key"), "dcat servers")
    market.stop()
    done = subprocess.run([market.dcat, "ledger", "verify", "data"], cwd=market.folder, capture_output=True, text=True)
    demand(done.returncode == 0, done.stdout, done.stderr)
    done = subprocess.run([market.dcat, "simulate", "--log", "data", "--out", "run"], cwd=market.folder,
                          capture_output=True, text=True)
    demand(done.returncode == 2 and "is a canary" in done.stderr, done.returncode, done.stderr)
    # The rules hold for all of a log.
    text = market.read("exchange.yaml")
    market.write("exchange.yaml", text.replace("every_s: 1,", "every_s: 2,"))
    done = subprocess.run([market.dcat, "serve", "--config", "exchange.yaml"], cwd=market.folder, capture_output=True,
                          text=True, timeout=60)
    demand(done.returncode == 2 and "trust.canary.every_s differs" in done.stderr, done.returncode, done.stderr)


main()

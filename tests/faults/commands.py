# SPDX-License-Identifier: Apache-2.0
"""The commands that are tried, on inputs so small that a run takes a moment."""

import subprocess
from collections import namedtuple
from pathlib import Path

# results: names that are whole or away. old: more words that make an earlier result to replace.
# path: where programs are found; without gnuplot no process is started, which takes longer than all else.
Command = namedtuple("Command", "name words results force old again path",
                     defaults=((), [], [], False, "/nonexistent"))

SMALL = ["--set", "servers.random.count=6", "--set", "time.slots_per_cycle=2", "--threads", "1", "-q"]
RUN = ["paper", *SMALL, "--cycles", "1"]
TRAINING = ["train", "paper", *SMALL, "--samples", "2", "--draws", "1", "--environments", "2", "--hidden", "8",
            "--epochs", "2", "--validate-every", "1", "--validate-worlds", "1", "-o", "p.st"]
SWF = "; MaxProcs: 8\n" + "".join(
    f"{n} {5 * n} 0 60 4 -1 -1 4 -1 -1 1 3 1 -1 1 1 -1 -1\n" for n in range(1, 9))
HUAWEI = "".join(f"{day} {hour:02}:00:00,r{hour % 2},v1,{60 + hour}\n" for day in (1, 2) for hour in range(24))
OWN = "when,where,cpu\n" + "".join(f"{5 * n},{'ab'[n % 2]},{n + 1}\n" for n in range(8))
COLUMNS = ["--column", "arrival_s=when", "--column", "origin=where", "--column", "work_gigacycles=cpu*100",
           "--always", "data_mb=20", "--always", "deadline_s=5"]
GRAPHML = """<graphml><key id="x" attr.name="Longitude"/><key id="y" attr.name="Latitude"/><graph>
<node id="a"><data key="x">0</data><data key="y">0</data></node>
<node id="b"><data key="x">1</data><data key="y">0</data></node><edge source="a" target="b"/></graph></graphml>
"""
SNDLIB = """?SNDlib native format; type: network; version: 1.0
NODES ( a ( 1.0 50.0 ) b ( 2.0 51.0 ) )
LINKS ( l ( a b ) 155.0 0.0 0.0 0.0 ( 622.0 1.0 ) )
DEMANDS ( d ( a b ) 1 7.0 UNLIMITED )
"""


def make_inputs(tool, folder):
    """Inputs that commands make of commands, and traces."""
    (folder / "trace").mkdir(parents=True)
    (folder / "trace" / "tenant1.csv").write_text(HUAWEI)
    for name, text in (("jobs.swf", SWF), ("own.csv", OWN), ("net.graphml", GRAPHML), ("net.txt", SNDLIB)):
        (folder / name).write_text(text)
    for words in (["generate", "--servers", "8", "-q", "-o", "country"], TRAINING):
        subprocess.run([tool, *words], cwd=folder, check=True, capture_output=True)
    known = subprocess.run([tool, "help", "--options", "commands"], check=True, capture_output=True, text=True).stdout
    if "replay" in known.split():  # built with the exchange
        words = ["simulate", *RUN, "--exchange", "log"]
        subprocess.run([tool, *words], cwd=folder, check=True, capture_output=True)
    return folder


def exchange_commands(inputs):
    """The market of an exchange read and checked, and a log applied again."""
    if not (inputs / "log").exists():
        return []
    market = Path(__file__).resolve().parents[2] / "examples" / "exchange-classes" / "exchange.yaml"
    return [Command("validate-exchange", ["validate", str(market)]),
            Command("replay", ["replay", str(inputs / "log"), "-q"])]


def COMMANDS(inputs):
    country, policy = str(inputs / "country" / "scenario.yaml"), str(inputs / "p.st")
    gml = str(inputs / "country" / "network.gml")
    comparison = ["compare", *RUN, "--worlds", "2", "--policies", "single:rea,linkage:rea-s", "--out", "c"]
    simulation = ["simulate", *RUN, "--bids", "--clusters", "--network", "--servers", "--tasks", "--out", "s"]
    import_gml = ["import", "gml", gml, "-q", "-o", "n"]
    return [
        Command("validate", ["validate", country]),
        Command("validate-json", ["validate", "paper", "--json", "-q"]),
        Command("scenarios", ["scenarios"]),
        Command("scenarios-out", ["scenarios", "paper", "-o", "x"], ["x"]),
        Command("generate", ["generate", "--servers", "8", "-q", "-o", "g"], ["g"]),
        Command("generate-force", ["generate", "--servers", "8", "-q", "-o", "g"], ["g"], ["--force"], ["--seed", "2"]),
        Command("import-gml", import_gml, ["n"]),
        Command("import-gml-force", import_gml, ["n"], ["--force"], ["--rename", "city1=elsewhere"]),
        Command("import-swf", ["import", "swf", str(inputs / "jobs.swf"), "-q", "-o", "t.csv", "--origins", "a,b"],
                ["t.csv"]),
        Command("import-csv", ["import", "csv", str(inputs / "own.csv"), "-q", "-o", "v.csv", *COLUMNS], ["v.csv"]),
        Command("import-graphml", ["import", "graphml", str(inputs / "net.graphml"), "-q", "-o", "w"], ["w"]),
        Command("import-sndlib", ["import", "sndlib", str(inputs / "net.txt"), "-q", "-o", "y"], ["y"]),
        Command("import-huawei", ["import", "huawei-regionless", str(inputs / "trace"), "-q", "-o", "d.csv",
                                  "--days", "2"], ["d.csv"]),
        Command("cluster", ["cluster", "paper", *SMALL]),
        Command("cluster-out", ["cluster", "paper", *SMALL, "--out", "k"], ["k"], path="/usr/bin"),
        Command("explain", ["explain", "paper", *SMALL]),
        Command("policy", ["policy", policy]),
        Command("simulate", simulation, ["s"], again=True),
        Command("simulate-force", ["simulate", *RUN, "--out", "s"], ["s"], ["--force"], ["--seed", "2"]),
        Command("simulate-a2c", ["simulate", country, "--threads", "1", "-q", "--cycles", "1", "--clusterer", "a2c",
                                 "--policy", policy, "--json"]),
        Command("compare", comparison, ["c"], again=True),
        Command("compare-force", comparison, ["c"], ["--force"], ["--seed", "2"]),
        Command("train", TRAINING, ["p.st"], again=True),
        Command("train-force", TRAINING, ["p.st"], ["--force"], ["--seed", "2"]),
        Command("bound", ["bound", *RUN, "--worlds", "1", "--out", "b"],
                ["b"]),
        Command("tune", ["tune", "paper", *SMALL, "--set", "time.test_days=[101, 101]", "--worlds", "1",
                         "--test-worlds", "1", "--proposals", "4", "--out", "u"], ["u"], again=True),
        Command("bound-exact", ["bound", *RUN, "--worlds", "1", "--exact", "--slots", "1",
                                "--set", "demand.arrivals_per_slot=3", "--set", "servers.random.count=3", "--out", "e"], ["e"]),
        Command("audit", ["audit", *RUN, "--worlds", "1", "--pairs", "20", "--attempts", "2",
                          "--set", "demand.arrivals_per_slot=3", "--out", "a"], ["a"]),
        Command("reproduce", ["reproduce", "fig5", "--set", "time.slots_per_cycle=2", "--set",
                              "servers.random.count=6", "--worlds", "2", "--cycles", "1", "--anneal-proposals", "1",
                              "--threads", "1", "-q", "--out", "r"], ["r/report"]),
        *exchange_commands(inputs),
    ]

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Countries and regions of servers, and tasks that may be worked on in some of them only.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

whole=(--tasks --clusters --servers --network --bids --quiet)
cp -r "$SOURCE_DIR/examples/own-network" plain
cp -r plain named
cp -r plain limited
# The first six servers are in de, two in at; regions by turns. Tasks: any, only de, not the north, only
# south or west, nowhere.
add_places() {
    awk -F , -v OFS=, '/^#/ { next } /^name/ { print $0, "country,region"; next }
        { print $0, (n < 6 ? "de" : "at"), (n % 3 == 0 ? "north" : n % 3 == 1 ? "south" : "west"); n++ }' \
        plain/servers.csv >"$1/servers.csv"
}
add_places named
add_places limited
awk -F , -v OFS=, '/^#/ { next } /^arrival/ { print $0, "allow,deny"; next }
    { print $0, (n % 5 == 1 ? "de" : n % 5 == 3 ? "south west" : n % 5 == 4 ? "at" : ""),
        (n % 5 == 2 ? "north" : n % 5 == 4 ? "at north" : ""); n++ }' plain/tasks.csv >limited/tasks.csv

# ---- places that no task speaks of change nothing
expect 0 simulate plain/with-tasks.yaml "${whole[@]}" --out of-plain
expect 0 simulate named/with-tasks.yaml "${whole[@]}" --out of-named
for file in tasks bids clusters cycles; do
    cmp -s of-plain/$file.csv of-named/$file.csv || complain "places change $file.csv"
done
[ ! -e of-named/barred.csv ] || complain 'nobody is barred'

# ---- a task is worked on where it may
expect 0 simulate limited/with-tasks.yaml "${whole[@]}" --out of-limited
python3 - of-limited limited <<'END' >told 2>&1 || complain "$(cat told)"
import csv, sys
rows = lambda f, name: list(csv.DictReader(line for line in open(f"{f}/{name}.csv") if line[0] != "#"))
folder, given = sys.argv[1:]
places = {r["name"]: {r["country"], r["region"]} for r in rows(given, "servers")}
asked = sorted(enumerate(rows(given, "tasks")), key=lambda t: (float(t[1]["arrival_s"]), t[0]))
members = {}
for r in rows(folder, "clusters"):
    members.setdefault(r["cluster"], []).append(r["server"])
barred = {(r["server"], r["class"]) for r in rows(folder, "barred")}
sold = 0
for r in rows(folder, "tasks"):
    t = dict(asked)[int(r["task"])]
    allow, deny = set(t["allow"].split()), set(t["deny"].split())
    may = {s for s in places if (not allow or places[s] & allow) and not places[s] & deny}
    assert {s for s in places if (s, r["class"]) not in barred} == may, r
    if not may and r["outcome"] not in ("no-device", "no-candidate", "over-value"):
        raise SystemExit(f"nobody may, and yet {r}")
    if r["outcome"] == "sold":
        sold += 1
        assert may & set(members[r["cluster"]]), r
assert sold > 100, sold
END
grep -q ',no-device,' of-limited/tasks.csv || complain 'no task may be worked on nowhere'
if [ -x /usr/bin/python3 ]; then
    PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$SOURCE_DIR/examples/verify/verify.py" of-limited >told 2>&1 || complain "$(cat told)"
fi
expect 0 explain limited/with-tasks.yaml --task 1
holds out 'of class work allow=de (pool cpu)'
holds out 'Teams for class work allow=de'
expect 0 validate limited/with-tasks.yaml
grep -qE '^ +work allow=de +cpu +20\.0 +6 ' out || complain "validate: $(grep allow out)"
holds out '1 class no server can work on: work allow=at deny=at+north'
expect 0 bound limited/with-tasks.yaml --worlds 1 --json
jq -e '.bound.profit.mean >= .at_limits.profit.mean and .bound_given_clusters.profit.mean >= .at_limits.profit.mean' out >/dev/null ||
    complain "bound: $(jq -c . out)"
expect 0 audit limited/with-tasks.yaml --auction rea-s --worlds 1 --pairs 200 --inner 5 --json
expect 0 compare limited/with-tasks.yaml --policies linkage:rea-s,kmeans:rea --worlds 1 --json

# ---- what no server names is refused where it stands
sed -i '4s/,de,/,ed,/' limited/tasks.csv
awk -F , 'NR == 3 { $(NF - 1) = "southh" } { print }' OFS=, limited/tasks.csv >wrong && cp wrong limited/tasks.csv
expect 2 validate limited/with-tasks.yaml
holds err 'limited/tasks.csv:3: allow: southh must be a country or a region of a server; did you mean south?'
cp plain/servers.csv limited/servers.csv
expect 2 validate limited/with-tasks.yaml
holds err 'must be a country or a region of a server'
finish

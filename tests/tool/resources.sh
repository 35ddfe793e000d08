#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Devices and classes of work: the page's commands run and show the example's files; validate says who can
# serve what; the market sells them, and who does not know them refuses.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

page=$SOURCE_DIR/docs/resources.md
mkdir bin
ln -s "$DCAT" bin/dcat
ln -s "$SOURCE_DIR/examples" examples
awk '$0 == "```sh" { on = 1; next } /^```/ { on = 0 } on' "$page" >commands.sh
(PATH=$PWD/bin:$PATH && bash -euo pipefail commands.sh >said 2>err) || complain "a command of the page fails: $(cat err)"
holds said 'mixed-network: valid'
# The files that the page shows, comments left out.
for file in devices units classes efficiency; do
    grep -v '^#' "examples/mixed-network/$file.csv" >shown
    awk -v want="$(head -n 1 shown)" '$0 == want { on = 1 } /^```/ { on = 0 } on' "$page" >given
    cmp -s shown given || complain "$file.csv is another in the page"
done

cp -r examples/mixed-network/ mixed
expect 0 validate hetero
holds out "; no public ceiling"
expect 0 validate mixed/
lacks out 'Load  ' # one number would mean nothing
grep -qE '^ +cpu +cpu +42\.9 +5 +1300 .* 0\.0$' out || complain "cpu: $(grep ' cpu ' out)"
grep -qE '^ +cyclegan +gpu +14\.3 +4 +3053 ' out || complain "K80 have 12 GiB of 14: $(grep cyclegan out)"

# By hand: 250 giga-cycles a second, 1 x 1.593 (main-1), 4 x 1.593, 4 x 0.253, 2 x 1 and 1 x 1 of them at resnet50.
expect 0 validate mixed/ --json
jq -e '.classes | length == 4' out >/dev/null || complain "not four classes: $(jq -c .classes out)"
jq -e '.load_factor == null and (.classes[1] | .name == "resnet50" and .servers == 5 and
    (.speed_ghz - 250 * (5 * 1.593 + 4 * 0.253 + 3) | fabs) < 1e-6 and .unservable_share == 0)' out >/dev/null ||
    complain "resnet50: $(jq -c '.classes[1]' out)"

# A table for a narrow terminal stands in two parts; a device that is too dear is one that nobody sells.
COLUMNS=80 expect 0 validate mixed/
[ "$(grep -c '^ *cyclegan ' out)" -eq 2 ] || complain "80 columns: $(grep cyclegan out)"
[ "$(awk 'length > 80' out | wc -l)" -eq 0 ] || complain "wider than 80: $(awk 'length > 80' out)"
sed 's/cuda,0,30$/cuda,0,3000/; s/,0,\(90\|140\)$/,0,9999/' mixed/devices.csv >dear.csv
expect 0 validate mixed/ --set resources.devices_file="$PWD/dear.csv"
holds out 'the ceiling of 1.8 is below every server'"'"'s cost for 3 classes, which rea-s, vickrey and posted can not sell: resnet50, cyclegan, llm'

# 80 GiB: no device has them; a team of the span limit has, with four V100, one more and two P100; 200 none has.
sed -i 's/^resnet50,gpu,8/resnet50,gpu,80/' mixed/classes.csv
expect 0 validate mixed/
holds out 'Remark     class resnet50 can be served by nobody: no device with its features has its memory'
holds out 'Remark     1 class no server can work on: resnet50'
grep -qE '^ +resnet50 .* 100\.0$' out || complain "somebody serves resnet50: $(grep resnet50 out)"
sed -i 's/^resnet50,gpu,80,each/resnet50,gpu,80,sum/' mixed/classes.csv
expect 0 validate mixed/
lacks out 'resnet50: no'
grep -qE '^ +resnet50 .* 0\.0$' out || complain "nobody serves resnet50: $(grep resnet50 out)"
sed -i 's/^resnet50,gpu,80,sum/resnet50,gpu,200,sum/' mixed/classes.csv
expect 0 validate mixed/
holds out 'Remark     1 class no team within the span limit has the memory for, all its devices together: resnet50'
sed -i 's/^resnet50,gpu,200,sum,cuda/resnet50,npu,,,/' mixed/classes.csv
sed -i 's/^\([a-z0-9]*\),[0-9.]*,/\1,,/' mixed/efficiency.csv
expect 0 validate mixed/
holds out 'class resnet50 can be served by nobody: no device is of its pool'
sed -i '/^v100/d; s/device,resnet50,/device,/; s/^\([kp]1*[08]*\),,/\1,/' mixed/efficiency.csv
sed -i 's/^v100,gpu,250,1,16,cuda fp16 tensor,0/v100,gpu,250,1,16,cuda fp16 tensor,/' mixed/devices.csv
expect 0 validate mixed/
holds out 'efficiency.csv has no row for device v100: it is taken to have efficiency 1'
holds out 'Remark     device v100 has cores of 250 GHz each'
holds out 'efficiency.csv has no column for class cpu'

# The market sells classes; what each did is told in all forms, and the parts are the whole.
expect 0 simulate examples/mixed-network --tasks --servers --clusters --out sold --cycles 6
holds out '  class     tasks  awarded'
expect 0 simulate examples/mixed-network --cycles 6 --json
python3 - out sold <<'END' || complain "the classes of a run do not add up"
import collections, csv, json, sys
run = json.load(open(sys.argv[1]))
classes = {c["class"]: c for c in run["classes"]}
assert list(classes) == ["cpu", "resnet50", "cyclegan", "llm"], classes
for key in "arrived", "awarded":
    assert sum(c[key] for c in classes.values()) == run[key], key
assert abs(sum(c["profit"] for c in classes.values()) - run["money"]["profit"]) < 1e-6
tasks = list(csv.DictReader(open(sys.argv[2] + "/tasks.csv")))
seen = collections.Counter((t["class"], t["outcome"]) for t in tasks)
rows = list(csv.DictReader(open(sys.argv[2] + "/classes.csv")))
for row in rows:
    assert int(row["awarded"]) == seen[row["class"], "sold"] > 0, row
members = collections.defaultdict(set)
for row in csv.DictReader(open(sys.argv[2] + "/clusters.csv")):
    members[row["cluster"]].add(row["server"])
for t in tasks:  # nobody is sold a GPU's work without a GPU
    if t["outcome"] == "sold" and t["class"] != "cpu":
        assert members[t["cluster"]] & {"spree-1", "spree-2", "main-1", "main-2", "isar"}, t
END
holds sold/report.html 'Classes of work'
if command -v gnuplot >/dev/null; then # the map marks who has which devices
    for said in 'k80: 1 server' 'p100: 2 servers' 'v100: 2 servers'; do
        holds sold/figures/map.svg "$said"
    done
fi

# With no machine for it a class is lost for that.
expect 0 simulate mixed/ --cycles 2 --json
grep -q '"no_device": [1-9]' out || complain "no task was lost for lack of a device"
expect 0 explain examples/mixed-network --task 5
holds out 'of class cpu (pool cpu)'
holds out 'Teams for class cpu'
expect 0 explain examples/mixed-network --task 5 --json
holds out '"effective_ghz"'
expect 0 compare examples/mixed-network --cycles 2 --worlds 2 --json
expect 0 cluster examples/mixed-network --json
jq -e '[.features[].properties | select(.kind == "server") | .device] | sort == [null, null, null, "k80", "p100", "p100", "v100", "v100"]' out >/dev/null ||
    complain "devices: $(jq -c '[.features[].properties.device]' out)"

# Work stated as a device, a count and seconds: 2 x 0.5 s x 250 GHz x 1.593 is 398.25 giga-cycles; explain says both.
cp -r examples/mixed-network/ stated
sed -i 's/^  profile_file: demand.csv/  tasks_file: tasks.csv/; /^  arrivals_per_slot/d; /^time:/d' stated/scenario.yaml
cat >stated/tasks.csv <<'END'
arrival_s,origin,work_gigacycles,data_mb,deadline_s,class,device,count,seconds
0.5,Berlin,,20,3,resnet50,v100,2,0.5
1.0,Munich,600,20,3,cpu,,,
1.2,Berlin,,20,3,cyclegan,p100,,1.5
END
expect 0 explain stated/ --task 0
holds out '398.2 giga-cycles (2 of v100 for 0.5 s) of class resnet50 (pool gpu)'
expect 0 explain stated/ --task 1
holds out 'Asks for  600 giga-cycles of class cpu'
expect 0 explain stated/ --task 2
holds out '375 giga-cycles (p100 for 1.5 s) of class cyclegan'
expect 0 explain stated/ --task 0 --json
jq -e '.task | .work_gigacycles == 398.25 and .stated == {device: "v100", count: 2, seconds: 0.5}' out >/dev/null ||
    complain "stated: $(jq -c .task out)"

# Nobody earns more than the bound.
expect 0 bound examples/mixed-network --worlds 2 --cycles 2 --json
jq -e '(.bound.profit.mean >= .bound_given_clusters.profit.mean * 0.999) and (.bound_given_clusters.profit.mean >= .at_limits.profit.mean) and
    (.at_limits.profit.mean >= .policy_profit.profit.mean) and (.policy_profit.profit.mean > 0)' out >/dev/null || complain "bounds: $(jq -c . out)"

# Servers lie about their devices, too: K80 have not the memory of cyclegan. Without classes nobody can.
expect 0 audit examples/mixed-network --auction rea-s --worlds 1 --cycles 2 --pairs 500 --inner 10 --json
jq -e '.auctions[0].beyond_one_auction.with_ceiling | .efficiency.attempts == 8 and (.efficiency.factors | length == 3) and .memory.attempts > 0' \
    out >/dev/null || complain "devices: $(jq -c '.auctions[0].beyond_one_auction.with_ceiling' out)"
expect 0 cluster examples/own-network --json
jq -e 'all(.features[].properties; has("device") | not)' out >/dev/null || complain 'devices without classes'
expect 0 audit examples/own-network --auction rea-s --worlds 1 --cycles 2 --pairs 500 --inner 10 --json
jq -e '.auctions[0].beyond_one_auction.with_ceiling | has("efficiency") | not' out >/dev/null || complain 'devices without classes'
# A platform that does not know its servers makes promises that no audit could hold it to.
# It is refused before anything is made, by the place that says so.
expect 2 audit hetero --auction rea-s --worlds 1 --cycles 1 --set resources.collapse=worst
holds err '--set resources.collapse=worst: must be none: an audit'
cp -r "$SOURCE_DIR/examples/mixed-network" flat
sed -i 's/^resources:.*/&\n  collapse: worst/' flat/scenario.yaml
where="./flat/scenario.yaml:$(grep -n 'collapse: worst' flat/scenario.yaml | cut -d: -f1): resources.collapse: must be none: "
expect 2 audit ./flat --auction rea-s --worlds 1 --cycles 1 --out made
holds err "$where"
[ ! -e made ] || complain "audit: a folder was begun"
code=0
"$DCAT" bound ./flat --exact --out made >out 2>err || code=$?
[ "$code" -eq 2 ] || complain "bound --exact under resources.collapse exits with $code"
grep -q 'no exact solver' err || holds err "$where"
[ ! -e made ] || complain "bound: a folder was begun"
expect 0 train examples/mixed-network --epochs 2 --samples 2 --draws 1 --environments 1 --hidden 8 --quiet -o p.st
expect 0 simulate examples/mixed-network --clusterer a2c --policy p.st --cycles 2 --quiet
finish

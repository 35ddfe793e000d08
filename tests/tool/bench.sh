#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat bench: misuse, rows that jq reads, the table. Speeds are not judged here.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# ---- misuse
expect 0 bench --help
holds out "Parts:"
expect 2 bench paper
holds err "bench takes no argument: 'paper'"
expect 2 bench --only nothing
holds err "no part is called 'nothing'; there are: startup"
expect 2 bench --repetitions 0
holds err "--repetitions must be a whole number in [1, 1000]"

# ---- every row says what, how much, how sure and on what; targets stand beside them
expect 0 bench --quick --only step --repetitions 3 --json
[ ! -s err ] || complain "bench says something on standard error: $(head -c 300 err)"
true_of_json '.quick and .cores >= 1 and (.version | type == "string")'
true_of_json '.rows | all(keys == ["max", "min", "name", "params", "unit", "value"])'
true_of_json '.rows | length == 22 and all(.name != "")'
true_of_json '.rows | all(0 < .min and .min <= .value and .value <= .max)'
true_of_json '.rows | all(.params | .servers == 40 and .tasks > 10000 and .repetitions == 3
    and .clusters > 1 and .threads == 1 and .clock == "cpu")'
true_of_json '[.targets[].name] == ["step/paper/rea/at-hand", "step/paper/rea-s/at-hand",
    "step/paper/rea-s/at-hand/ratio",
    "step/paper/rea/drawn", "step/paper/rea-s/drawn",
    "step/paper-untuned/rea/at-hand", "step/paper-untuned/rea-s/at-hand",
    "step/paper-untuned/rea/drawn", "step/paper-untuned/rea-s/drawn",
    "queue/paper/rea/at-hand",
    "queue/paper/rea/drawn", "queue/paper/rea-s/at-hand", "queue/paper/rea-s/drawn"]'
true_of_json '.rows as $rows | .targets | all(. as $target
    | any($rows[]; .name == $target.name and ($target.met == (.value >= $target.at_least))))'

# ---- beside a straightforward version, which awards the same tasks or the command fails
true_of_json '[.rows[] | select(.name | endswith("/ratio"))] | length == 4
    and all(.unit == "x" and .value > 1 and (.params.straightforward | length > 10))'
true_of_json '[.rows[] | select(.name | endswith("/straightforward"))] | length == 4
    and all(.unit == "M tasks/s" and .params.tasks_straightforward > 1000)'
expect 0 bench --quick --only auction --only draw --only score --repetitions 1 --json
true_of_json '[.rows[].name] == [
    "auction/rea", "auction/rea/straightforward", "auction/rea/ratio",
    "auction/rea-s", "auction/rea-s/straightforward", "auction/rea-s/ratio",
    "draw/paper", "draw/paper/straightforward", "draw/paper/ratio",
    "score/one-by-one", "score/one-by-one/straightforward", "score/one-by-one/ratio",
    "score/batch", "score/batch/straightforward", "score/batch/ratio"]'
true_of_json '.targets == []'

# ---- several parts, in the order of --help; processes of their own, and nothing left of theirs
mkdir temporary
TMPDIR=$PWD/temporary expect 0 bench --quick --only memory --only startup --repetitions 1 --json
true_of_json '[.rows[].name] == ["startup/help", "startup/help/cpu", "memory/simulate",
    "memory/train"]'
true_of_json '.rows | all(.value > 0)'
true_of_json '.rows[0].params.repetitions == 4'
true_of_json '.targets[0] | .name == "startup/help" and .at_most == 20'
[ -z "$(ls temporary)" ] || complain "left behind: $(ls temporary)"

# ---- generated countries are written, read and removed
TMPDIR=$PWD/temporary expect 0 bench --quick --only world --repetitions 1 --json
true_of_json '[.rows[] | select(.params.world == "national") | .name]
    == ["world/national-10000/memory", "world/national-10000/time"]'
[ -z "$(ls temporary)" ] || complain "left behind: $(ls temporary)"

# ---- decisions, the straightforward ones too
expect 0 bench --quick --only decide --repetitions 1
for clusterer in linkage kmeans a2c; do
    grep -qE "^decide/$clusterer/500 +[0-9.]+ " out || complain "no time of $clusterer"
done
grep -qE "^decide/linkage/500/ratio +[0-9.]+ .* x$" out || complain "no ratio of linkage"

# ---- classes of work: the same awards, eight classes or one
expect 0 bench --quick --only classes --repetitions 1 --json
jq -e '[.rows[].name] == ["classes/2000x8/memory", "classes/paper/rea", "classes/paper/rea-s", "classes/2000x8/rea/at-hand",
    "classes/2000x8/rea-s/at-hand"] and all(.rows[]; .value > 0)' out >/dev/null || complain "classes: $(jq -c '[.rows[].name]' out)"

# ---- the parts of training and their floors
expect 0 bench --quick --only train --repetitions 1 --json
for part in simulate score back-propagate adam; do
    true_of_json ".rows | any(.name == \"train/group/rea-s/$part\" and .value > 0)"
    true_of_json ".rows | any(.name == \"train/group/rea-s/$part/floor\" and .value > 0)"
done
true_of_json '.targets[1] | .name == "train/group/rea-s/over-floors" and .at_most == 2'

# ---- as a table
expect 0 bench --quick --only startup --repetitions 1
holds out "QUICK: smaller inputs, no result"
grep -qE '^startup/help +[0-9.]+ +[0-9.]+ +[0-9.]+  ms +<= 20  (ok|NO)$' out ||
    complain "the table lacks its row: $(cat out)"
grep -qE '^[01] of 1 targets met$' out || complain "the table lacks its last line: $(cat out)"

finish

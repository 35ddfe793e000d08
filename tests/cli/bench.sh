#!/usr/bin/env bash
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

# ---- every row says what, how much, how sure and on what
expect 0 bench --quick --only step --repetitions 3 --json
[ ! -s err ] || complain "bench says something on standard error: $(head -c 300 err)"
true_of_json '.quick and .cores >= 1 and (.version | type == "string")'
true_of_json '.rows | length == 6 and all(.name != "" and .unit == "M tasks/s")'
true_of_json '.rows | all(0 < .min and .min <= .value and .value <= .max)'
true_of_json '.rows | all(.params | .servers == 40 and .tasks > 10000 and .repetitions == 3
    and .clusters > 1 and .threads == 1 and .clock == "cpu")'
true_of_json '[.rows[] | select(.at_least) | .name] == ["step/paper/rea/at-hand",
    "step/paper/rea-s/at-hand", "step/paper/rea/drawn", "step/paper/rea-s/drawn"]'
true_of_json '.rows | all(if .at_least then .met == (.value >= .at_least) else true end)'

# ---- several parts, in the order of --help; processes of their own
expect 0 bench --quick --only memory --only startup --repetitions 1 --json
true_of_json '[.rows[].name] == ["startup/help", "startup/help/cpu", "memory/simulate"]'
true_of_json '.rows | all(.value > 0)'
true_of_json '.rows[0] | .at_most == 20 and .met == (.value <= 20) and .params.repetitions == 4'

# ---- a decision that would need too much is named, not left out
expect 0 bench --quick --only decide --repetitions 1
for clusterer in linkage kmeans a2c; do
    grep -qE "^decide/$clusterer/500 +[0-9.]+ " out || complain "no time of $clusterer"
done

# ---- as a table
expect 0 bench --quick --only startup --repetitions 1
holds out "QUICK: smaller inputs, no result"
grep -qE '^startup/help +[0-9.]+ +[0-9.]+ +[0-9.]+  ms +<= 20  (yes|NO)$' out ||
    complain "the table lacks its row: $(cat out)"

finish

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An exchange that plays a simulation in virtual time awards the same tasks to the same clusters in the same
# rounds for the same payments before rounding, bit by bit; dcat replay agrees with its log, names the first
# event that was changed, and knows a user's mistakes.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"
"$DCAT" help --options commands | grep -qx replay || skip "built without the exchange"

# Usage: same NAME SCENARIO [OPTION...]
same() {
    expect 0 simulate "${@:2}" --exchange "$1"
    grep -q "Exchange: the same [1-9][0-9]* awards" err || complain "$1: $(cat err)"
    expect 0 replay "$1"
    holds out "root, balances and awards agree"
}

same paper paper --cycles 2
same tight paper-tight --cycles 2 --seed 5
same left paper-tight --cycles 1 --seed 2 --set market.opt_out=true
same hetero hetero --cycles 2
same classes chinanet-hetero --cycles 1 --clusterer linkage
same china chinanet --cycles 1
same sun follow-the-sun --cycles 2
same owners mixed-owners --cycles 2
same rea paper --auction rea --clusterer kmeans --cycles 2
same posted paper --auction posted --cycles 1 --set 'demand.value_per_gigacycle=[16, 22]'
same vickrey mixed-owners --auction vickrey --clusterer single --cycles 1
same lottery paper --auction rea --clusterer single --cycles 1 --set auction.rea.round_max=unlimited --set auction.rea.all_left=lottery

# The scenario's tasks and the log's are as many.
expect 0 simulate paper --cycles 2 --json --quiet
tasks=$(jq .arrived out)
expect 0 replay paper --json
[ "$(jq .tasks out)" -eq "$tasks" ] || complain "the log has $(jq .tasks out) tasks, the run $tasks"
[ "$(jq -r .root out | wc -c)" -eq 65 ] && [ "$(jq .agrees out)" = true ] || complain "no root: $(cat out)"

# ---- a log told as a run: the same files, which examples/verify recomputes
tables=(--tasks --clusters --servers --network --bids --quiet)
expect 0 simulate paper --cycles 2 "${tables[@]}" --out run
expect 0 simulate paper --log paper "${tables[@]}" --out told
for table in tasks clusters servers bids cycles; do
    cmp -s run/$table.csv told/$table.csv || complain "$table.csv of the log is another than the run's"
done
cmp -s run/summary.json told/summary.json || complain "the summaries differ"
expect 0 simulate hetero --cycles 2 --tasks --servers --quiet --out mixed
expect 0 simulate hetero --log hetero --tasks --servers --quiet --out mixed_told
for table in tasks servers cycles; do
    cmp -s mixed/$table.csv mixed_told/$table.csv || complain "$table.csv of a log with classes is another than the run's"
done
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$SOURCE_DIR/examples/verify/verify.py" told >said 2>&1 || complain "$(cat said)"
expect 2 simulate paper --log paper --seed 9
holds err "is another in the world of the scenario and seed"
expect 2 simulate chinanet --log paper
holds err "the world of the scenario and seed has"
expect 2 simulate paper --log paper --cycles 1
expect 2 simulate paper --log nowhere

# ---- what was changed is found
python=/usr/bin/python3
[ -x "$python" ] || skip "there is no $python"
change() {
    "$python" - "$1" "$2" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/exchange.db")
db.execute(sys.argv[2])
db.commit()
PY
}
change paper "UPDATE award SET pay = pay + 1 WHERE task = 7"
expect 1 replay paper
holds err ": its awards are others"
expect 1 replay paper --json
[ "$(jq .agrees out)" = false ] && [ "$(jq .first_wrong_event out)" -gt 100 ] || complain "no event is named: $(cat out)"
change rea "UPDATE account SET balance = balance + 1 WHERE id = 2"
expect 1 replay rea
holds err "the balances are others"

# ---- mistakes
expect 2 replay
expect 2 replay nowhere
mkdir empty
expect 2 replay empty
holds err "there is no log"
expect 2 simulate paper --cycles 1 --exchange tight
holds err "exists"
expect 2 simulate paper --cycles 1 --exchange refused --set market.queue=paper
holds err "market.queue must be fifo"
expect 2 simulate hetero --cycles 1 --exchange refused --set resources.collapse=peak
holds err "resources.collapse: an exchange goes by the speeds that receipts show"
[ ! -e refused ] || complain "a folder is left of what was refused"
exec 9<tight/exchange.lock
flock 9
expect 2 replay tight
holds err "another process works here"
expect 2 ledger verify tight
holds err "another process works here: --quick verifies"
expect 0 ledger verify tight --quick
exec 9<&-

finish

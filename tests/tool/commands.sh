#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line as scripts rely on it: exit codes, messages, folders, JSON, determinism.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

small=(--worlds 2 --cycles 3)

# ---- help and misuse
expect 0 --help
holds out "compare"
holds out "linkage"
holds out "rea-s"
expect 0 --version
expect 2
expect 2 frobnicate
holds err "no command is called 'frobnicate'"
expect 2 $'\e[1mbold'
holds err "no command is called '?[1mbold'"
# Commands in a help stay as they must be typed: none is folded at the width of the page.
whole_commands() {
    ! awk 'length(command) > 0 && NF > 0 && !/^(Example|  dcat|         dcat)/ { folded = 1 }
        { command = /^(Example: |  )dcat / && !/\\$/ ? $0 : "" }
        /^\\$/ { folded = 1 }
        END { exit !folded }' out || complain "$1 --help folds a command: $(cat out)"
}
for command in compare suite simulate train tune policy reproduce audit bound explain cluster validate scenarios generate import; do
    expect 0 "$command" --help
    holds out "Usage: dcat $command"
    whole_commands "$command"
done
if "$DCAT" help --options commands | grep -qx serve; then # built with the service
    for command in serve key replay report agent submit quote tasks task cancel account servers ask exchange users ledger; do
        expect 0 "$command" --help
        holds out "Usage: dcat $command"
        whole_commands "$command"
    done
fi
for kind in huawei-regionless swf csv gml graphml sndlib openb gavel slurm; do
    expect 0 import "$kind" --help
    whole_commands "import $kind"
    expect 0 help import "$kind"
    holds out "Usage: dcat import $kind"
done
for command in compare simulate tune audit bound explain cluster validate; do
    expect 2 "$command"
    holds err "which scenario?"
    expect 2 "$command" paper --frobnicate
    expect 2 "$command" nothing-of-that-name
    holds err "nothing-of-that-name"
    expect 2 "$command" ./missing.yaml
    holds err "missing.yaml"
done
expect 2 compare paper --worlds 0
holds err "--worlds must be a whole number"
expect 2 compare paper --worlds 2x
expect 2 compare paper --cycles 100000
holds err "[1, 528]"
expect 2 compare paper --policies kmeans
holds err "clusterer:auction"
expect 2 compare paper --policies kmeans:rea,nobody:rea
holds err "nobody"
expect 2 compare paper --policies linkage:rea,linkage:rea
holds err "twice"
expect 2 simulate paper --clusterer nobody
expect 2 simulate paper --auction nobody
expect 2 simulate paper --tasks --cycles 1
holds err "--out"
expect 2 explain paper --task 100000 --cycle 2400
holds err "no such task"
expect 2 explain paper --cycle 99999999
expect 2 validate paper --out somewhere

# ---- overrides are checked like the file
expect 2 validate paper --set market.price_per_gigacycle=-3
holds err "market.price_per_gigacycle"
holds err "-3"
expect 2 validate paper --set market.prize=3
holds err "market.prize"
expect 2 validate paper --set demand.arrivals_per_slot=nan
expect 2 validate paper --set novalue
expect 0 validate paper --set servers.random.count=20 --json
holds out '"count": 20'

# ---- every shipped scenario is valid, complete and exportable
"$DCAT" scenarios >names
while read -r name _; do
    expect 0 validate "$name"
    expect 0 scenarios "$name" --out "copy-of-$name"
    expect 0 validate "copy-of-$name/scenario.yaml"
    expect 2 scenarios "$name" --out "copy-of-$name"
    expect 0 compare "$name" "${small[@]}" --policies linkage:rea --json
    jq -S 'del(.. | .decision_s?)' <out >shipped.json
    expect 0 compare "copy-of-$name/scenario.yaml" "${small[@]}" --policies linkage:rea --json
    jq -S 'del(.. | .decision_s?)' <out >copy.json
    cmp shipped.json copy.json || complain "the copy of $name gives other results"
done <names

# ---- compare: folder, JSON, determinism
expect 0 compare paper "${small[@]}" --out one
for file in report.html compare.csv worlds.csv compare.json compare.txt scenario.yaml manifest.json; do
    [ -s "one/$file" ] || complain "compare leaves no $file"
done
ls -d one.tmp-* 2>/dev/null && complain "a temporary folder is left"
expect 2 compare paper "${small[@]}" --out one
holds err "--force"
expect 0 compare paper "${small[@]}" --out one --force
mkdir precious && : >precious/thing
expect 2 compare paper "${small[@]}" --out precious --force
[ -e precious/thing ] || complain "--force removed a folder that is no result"
expect 0 compare paper "${small[@]}" --policies kmeans:rea,linkage:rea-s --json
jq -e '.scenario == "paper" and .worlds == 2 and .seed == 1 and (.rows | length) == 2 and
    ([.rows[] | has("clusterer") and has("auction") and (.profit | has("mean") and has("ci95")) and
    (.offloading | has("mean") and has("ci95")) and has("margin") and has("no_candidate") and
    has("single_candidate") and has("all_left") and has("simultaneous_exit") and has("members_below_cost") and
    has("decision_s")] | all)' out >/dev/null || complain "compare --json lacks a promised key"
jq -S 'del(.. | .decision_s?)' <out >first.json
for threads in 1 2 8; do
    expect 0 compare paper "${small[@]}" --policies kmeans:rea,linkage:rea-s --json \
        --threads "$threads"
    jq -S 'del(.. | .decision_s?)' <out >again.json
    cmp first.json again.json || complain "$threads threads give other results"
done
expect 0 compare paper "${small[@]}" --policies kmeans:rea,linkage:rea-s --json --seed 7
jq -S 'del(.. | .decision_s?)' <out >other.json
cmp -s first.json other.json && complain "the seed changes nothing"

# ---- a full disk is our failure, said once, and leaves nothing
if [ -e /dev/full ]; then
    status=0
    "$DCAT" validate paper >/dev/full 2>err || status=$?
    [ "$status" -eq 1 ] || complain "a full disk exits with $status"
    holds err "standard output"
    for help in "validate --help" "help compare" "generate --usage" --help --version; do
        status=0
        # shellcheck disable=SC2086 # words of a command
        "$DCAT" $help >/dev/full 2>err || status=$?
        [ "$status" -eq 1 ] || complain "a full disk: $help exits with $status"
        [ "$(grep -c "standard output: No space left on device" err)" -eq 1 ] || complain "$help: $(cat err)"
    done
fi

# ---- simulate and explain tell the same story
expect 0 simulate paper --clusterer kmeans --auction rea --cycles 2 --tasks --clusters --servers --out run
for file in summary.json cycles.csv tasks.csv clusters.csv servers.csv scenario.yaml manifest.json; do
    [ -s "run/$file" ] || complain "simulate leaves no $file"
done
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    NR > 1 && $at["cycle"] == 2401 && $at["success"] == 1 && $at["task"] >= 5 {
        print $at["task"]; exit }' run/tasks.csv >sold # one that was sold
awk -F, -v task="$(cat sold)" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    NR > 1 && $at["cycle"] == 2401 && $at["task"] == task {
        print $at["outcome"], $at["cluster"], $at["payment"] }' run/tasks.csv >told
expect 0 explain paper --clusterer kmeans --auction rea --cycle 2401 --task "$(cat sold)" --json
jq -r '[.award.outcome, (if .award.cluster < 0 then "" else .award.cluster end),
    .award.payment] | map(tostring) | join(" ")' out >explained
awk 'NR == FNR { a = $1; b = $2; c = $3; next }
    { exit !(a == $1 && b == $2 && (c - $3) * (c - $3) <= 1e-12 * c * c) }' told explained ||
    complain "simulate says '$(cat told)', explain '$(cat explained)'"
# What servers do by cycle adds up to what they did, at times that can be plotted.
expect 0 simulate paper --clusterer kmeans --auction rea --cycles 3 --servers --servers-by-cycle --out by
# What leaving is worth, for those who are not alone; the other columns are those of a run without.
expect 0 simulate paper --clusterer kmeans --auction rea --cycles 3 --stability --out stay -q
cut -d, -f 1-19 stay/servers.csv | cmp - <(cut -d, -f 1-19 by/servers.csv) ||
    complain "servers.csv of --stability has other accounts"
[ "$(head -1 stay/servers.csv | cut -d, -f 20)" = would_gain_by_leaving ] || complain "no would_gain_by_leaving"
awk -F, 'NR > 1 { n += $20 < 0 } END { exit n == 0 }' stay/servers.csv || complain "nobody would lose by leaving"
[ "$(tail -n +2 by/servers.csv | cut -d, -f 20 | sort -u)" = "" ] || complain "would_gain_by_leaving unasked"
[ "$(($(wc -l <by/servers_by_cycle.csv) - 1))" -eq $((3 * ($(wc -l <by/servers.csv) - 1))) ] ||
    complain "not a row for every server and cycle"
awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) at[i ~ /./ ? FILENAME $i : ""] = i; next }
    FILENAME ~ /by_cycle/ { busy[$at[FILENAME "server"]] += $at[FILENAME "busy_s"]
        earned[$at[FILENAME "server"]] += $at[FILENAME "earnings"]
        if ($at[FILENAME "time_s"] != 20 * $at[FILENAME "cycle"]) bad = 1; next }
    { s = $at[FILENAME "server"]; n++
      d = busy[s] - $at[FILENAME "busy_s"]; e = earned[s] - $at[FILENAME "earnings"]
      if (d * d > 1e-12 || e * e > 1e-6) bad = 1 }
    END { exit bad || n != 40 }' by/servers_by_cycle.csv by/servers.csv ||
    complain "servers_by_cycle.csv does not add up to servers.csv"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["time_s"] != 20 * $at["cycle"] { exit 1 }' by/cycles.csv || complain "cycles.csv has other times"
jq -e '[.. | objects | select(.name? == "time_s")] | length >= 2' by/schema.json >/dev/null ||
    complain "schema.json does not describe time_s"
for auction in rea one-off rea-s vickrey posted; do
    for task in 0 100 200; do
        expect 0 explain paper --auction "$auction" --cycle 2402 --task "$task"
        grep -qE '^(Sold to cluster|Not served)' out || complain "explain gives no verdict"
    done
done

# ---- cluster: CSV, GeoJSON, map
expect 0 cluster chinanet
[ "$(tail -n +2 out | wc -l)" -eq "$(jq -n "$("$DCAT" validate chinanet --json | jq .servers.count)")" ] ||
    complain "cluster does not list every server once"
expect 0 cluster chinanet --json
jq -e '.type == "FeatureCollection"' out >/dev/null || complain "cluster --json is no GeoJSON"
if command -v gnuplot >/dev/null; then
    expect 0 cluster paper --out map
    [ -s map/map.svg ] || complain "cluster leaves no map"
fi

# ---- words: help of a command, a baseline of one's own, narrow terminals, ASCII
expect 0 help explain
holds out "Usage: dcat explain"
expect 2 help nobody
three=(compare paper "${small[@]}" --policies "single:rea,kmeans:rea,linkage:rea-s")
expect 0 "${three[@]}" --baseline single:rea
holds out '= baseline single:rea, the chosen one'
holds out 'earns' # what the best gains over it
expect 0 "${three[@]}" --baseline single:rea --json
true_of_json '.rows[] | select(.clusterer == "single") | .profit_gain.mean == 0 or .profit_gain_percent.mean == 0'
expect 2 "${three[@]}" --baseline random:rea
holds err "--baseline must be one of the policies compared, got 'random:rea'"
expect 0 "${three[@]}"
grep -q 'below cost *decision' out || complain "without a terminal columns are missing"
for columns in 80 100; do
    COLUMNS=$columns expect 0 "${three[@]}" --out narrow --force
    [ "$(LC_ALL=C.UTF-8 wc -L <out)" -le "$columns" ] ||
        complain "wider than $columns: $(cat out)"
    holds out 'some columns do not fit'
    grep -q 'below cost' narrow/compare.txt || complain "compare.txt was made for a terminal"
done
# ---- a terminal of 80 columns, for whatever people read
small=(--worlds 1 --cycles 2 --quiet)
for command in "simulate paper --cycles 2" "bound paper ${small[*]}" "explain paper --cycle 2400 --task 7" \
    "audit paper --pairs 10 --attempts 2 ${small[*]}" "validate chinanet" "scenarios" "--help" \
    "policy $SOURCE_DIR/policies/rea-s.safetensors"; do
    read -ra words <<<"$command"
    COLUMNS=80 expect 0 "${words[@]}"
    # A word that cannot be broken, as a hash, stays whole, and has a line of its own.
    wide=$(python3 -c 'import sys; print(*[l for l in sys.stdin if len(l) > 81 and len(l.split()) > 1])' <out)
    [ -z "$wide" ] || complain "$command is wider than 80: $wide"
    COLUMNS=1000 expect 0 "${words[@]}"
    cp out wide
    COLUMNS=80 expect 0 "${words[@]}"
    one_by_one() { tr -s ' \n' '\n' <"$1" | grep -v '[0-9] [nµm]*s$'; }
    [ "$command" != "${command#audit}" ] || [ "$command" != "${command#simulate}" ] ||
        cmp -s <(one_by_one wide) <(one_by_one out) || complain "$command loses words at 80 columns"
done
script -qec "stty cols 80; $DCAT cluster chinanet" /dev/null >out </dev/null || complain "no table of clusters"
holds out 'cluster  servers'
holds out 'beijing-1, beijing-2,'
# ---- intervals over cycles: what cycles.csv gives by the same formula; worlds that are one sample
expect 0 compare paper --policies linkage:rea-s,single:rea --worlds 1 --cycles 240 --over-cycles --json
true_of_json '.interval == {"over": "cycles", "method": "block-bootstrap", "block_cycles": 24}'
cp out over.json
for policy in linkage:rea-s single:rea; do
    expect 0 simulate paper --clusterer "${policy%:*}" --auction "${policy#*:}" --cycles 240 --out "run-$policy" --quiet
done
python3 - over.json run-linkage:rea-s/cycles.csv run-single:rea/cycles.csv >said 2>&1 <<'END' ||
import csv, json, sys
rows = {row["auction"]: row for row in json.load(open(sys.argv[1]))["rows"]}
own, base = ([float(row["profit"]) for row in csv.DictReader(open(path))] for path in sys.argv[2:])
def half(series, block=24, t=2.2622):  # Student's, nine degrees of freedom
    n = len(series)
    mean = sum(series) / n
    means = [sum(series[(i + k) % n] for k in range(block)) / block for i in range(n)]
    return t * (sum((m - mean) ** 2 for m in means) / n / (n / block - 1)) ** 0.5
for said, wanted in ((rows["rea-s"]["profit"]["ci95"], half(own)), (rows["rea"]["profit"]["ci95"], half(base)),
                     (abs(rows["rea-s"]["profit_gain"]["ci95"]) or abs(rows["rea"]["profit_gain"]["ci95"]),
                      half([a - b for a, b in zip(own, base)]))):
    assert abs(said - wanted) < 1e-4 * wanted, (said, wanted)
END
    complain "other intervals than cycles.csv gives: $(cat said)"
given=(compare "$SOURCE_DIR/examples/own-network/with-tasks.yaml" --policies "linkage:rea-s,single:rea-s"
    --worlds 3 --set network.link_mbps=500 --set network.access_mbps=500)
expect 0 "${given[@]}"
lacks out '± 0.0 '
holds out 'interval over cycles: block bootstrap, blocks of 2; gains are paired by cycle'
expect 0 "${given[@]}" --cycles 1
lacks out '± 0.0'
holds out 'without ±: given tasks that earn the same in all worlds'
expect 2 compare paper --over-cycles
holds err '--over-cycles is about one world: add --worlds 1'
LC_ALL=C expect 0 "${three[@]}"
LC_ALL=C grep -q '[^ -~]' out && complain "not ASCII: $(cat out)"
holds out ' +-'
cp out ascii
LC_ALL=C.UTF-8 expect 0 "${three[@]}"
[ "$(LC_ALL=C.UTF-8 wc -L <out)" -eq "$(wc -L <ascii)" ] || complain "ASCII moves columns: $(cat ascii)"
expect 0 validate paper --set time.slots_per_cycle=1
holds out ' 1 slot of 1 s a cycle'

# ---- without gnuplot everything else is done, with a word
tool=$(command -v "$DCAT")
for command in "compare paper --worlds 1 --cycles 2 --policies single:rea" "cluster chinanet --png"; do
    rm -rf bare
    # shellcheck disable=SC2086
    PATH=/nowhere "$tool" $command --out bare --quiet 2>err >out || complain "$command needs gnuplot"
    [ "$(grep -c 'warning: no .*gnuplot is not installed' err)" -eq 1 ] || complain "$command says: $(cat err)"
    [ -s bare/manifest.json ] || complain "$command leaves nothing without gnuplot"
done

# ---- a named pipe, to which nobody writes
mkfifo pipe
for words in "validate ./pipe" "policy pipe" "simulate paper --clusterer file=pipe --cycles 1" \
    "import swf pipe -o t.csv --origins 1" "import gml pipe --out g" \
    "import csv pipe -o t.csv --column arrival_s=a --always origin=b --always work_gigacycles=1 \
     --always data_mb=1 --always deadline_s=1"; do
    read -ra command <<<"$words"
    expect 2 "${command[@]}"
    holds err "pipe: is a named pipe, a file is needed"
done

# ---- what a shell makes of a command: every byte of it counts, packed or not
expect 2 validate <(printf 'schema: 2\nnam: x\n')
holds err ':2: nam: unknown key'
expect 2 validate <(printf 'schema: 2\nnam: x\n' | gzip)
holds err ':2: nam: unknown key'

# ---- one of several processes that cannot see each other
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # Open MPI's own: tests/tool/mpi.sh looks for ours
PMI_SIZE=2 expect 2 scenarios
holds err "started in 2 processes"
SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=3 expect 2 scenarios
holds err "started in 3 processes"
SLURM_PROCID=0 SLURM_NTASKS=4 expect 2 scenarios
holds err "started in 4 processes"
SLURM_NTASKS=4 expect 0 scenarios # a shell of salloc
ENVIRONMENT=BATCH SLURM_PROCID=0 SLURM_NTASKS=4 expect 0 scenarios

finish

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat reproduce as scripts rely on it: misuse, the folder, going on after a kill, determinism.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# Small enough for a test: two worlds, three cycles, trainings of three epochs.
tiny=(--worlds 2 --cycles 3 --anneal-proposals 3 --epochs 3 --curve-epochs 3 --curve-seeds 2)

# ---- help and misuse
expect 0 reproduce --help
holds out "fig2|fig3|fig4|fig5"
expect 2 reproduce fig6
holds err "fig6"
expect 2 reproduce fig5 --worlds 0
expect 2 reproduce fig5 --cycles 529 --out misuse
holds err "[1, 528]"
expect 2 reproduce fig5 --set market.prize=3 --out misuse
holds err "market.prize"
expect 2 reproduce fig5 --policy vickrey=x --out misuse
holds err "rea=FILE"
expect 2 reproduce fig5 --policy rea=nothing-here --out misuse
holds err "nothing-here"
expect 2 reproduce ablation --add noname --out misuse
holds err "NAME=FILE"
[ ! -e misuse ] || complain "misuse leaves a folder"

# ---- a study leaves everything, and nothing half-written
expect 0 reproduce fig2 fig5 "${tiny[@]}" --per-world --fine-tune --out one
for file in report.html claims.csv points.csv gains.csv worlds.csv times.csv curves.csv \
    reproduce.txt reproduce.json scenario.yaml manifest.json schema.json; do
    [ -s "one/report/$file" ] || complain "reproduce leaves no $file"
done
for table in claims points gains worlds times curves; do
    names=$(jq -r --arg t "$table" '[.resources[] | select(.name == $t).schema.fields[].name] | join(",")' \
        one/report/schema.json)
    [ "$names" = "$(head -n 1 "one/report/$table.csv")" ] || complain "schema.json has not $table's columns"
done
if command -v gnuplot >/dev/null; then
    for figure in fig2 fig2-validation fig5a fig5b fig5-ours fig5-gain; do
        for ending in svg png; do
            [ -s "one/report/figures/$figure.$ending" ] || complain "there is no $figure.$ending"
        done
    done
fi
compgen -G 'one/*.tmp-*' >/dev/null && complain "a temporary folder is left"
holds out "+19.09"
holds out "DCAT-tuned"
# 4 points, 2 worlds, 18 algorithms: the paper's six and ours; 10 of them under fifo, too.
[ "$(tail -n +2 one/report/worlds.csv | wc -l)" -eq $((4 * 2 * (18 + 10))) ] ||
    complain "worlds.csv has $(wc -l <one/report/worlds.csv) rows"
[ "$(tail -n +2 one/report/curves.csv | wc -l)" -eq $((3 * 2 * 4)) ] ||
    complain "curves.csv has $(wc -l <one/report/curves.csv) rows"

# ---- the same command has nothing left to do, and JSON is JSON
expect 0 reproduce fig2 fig5 "${tiny[@]}" --per-world --fine-tune --out one --json
holds err ", 0 are to do"
jq -e '.format == "dcat-reproduce/1" and .worlds == 2 and .cycles == 3 and
    (.claims | length) == 10 and (.curves | length) == 3 and (.points | length) == 112 and
    ([.points[] | has("profit") and has("offloading") and has("members_below_cost")] | all) and
    ([.points[] | select(.figure == "fig5") | .late] | max > 0) and
    ([.points[] | select(.figure == "fig5-fifo") | .late] | max == 0)' \
    out >/dev/null || complain "reproduce --json lacks a promised key"

# ---- threads, kills and what ran before change nothing
expect 0 reproduce fig5 "${tiny[@]}" --per-world --fine-tune --out two --threads 1 -q
[ ! -s err ] || complain "--quiet says: $(head -c 300 err)"
expect 0 reproduce fig5 "${tiny[@]}" --per-world --fine-tune --out one --threads 3
for file in worlds.csv points.csv gains.csv claims.csv reproduce.txt reproduce.json; do
    cmp "one/report/$file" "two/report/$file" || complain "threads change $file"
done
killed=0
for _ in 1 2 3; do
    # An inner shell, since it is the one that remarks on the kill.
    bash -c 'timeout -s KILL 0.4 "$@" >/dev/null; exit $?' sh "$DCAT" reproduce fig5 "${tiny[@]}" \
        --per-world --fine-tune --out three 2>/dev/null || killed=$((killed + 1))
done
[ "$killed" -gt 0 ] || echo "note: this machine is too fast to kill a study half-way" >&2
expect 0 reproduce fig5 "${tiny[@]}" --per-world --fine-tune --out three
cmp three/report/worlds.csv two/report/worlds.csv || complain "a kill changes results"
compgen -G 'three/*.tmp-*' >/dev/null && complain "a killed run leaves a folder"

# ---- a signal ends it orderly and the same command goes on
status=0
timeout -s TERM 0.3 "$DCAT" reproduce all "${tiny[@]}" --out four >out 2>err || status=$?
if [ "$status" -eq 124 ] && [ -s err ]; then
    holds err "the same command goes on"
    [ ! -e four/report ] || complain "a stopped study leaves a report"
fi

# ---- the seed, and --force
expect 0 reproduce fig5 "${tiny[@]}" --per-world --fine-tune --out two --seed 9
cmp -s one/report/worlds.csv two/report/worlds.csv && complain "the seed changes nothing"
expect 0 reproduce fig5 "${tiny[@]}" --out two --seed 9
holds err ", 0 are to do"
expect 0 reproduce fig5 "${tiny[@]}" --out two --seed 9 --force
grep -q "kept from before" err && complain "--force keeps finished jobs"

# ---- what is not ours is not replaced
mkdir -p precious/report && : >precious/report/thing
expect 2 reproduce fig5 "${tiny[@]}" --out precious
[ -e precious/report/thing ] || complain "reproduce removed a folder that is no result"

# ---- a plan of one's own: a changed copy; what is wrong in it is named
sed 's/Figure 5/Figure V/; s/values: \[20, 30, 40, 50\]/values: [20, 30]/' \
    "$SOURCE_DIR/studies/reproduce/plan.yaml" >own.yaml
expect 0 reproduce fig5 "${tiny[@]}" --plan own.yaml --out own --seed 9
[ "$(tail -n +2 own/report/worlds.csv | wc -l)" -eq $((2 * 2 * (15 + 10))) ] ||
    complain "a plan of one's own has $(wc -l <own/report/worlds.csv) rows"
expect 0 reproduce fig5 "${tiny[@]}" --plan own.yaml --out two --seed 9 --force
sed 's/demand.arrivals_per_slot/demand.arrivals/' own.yaml >wrong.yaml
expect 2 reproduce fig5 "${tiny[@]}" --plan wrong.yaml --out misuse
grep -q '^dcat: wrong.yaml:[0-9]*: sweeps\[2\]: demand.arrivals=20' err ||
    complain "a wrong key of a plan: $(head -c 300 err)"
expect 2 reproduce fig5 --plan nothing-here.yaml
holds err "nothing-here.yaml"

# ---- quick says so
expect 0 reproduce chinanet --quick --worlds 2 --cycles 2 --out quick
holds out "QUICK"
holds quick/report/report.html "QUICK"
holds quick/report/reproduce.json "QUICK"

finish

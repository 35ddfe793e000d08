#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat tune: what it prints and leaves, the same for any number of threads, stopped or not; wrong input.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

small=(tune paper --set servers.random.count=10 --set demand.arrivals_per_slot=8 --set "time.test_days=[101, 101]"
    --worlds 2 --test-worlds 3 --proposals 40)

# ---- wrong input
expect 2 tune
holds err "which scenario?"
expect 2 tune paper --worlds 0
holds err "--worlds must be a whole number"
expect 2 tune paper --proposals x
expect 2 tune paper --test-worlds 101
holds err "[1, 100]"
expect 2 tune paper --policy linkage
holds err "--policy: "
expect 2 tune paper --policy linkage:rea
holds err "auction rea has no public ceiling"
expect 0 tune paper --proposals 1 --worlds 1 --test-worlds 1 --quiet # its own settings alone
holds out "Nothing that was tried is better than the scenario's own settings"
expect 2 tune paper --policy nobody:rea-s
expect 2 tune paper --seed 18446744073709551615
holds err "2^64 - 1"
expect 2 tune paper --set market.prize=3
holds err "market.prize"
expect 2 tune nothing-of-that-name
mkdir taken && : >taken/thing
expect 2 "${small[@]}" --out taken

# ---- what scripts rely on
expect 0 "${small[@]}" --threads 1 --json
true_of_json 'keys_unsorted == ["settings", "gain", "ablation"]'
true_of_json '.settings | keys_unsorted[0:3] ==
    ["market.task_order", "market.handicap_per_gigacycle_s", "market.ceiling_per_gigacycle"]'
true_of_json '.settings | has("market.admission_per_gigacycle") and has("market.admission_per_gigacycle_s")'
true_of_json '.gain | keys_unsorted == ["mean", "ci95"] and .mean > 0 and .ci95 > 0'
true_of_json '.ablation | length > 0 and all(keys_unsorted == ["lever", "alone", "without"])'
mv out one.json

# ---- two threads, stopped and killed: the same bytes
stop_run INT 130 tuned 5 "${small[@]}" --threads 1
holds err "jobs are kept in tuned.jobs and the same command goes on from there"
stop_run KILL 137 tuned 20 "${small[@]}" --threads 1
kept=$(find tuned.jobs -name '*.json' | sort | head -1)
printf '{"format": "dcat-tune-job/1"}' >"$kept"
expect 0 "${small[@]}" --out tuned --threads 2
holds err "runs were kept from before"
holds err "1 kept run was damaged and ran again"
cmp -s one.json tuned/tune.json || complain "stopped, killed and with two threads: other settings"
cmp -s out tuned/tune.txt || complain "tune.txt is not what is printed"
[ ! -e tuned.jobs ] || complain "kept runs stay behind"
compgen -G '*.tmp-*' >/dev/null && complain "a temporary folder stays behind"

# ---- the folder: scenario.yaml says what tune.json says
for file in levers.csv moves.csv tries.csv schema.json report.html manifest.json; do
    [ -s "tuned/$file" ] || complain "no $file"
done
if command -v gnuplot >/dev/null; then
    for figure in levers search; do
        [ -s "tuned/figures/$figure.svg" ] || complain "no figure $figure on the page"
    done
    [ "$(grep -c '<figure>' tuned/report.html)" -eq 2 ] || complain "the page has not its two figures"
    lacks err gnuplot
fi
[ "$(wc -l <tuned/tries.csv)" -le 41 ] || complain "more proposals than asked for"
for lever in task_order handicap_per_gigacycle_s ceiling_per_gigacycle; do
    holds tuned/scenario.yaml "  $lever: $(jq -r ".settings[\"market.$lever\"]" one.json)"
done

expect 0 compare tuned/scenario.yaml --worlds 3 --policies linkage:rea-s --json --quiet # its tables are there
jq '.rows[0].profit.mean' out >in_folder
expect 0 scenarios chinanet --out mine
cp mine/demand.csv mine/tables.csv && sed -i 's,profile_file: .*,profile_file: tables.csv,' mine/scenario.yaml
expect 0 tune mine/ --set "time.test_days=[101, 101]" --worlds 1 --test-worlds 1 --proposals 3 --out moved
rm -r mine
expect 0 validate moved/
[ "$(find moved/tables -name '*.csv' | wc -l)" -eq 5 ] || complain "not all tables: $(find moved)"

# ---- a tariff ceiling is found where there are tariffs, and let alone elsewhere
true_of_one='.settings["market.tariff_ceiling"] == "none"'
jq -e "$true_of_one" one.json >/dev/null || complain "a lever that does nothing was moved"
expect 0 tune paper-tight --set servers.random.count=8 --set "time.test_days=[101, 101]" --set market.share=tariff \
    --worlds 1 --test-worlds 2 --proposals 20 --json --quiet
true_of_json '.settings["market.tariff_ceiling"] | type == "number" and . >= 1'

# ---- for the learned clusterer, by the policy that ships and by a file: what is found earns what is said
learned=(--set servers.random.count=10 --set demand.arrivals_per_slot=8 --set "time.test_days=[101, 101]"
    --set clustering.guard=off) # whose first look takes a tenth of a second in each of a hundred runs
expect 0 train paper "${learned[@]}" --epochs 1 --samples 2 --environments 2 --validate-every 1 --validate-worlds 1 -q -o own.safetensors
for policy in a2c:rea-s a2c=own.safetensors:rea-s; do
    expect 0 tune paper "${learned[@]}" --worlds 1 --test-worlds 2 --proposals 6 --policy "$policy" --json --quiet
    cp out learned.json
    mapfile -t found < <(jq -r '.settings | to_entries[] | "--set", "\(.key)=\(.value)"' learned.json)
    for way in before after; do
        [ "$way" = before ] && levers=() || levers=("${found[@]}")
        expect 0 compare paper "${learned[@]}" --worlds 2 --policies "$policy" --json --quiet "${levers[@]}"
        jq '.rows[0].profit.mean' out
    done >profits
    printf '%s\n' "$(jq .gain.mean learned.json)" >>profits
    awk '{ v[NR] = $1 } END { d = v[2] / v[1] - 1 - v[3]; exit !(d * d < 1e-4) }' profits ||
        complain "$policy: compare finds another gain: $(tr '\n' ' ' <profits)"
done

# ---- what is found earns what is said: a comparison of both in the same worlds
setting=$(jq -r '.settings | to_entries | map("--set \(.key)=\(.value)") | join(" ")' one.json)
for way in "" "$setting"; do
    # shellcheck disable=SC2086
    expect 0 compare "${small[@]:1:7}" --worlds 3 --policies linkage:rea-s --json --quiet $way
    jq '.rows[0].profit.mean' out
done >profits
cmp -s in_folder <(tail -1 profits) || complain "tuned/scenario.yaml earns another profit"
printf '%s\n' "$(jq .gain.mean one.json)" >>profits
awk '{ v[NR] = $1 } END { d = v[2] / v[1] - 1 - v[3]; exit !(d * d < 1e-4) }' profits ||
    complain "compare finds another gain: $(tr '\n' ' ' <profits)"

finish

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat train as its users rely on it: what it refuses, what it leaves, and that stopping, in whatever
# way, changes nothing of the result.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"


# A learner small enough to run 200 epochs in a moment.
tiny=(--set servers.random.count=10 --set time.slots_per_cycle=4 --samples 3 --draws 1 --environments 2 --hidden 16)
epochs=200
small=("${tiny[@]}" --epochs "$epochs" --validate-every 40)

# The header of a safetensors file, as any other tool would read it.
header() {
    local bytes # head first: it reads what is there, and nobody writes to one that has ended
    bytes=$(od -An -t u8 -N 8 "$1" | tr -d ' ')
    head -c $((8 + bytes)) "$1" | tail -c +9
}

# ---- misuse: option, rule and value are named
expect 2 train paper
holds err "-o FILE is needed"
expect 2 train -o p.st
holds err "which scenario?"
expect 2 train nothing-of-that-name -o p.st
# refused OPTION VALUE TEXT
refused() {
    expect 2 train paper -o p.st "$1" "$2"
    holds err "$1"
    holds err "$3"
    [ ! -e p.st.csv ] || complain "$1 $2 leaves files"
}
refused --epochs 0 "[1, 100000000], got '0'"
refused --epochs 1.5 "'1.5'"
refused --samples 1 "[2, 1024], got '1'"
refused --rate 2 "[0, 1], got '2'"
refused --rate nan "'nan'"
refused --entropy -1 "[0, 100], got '-1'"
refused --hidden 20 "multiple of 8, got '20'"
refused --estimator ppo "group, gae or paper, got 'ppo'"
refused --auction english "'english'"
refused --vary span=1 "KEY.PATH=MIN:MAX"
refused --vary demand.arrivals_per_slot=5:2 "MIN <= MAX"
refused --vary demand.arrivals_per_slot={} "KEY.PATH={A|B}"
refused --also "" "names no scenario"
refused --also "chinanet spam" "KEY.PATH=VALUE"
expect 2 train paper -o p.st --also "chinanet demand.arrivals_per_slot=9:1"
holds err "MIN <= MAX"
refused --stop-after 601 "[1, 600], got 601"
refused --steps 4 "is for --estimator gae or paper"
expect 2 train "$SOURCE_DIR/examples/own-network/with-tasks.yaml" -o p.st
holds err "this scenario has given tasks"
expect 2 train paper -o p.st --vary no.such.key=1:2
holds err "no.such.key"
expect 2 train paper -o p.st --estimator gae --samples 8
holds err "--samples is for --estimator group"
expect 2 train paper -o p.st --estimator paper --draws 2
holds err "--draws"
expect 2 train paper -o p.st --worlds 3 --vary demand.arrivals_per_slot=20:50
holds err "--worlds is for training without --vary"
expect 2 train paper -o p.st --resume --init shipped
holds err "leave out --init"
expect 2 train paper -o p.st --resume --force
holds err "choose one"
expect 2 train paper -o p.st --resume
holds err "p.st.checkpoint"
expect 2 train paper -o p.st --init shipped --hidden 32
holds err "--hidden"
expect 2 train paper -o p.st --init missing.st
holds err "missing.st"
expect 2 train paper -o p.st --also "nobody"
holds err "nobody"
expect 2 train paper -o p.st --also "chinanet no.such.key=1:2"
holds err "no.such.key"
expect 2 train paper -o p.st --also "$SOURCE_DIR/examples/own-network/with-tasks.yaml"
holds err "this scenario has given tasks"
[ -z "$(find . -name 'p.st*')" ] || complain "refused trainings leave $(find . -name 'p.st*')"

# ---- one go: what it leaves
expect 0 train paper "${small[@]}" -o one/p.st --threads 1 --png
holds out "over linkage on validation days"
[ "$(grep -c '^epoch ' err)" -eq $((epochs / 40)) ] || complain "not a line per validation: $(cat err)"
[ "$(awk -F, 'NR > 1 && $12 != ""' one/p.st.csv | wc -l)" -eq $((epochs / 40)) ] ||
    complain "validations are not in the log"
for file in one/p.st.csv one/p.st.timing.csv; do
    awk -F, 'NR > 1 && $1 != NR - 1 { exit 1 }' $file || complain "epochs of $file are not in order"
    [ "$(wc -l <$file)" -eq $((epochs + 1)) ] || complain "$file has $(wc -l <$file) lines"
done
# ---- the page: what was reached, a row for each validation of the log
gains() { awk -F, 'NR > 1 && $12 != "" { printf "%d %.3f\n", $1, 100 * $12 }' "$1"; }
cmp -s <(gains one/p.st.csv) <(awk -F, 'NR > 1 { printf "%d %.3f\n", $1, $2 }' one/p.st.report/validations.csv) ||
    complain "the page's validations are not those of the log"
grep -q 'than linkage on validation days' one/p.st.report/report.html || complain "the page does not say what was reached"
jq -e '.command[0:3] == ["dcat", "train", "paper"]' one/p.st.report/manifest.json >/dev/null ||
    complain "the manifest of the page: $(cat one/p.st.report/manifest.json)"
mkdir -p mine/p.st.report && : >mine/p.st.report/notes
expect 2 train paper "${small[@]}" -o mine/p.st --force
holds err "mine/p.st.report"
[ ! -e mine/p.st ] || complain "a training begins although its page has no place"
grep -qE '_s(,|$)' one/p.st.csv && complain "wall times in the log"
[ -z "$(find one -name '*.tmp-*')" ] || complain "temporary files stay"
if command -v gnuplot >/dev/null; then
    grep -q '<svg' one/p.st.svg || complain "no figure"
    [ "$(head -c 4 one/p.st.png | tail -c 3)" = PNG ] || complain "no PNG"
    grep -q '<svg' one/p.st.report/report.html || complain "no figure on the page"
    [ -s one/p.st.report/figures/training.png ] || complain "no PNG in the folder of the page"
else
    holds err "gnuplot"
fi
(
    mkdir without && cd without # a gnuplot that is not there
    PATH=/nowhere "$DCAT" train paper "${tiny[@]}" --epochs 2 -o p.st >out 2>err
    grep -q 'warning: no p.st.svg: gnuplot is not installed' err
) || complain "without gnuplot training fails or says nothing: $(cat without/err)"

# ---- several scenarios, choices, classes of work; stopped and resumed
broad=("${tiny[@]}" --epochs 6 --validate-every 3 --validate-worlds 3 --vary 'demand.work_gigacycles={[500,900]|[200,300]}'
    --also "hetero servers.random.count=8:10 time.slots_per_cycle=4" --also "chinanet demand.arrivals_per_slot=5:9 time.slots_per_cycle=4")
expect 0 train paper "${broad[@]}" -o broad/p.st
expect 0 policy broad/p.st --json
jq -e '.feature_version == 2 and .scenario == "paper,hetero,chinanet" and (.scenario_sha256 | split(",") | length) == 3 and
    .ranges.work_gigacycles == [200, 900] and .ranges.classes == [1, 7] and .ranges.servers == [8, 65] and
    .ranges.network == ["hops", "graph"] and (.command | contains("--also=hetero"))' out >/dev/null ||
    complain "a broad training says $(jq -c '[.feature_version, .scenario, .ranges]' out)"
expect 0 train paper "${broad[@]}" -o parts/p.st --stop-after 3
expect 0 train paper -o parts/p.st --resume
cmp broad/p.st parts/p.st || complain "a broad training that was stopped ends with another policy"

# ---- the file, read by other tools
header one/p.st >header.json
jq -e '.__metadata__ | .format == "dcat-policy" and .auction == "rea-s" and .estimator == "group" and
    .seed == "1" and (.feature_version | tonumber) >= 1 and (.commit | length) > 0 and
    (.pair_features | split(",") | length) > 10' header.json >/dev/null ||
    complain "the metadata lack something: $(jq -c .__metadata__ header.json)"
jq -e '[to_entries[] | select(.key != "__metadata__") | .value |
    (.shape | reduce .[] as $n (4; . * $n)) == .data_offsets[1] - .data_offsets[0]] | all' \
    header.json >/dev/null || complain "shapes and offsets do not agree"
[ "$(jq '[to_entries[] | select(.key != "__metadata__") | .value.data_offsets[1]] | max' header.json)" -eq \
    $(($(wc -c <one/p.st) - 8 - $(wc -c <header.json))) ] || complain "the header does not cover the file"
expect 0 simulate paper --cycles 1 --out run # whose manifest lists the scenario's files
hash=$(jq -r '.inputs[].sha256' run/manifest.json | sha256sum | cut -c 1-64)
[ "$(jq -r .__metadata__.scenario header.json)" = "paper sha256:$hash" ] ||
    complain "the scenario's hash is $(jq -r .__metadata__.scenario header.json), not $hash"
expect 0 policy one/p.st
holds out "paper sha256:$hash"
holds out "estimator group"
expect 0 policy one/p.st --json
jq -e --arg hash "$hash" --argjson size "$(wc -c <one/p.st)" '.scenario == "paper" and
    .scenario_sha256 == $hash and .bytes == $size and .hidden.pair == 16 and .auction == "rea-s" and
    .epochs <= 200 and (.command | startswith("dcat train paper --seed=1"))' out >/dev/null ||
    complain "policy --json lacks something: $(cat out)"
expect 0 policy one/p.st.checkpoint
expect 0 policy shipped:rea
expect 2 policy
expect 2 policy one/p.st.csv
holds err "not a safetensors file"
expect 2 policy missing.st
expect 2 simulate paper --cycles 1 --clusterer a2c --policy one/p.st.csv

# ---- nothing is replaced unasked
expect 2 train paper "${small[@]}" -o one/p.st
holds err "one/p.st exists already"
mkdir left && : >left/p.st.checkpoint
expect 2 train paper "${small[@]}" -o left/p.st
holds err "or --resume to go on from it"
mkdir -p folder/p.st.csv
expect 2 train paper "${small[@]}" -o folder/p.st --force
holds err "not a plain file"
cp -r one again
expect 0 train paper "${small[@]}" -o again/p.st --force --png
same_training one again "all cores and --force"

# ---- stopped and resumed: 100 + 100, and where no validation is due
for stop in 100 37; do
    rm -rf two
    expect 0 train paper "${small[@]}" -o two/p.st --png --stop-after "$stop"
    holds err "Stopped after epoch $stop of $epochs"
    holds err "  dcat train paper -o two/p.st --resume --png"
    eval "\"\$DCAT\" $(sed -n 's/^  dcat //p' err)" >out 2>err || complain "what it says does not work"
    same_training one two "stopped after $stop"
done
expect 0 train paper -o two/p.st --resume # already done
same_training one two "resumed when done"
expect 2 train paper -o p.st --optimiser letter
holds err "is for --estimator paper"
expect 2 train paper -o p.st --estimator paper --optimiser letter --steps 4
holds err "leave out --environments, --steps and --entropy"
expect 2 train paper -o p.st --estimator paper --optimiser sgd
holds err "must be adam or letter"
few=(--set servers.random.count=12 --hidden 16 --epochs 20 --validate-every 5 --estimator paper --optimiser letter)
expect 0 train paper "${few[@]}" -o letter-one/p.st
expect 0 train paper "${few[@]}" -o letter-two/p.st --stop-after 11
expect 0 train paper -o letter-two/p.st --resume
same_training letter-one letter-two "to the letter"
expect 2 train paper -o p.st --estimator gae --expert 4
holds err "--expert is for --estimator group"
expect 2 train paper -o p.st --estimator gae --critic partition
holds err "--critic is for --estimator group"
expect 2 train paper -o p.st --critic pair
holds err "must be state or partition"
few=(--set servers.random.count=12 --environments 2 --samples 4 --hidden 16 --epochs 20 --validate-every 5 --expert 4 --critic partition)
expect 0 train paper "${few[@]}" -o expert-one/p.st
expect 0 train paper "${few[@]}" -o expert-two/p.st --stop-after 11
expect 0 train paper -o expert-two/p.st --resume --threads 1
same_training expert-one expert-two "with an expert"
for estimator in gae paper; do
    few=(--set servers.random.count=12 --environments 2 --steps 3 --hidden 16 --epochs 20
        --validate-every 5 --estimator "$estimator")
    expect 0 train paper "${few[@]}" -o "$estimator-one/p.st"
    expect 0 train paper "${few[@]}" -o "$estimator-two/p.st" --stop-after 11
    expect 0 train paper -o "$estimator-two/p.st" --resume
    same_training "$estimator-one" "$estimator-two" "$estimator"
done

# ---- little address space: commands work, training says what it needs; nothing tries for ever
if ! sanitized; then # whose shadow takes all of it
    status=0
    (ulimit -v 200000 && timeout 30 "$DCAT" --help) >out 2>err || status=$?
    [ "$status" -eq 0 ] || complain "--help in 200 MB of address space exits with $status"
    status=0
    (ulimit -v 200000 && timeout 30 "$DCAT" train paper --epochs 1 -q -o little) >out 2>err || status=$?
    if [ "$status" -ne 0 ]; then # a build without OpenBLAS has no need
        [ "$status" -eq 1 ] || complain "training in 200 MB of address space exits with $status"
        holds err "address space"
        [ ! -e little ] || complain "a training without memory leaves a file"
    fi
fi

# ---- what a checkpoint was made with stays; the same command again is fine
rm -rf two
expect 0 train paper "${small[@]}" -o two/p.st --stop-after 50 -q
cp -r two base
expect 2 train paper -o two/p.st --resume --epochs 300
holds err "was made with --epochs=200, not --epochs=300"
expect 2 train paper -o two/p.st --resume --rate 0.01
holds err "--rate=0.001, not --rate=0.01"
expect 2 train paper -o two/p.st --resume --seed 2
holds err "--seed=1, not --seed=2"
expect 2 train paper -o two/p.st --resume --set servers.random.count=13 --set time.slots_per_cycle=4
holds err "count=10 --set=time.slots_per_cycle=4, not --set=servers.random.count=13"
expect 2 train chinanet -o two/p.st --resume
holds err "was made with scenario paper sha256:$hash; chinanet is refused"
expect 2 train paper-tight -o two/p.st --resume
holds err "was made with scenario paper sha256:$hash, not paper-tight sha256:"
expect 2 train paper -o two/p.st --resume --stop-after 50
holds err "[51, 200], got 50"
cp two/p.st other.checkpoint
expect 2 train paper -o other --resume
holds err "a policy, not a checkpoint"
printf 'what,is,this\n' >two/p.st.csv
expect 2 train paper -o two/p.st --resume
holds err "two/p.st.csv:1: not the log of a training"
rm -rf two && cp -r base two
expect 0 train paper "${small[@]}" --seed 1 -o two/p.st --resume --threads 2 --png
same_training one two "the same command again"

# ---- a half-written last line and lines beyond the checkpoint are dropped
rm -rf two && cp -r base two
printf '51,0.5,0.5,0.5,1,1,1,0.001,0.4,9,9,\n52,0.5,0.' >>two/p.st.csv
printf '51,1,1,1,1,1\n52,1' >>two/p.st.timing.csv
expect 0 train paper -o two/p.st --resume --png
same_training one two "a log with lines too many"

# ---- signals
long=("${small[@]}" --epochs 100000 --validate-every 20)
# Usage: wait_for FILE: until it is there, ten minutes at most
wait_for() {
    for _ in $(seq 6000); do
        [ -e "$1" ] && return
        sleep 0.1
    done
    complain "$1 does not appear"
}
for signal in INT TERM; do
    rm -rf cut
    (
        trap - INT # a shell without a terminal starts what is in the background deaf to it
        exec env --default-signal=INT "$DCAT" train paper "${long[@]}" -o cut/p.st >out 2>err
    ) &
    job=$!
    wait_for cut/p.st
    stop_by "$signal" $((128 + $(kill -l "$signal"))) "$job" err
    holds err "Stopped after epoch"
    holds err "  dcat train paper -o cut/p.st --resume"
    at=$("$DCAT" policy cut/p.st.checkpoint --json | jq .epochs)
    [ "$(tail -n 1 cut/p.st.csv | cut -d , -f 1)" -eq "$at" ] || complain "log and checkpoint differ"
    expect 0 train paper -o cut/p.st --resume --stop-after $((at + 3))
done

# Killed at any moment: files are whole, and the result is that of never having been killed.
rm -rf killed
first=1
for delay in 0.15 0.3 0.05; do
    if [ "$first" = 1 ] && [ ! -e killed/p.st.checkpoint ]; then
        rm -rf killed
        "$DCAT" train paper "${small[@]}" -o killed/p.st -q >/dev/null 2>&1 &
        job=$!
        wait_for killed/p.st.checkpoint
    else
        "$DCAT" train paper -o killed/p.st --resume -q >/dev/null 2>&1 &
        job=$!
    fi
    first=0
    sleep "$delay"
    kill -s KILL "$job" 2>/dev/null || true
    wait "$job" 2>/dev/null || true
    "$DCAT" policy killed/p.st.checkpoint >/dev/null || complain "killed: a broken checkpoint"
    [ ! -e killed/p.st ] || "$DCAT" policy killed/p.st >/dev/null || complain "killed: a broken policy"
    [ -z "$(tail -c 1 killed/p.st.csv | tr -d '\n')" ] || complain "killed: half a line in the log"
done
expect 0 train paper -o killed/p.st --resume --png
same_training one killed "killed three times"

# ---- fine-tuning never ends behind what it started from, on validation days
expect 0 train paper --init shipped --epochs 3 --validate-every 3 --environments 1 --samples 2 --json \
    -o tuned.st
jq -e '.complete and .epochs == 3 and .best_epoch <= 3 and .validation_gain > -1' out >/dev/null ||
    complain "train --json: $(cat out)"
expect 0 policy tuned.st
holds out "--init=shipped"
holds out "--rate="
expect 0 train paper --auction rea --init tuned.st --epochs 1 --environments 1 --samples 2 -o tuned-again.st
holds err "learned under rea-s and goes on under rea"

# ---- a generalist: drawn worlds
expect 0 train paper "${small[@]}" --epochs 6 --validate-every 3 --validate-worlds 2 -o general.st \
    --vary clustering.span_max_km=100:300 --vary demand.arrivals_per_slot=20:50
expect 0 simulate paper --cycles 2 --clusterer a2c --policy general.st

# ---- the kernels of OpenBLAS are those for AVX2, whatever else the processor has
if grep -qw avx2 /proc/cpuinfo; then
    for kernels in "" Haswell; do
        unset OPENBLAS_CORETYPE
        [ -z "$kernels" ] || export OPENBLAS_CORETYPE=$kernels
        expect 0 train paper "${small[@]}" --epochs 20 -o "kernels$kernels/p.st"
    done
    cmp kernels/p.st kernelsHaswell/p.st || complain "training depends on the processor"
fi

finish

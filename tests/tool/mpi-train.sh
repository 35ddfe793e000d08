#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat train in several processes: the files of one process, byte for byte, whatever their number
# and however often it changes; and when a process dies, a message and a training that goes on.
# shellcheck source=tests/support_mpi.sh
. "$SOURCE_DIR/tests/support_mpi.sh"


# Every process leaves its number in pid.RANK of the folder, and is deaf to a full disk.
# Usage: in_background RANKS FOLDER ARGUMENT...; sets job
in_background() {
    local ranks=$1 folder=$2
    shift 2
    mkdir -p "$folder"
    # shellcheck disable=SC2016
    mpirun -n "$ranks" bash -c 'trap "" XFSZ; echo $$ >"$1/pid.$OMPI_COMM_WORLD_RANK"; shift; exec "$@"' \
        bash "$folder" "$DCAT" "$@" >out 2>err &
    job=$!
}

# Usage: wait_for FILE: until it is there, ten minutes at most
wait_for() {
    for _ in $(seq 6000); do
        [ -e "$1" ] && return
        sleep 0.1
    done
    complain "$1 does not appear: $(head -c 600 err)"
}

# Until the log has got there, ten minutes at most: behind some checkpoints.
wait_for_epoch() {
    wait_for "$2"
    for _ in $(seq 6000); do
        [ "$(wc -l <"$2")" -gt "$1" ] && return
        sleep 0.1
    done
    complain "$2 does not get to epoch $1: $(head -c 600 err)"
}

said_once() {
    [ "$(grep -cF -- "$1" err)" -eq 1 ] || complain "not said once, '$1': $(head -c 600 err)"
}

tiny=(--set servers.random.count=10 --set time.slots_per_cycle=4 --hidden 16 --environments 3
    --world-cycles 7 --worlds 5 --validate-worlds 3)
group=("${tiny[@]}" --samples 3)

# ---- any number of processes leaves the same files
counts=(1 2 4) victims=(2 0)
! sanitized || counts=(4) victims=(2)
for estimator in group gae paper; do
    few=("${tiny[@]}" --estimator "$estimator" --epochs 24 --validate-every 8)
    [ "$estimator" = group ] && few+=(--samples 3) || few+=(--steps 3)
    expect 0 train paper "${few[@]}" -o "$estimator-alone/p.st"
    for ranks in "${counts[@]}"; do
        expect_ranks 0 "$ranks" train paper "${few[@]}" -o "$estimator-$ranks/p.st"
        same_training "$estimator-alone" "$estimator-$ranks" "$estimator, $ranks processes"
        [ "$(grep -c '^epoch ' err)" -eq 3 ] || complain "not a line per validation: $(cat err)"
        [ "$(wc -l <out)" -eq 1 ] || complain "the result is not printed once: $(cat out)"
    done
    holds err "note: 4 processes share 3 environments"
done

# ---- stopped with four, gone on with two, then alone
few=("${group[@]}" --epochs 24 --validate-every 8)
expect_ranks 0 4 train paper "${few[@]}" -o parts/p.st --stop-after 5 -q --threads 2
holds err "Stopped after epoch 5 of 24. To go on:"
holds err "  mpirun -n 4 dcat train paper -o parts/p.st --resume"
look_for_leaks
expect_ranks 0 2 train paper -o parts/p.st --resume --stop-after 13 -q
do_not_look_for_leaks
expect 0 train paper -o parts/p.st --resume --json
true_of_json '.complete and .processes == 1'
same_training group-alone parts "stopped with 4, 2 and 1 processes"
expect_ranks 0 2 train paper -o parts/p.st --resume --json # already done
true_of_json '.processes == 2'

# ---- --init, which rank 0 reads
expect 0 train paper --init group-alone/p.st "${tiny[@]:0:4}" --environments 3 --samples 2 --epochs 4 \
    --validate-every 2 -o tuned-alone/p.st
expect_ranks 0 3 train paper --init group-alone/p.st "${tiny[@]:0:4}" --environments 3 --samples 2 --epochs 4 \
    --validate-every 2 -o tuned/p.st
same_training tuned-alone tuned "--init"

# ---- mistakes are said once, and leave nothing
expect_ranks 2 3 train paper "${group[@]}" -o p.st --samples 1
said_once "[2, 1024], got '1'"
expect_ranks 2 3 train paper "${group[@]}" -o p.st --epochs 5 --stop-after 6
said_once "--stop-after must be in [1, 5], got 6"
expect_ranks 2 3 train paper "${group[@]}" -o group-alone/p.st
said_once "group-alone/p.st exists already"
expect_ranks 2 3 train paper -o p.st --resume
said_once "p.st.checkpoint"
expect_ranks 2 2 train paper --init missing.st -o p.st
said_once "missing.st"
[ -z "$(find . -name 'p.st.*' -path './p.st*')" ] || complain "refused trainings leave files"

# ---- folders of their own: only rank 0 needs what was written; all need the scenario, the same one
apart() {
    local status=0 code=$1
    shift
    # shellcheck disable=SC2016
    mpirun -n 2 bash -c 'cd "apart.$OMPI_COMM_WORLD_RANK" && exec "$@"' bash "$DCAT" "$@" >out 2>err || status=$?
    [ "$status" -eq "$code" ] || complain "apart: $* exits with $status, not $code: $(head -c 600 err)"
}
mkdir apart.0 apart.1
expect 0 scenarios paper --out apart.0/own
cp -r apart.0/own apart.1/own
scenario=$(cd apart.0 && ls own/*.yaml)
apart 0 train "$scenario" "${group[@]}" --epochs 4 -o p.st --stop-after 2 -q
apart 0 train "$scenario" -o p.st --resume -q
[ -z "$(find apart.1 -name 'p.st*')" ] || complain "rank 1 writes $(find apart.1 -name 'p.st*')"
"$DCAT" policy apart.0/p.st >/dev/null || complain "no policy of processes in folders of their own"
rm -r apart.0/p.st*
printf '# another one\n' >>"apart.1/$scenario"
apart 2 train "$scenario" "${group[@]}" --epochs 4 -o p.st
said_once "rank 1 has another scenario than rank 0"
rm -r apart.1/own
apart 2 train "$scenario" "${group[@]}" --epochs 4 -o p.st
said_once "rank 1: $scenario"
[ -z "$(find apart.0 apart.1 -name 'p.st*')" ] || complain "processes that differ leave files"

# ---- a process is killed: the others end, rank 0 says so, and the training goes on
long=("${group[@]}" --epochs 100000 --validate-every 20)
for victim in "${victims[@]}"; do
    rm -rf cut whole
    in_background 3 cut train paper "${long[@]}" -o cut/p.st
    wait_for_epoch 45 cut/p.st.csv
    kill -s KILL "$(cat cut/pid."$victim")"
    status=0
    wait "$job" || status=$?
    [ "$status" -ne 0 ] || complain "a killed process goes unnoticed"
    if [ "$victim" -ne 0 ]; then
        holds err "dcat: the run was ended"
        holds err "cut/p.st.checkpoint holds epoch"
        holds err "  mpirun -n 3 dcat train paper -o cut/p.st --resume"
    fi
    "$DCAT" policy cut/p.st >/dev/null || complain "killed: a broken policy"
    [ -z "$(tail -c 1 cut/p.st.csv | tr -d '\n')" ] || complain "killed: half a line in the log"
    at=$("$DCAT" policy cut/p.st.checkpoint --json | jq .epochs)
    [ "$at" -ge 40 ] || complain "the checkpoint is of epoch $at"
    # The policy may be of the validation behind the checkpoint: that one comes again, and is the same.
    expect_ranks 0 2 train paper -o cut/p.st --resume --stop-after $((at + 20)) -q
    expect 0 train paper "${long[@]}" -o whole/p.st --stop-after $((at + 20)) -q
    same_training cut whole "process $victim killed"
done

# ---- asked to stop: all after the same epoch, whoever was asked
for asked in mpirun 1; do
    rm -rf cut
    in_background 3 cut train paper "${long[@]}" -o cut/p.st
    wait_for_epoch 45 cut/p.st.csv
    victim=$job
    [ "$asked" = mpirun ] || victim=$(cat "cut/pid.$asked")
    kill -s TERM "$victim"
    status=0
    wait "$job" || status=$?
    [ "$status" -ne 0 ] || complain "a training that was stopped exits with 0"
    holds err "Stopped after epoch"
    at=$("$DCAT" policy cut/p.st.checkpoint --json | jq .epochs)
    [ "$(tail -n 1 cut/p.st.csv | cut -d , -f 1)" -eq "$at" ] || complain "log and checkpoint differ"
    expect_ranks 0 2 train paper -o cut/p.st --resume --stop-after $((at + 3)) -q
done
[ "$status" -eq 143 ] || complain "SIGTERM at one process ends all with $status"

# ---- rank 0 cannot write its log any more: all end with that message
rm -rf full
in_background 2 full train paper "${long[@]}" --validate-every 100000 -o full/p.st
wait_for_epoch 10 full/p.st.csv
prlimit --pid "$(cat full/pid.0)" --fsize=1000
status=0
wait "$job" || status=$?
[ "$status" -eq 1 ] || complain "a full disk ends with $status"
said_once "dcat: full/p.st.csv: File too large"
[ -z "$(tail -c 1 full/p.st.csv | tr -d '\n')" ] || complain "a full disk: half a line in the log"

finish

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat in several processes: the same bytes for any number of them, one voice, and what remains when
# one is killed.
# shellcheck source=tests/support_mpi.sh
. "$SOURCE_DIR/tests/support_mpi.sh"

export DCAT_TEST_RUN=$$ # by which the processes of this test are found

# JSON without its wall times.
json_without_times() {
    jq -S 'del(.. | .decision_s?)' "$1"
}

# Usage: same_tables FOLDER FOLDER WHAT
same_tables() {
    cmp "$1/worlds.csv" "$2/worlds.csv" || complain "$3: other worlds.csv"
    cmp "$1/compare.json" "$2/compare.json" || complain "$3: other compare.json"
}

# ---- one voice
look_for_leaks
expect_ranks 0 3 --version
[ "$(wc -l <out)" -eq 1 ] || complain "--version is said $(wc -l <out) times"
expect_ranks 0 2 compare --help
[ "$(grep -c '^Usage:' out)" -eq 1 ] || complain "--help is said more than once"
expect_ranks 2 3 compare paper --frobnicate
[ "$(grep -c "unrecognized option" err)" -eq 1 ] || complain "a wrong option is not said once"
expect_ranks 2 3 compare nothing-of-that-name
[ "$(grep -c "nothing-of-that-name" err)" -eq 1 ] || complain "a wrong name is not said once"
expect_ranks 2 2 compare paper --cycles 100000 --out misuse
[ "$(grep -c "\[1, 528\]" err)" -eq 1 ] || complain "a wrong value is not said once"
compgen -G 'misuse*' >/dev/null && complain "misuse leaves a folder"
expect_ranks 2 2 simulate paper --out misuse
[ "$(grep -c "runs in one process, not in 2" err)" -eq 1 ] || complain "simulate is not refused once"
status=0
mpirun -n 1 "$DCAT" compare paper --cycles 1 : -n 1 "$DCAT" compare paper --cycles 2 >out 2>err ||
    status=$?
[ "$status" -eq 2 ] || complain "two commands in one run exit with $status"
holds err "rank 1 has another dcat or another command line than rank 0"
expect_ranks 0 1 simulate paper --cycles 1 # one process is no several

# ---- what one rank alone finds is said by rank 0, and all leave
"$DCAT" scenarios paper --out here >out
cp -r here there
# Run compare in two processes, the second in another folder. Usage: in_two_places CODE
in_two_places() {
    local status=0 one=("$DCAT" compare ./scenario.yaml --worlds 1 --cycles 1)
    mpirun -n 1 -wdir "$PWD/here" "${one[@]}" : -n 1 -wdir "$PWD/there" "${one[@]}" >out 2>err ||
        status=$?
    [ "$status" -eq "$1" ] || complain "two places: exit code $status: $(head -c 300 err)"
}
in_two_places 0
sed -i 's/span_max_km: .*/span_max_km: 123/' there/scenario.yaml
in_two_places 2
holds err "rank 1 has other scenario or policy files than rank 0"
rm there/scenario.yaml
in_two_places 2
holds err "dcat: rank 1: ./scenario.yaml"

# ---- compare: any number of processes and threads, the same bytes
small=(compare paper --worlds 3 --cycles 4)
expect 0 "${small[@]}" --out alone --threads 1
pairs=("3 2" "1 3" "2 1" "4 3")
! sanitized || pairs=("4 3")
for pair in "${pairs[@]}"; do
    read -r count threads <<<"$pair"
    expect_ranks 0 "$count" "${small[@]}" --out "ranks-$count-$threads" --threads "$threads" -q
    [ ! -s err ] || complain "--quiet says: $(head -c 300 err)"
    same_tables alone "ranks-$count-$threads" "$count processes of $threads threads"
    do_not_look_for_leaks
done
[ "$(jq '.processes, .threads' ranks-4-3/manifest.json | xargs)" = "4 3" ] ||
    complain "the manifest does not say how many processes and threads"
compgen -G '*.jobs' >/dev/null && complain "finished runs stay behind"
expect 0 "${small[@]}" --bound --json
json_without_times out >bound-alone
expect_ranks 0 2 "${small[@]}" --bound --json
json_without_times out | cmp bound-alone || complain "two processes find another bound"

# ---- reproduce, with trainings
tiny=(reproduce fig2 fig5 --worlds 1 --cycles 3 --anneal-proposals 3 --epochs 2 --curve-epochs 3
    --curve-seeds 2 --per-world -q)
expect 0 "${tiny[@]}" --out study-alone
look_for_leaks
counts=(2 4)
! sanitized || counts=(2)
for count in "${counts[@]}"; do
    expect_ranks 0 "$count" "${tiny[@]}" --out "study-$count"
    do_not_look_for_leaks
    for file in worlds points gains claims curves; do
        cmp "study-alone/report/$file.csv" "study-$count/report/$file.csv" ||
            complain "$count processes write another $file.csv"
    done
done
expect_ranks 0 2 "${tiny[@]}" --out study-alone # nothing left to do
cmp study-alone/report/worlds.csv study-2/report/worlds.csv || complain "recalling changes results"

# ---- killed
# mpirun takes a second to tell the others, so there must be work for some: about eight seconds of one
# core, whatever the build, by time of the processor, as others may have worked beside the first run.
long=(compare paper --threads 1 --policies "linkage:rea,kmeans:rea-s,random:one-off")
took_ms=$(
    TIMEFORMAT=%U
    { time "$DCAT" "${long[@]}" --worlds 4 -q >out 2>err; } 2>&1 | tr -d .
)
[[ $took_ms =~ ^[0-9]+$ ]] || complain "a first comparison fails: $(cat err)"
took_ms=$((10#${took_ms:-0}))
worlds=$((4 * 8000 / (took_ms > 50 ? took_ms : 50)))
worlds=$((worlds < 8 ? 8 : worlds))
jobs=$((3 * worlds))
long+=(--worlds "$worlds")
expect 0 "${long[@]}" --out whole

pid_of_rank() {
    local file
    for file in /proc/[0-9]*/environ; do
        if grep -qzxs "DCAT_TEST_RUN=$DCAT_TEST_RUN" "$file" &&
            grep -qzxs "OMPI_COMM_WORLD_RANK=$1" "$file"; then
            file=${file#/proc/}
            printf '%s\n' "${file%/environ}"
        fi
    done
}

# Wait until a command in the background has kept a job. Usage: wait_for_job FOLDER PID
wait_for_job() {
    until compgen -G "$1/*.json" >/dev/null; do
        kill -0 "$2" 2>/dev/null || return 1
        sleep 0.01
    done
}

# Run the long command in 3 processes and send a signal to a rank of it once a job is kept.
interrupt() {
    local rank=$1 signal=$2 folder=$3 status=0 runner
    mpirun -n 3 "$DCAT" "${long[@]}" --out "$folder" >out 2>err &
    runner=$!
    if ! wait_for_job "$folder.jobs" "$runner"; then
        complain "nothing of $folder was kept: $(head -c 300 err)"
    elif [ "$rank" = all ]; then
        kill -s "$signal" "$runner" # mpirun tells all
    else
        kill -s "$signal" "$(pid_of_rank "$rank")"
    fi
    wait "$runner" || status=$?
    [ "$status" -ne 0 ] || complain "a run that lost rank $rank by $signal exits with 0"
    [ ! -e "$folder" ] || complain "a run that lost rank $rank by $signal leaves a result"
}

# The same command goes on, in another number of processes, to the same bytes.
go_on() {
    local count=$1 folder=$2
    expect_ranks 0 "$count" "${long[@]}" --out "$folder"
    holds err "kept from before"
    same_tables whole "$folder" "$folder, gone on in $count processes"
    compgen -G "$folder.*" >/dev/null && complain "$folder leaves $(echo "$folder".*)"
    true
}

interrupt 1 KILL lost-1
holds err "a process of it died"
holds err "of $jobs jobs are kept in lost-1.jobs and the same command goes on from there"
go_on 2 lost-1
if ! sanitized; then
    interrupt 0 KILL lost-0 # nobody is left to speak but mpirun
    go_on 1 lost-0
    interrupt all TERM ended
    holds err "of $jobs jobs are kept in ended.jobs"
    go_on 4 ended
fi
interrupt 2 TERM asked # one rank is told, all end in an orderly way
holds err "of $jobs jobs are kept in asked.jobs"
compgen -G 'asked.tmp-*' >/dev/null && complain "an orderly end leaves a temporary folder"
go_on 2 asked

finish

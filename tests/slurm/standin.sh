#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A stand-in for Slurm's commands, linked as sbatch, squeue, scancel and scontrol: jobs are processes of this machine, and
# what a test wants to go wrong does. Its folder is the one above; files in it make trouble:
#   refuse      sbatch does nothing and fails         late    sbatch fails after the job is in
#   slow        sbatch answers late                   broken  squeue says half of its answer
#   dead        a requeued job fails before its script begins
top=$(dirname "$(dirname "$0")")
jobs=$top/jobs

run() { # ID: the job, in a session of its own
    script=$(cat "$jobs/$1/script")
    output=$(cat "$jobs/$1/output")
    restarts=$(cat "$jobs/$1/restarts" 2>/dev/null || true)
    mine=$(cat /proc/sys/kernel/random/uuid)
    echo "$mine" >"$jobs/$1/run"
    echo RUNNING >"$jobs/$1/state"
    [ -z "$restarts" ] || export SLURM_RESTART_COUNT="$restarts"
    cards=$(sed -n 's/^#SBATCH --gres=.*:\([0-9]*\)$/\1/p' "$script")
    if [ -n "$cards" ]; then
        CUDA_VISIBLE_DEVICES=$(seq -s, 0 "$((cards - 1))")
        export CUDA_VISIBLE_DEVICES
    fi
    SLURM_JOB_ID=$1 setsid sh -c 'echo $$ >"$0/pid"; exec sh "$1" >>"$2" 2>&1' "$jobs/$1" "$script" "$output"
    code=$?
    [ "$(cat "$jobs/$1/run")$(cat "$jobs/$1/state")" = "${mine}RUNNING" ] || return 0
    echo "$code" >"$jobs/$1/code"
    if [ "$code" -eq 0 ]; then echo COMPLETED; else echo FAILED; fi >"$jobs/$1/state.new"
    mv "$jobs/$1/state.new" "$jobs/$1/state"
}
end() { # ID STATE
    [ "$(cat "$jobs/$1/state")" = RUNNING ] || [ "$(cat "$jobs/$1/state")" = PENDING ] || return 0
    echo "$2" >"$jobs/$1/state"
    [ ! -e "$jobs/$1/pid" ] || kill -KILL "-$(cat "$jobs/$1/pid")" 2>/dev/null
}

case ${0##*/} in
sbatch)
    [ ! -e "$top/refuse" ] || { echo "sbatch: error: refused" >&2 && exit 1; }
    id=1
    until mkdir "$jobs/$id" 2>/dev/null; do id=$((id + 1)); done
    chmod 777 "$jobs/$id"
    for word in "$@"; do
        case $word in
        --comment=*) echo "${word#*=}" >"$jobs/$id/comment" ;;
        --job-name=*) echo "${word#*=}" >"$jobs/$id/name" ;;
        --output=*) echo "${word#*=}" >"$jobs/$id/output" ;;
        esac
    done
    echo "$word" >"$jobs/$id/script"
    sed -n 's/^#SBATCH --gres=/gres:/p' "$word" >"$jobs/$id/gres"
    echo PENDING >"$jobs/$id/state"
    (run "$id" </dev/null >/dev/null 2>&1 3>&- &)
    [ ! -e "$top/slow" ] || sleep 0.2
    [ ! -e "$top/late" ] || { echo "sbatch: error: Socket timed out" >&2 && exit 1; }
    echo "$id"
    ;;
squeue)
    echo "$*" >>"$top/asked"
    [ ! -e "$top/broken" ] || { echo '{"jobs": [' && exit 0; }
    comma=
    printf '{"meta": {}, "errors": [], "jobs": ['
    for job in "$jobs"/*/state; do
        job=${job%/state}
        state=$(cat "$job/state" 2>/dev/null) || continue
        code=$(cat "$job/code" 2>/dev/null || echo 0)
        printf '%s{"job_id": %s, "comment": "%s", "job_state": "%s", "exit_code": %s, "restart_cnt": %s, "tres_per_node": "%s"}' \
            "$comma" "${job##*/}" "$(cat "$job/comment")" "${state:-RUNNING}" "$((code * 256))" \
            "$(cat "$job/restarts" 2>/dev/null || echo 0)" "$(cat "$job/gres" 2>/dev/null)"
        comma=,
    done
    printf ']}\n'
    ;;
scancel)
    for word in "$@"; do
        case $word in
        --name=*) for job in "$jobs"/*/name; do
            [ "$(cat "$job")" != "${word#*=}" ] || { job=${job%/name} && end "${job##*/}" CANCELLED; }
        done ;;
        [0-9]*) end "$word" CANCELLED ;;
        esac
    done
    ;;
scontrol) # requeue ID
    end "$2" REQUEUED
    echo $(($(cat "$jobs/$2/restarts" 2>/dev/null || echo 0) + 1)) >"$jobs/$2/restarts"
    [ ! -e "$top/dead" ] || { echo 1 >"$jobs/$2/code" && echo FAILED >"$jobs/$2/state" && exit 0; }
    (run "$2" </dev/null >/dev/null 2>&1 3>&- &)
    ;;
esac

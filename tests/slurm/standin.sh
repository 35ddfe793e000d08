#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A stand-in for Slurm's commands, linked as sbatch, squeue, scancel and scontrol: jobs are processes of this machine, and
# what a test wants to go wrong does. Its folder is the one above; files in it make trouble:
#   refuse      sbatch does nothing and fails         late    sbatch fails after the job is in
#   slow        sbatch answers late                   broken  squeue says half of its answer
#   dead        a requeued job fails before its script begins
#   old         scripts do not say in which run they ended, as those of older agents
top=$(dirname "$(dirname "$0")")
jobs=$top/jobs

put() { # FILE WORD: nobody ever reads half of it
    new=$1.$(cat /proc/sys/kernel/random/uuid)
    echo "$2" >"$new" && mv "$new" "$1"
}
change() { # ID FROM TO [RUN [CODE]]: of a state among FROM, which is told; false: it is another, or that of another run
    (
        flock 9
        state=$(cat "$jobs/$1/state")
        case " $2 " in *" $state "*) ;; *) exit 1 ;; esac
        [ -z "${4:-}" ] || [ "$(cat "$jobs/$1/run")" = "$4" ] || exit 1
        [ -z "${5:-}" ] || put "$jobs/$1/code" "$5"
        put "$jobs/$1/state" "$3"
        echo "$state"
    ) 9<"$jobs/$1"
}
run() { # ID: the job, in a session of its own
    script=$(cat "$jobs/$1/script")
    output=$(cat "$jobs/$1/output")
    restarts=$(cat "$jobs/$1/restarts" 2>/dev/null || true)
    mine=$(cat /proc/sys/kernel/random/uuid)
    put "$jobs/$1/run" "$mine"
    rm -f "$jobs/$1/pid"
    put "$jobs/$1/start" "$(date +%s)"
    change "$1" "PENDING REQUEUED" RUNNING || return 0
    [ -z "$restarts" ] || export SLURM_RESTART_COUNT="$restarts"
    cards=$(sed -n 's/^#SBATCH --gres=.*:\([0-9]*\)$/\1/p' "$script")
    if [ -n "$cards" ]; then
        CUDA_VISIBLE_DEVICES=$(seq -s, 0 "$((cards - 1))")
        export CUDA_VISIBLE_DEVICES
    fi
    SLURM_JOB_ID=$1 setsid sh -c 'echo $$ >"$0/pid.new" && mv "$0/pid.new" "$0/pid"; exec sh "$1" >>"$2" 2>&1' \
        "$jobs/$1" "$script" "$output"
    code=$?
    left=$(dirname "$output")/exit
    [ ! -e "$top/old" ] || [ ! -e "$left" ] || { cut -d ' ' -f 1,2 "$left" >"$left.$mine" && mv "$left.$mine" "$left"; }
    ended=FAILED
    [ "$code" -ne 0 ] || ended=COMPLETED
    change "$1" RUNNING "$ended" "$mine" "$code"
}
end() { # ID STATE
    was=$(change "$1" "RUNNING PENDING" "$2") || return 0
    [ "$was" = RUNNING ] || return 0
    until [ -e "$jobs/$1/pid" ]; do sleep 0.01; done # it has just begun
    kill -KILL "-$(cat "$jobs/$1/pid")" 2>/dev/null
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
    put "$jobs/$id/state" PENDING
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
        printf '%s{"job_id": %s, "comment": "%s", "job_state": "%s", "exit_code": %s, "restart_cnt": %s, "start_time": %s, "tres_per_node": "%s"}' \
            "$comma" "${job##*/}" "$(cat "$job/comment")" "$state" "$((code * 256))" \
            "$(cat "$job/restarts" 2>/dev/null || echo 0)" "$(cat "$job/start" 2>/dev/null || echo 0)" \
            "$(cat "$job/gres" 2>/dev/null)"
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
    put "$jobs/$2/restarts" $(($(cat "$jobs/$2/restarts" 2>/dev/null || echo 0) + 1))
    [ ! -e "$top/dead" ] || put "$jobs/$2/start" "$(date +%s)"
    [ ! -e "$top/dead" ] || { change "$2" REQUEUED FAILED "" 1 >/dev/null && exit 0; }
    (run "$2" </dev/null >/dev/null 2>&1 3>&- &)
    ;;
esac

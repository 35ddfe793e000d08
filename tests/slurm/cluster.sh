#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real Slurm of three virtual nodes on this host, on loopback: munged, slurmctld and three slurmd, started here and ended by
# their process ids. Needs root and the packages of packages/slurm.txt.
#
# Usage: cluster.sh FOLDER COMMAND...: starts it in FOLDER, runs COMMAND with SLURM_CONF, and ends it.
set -euo pipefail
top=$(readlink -f "$1")
shift
host=$(hostname -s)
pids=()
end() {
    SLURM_CONF=$top/slurm.conf scancel --user=root,nobody 2>/dev/null || true
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do # nodes first, munge last
        kill "${pids[i]}" 2>/dev/null || true
        wait "${pids[i]}" 2>/dev/null || true
    done
}
trap end EXIT
read -ra ports < <(python3 -c 'import socket
free = [socket.socket() for _ in range(4)] # all held at once: no two are the same
for s in free: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in free))')

chmod 755 "$top"
install -d -o munge -g munge -m 711 "$top/munge"
mkdir -p "$top"/{state,spool,log,run}
: >"$top/plugstack.conf"
dd if=/dev/urandom of="$top/munge/key" bs=1024 count=1 status=none
chown munge: "$top/munge/key"
chmod 400 "$top/munge/key"
runuser -u munge -- munged --foreground --key-file="$top/munge/key" --socket="$top/munge/sock" --pid-file="$top/munge/pid" \
    --log-file="$top/munge/log" --seed-file="$top/munge/seed" >"$top/log/munge" 2>&1 &
pids+=($!)
# Slurm takes what is slow for dead, and puts its jobs back: so that it does not here, however busy the machine is, its
# patience is longer than the test.
cat >"$top/slurm.conf" <<CONF
SlurmdTimeout=3600
BatchStartTimeout=3600
MessageTimeout=100
TCPTimeout=100
UnkillableStepTimeout=3600
ClusterName=dcat
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$top/munge/sock
StateSaveLocation=$top/state
SlurmdSpoolDir=$top/spool/%n
SlurmctldPidFile=$top/run/ctld.pid
SlurmdPidFile=$top/run/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,requeue_setup_env_fail
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
MinJobAge=7200
KillWait=2
SwitchType=switch/none
PlugStackConfig=$top/plugstack.conf
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=64 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=64 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
NodeName=n3 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[3]} CPUs=64 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
PartitionName=dcat Nodes=ALL Default=YES DefMemPerCPU=100 MaxTime=60 State=UP
CONF
printf 'NodeName=n[1-3] Name=gpu File=%s\n' /dev/null /dev/zero >"$top/gres.conf" # any two devices
export SLURM_CONF=$top/slurm.conf
for _ in $(seq 6000); do [ ! -S "$top/munge/sock" ] || break && sleep 0.1; done
slurmctld -D >"$top/log/ctld" 2>&1 &
pids+=($!)
for n in 1 2 3; do
    mkdir -p "$top/spool/n$n"
    slurmd -N "n$n" -D >"$top/log/n$n" 2>&1 &
    pids+=($!)
done
for _ in $(seq 3000); do
    [ "$(sinfo -h -t idle -o %D 2>/dev/null)" != 3 ] || break
    sleep 0.1
done
[ "$(sinfo -h -t idle -o %D)" = 3 ] || { tail -n 5 "$top"/log/* >&2 && exit 1; }
status=0
"$@" || status=$?
exit "$status"

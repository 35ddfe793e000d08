#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat import openb, gavel and slurm: small files in their formats, made up, become the tables that a
# scenario reads, with right counts; what is no job or node is counted by reason and place.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# same FILE LINE...: what a table says behind its comments.
same() {
    local file=$1
    shift
    printf '%s\n' "$@" >wanted
    grep -v '^#' "$file" | cmp -s - wanted || complain "$file: $(grep -v '^#' "$file" | diff - wanted)"
}

# ---- gavel: P100 is 1. The job on two devices, the pair that shares one and the spread workers are left out;
# a job that the reference does not run as well.
cat >gavel.json <<'END'
{"k80": {"('LM (batch size 20)', 1)": {"null": 3.0, "('A3C', 1)": [2.5, 1.0]},
         "('LM (batch size 20)', 2)": {"null": 5.0},
         "('A3C', 1)": {"null": 0.0}},
 "p100": {"('LM (batch size 20)', 1)": {"null": 12.0}, "('A3C', 1)": {"null": 4.0}},
 "v100": {"('LM (batch size 20)', 1)": {"null": 18.0}, "('Only, there', 1)": {"null": 1.0}},
 "v100_unconsolidated": {"('A3C', 1)": {"null": 9.0}}}
END
expect 0 import gavel gavel.json -o efficiency.csv
holds err 'kept     3 devices, 2 jobs on one device each'
holds err 'skipped  1 entry of jobs on several devices'
holds err 'skipped  1 device whose jobs are spread over servers'
holds err 'skipped  1 job that the reference does not run'
same efficiency.csv 'device,LM (batch size 20),A3C' 'k80,0.25,' 'p100,1,1' 'v100,1.5,'
expect 0 import gavel gavel.json -o efficiency.csv --force --reference v100 --json
same efficiency.csv 'device,LM (batch size 20),"Only, there"' 'k80,0.166667,' 'p100,0.666667,' 'v100,1,1'
jq -e '.format == "gavel" and .devices == 3 and .classes == 2 and .cells == 4 and .jobs_skipped == 1' out >/dev/null ||
    complain "JSON: $(cat out)"
expect 2 import gavel gavel.json -o other.csv --reference h100
holds err 'gavel.json: has no device h100'
[ ! -e other.csv ] || complain "a table in spite of it"
echo '[1]' >no.json
expect 2 import gavel no.json -o other.csv
holds err 'no.json: must be a JSON object: something else'
echo '{"p100": {"x": {"null": 1}}}' >no.json
expect 2 import gavel no.json -o other.csv
holds err 'has 0 jobs on one p100'

# ---- openb. 8 cores at 2.5 GHz; two of three GPUs' worth of 250 GHz for 100 s is 50 000.
mkdir -p openb/csv
cat >openb/csv/openb_node_list_all_node.csv <<'END'
sn,cpu_milli,memory_mib,gpu,model
n1,32000,262144,0,
n2,96000,393216,4,V100M16
n3,64000,262144,2,T4
n3,64000,262144,2,T4
n4,none,262144,2,T4
n5,64000,262144,2,
END
cat >openb/csv/openb_pod_list_default.csv <<'END'
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p1,8000,16384,0,0,,LS,Succeeded,1000,1110,1010
p2,8000,16384,2,1000,V100M16|V100M32,LS,Succeeded,1005,1110,1010
p3,4000,8192,1,500,,BE,Failed,1500,1520,1500
p4,4000,8192,1,1000,T4,BE,Running,1600,1610,1600
p5,4000,8192,1,1000,,BE,Pending,1700,1710,
p6,4000,8192,1,1000,,BE,Running,1700,,1700
p7,4000,8192,1,1000,,BE,Succeeded,1700,1700,1700
p8,4000,8192,1,1000,A10,BE,Succeeded,1700,1800,1700
p9,0,8192,0,0,,BE,Succeeded,1700,1800,1700
p10,4000,8192,1,1000,,BE,Succeeded,then,1800,1700
p11,4000
END
expect 0 import openb openb -o bfolder --json
jq -e '.nodes == {"read": 6, "malformed": {"count": 2, "first": ["openb_node_list_all_node.csv:6", "openb_node_list_all_node.csv:7"]},
        "again": 1, "servers": 3, "units": 2, "kinds_of_gpu": 2, "gpus": 6, "further_kinds_left_out": 0}' out >/dev/null ||
    complain "nodes: $(jq -c .nodes out)"
jq -e '.jobs | .read == 11 and .kept == 4 and .classes == 4 and .with_part_of_a_gpu == 1 and .start_s == 1000 and
    .arrival_last_s == 600 and ([.skipped[] | .count] == [2, 1, 1, 1, 1, 0, 1]) and
    .skipped.unknown_device.first == ["openb_pod_list_default.csv:9"]' out >/dev/null || complain "jobs: $(jq -c .jobs out)"
jq -e '.jobs.work_gigacycles == 2000 + 50000 + 2500 + 2500' out >/dev/null || complain "work: $(jq -c .jobs.work_gigacycles out)"
same bfolder/servers.csv 'name,x_km,y_km,speed_ghz,cores' 'n1,0,0,80,32' 'n2,0,0,240,96' 'n3,0,0,160,64'
same bfolder/units.csv 'server,device,count' 'n2,V100M16,4' 'n3,T4,2'
same bfolder/classes.csv 'name,pool' 'cpu,cpu' 'V100M16|V100M32,gpu' 'gpu,gpu' 'T4,gpu'
same bfolder/efficiency.csv 'device,V100M16|V100M32,gpu,T4' 'V100M16,1,1,' 'T4,,1,1'
same bfolder/tasks.csv 'arrival_s,origin,work_gigacycles,data_mb,deadline_s,class' '0,here,2000,20,200,cpu' \
    '5,here,50000,20,200,V100M16|V100M32' '500,here,2500,20,60,gpu' '600,here,2500,20,60,T4'
expect 0 validate bfolder/
holds out 'openb: valid'
grep -qE '^ +V100M16\|V100M32 +gpu +25\.0 +1 ' out || complain "validate: $(cat out)"
expect 0 import openb openb/csv -o bfolder --force --quiet --gpu-ghz 100 --core-ghz 2 --deadline-factor 3 --deadline-min-s 0 --data-mb 5
[ ! -s err ] || complain "--quiet is quiet: $(cat err)"
grep -q '^600,here,1000,5,30,T4$' bfolder/tasks.csv || complain "options: $(cat bfolder/tasks.csv)"
expect 2 import openb bfolder -o other
holds err 'bfolder: there is no openb_node_list_all_node.csv in it or its folder csv'
sed -i 's/gpu_spec/spec/' openb/csv/openb_pod_list_default.csv
expect 2 import openb openb -o other
holds err 'openb_pod_list_default.csv:1: has no column gpu_spec'
[ ! -e other ] || complain "a folder in spite of it"

# ---- slurm: nodes by scontrol, one with two kinds of GPU; jobs by sacct
cat >nodes.txt <<'END'
NodeName=cn01 Arch=x86_64 CoresPerSocket=32 CPUAlloc=0 CPUEfctv=64 CPUTot=64 CPULoad=0.01 Gres=gpu:a100:4(S:0-1) OS=Linux 5.14.0-1 #1 SMP RealMemory=515000
NodeName=cn02 Arch=x86_64 CPUTot=48 Gres=gpu:t4:1,gpu:a100:2(S:0,1),shard:8 Reason=a b [root@2026-01-01T00:00:00]
NodeName=cn03 Arch=x86_64 CPUTot=128 Gres=(null) State=IDLE
NodeName=cn04 Arch=x86_64 Gres=(null) State=DOWN
NodeName=cn05 CPUTot=8 Gres=gpu:2
END
cat >jobs.txt <<'END'
JobID|Submit|ElapsedRaw|State|AllocCPUS|AllocTRES
1|2026-11-01T08:00:00|100|COMPLETED|16|billing=16,cpu=16,mem=64G,node=1
2|2026-11-01T08:00:10|50|TIMEOUT|8|billing=8,cpu=8,gres/gpu:a100=2,gres/gpu=2,node=1
2.batch|2026-11-01T08:00:10|50|CANCELLED|8|cpu=8
3|2026-11-01T08:01:00|10|FAILED|4|cpu=4,gres/gpu=1
4|2026-11-01T08:02:00|0|CANCELLED by 1000|0|
5|2026-11-01T08:02:00|0|PENDING|0|
6|2026-11-01T08:02:00|500|RUNNING|1|cpu=1
7|Unknown|500|COMPLETED|1|cpu=1
8|2026-11-01T08:03:00|20|COMPLETED|1|cpu=1,gres/gpu:h100=1
9|2026-11-01T08:03:00|20|COMPLETED
END
expect 0 import slurm nodes.txt --jobs jobs.txt -o cluster --json
holds err 'left     1 further kind of GPU'
jq -e '.nodes == {"read": 5, "malformed": {"count": 1, "first": ["nodes.txt:4"]}, "again": 0, "servers": 4, "units": 3,
        "kinds_of_gpu": 2, "gpus": 8, "further_kinds_left_out": 1}' out >/dev/null || complain "nodes: $(jq -c .nodes out)"
jq -e '.jobs | .read == 10 and .kept == 3 and .classes == 3 and .start_s == 1793520000 and .work_gigacycles == 4000 + 25000 + 2500 and
    ([.skipped[] | .count] == [2, 1, 1, 1, 0, 1, 1])' out >/dev/null || complain "jobs: $(jq -c .jobs out)"
same cluster/units.csv 'server,device,count' 'cn01,a100,4' 'cn02,a100,2' 'cn05,gpu,2'
same cluster/classes.csv 'name,pool' 'cpu,cpu' 'a100,gpu' 'gpu,gpu'
same cluster/tasks.csv 'arrival_s,origin,work_gigacycles,data_mb,deadline_s,class' '0,here,4000,20,200,cpu' \
    '10,here,25000,20,100,a100' '60,here,2500,20,60,gpu'
expect 0 validate cluster/
holds out 'slurm: valid'

# The same nodes by sinfo, in columns or between bars, once a partition, with lists; and elapsed times in words.
printf 'NODELIST   CPUS GRES\ncn[01-03,9]  64   gpu:a100:4(S:0-1)\nlogin1 8 (null)\ncn02 64 gpu:a100:4\ncn[3-1] 4 (null)\n' >sinfo.txt
expect 0 import slurm sinfo.txt -o nojobs --json
jq -e '.nodes | .read == 4 and .servers == 5 and .units == 4 and .gpus == 16 and .again == 1 and
    .malformed.first == ["sinfo.txt:5"]' out >/dev/null || complain "sinfo: $(jq -c .nodes out)"
same nojobs/servers.csv 'name,x_km,y_km,speed_ghz,cores' 'cn01,0,0,160,64' 'cn02,0,0,160,64' 'cn03,0,0,160,64' 'cn9,0,0,160,64' \
    'login1,0,0,20,8'
[ ! -e nojobs/tasks.csv ] || complain "no jobs, no tasks"
printf 'day,hour,here\n1,0,1\n2,0,1\n3,0,1\n' >nojobs/demand.csv
expect 0 validate nojobs/ --set time.train_days=1 --set time.validate_days=2 --set time.test_days=3
holds out 'slurm: valid'
printf 'NODELIST|CPUS|GRES\nx|64+|gpu:t4:2\n' >sinfo.txt
printf 'Submit|Elapsed|ReqTRES\n2026-11-01T08:00:00|1-00:00:10|cpu=2,gres/gpu:t4=1\n2026-11-01T08:00:00|00:10|cpu=2\n' >jobs.txt
expect 0 import slurm sinfo.txt --jobs jobs.txt -o short --json
jq -e '.jobs | .kept == 1 and .work_gigacycles == 86410 * 250 and .skipped.malformed.count == 1' out >/dev/null ||
    complain "elapsed: $(jq -c .jobs out)"
printf 'NODELIST NODES PARTITION STATE\ncn01 1 all idle\n' >sinfo.txt
expect 2 import slurm sinfo.txt -o other
holds err 'sinfo.txt:1: has no column CPUS'
echo 'NodeName=cn04 State=DOWN' >nodes.txt
expect 2 import slurm nodes.txt -o other
holds err 'nodes.txt: no usable node; first malformed: nodes.txt:1'
printf 'JobID|State\n' >jobs.txt
echo 'NodeName=cn04 CPUTot=4' >nodes.txt
expect 2 import slurm nodes.txt --jobs jobs.txt -o other
holds err 'jobs.txt:1: has no column Submit'
printf 'Submit|ElapsedRaw|AllocCPUS\n' >jobs.txt
expect 2 import slurm nodes.txt --jobs jobs.txt -o other
holds err 'jobs.txt: no usable job'
expect 2 import slurm nodes.txt -o other --core-ghz 0
holds err '--core-ghz'
[ ! -e other ] || complain "a folder in spite of all that"
finish

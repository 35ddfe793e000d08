#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat agent init: an agent.yaml for the nodes that Slurm lists, or for the tables that dcat import slurm
# made of them, which the agent reads as it is; what is wrong is refused by file, line, field, rule and value.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"

# A line of agent.yaml without its comment. Usage: says LINE...
says() {
    sed 's/ *#.*//' agent.yaml >bare
    printf '%s\n' "$@" >wanted
    while IFS= read -r line; do
        grep -qxF -- "$line" bare || complain "agent.yaml lacks '$line': $(cat bare)"
    done <wanted
}
# Usage: refused FILE MESSAGE, what init says of a file, and that nothing is left of it.
refused() {
    expect 2 agent init --from-slurm "$1" -o bad.yaml
    holds err "$2"
    ! compgen -G 'bad.yaml*' >/dev/null || complain "$1: left $(echo bad.yaml*)"
}

# ---- by scontrol
cat >nodes.txt <<'END'
NodeName=cn01 Arch=x86_64 CoresPerSocket=32 CPUAlloc=0 CPUTot=64 CPULoad=0.01 Gres=gpu:a100:4(S:0-1) OS=Linux 5.14.0-1 #1 SMP RealMemory=515000
NodeName=cn02 Arch=x86_64 CPUTot=48 Gres=gpu:t4:1,gpu:a100:2(S:0,1),shard:8 Reason=a b [root@2026-01-01T00:00:00]
NodeName=cn03 Arch=x86_64 CPUTot=128 Gres=(null) State=IDLE
END
expect 0 agent init --from-slurm nodes.txt
holds err 'agent.yaml: 3 servers, 240 cores, 6 cards'
expect 0 agent --config agent.yaml --check
says 'allow: slurm' '  - name: "cn01"' '    speed_ghz: 160' '    cores: 64' '    cards: 4' '    cards: 2' '    speed_ghz: 320' \
    '    backend: slurm' '    ask: formula' '  key_file: "keys/provider.key"'
[ "$(grep -c 'backend: slurm' agent.yaml)" -eq 3 ] || complain "not three servers"
lacks bare 'units:'

# What is there is not replaced unless one says so.
cp agent.yaml before.yaml
expect 2 agent init --from-slurm nodes.txt --core-ghz 3
holds err 'agent.yaml'
cmp -s agent.yaml before.yaml || complain "replaced without --force"
expect 0 agent init --from-slurm nodes.txt --force --quiet --core-ghz 3 --units --partition 'a "b"' --url https://example.org \
    --key-file /etc/k --sign-key /etc/s
[ ! -s err ] || complain "--quiet is quiet: $(cat err)"
expect 0 agent --config agent.yaml --check
says '  url: "https://example.org"' '  key_file: "/etc/k"' 'sign_key_file: "/etc/s"' '    speed_ghz: 192' \
    '    units: [{device: "a100", count: 4}]' '    slurm: {partition: "a \"b\""}'
lacks bare 'cards:'
[ "$(echo agent.yaml*)" = agent.yaml ] || complain "left $(echo agent.yaml*)"

# ---- by sinfo, with lists, once a partition
printf 'NODELIST   CPUS GRES\ncn[01-03]  64   gpu:a100:4\nlogin1 8 (null)\ncn02 64 gpu:a100:4\n' >sinfo.txt
expect 0 agent init --from-slurm sinfo.txt -f
holds err '4 servers, 200 cores, 12 cards'
expect 0 agent --config agent.yaml --check

# Names of two numbers; kinds that are named by digits, that are parts of cards, and one that has none.
printf 'NODELIST|CPUS|GRES\nrack[1-2]n[08-10]|8|gpu:3g.20gb:2\nbig|64|gpu:a100\nlast|8|gpu:0,mps:100\n' >sinfo.txt
expect 0 agent init --from-slurm sinfo.txt -f
holds err '8 servers, 120 cores, 13 cards'
says '  - name: "rack1n08"' '  - name: "rack2n10"'

# ---- by the tables of dcat import slurm, once somebody has said where machines are
expect 0 import slurm nodes.txt -o cluster --core-ghz 2 --quiet
expect 0 agent init --from-slurm cluster -f
expect 0 agent --config agent.yaml --check
says '    x_km: 0' '    speed_ghz: 128' '    cards: 4'
printf 'name,lat_deg,lon_deg,speed_ghz,cores,owner\ncn01,52.5,13.4,150,64,us\ncn02,50.1,8.7,90.5,48,us\ncn03,48,11,100,128,us\n' >cluster/servers.csv
expect 0 agent init --from-slurm cluster/ -f
expect 0 agent --config agent.yaml --check
says '    lat: 52.5' '    lon: 13.4' '    speed_ghz: 90.5'
lacks agent.yaml x_km

# ---- what is wrong
echo 'NodeName=cn04 State=DOWN' >>nodes.txt
refused nodes.txt 'nodes.txt:4: CPUTot must be a whole number from 1 to 1000000, got nothing'
printf 'NODELIST|CPUS|GRES\ncn01|64|(null)\ncn02|many|(null)\n' >sinfo.txt
refused sinfo.txt 'sinfo.txt:3: CPUS must be a whole number from 1 to 1000000, got many'
printf 'NODELIST|CPUS|GRES\ncn[3-1]|64|(null)\n' >sinfo.txt
refused sinfo.txt 'sinfo.txt:2: NODELIST must be names such as cn01 or cn[01-03,07]'
holds err 'got cn[3-1]'
printf 'NODELIST|CPUS|GRES\ncn1.site|64|(null)\n' >sinfo.txt
refused sinfo.txt 'sinfo.txt:2: the name of a node must be 1 to 64 letters, digits, - or _, got cn1.site'
for gres in gpu:a100: gpu:a100:-1 gpu:a100:99999999999 gpu:t4:1,gpu:a100:2.5 gpu:; do
    printf 'NODELIST|CPUS|GRES\ncn01|64|%s\n' "$gres" >sinfo.txt
    refused sinfo.txt "sinfo.txt:2: GPUs must be such as gpu:a100:4, from 0 to 1000000 of them, got $gres"
done
printf 'NodeName=cn01 Arch=x86_64\n   CPUAlloc=0 CPUTot=64\n' >folded.txt
refused folded.txt 'prints a node a line'
printf 'NODELIST|CPUS|GRES\nrack[1-2]n[1-|64|(null)\n' >sinfo.txt
refused sinfo.txt 'got rack[1-2]n[1-'
printf 'NODELIST|CPUS|GRES\ncn[1]x]|64|(null)\n' >sinfo.txt
refused sinfo.txt 'got cn[1]x]'
printf 'NODELIST|CPUS|GRES\ncn01|64\n' >sinfo.txt
refused sinfo.txt 'sinfo.txt:2: must have 3 columns as the first line, got 2'
printf 'NODELIST|CPUS|GRES\ncn[0001-1001]|64|(null)\n' >sinfo.txt
refused sinfo.txt 'sinfo.txt:2: an agent has at most 1000 servers, got one more with cn1001'
echo 'cn01 64' >sinfo.txt
refused sinfo.txt 'sinfo.txt:1: has no column NODELIST'
: >sinfo.txt
refused sinfo.txt 'sinfo.txt: no usable node'
refused none.txt 'none.txt'
printf 'server,device,count\ncn09,a100,4\n' >cluster/units.csv
refused cluster 'cluster/units.csv:2: '
holds err 'must be a server of servers.csv, got cn09'
printf 'server,device,count\ncn01,a100,4\ncn01,t4,1\n' >cluster/units.csv
refused cluster 'cn01 has a unit already'
printf 'name,x_km,speed_ghz,cores\ncn01,3,100,64\n' >cluster/servers.csv
refused cluster 'must stand with the other half of the place'
printf 'name,speed_ghz,cores\ncn01,100,64\ncn01,100,64\n' >cluster/servers.csv
refused cluster 'cluster/servers.csv:3: '
holds err 'cn01 is there already'
printf 'name,speed_ghz,cores\ncn01,100,0\n' >cluster/servers.csv
refused cluster 'cluster/servers.csv:2: '
printf 'name,speed_ghz,cores\n' >cluster/servers.csv
refused cluster 'must have at least one server'
expect 2 agent init
holds err 'Give --from-slurm PATH'
expect 2 agent begin --from-slurm nodes.txt
holds err "there is 'dcat agent init', got 'begin'"
expect 2 agent init --from-slurm nodes.txt --config agent.yaml
expect 2 agent --config agent.yaml --check --units
holds err '--units is of init'
finish

# SPDX-License-Identifier: Apache-2.0
# What the tests of several processes share. Source it first; it brings support.sh, and skips the
# test where no several processes can be had.
# shellcheck shell=bash
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# On one machine, as root too, more processes than cores, without what containers often forbid.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl=self,vader
export OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_MCA_hwloc_base_binding_policy=none # tests that run at the same time share the cores
export OMPI_MCA_orte_tmpdir_base=$PWD          # and no folder that the other's mpirun may remove

# Open MPI leaks. Whose a leak is shows only when every allocation's stack is walked to its end, which
# is slow: some runs do that, the others look for everything else.
export LSAN_OPTIONS="suppressions=$SOURCE_DIR/tests/mpi.lsan:print_suppressions=0"
asan=${ASAN_OPTIONS:-}
look_for_leaks() {
    export ASAN_OPTIONS="$asan:fast_unwind_on_malloc=0"
}
do_not_look_for_leaks() {
    export ASAN_OPTIONS="$asan:detect_leaks=0"
}
do_not_look_for_leaks

command -v mpirun >/dev/null || skip "there is no mpirun"
mpirun -n 1 true >out 2>&1 || skip "mpirun does not work here: $(head -c 600 out)"
if ! mpirun -n 2 "$DCAT" --version >out 2>err; then
    holds err "built without MPI"
    [ "$(grep -c "built without MPI" err)" -eq 1 ] || complain "said more than once"
    [ "$failures" -eq 0 ] || finish
    skip "this dcat is built without MPI"
fi

# Run the tool in N processes as expect does. Usage: expect_ranks CODE N ARGUMENT...
expect_ranks() {
    local code=$1 count=$2 status=0
    shift 2
    mpirun -n "$count" "$DCAT" "$@" >out 2>err || status=$?
    sed -i '/^\[hwloc/d' err # mpirun itself, where there is no /sys
    [ "$status" -eq "$code" ] ||
        complain "dcat $* in $count processes exits with $status, not $code: $(head -c 600 err)"
}

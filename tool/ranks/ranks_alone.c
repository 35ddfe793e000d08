// SPDX-License-Identifier: Apache-2.0
// In place of ranks_mpi.c in a build without MPI.

#include "tool/ranks/ranks_mpi.h"

bool ranks_mpi_built(void)
{
    return false;
}

dcat_status ranks_mpi_start(dcat_ranks *ranks, dcat_error *err)
{
    (void)ranks;
    return dcat_fail(err, DCAT_ERR_INTERNAL, "this build has no MPI");
}

int ranks_mpi_core_share(void)
{
    return 1;
}

int ranks_mpi_end(int code)
{
    return code;
}

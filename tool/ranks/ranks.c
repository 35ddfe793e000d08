// SPDX-License-Identifier: Apache-2.0
#include "tool/ranks/ranks.h"

#include "base/memory.h"
#include "base/ranks/ranks.h"
#include "base/threads.h"
#include "dcat/version.h"
#include "tool/cli.h"
#include "tool/ranks/ranks_mpi.h"
#include "tool/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dcat_ranks ranks;

const dcat_ranks *cli_ranks(void)
{
    return ranks.count > 1 ? &ranks : NULL;
}

// --- what the launcher says

typedef struct launch {
    bool found;
    int rank, count; // count is 0 when the environment does not say
} launch;

static int number_in(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : (int)strtol(text, NULL, 10);
}

// Open MPI, MPICH and its relatives, PMIx and plain srun, in this order. A shell of salloc and the
// script of sbatch know SLURM_NTASKS too, but are one process: only srun's steps count.
static launch find_launch(void)
{
    static const struct {
        const char *sign, *rank, *count;
    } launchers[] = {
        {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
        {"PMI_SIZE", "PMI_RANK", "PMI_SIZE"},
        {"PMIX_RANK", "PMIX_RANK", "SLURM_STEP_NUM_TASKS"},
        {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
        {"SLURM_PROCID", "SLURM_PROCID", "SLURM_NTASKS"},
    };
    const char *where = getenv("ENVIRONMENT"); // sbatch's word for its script
    bool script = where != NULL && strcmp(where, "BATCH") == 0;
    size_t count = sizeof launchers / sizeof launchers[0] - (script ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        if (getenv(launchers[i].sign) != NULL) {
            return (launch){true, number_in(launchers[i].rank, 0),
                            number_in(launchers[i].count, 0)};
        }
    }
    return (launch){.found = false};
}

// --- starting

// What every rank must have been given: this dcat, and these words.
static dcat_status check_same_command(int argc, char **argv, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    fprintf(file, "%s %s %s", dcat_version(), dcat_commit(), dcat_build());
    for (int i = 1; i < argc; i++) {
        fprintf(file, "%c%s", '\0', argv[i]);
    }
    dcat_status status =
        memory_stream_end(file, &text)
            ? ranks_same(&ranks, "another dcat or another command line", text, size, err)
            : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    free(text);
    return status;
}

// Only the FILEs: what sanitizers and the C library write to descriptor 2 itself is still seen.
static void fall_silent(void)
{
    FILE *nowhere = fopen("/dev/null", "we");
    if (nowhere != NULL) {
        stdout = nowhere;
        stderr = nowhere;
    }
}

static dcat_status start(int argc, char **argv, dcat_error *err)
{
    dcat_status status = ranks_mpi_start(&ranks, err);
    if (status != DCAT_OK || cli_ranks() == NULL) {
        return status;
    }
    cli_stop_catch_all();
    if (ranks.rank > 0) {
        fall_silent();
    }
    threads_set_default(ranks_mpi_core_share()); // --threads comes later, and wins
    return check_same_command(argc, argv, err);
}

int cli_ranks_start(int argc, char **argv)
{
    const launch found = find_launch();
    if (!found.found || found.count == 1) {
        return 0;
    }
    if (!ranks_mpi_built()) {
        if (found.count <= 1) { // perhaps alone; there is no telling
            return 0;
        }
        if (found.rank == 0) {
            fprintf(stderr,
                    "dcat: started in %d processes, but this dcat is built without MPI: "
                    "docs/building.md says how to build it with Open MPI\n",
                    found.count);
        }
        return 2;
    }
    dcat_error err = {0};
    dcat_status status = start(argc, argv, &err);
    if (status == DCAT_OK && found.count > 1 && cli_ranks() == NULL) {
        status = dcat_fail(&err, DCAT_ERR_FIELD,
                           "started in %d processes, but MPI sees one of them alone: start with "
                           "mpirun, or with srun --mpi=pmix",
                           found.count);
    }
    if (status == DCAT_OK) {
        return 0;
    }
    fprintf(stderr, "dcat: %s\n", err.message);
    return dcat_status_is_user_error(status) ? 2 : 1;
}

int cli_ranks_exit(dcat_status status, const dcat_error *err)
{
    dcat_error agreed = *err;
    status = ranks_agree(cli_ranks(), status, &agreed);
    int code = cli_exit(status, &agreed);
    // As the shell calls it for commands that a signal ends at once.
    bool stopped = code != 0 && cli_ranks() == NULL && cli_stop_asked();
    return stopped ? 128 + cli_stop_signal() : code;
}

int cli_ranks_end(int code)
{
    return ranks_mpi_end(code);
}

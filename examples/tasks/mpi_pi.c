// SPDX-License-Identifier: Apache-2.0
// A task that mpirun starts inside one node: every process of it adds up its strips of
// 4 / (1 + x^2), whose area from 0 to 1 is pi. Across nodes a team has no MPI of its own: each part
// starts one on its machine, over the part of the strips that is its share.
//
// mpicc -std=c17 -O2 -o mpi_pi examples/tasks/mpi_pi.c && mpirun -n 2 ./mpi_pi 1000000
//
// The payload of a task: {"run": ["mpirun", "-n", "2", "/shared/mpi_pi", "1000000"]}
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static double fraction(const char *name, double standard)
{
    const char *text = getenv(name);
    return text != NULL ? strtod(text, NULL) : standard;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int rank = 0, size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long strips = argc == 2 ? strtol(argv[1], NULL, 10) : 1000000;
    long from = (long)(fraction("DCAT_SHARE_BEGIN", 0.0) * (double)strips);
    long to = (long)(fraction("DCAT_SHARE_END", 1.0) * (double)strips);
    double own = 0.0, sum = 0.0;
    for (long i = from + rank; i < to; i += size) {
        double x = ((double)i + 0.5) / (double)strips;
        own += 4.0 / (1.0 + x * x);
    }
    MPI_Reduce(&own, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        printf("strips %ld to %ld by %d processes: %.9f\n", from, to, size, sum / (double)strips);
    }
    MPI_Finalize();
    return 0;
}

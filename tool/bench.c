// SPDX-License-Identifier: Apache-2.0
// dcat bench: hands over to dcat-bench, a program of its own.

#include "tool/cli.h"

#include <unistd.h>

void cli_bench(char **argv)
{
    char path[CLI_PATH_SIZE];
    if (cli_beside("dcat-bench", path)) {
        execv(path, argv);
    }
    execvp("dcat-bench", argv);
    fprintf(stderr,
            "dcat: the benchmark is the program dcat-bench, which is neither beside dcat nor on "
            "the PATH: is it installed?\n");
}

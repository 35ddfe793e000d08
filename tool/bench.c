// dcat bench: hands over to dcat-bench, a program of its own.

#include "cli.h"

#include <string.h>
#include <unistd.h>

int dcat_cli_bench(int argc, char **argv)
{
    (void)argc;
    char path[CLI_PATH_SIZE];
    if (cli_beside("dcat-bench", path)) {
        execv(path, argv);
    }
    execvp("dcat-bench", argv);
    fprintf(stderr,
            "dcat: the benchmark is the program dcat-bench, which is neither beside dcat nor on "
            "the PATH: is it installed?\n");
    return 1;
}

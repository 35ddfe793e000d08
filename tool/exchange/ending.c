// SPDX-License-Identifier: Apache-2.0
#include "tool/exchange/ending.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

static atomic_bool stop;
static volatile sig_atomic_t by_signal;

static void set(int number)
{
    by_signal = number;
    atomic_store(&stop, true);
}

const atomic_bool *ending_catch(int parent)
{
    struct sigaction action = {.sa_handler = set};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (parent > 0 && (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)) {
        atomic_store(&stop, true); // it ended before we asked to be told
    }
    return &stop;
}

int ending_code(int code)
{
    if (code != 0 || by_signal == 0) {
        return code;
    }
    return 128 + by_signal;
}

// SPDX-License-Identifier: Apache-2.0
#include "tool/stop.h"

#include "tool/ranks/ranks.h"

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t asked;
static bool caught;

static void ask(int signal_number)
{
    asked = signal_number;
}

static void catch_with(int flags)
{
    struct sigaction action = {.sa_handler = ask, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    caught = true;
}

void cli_stop_catch(void)
{
    if (!caught) {
        catch_with((int)SA_RESETHAND);
    }
}

void cli_stop_catch_all(void)
{
    catch_with(0);
}

bool cli_stop_asked(void)
{
    return asked != 0;
}

int cli_stop_signal(void)
{
    return asked;
}

// --- jobs

static void describe(const cli_jobs *jobs, char *text, size_t size)
{
    if (jobs->folder != NULL) {
        snprintf(text, size,
                 "%zu of %zu jobs are kept in %.300s and the same command goes on from there",
                 jobs->done, jobs->count, jobs->folder);
    } else {
        snprintf(text, size, "%zu of %zu jobs were done; nothing is kept without --out", jobs->done,
                 jobs->count);
    }
}

bool cli_jobs_stop(cli_jobs *jobs)
{
    if (!cli_stop_asked()) {
        return false;
    }
    if (cli_ranks() != NULL && cli_first() && !jobs->said) {
        char text[400];
        describe(jobs, text, sizeof text);
        fprintf(stderr,
                "dcat: the run is ended: a process of it died, or it was told to stop; %s\n", text);
        jobs->said = true;
    }
    return true;
}

dcat_status cli_jobs_ended(const cli_jobs *jobs, dcat_error *err)
{
    char text[400];
    describe(jobs, text, sizeof text);
    return dcat_fail(err, DCAT_ERR_IO, "stopped; %s", text);
}

// SPDX-License-Identifier: Apache-2.0
// What a demo tells whoever began it.
#include "tool/serve/serve.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static void tell_key(const char *folder, exchange_role role)
{
    char path[4200], key[128] = "";
    snprintf(path, sizeof path, "%s/keys/%s.key", folder, exchange_role_name(role));
    FILE *file = fopen(path, "r");
    if (file != NULL && fgets(key, sizeof key, file) != NULL) {
        key[strcspn(key, "\n")] = '\0';
    }
    if (file != NULL) {
        fclose(file);
    }
    printf("  %-9s %s\n            in %s\n", exchange_role_name(role), key, path);
}

void serve_tell_demo(const char *folder, const char *url, bool made)
{
    printf("The demo's exchange answers at %s\n", url);
    for (int role = 0; role < ROLE_COUNT; role++) {
        tell_key(folder, (exchange_role)role);
    }
    printf("Its 40 servers are in force in a few seconds; then users come, ten tasks a second.\n"
           "From another terminal:\n"
           "  export DCAT_URL=%s DCAT_KEY_FILE=%s/keys/user.key\n"
           "  dcat submit %s/task.json --wait       # a task of your own, until it has ended\n"
           "  dcat tasks --follow                   # what becomes of all of them\n"
           "  dcat exchange status\n"
           "Data in %s%s. Ctrl-C ends it.\n",
           url, folder, folder, folder, made ? ", which is removed at the end" : "");
    fflush(stdout);
}

void serve_tell_progress(live *l)
{
    if (isatty(STDOUT_FILENO) == 0) {
        return;
    }
    const exchange *x = live_lock(l);
    const live_figures f = *live_figures_of(l);
    exchange_time_view time = exchange_time(x);
    dcat_money profit = exchange_balance(x, ACCOUNT_PROFIT);
    live_unlock(l);
    printf("slot %" PRId64 ", cycle %u: %" PRId64 " tasks open, %" PRIu64 " settled, %" PRIu64
           " late, %" PRIu64 " unserved; profit %" PRId64 "\n",
           time.slot, time.cycle, time.open_tasks, f.tasks[TASK_SETTLED],
           f.tasks[TASK_SETTLED_LATE], f.tasks[TASK_UNSERVED], profit / DCAT_MONEY_UNIT);
    fflush(stdout);
}

// SPDX-License-Identifier: Apache-2.0
// Lines of node and job lists of fleets from memory: whatever the bytes, a line is counted as
// malformed or skipped, or becomes a server or a task with sound numbers. The first byte says which
// kind of list, from '0' on.

#include "file/text.h"
#include "import/fleet/fleet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check(const fleet *f)
{
    const dcat_import_fleet_stats *s = f->stats;
    uint64_t skipped = 0;
    for (int i = 0; i < DCAT_FLEET_SKIP_COUNT; i++) {
        skipped += s->skip[i].count;
    }
    require(f->status != DCAT_OK || s->job_count == s->task_count + skipped);
    require(f->task_count == s->task_count && f->classes.count <= DCAT_CLASS_MAX);
    for (size_t n = 0; n < f->task_count; n++) {
        require(f->tasks[n].work_cycles >= 1.0 && isfinite(f->tasks[n].work_cycles));
        require(f->tasks[n].run_s > 0.0 && f->tasks[n].class_id < f->classes.count);
    }
    for (size_t i = 0; f->status == DCAT_OK && i < f->servers.count; i++) {
        require(f->server[i].core_count >= 1 && f->server[i].device < (int)f->devices.count);
        require(f->server[i].device < 0 || f->server[i].count >= 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static import_line_fn *const readers[] = {openb_node_line, openb_pod_line, slurm_node_line,
                                              slurm_job_line};
    if (size == 0 || size > 20000) { // a list of nodes may stand for a million
        return 0;
    }
    dcat_import_fleet_config config = dcat_import_fleet_config_default();
    dcat_import_fleet_stats stats = {0};
    dcat_error err = {0};
    fleet f = {.config = &config, .stats = &stats, .err = &err, .file_name = "fuzz"};
    require(fleet_add_server(&f, "n", 1, 8, "a", 1, 2));
    fleet_table t = {.fleet = &f, .path = "fuzz"};
    import_splitter *splitter = malloc(sizeof *splitter);
    require(splitter != NULL);
    locale_t locale = text_locale_enter();
    import_splitter_init(splitter, readers[(uint8_t)(data[0] - '0') % 4], &t);
    import_splitter_feed(splitter, (const char *)data + 1, size - 1);
    import_splitter_finish(splitter);
    text_locale_leave(locale);
    check(&f);
    fleet_free(&f);
    free(splitter);
    return 0;
}

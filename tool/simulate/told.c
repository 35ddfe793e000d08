// SPDX-License-Identifier: Apache-2.0
// The log of an exchange told on a market of its own: a run for each of its chapters.

#include "tool/simulate/simulate.h"
#include "tool/worlds.h"

#ifdef DCAT_HAVE_SERVICE
#include "dcat/x/file.h"
#include "dcat/x/resources.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- tables

static const dcat_column slot_columns[] = {
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "cycle in force"),
    DCAT_COLUMN("slot", DCAT_COLUMN_COUNT, NULL, "number of the slot within its cycle"),
    DCAT_COLUMN("time_s", DCAT_COLUMN_NUMBER, "s", "when it begins, since the exchange began"),
    DCAT_COLUMN("seed", DCAT_COLUMN_TEXT, NULL, "of its auctions"),
    DCAT_COLUMN("tasks", DCAT_COLUMN_COUNT, NULL, "tasks that were auctioned"),
};
static const dcat_table_head slots_head = DCAT_TABLE_HEAD("slots", "a slot", slot_columns);

static const dcat_column queue_columns[] = {
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "cycle in force"),
    DCAT_COLUMN("slot", DCAT_COLUMN_COUNT, NULL, "number of the slot within its cycle"),
    DCAT_COLUMN("server", DCAT_COLUMN_TEXT, NULL, "whose queue is said"),
    DCAT_COLUMN("pool", DCAT_COLUMN_TEXT, NULL, "whose queue; empty without classes of work"),
    DCAT_COLUMN("busy_until_s", DCAT_COLUMN_NUMBER, "s",
                "when it will be idle, since the exchange began; empty: it is out of service"),
    DCAT_COLUMN("hold_s", DCAT_COLUMN_NUMBER, "s",
                "what a start takes: an award in this slot keeps it so much longer"),
};
static const dcat_table_head queues_head =
    DCAT_TABLE_HEAD("queues", "a queue of a server at the beginning of a slot", queue_columns);

dcat_status simulation_open_told(simulation *s, dcat_error *err)
{
    simulation_told *t = s->told;
    t->slots_file =
        s->output == NULL ? NULL : dcat_csv_file(s->output, &slots_head, &s->schema, err);
    t->queues_file =
        t->slots_file == NULL ? NULL : dcat_csv_file(s->output, &queues_head, &s->schema, err);
    return s->output != NULL && t->queues_file == NULL ? err->status : DCAT_OK;
}

// "" without classes of work.
static const char *pool_name(const dcat_world *world, size_t queue)
{
    const dcat_resources *resources = dcat_world_config_view(world)->resources;
    for (size_t q = 0; resources != NULL && q < dcat_world_class_count(world); q++) {
        if (dcat_world_queue_of(world, (int32_t)q) == queue) {
            return dcat_pool_name(dcat_resources_classes_view(resources)[q].pool);
        }
    }
    return "";
}

static void put_queues(const simulation *s, const exchange_story_slot *slot)
{
    const dcat_slot_record *record = slot->record;
    size_t S = dcat_world_server_count(s->world);
    for (size_t at = 0; at < slot->queue_count * S; at++) {
        double until_s = slot->busy_until_s[at];
        if (until_s > record->now_s || slot->hold_s[at] > 0.0) {
            const dcat_cell cells[] = {
                dcat_cell_count(record->cycle),
                dcat_cell_count(record->slot),
                dcat_cell_text(dcat_scenario_server_name(s->scenario, at % S)),
                dcat_cell_text(pool_name(s->world, at / S)),
                isfinite(until_s) ? dcat_cell_number(until_s) : dcat_cell_missing(),
                dcat_cell_number(slot->hold_s[at]),
            };
            dcat_csv_row(&queues_head, cells, s->told->queues_file);
        }
    }
}

void simulation_before_slot(void *user, const exchange_story_slot *slot)
{
    simulation *s = user;
    simulation_told *t = s->told;
    const dcat_slot_record *record = slot->record;
    double slot_s = dcat_world_config_view(s->world)->slot_s;
    double begin_s = record->now_s - record->slot * slot_s;
    uint32_t at = record->cycle - s->config.cycle_first;
    for (; t->started <= at; t->started++) { // a cycle without a slot begins with the next one
        t->cycle_start_s[t->started] = begin_s;
    }
    t->cycle_start_s[at + 1] = record->now_s + slot_s;
    t->slot_count++;
    if (t->slots_file != NULL) {
        char seed[24];
        snprintf(seed, sizeof seed, "%" PRIu64, slot->seed);
        const dcat_cell cells[] = {
            dcat_cell_count(record->cycle),      dcat_cell_count(record->slot),
            dcat_cell_number(record->now_s),     dcat_cell_text(seed),
            dcat_cell_count(record->task_count),
        };
        dcat_csv_row(&slots_head, cells, t->slots_file);
    }
    if (t->queues_file != NULL && record->task_count > 0) {
        put_queues(s, slot);
    }
}

// ---- a chapter as a simulation

dcat_status simulation_prepare_told(simulation *s, dcat_error *err)
{
    simulation_told *t = s->told;
    const exchange_chapter *chapter = t->chapter;
    dcat_status status = dcat_scenario_load(t->scenario_path, NULL, 0, &s->scenario, err);
    uint32_t first = 0, count = 0;
    if (status == DCAT_OK) {
        status = exchange_story_cycles(s->options->log, &first, &count, err);
    }
    if (status == DCAT_OK) {
        t->cycle_start_s = calloc(chapter->cycle_count + 1, sizeof *t->cycle_start_s);
        status =
            t->cycle_start_s != NULL
                ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %u cycles", chapter->cycle_count);
    }
    s->world = chapter->world;
    s->config = (dcat_run_config){
        DCAT_SIZED(dcat_run_config), .policy = t->policy, .seed = dcat_world_seed(s->world),
        .cycle_first = first + chapter->first, .cycle_count = chapter->cycle_count};
    return status;
}

// scenario.yaml with its tables, and the manifest, which names the log.
dcat_status simulation_write_told(simulation *s, double wall_s, dcat_error *err)
{
    char path[CLI_PATH_SIZE];
    snprintf(path, sizeof path, "%s/" EXCHANGE_STORE_FILE, s->options->log);
    dcat_input_file input = {.path = path};
    dcat_status status = dcat_file_sha256(path, input.sha256, err);
    FILE *file = status == DCAT_OK ? fopen(path, "rb") : NULL;
    if (file != NULL) {
        fseeko(file, 0, SEEK_END);
        input.byte_count = (uint64_t)ftello(file);
        fclose(file);
    }
    dcat_manifest manifest = cli_manifest(s->common, s->scenario, wall_s);
    manifest.seed = s->config.seed;
    manifest.inputs = &input;
    manifest.input_count = 1;
    if (status == DCAT_OK) {
        status = dcat_scenario_write_folder(s->scenario, s->output, err);
    }
    file = status == DCAT_OK ? dcat_output_file(s->output, "manifest.json", err) : NULL;
    return file != NULL        ? dcat_manifest_write(&manifest, file, err)
           : status != DCAT_OK ? status
                               : err->status;
}

// ---- all of them

// The clusterer that the log names, where there is one; the auction is the log's.
static dcat_status find_policy(const char *folder, const exchange_book *book, simulation_told *told,
                               dcat_error *err)
{
    dcat_status status = exchange_chapter_policy(folder, told->chapter, told->clusterer, err);
    told->clusterer[strcspn(told->clusterer, ":")] = '\0';
    const dcat_clusterer *found = dcat_clusterer_find(told->clusterer);
    told->policy = (dcat_policy){
        .clusterer = found != NULL ? found : dcat_clusterer_find("single"),
        .auction = book->auction,
        .name = found == NULL && told->clusterer[0] != '\0' ? told->clusterer : NULL,
    };
    return status;
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder != NULL) {
        closedir(folder);
    }
    rmdir(path);
}

static dcat_status tell_chapter(simulate_options *options, const exchange_book *book, size_t at,
                                simulation_run *run, dcat_error *err)
{
    simulate_options own = *options;
    simulation_told told = {.chapter = &book->chapters[at]};
    char out[CLI_PATH_SIZE], folder[CLI_PATH_SIZE];
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/dcat-log-XXXXXX", temporary != NULL ? temporary : "/tmp");
    if (book->count > 1 && options->common.out != NULL) {
        snprintf(out, sizeof out, "%s/%zu", options->common.out, at + 1);
        own.common.out = out;
    }
    if (mkdtemp(folder) == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "cannot make %s: %s", folder, strerror(errno));
    }
    snprintf(told.scenario_path, sizeof told.scenario_path, "%s/scenario.yaml", folder);
    dcat_status status = exchange_chapter_write(options->log, book, told.chapter, folder, err);
    if (status == DCAT_OK) {
        status = find_policy(options->log, book, &told, err);
    }
    if (status == DCAT_OK) {
        status = run(&own, &told, err);
    }
    free(told.cycle_start_s);
    remove_folder(folder);
    return status;
}

static dcat_status check_options(const simulate_options *options, dcat_error *err)
{
    static const char *const others[] = {"clusterer", "auction",  "policy",           "seed",
                                         "set",       "samples",  "servers-by-cycle", "cycles",
                                         "exchange",  "stability"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (cli_given(&options->common, others[i])) {
            return dcat_fail(err, DCAT_ERR_FIELD,
                             "--log without a scenario does not go with --%s: the log says what "
                             "was done in which market",
                             others[i]);
        }
    }
    return DCAT_OK;
}

dcat_status simulation_tell(simulate_options *options, simulation_run *run, dcat_error *err)
{
    exchange_book book = {0};
    dcat_status status = check_options(options, err);
    if (status == DCAT_OK) {
        status = exchange_book_read(options->log, &book, err);
    }
    if (status == DCAT_OK && book.count > 1 && !options->common.quiet) {
        fprintf(stderr, "The market changes: %zu runs, in folders 1 to %zu\n", book.count,
                book.count);
    }
    for (size_t i = 0; status == DCAT_OK && i < book.count; i++) {
        status = tell_chapter(options, &book, i, run, err);
    }
    exchange_book_free(&book);
    return status;
}
#endif

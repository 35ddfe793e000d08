// SPDX-License-Identifier: Apache-2.0
#include "tool/option.h"

#include "base/memory.h"
#include "base/threads.h"
#include "tool/cli.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#define ROW_MAX 64          // of a command: bits of cli_options.given
#define COMMON_GROUP 10     // of a help text, after the command's own
#define UNTITLED_GROUP (-1) // at its end
#define KEY_FIRST 0x100     // of options without a letter

// A command line while it is read.
typedef struct reading {
    const cli_command *command;
    char *options; // the command's struct
    cli_options *common;
    const cli_option *row[ROW_MAX];
    size_t row_count;
    char *help[ROW_MAX]; // owned
} reading;

static dcat_status set_standards(const reading *r, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < r->row_count; i++) {
        if (r->row[i]->standard != NULL) {
            char *text = (char *)r->row[i]->standard; // no setter changes it
            status = cli_set(r->row[i], r->options, text, err);
        }
    }
    return status;
}

bool cli_given(const cli_options *common, const char *name)
{
    const cli_option *const tables[] = {common->line->own, common->line->common};
    uint64_t given = common->given;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const cli_option *row = tables[t]; row != NULL && row->name != NULL; row++) {
            if (strcmp(row->name, name) == 0) {
                return (given & 1) != 0;
            }
            given >>= 1;
        }
    }
    return false;
}

// --- reading

// What a value or an argument did wrong: misuse, unless memory ran out.
static void refuse(const struct argp_state *state, dcat_status status, const dcat_error *err)
{
    if (status == DCAT_ERR_MEMORY) {
        fprintf(stderr, "dcat: %s\n", err->message);
        exit(1);
    }
    if (status != DCAT_OK) {
        argp_error(state, "%s", err->message);
    }
}

static dcat_status take_one(reading *r, const char *text, dcat_error *err)
{
    if (r->common->scenario != NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "one %s at a time: '%s' and '%s'", r->command->takes,
                         r->common->scenario, text);
    }
    r->common->scenario = text;
    return DCAT_OK;
}

static void take_argument(reading *r, const char *text, struct argp_state *state)
{
    dcat_error err = {0};
    refuse(state,
           r->command->takes != NULL ? take_one(r, text, &err)
                                     : r->command->argument(r->options, text, &err),
           &err);
    if (r->command->first_is_last) {
        r->common->argument_at = state->next - 1;
        state->next = state->argc;
    }
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    reading *r = state->input;
    dcat_error err = {0};
    if (key == ARGP_KEY_ARG && (r->command->takes != NULL || r->command->argument != NULL)) {
        take_argument(r, arg, state);
        return 0;
    }
    if (key == ARGP_KEY_END && r->command->needs != NULL && r->common->scenario == NULL) {
        argp_error(state, "%s", r->command->needs);
    }
    if (key == ARGP_KEY_END && r->command->check != NULL) {
        refuse(state, r->command->check(r->options, &err), &err);
        return 0;
    }
    for (size_t i = 0; i < r->row_count; i++) {
        if (key == (r->row[i]->letter != 0 ? r->row[i]->letter : KEY_FIRST + (int)i)) {
            r->common->given |= UINT64_C(1) << i;
            refuse(state, cli_set(r->row[i], r->options, arg, &err), &err);
            return 0;
        }
    }
    return ARGP_ERR_UNKNOWN;
}

// A row's help with its standard in the place of '@'.
static char *help_of(const cli_option *row)
{
    const char *gap = row->help != NULL ? strchr(row->help, '@') : NULL;
    char *text = NULL;
    if (gap == NULL) {
        return row->help != NULL ? strdup(row->help) : NULL;
    }
    return asprintf(&text, "%.*s%s%s", (int)(gap - row->help), row->help, row->standard, gap + 1) <
                   0
               ? NULL
               : text;
}

static size_t add_rows(reading *r, const cli_option *rows, int group, struct argp_option *table,
                       size_t used)
{
    for (; rows != NULL && rows->name != NULL && r->row_count < ROW_MAX; rows++) {
        size_t i = r->row_count++;
        r->row[i] = rows;
        r->help[i] = help_of(rows);
        table[used++] = (struct argp_option){
            .name = rows->name,
            .key = rows->letter != 0 ? rows->letter : KEY_FIRST + (int)i,
            .arg = rows->argument,
            .flags = rows->help == NULL ? OPTION_HIDDEN : 0,
            .doc = r->help[i],
            .group = group != 0 ? group : rows->group,
        };
    }
    return used;
}

// argp hands its filter the input of the parser, or nothing when it makes a help text by itself.
static const cli_command *shown;

static char *end_of_help(int key, const char *text, void *input)
{
    (void)input;
    char *list = NULL;
    size_t byte_count = 0;
    FILE *file = key == ARGP_KEY_HELP_EXTRA && shown->more != NULL
                     ? open_memstream(&list, &byte_count)
                     : NULL;
    if (file == NULL) {
        return (char *)text;
    }
    shown->more(file);
    if (!memory_stream_end(file, &list)) {
        fprintf(stderr, "dcat: out of memory\n");
        exit(1);
    }
    return list;
}

// The command as it can be typed again: argv[0] is "dcat COMMAND". A copy, as argp reorders argv.
static const char **command_copy(int argc, char **argv)
{
    const char **copy = calloc((size_t)argc + 1, sizeof *copy);
    if (copy == NULL) {
        fprintf(stderr, "dcat: out of memory\n");
        exit(1);
    }
    const char *space = strchr(argv[0], ' ');
    copy[0] = "dcat";
    copy[1] = space != NULL ? space + 1 : argv[0];
    for (int i = 1; i < argc; i++) {
        copy[i + 1] = argv[i];
    }
    return copy;
}

void cli_read(const cli_command *command, int argc, char **argv, void *options)
{
    struct argp_option table[ROW_MAX + 2] = {0};
    reading r = {.command = command, .options = options, .common = options};
    *r.common = (cli_options){
        .line = command,
        .argv = argv,
        .argc = argc,
        .command = command_copy(argc, argv),
        .command_count = (size_t)argc + 1,
    };
    size_t used = add_rows(&r, command->own, 0, table, 0);
    if (command->common_title != NULL) {
        table[used++] = (struct argp_option){.doc = command->common_title, .group = COMMON_GROUP};
    }
    used = add_rows(&r, command->common,
                    command->common_title != NULL ? COMMON_GROUP : UNTITLED_GROUP, table, used);
    const struct argp argp = {
        .options = used > 0 ? table : NULL, // the C library loses memory over an empty one
        .parser = take,
        .args_doc = command->arguments,
        .doc = command->about,
        .help_filter = end_of_help,
    };
    shown = command;
    if (command->start != NULL) {
        command->start(options);
    }
    dcat_error err = {0};
    dcat_status status = set_standards(&r, &err);
    error_t failed =
        status == DCAT_OK
            ? argp_parse(&argp, argc, argv, command->first_is_last ? ARGP_IN_ORDER : 0, NULL, &r)
            : 0;
    for (size_t i = 0; i < r.row_count; i++) {
        free(r.help[i]);
    }
    if (status != DCAT_OK || failed != 0) {
        fprintf(stderr, "dcat: %s\n", status != DCAT_OK ? err.message : strerror(failed));
        exit(1);
    }
}

static void free_lists(const cli_option *rows, char *options)
{
    for (const cli_option *row = rows; row != NULL && row->name != NULL; row++) {
        if (row->kind == CLI_LIST) {
            cli_list *list = (cli_list *)(void *)(options + row->offset);
            free(list->text);
            *list = (cli_list){0};
        }
    }
}

int cli_run(const cli_command *command, int argc, char **argv)
{
    void *options = calloc(1, command->options_size);
    if (options == NULL) {
        fprintf(stderr, "dcat: out of memory\n");
        return 1;
    }
    cli_read(command, argc, argv, options);
    const cli_options *common = options;
    if (common->thread_count > 0) {
        threads_set_default(common->thread_count); // also for what one large world spreads out
    }
    int code = command->run(options);
    free_lists(command->own, options);
    cli_options_free(options);
    free(options);
    return code;
}

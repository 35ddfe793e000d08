// SPDX-License-Identifier: Apache-2.0
#include "suite/suite.h"

#include "base/memory.h"
#include "reproduce/plan_read.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST(part, key, read, array, count)                                                        \
    plan_list(part, key, read, array, sizeof(array)[0], sizeof(array) / sizeof(array)[0], &(count))

// --- The suite

static bool is_word(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    return strlen(text) < 40 && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789-_") == strlen(text);
}

static bool is_policy(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    const char *colon = strrchr(text, ':');
    return colon != NULL && colon > text && colon[1] != '\0' && strchr(text, ',') == NULL;
}

static bool is_setting(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    const char *equals = strchr(text, '=');
    return equals != NULL && equals > text;
}

static const plan_rule word_rule = {is_word, "a word of at most 39 letters, digits, '-' and '_'"};
static const plan_rule policy_rule = {is_policy, "CLUSTERER:AUCTION without a comma"};
static const plan_rule setting_rule = {is_setting, "KEY=VALUE"};

static void read_budget(plan_part *part, void *into)
{
    suite_budget *budget = into;
    budget->world_count = plan_count(part, "worlds", 1, 1e5);
    budget->cycle_count = (uint32_t)plan_count(part, "cycles", 0, 1e9);
}

static void read_point(plan_part *part, void *into)
{
    suite_point *point = into;
    point->name = plan_text(part, "name", &word_rule);
    point->scenario = plan_text(part, "scenario?", NULL);
    point->set_count = plan_texts(part, "set?", &setting_rule, point->set, SUITE_SET_MAX);
    point->server_count = plan_count(part, "servers?", 1, 1e5);
    point->seed = plan_count(part, "seed?", 0, 9e15);
    if ((point->scenario == NULL) == (point->server_count == 0)) {
        plan_fail(part, DCAT_ERR_FIELD, part->node, NULL,
                  "must have either scenario or servers (a generated country)");
    }
}

static void read_suite(plan_part *part, void *into)
{
    suite *made = into;
    made->version = plan_count(part, "suite", 1, 1e6);
    plan_mapping(part, "full", read_budget, &made->full);
    plan_mapping(part, "quick", read_budget, &made->quick);
    made->policy_count =
        plan_texts(part, "policies", &policy_rule, made->policies, SUITE_POLICY_MAX);
    LIST(part, "points", read_point, made->points, made->point_count);
}

// The shipped suite, embedded while building; a zero byte follows it.
__asm__(".section .rodata\n"
        "suite_shipped:\n"
        ".incbin \"" SUITE_SHIPPED "\"\n"
        ".byte 0\n"
        ".text\n");
extern const char suite_shipped[] __attribute__((visibility("hidden")));

dcat_status suite_load(const char *file, suite **made, dcat_error *err)
{
    suite *own = calloc(1, sizeof *own);
    char *text = NULL;
    size_t size = 0;
    dcat_status status = own == NULL    ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a suite")
                         : file == NULL ? DCAT_OK
                                        : plan_text_load(file, &text, &size, err);
    if (status == DCAT_OK) {
        status = file == NULL ? plan_document_parse("shipped:suite/suite.yaml", suite_shipped,
                                                    strlen(suite_shipped), &own->document, err)
                              : plan_document_parse(file, text, size, &own->document, err);
    }
    if (status == DCAT_OK) {
        plan_reader reader = {0};
        status = plan_document_read(own->document, &reader, read_suite, own, err);
    }
    free(text);
    if (status != DCAT_OK) {
        suite_destroy(own);
        return status;
    }
    *made = own;
    return DCAT_OK;
}

void suite_destroy(suite *made)
{
    if (made != NULL) {
        plan_document_free(made->document);
        free(made);
    }
}

// --- An entry

static void read_entry(plan_part *part, void *into)
{
    suite_entry *entry = into;
    entry->schema = plan_count(part, "schema", 1, 1);
    entry->version = plan_count(part, "suite", 1, 1e6);
    entry->name = plan_text(part, "name", &word_rule);
    entry->authors = plan_text(part, "authors", NULL);
    entry->policy = plan_text(part, "policy", &policy_rule);
    entry->about = plan_text(part, "about?", NULL);
    entry->url = plan_text(part, "url?", NULL);
    entry->licence = plan_text(part, "licence?", NULL);
}

// {here} is the folder that the manifest lies in.
static char *resolve(const char *file, const char *policy)
{
    const char *slash = strrchr(file, '/');
    int length = slash == NULL ? 1 : (int)(slash - file) + (slash == file);
    const char *folder = slash == NULL ? "." : file;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    for (const char *at = policy; *at != '\0';) {
        const char *here = strstr(at, "{here}");
        if (here == NULL) {
            fputs(at, out);
            break;
        }
        fprintf(out, "%.*s%.*s", (int)(here - at), at, length, folder);
        at = here + strlen("{here}");
    }
    if (!memory_stream_end(out, &text)) {
        free(text);
        return NULL;
    }
    return text;
}

dcat_status suite_entry_load(const char *file, suite_entry *entry, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    *entry = (suite_entry){0};
    dcat_status status = plan_text_load(file, &text, &size, err);
    if (status == DCAT_OK) {
        status = plan_document_parse(file, text, size, &entry->document, err);
    }
    if (status == DCAT_OK) {
        plan_reader reader = {0};
        status = plan_document_read(entry->document, &reader, read_entry, entry, err);
    }
    if (status == DCAT_OK) {
        entry->resolved = resolve(file, entry->policy);
        status =
            entry->resolved == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory") : DCAT_OK;
    }
    free(text);
    return status;
}

void suite_entry_free(suite_entry *entry)
{
    plan_document_free(entry->document);
    free(entry->resolved);
    *entry = (suite_entry){0};
}

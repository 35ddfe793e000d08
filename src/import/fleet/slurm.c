// SPDX-License-Identifier: Apache-2.0
// Nodes of a Slurm cluster: `scontrol show node -o`, or `sinfo` with the columns NODELIST, CPUS and
// GRES.

#include "import/fleet/fleet.h"
#include "import/fleet/gres.h"

#include "file/text.h"

#include <stdlib.h>
#include <string.h>

#define CELL_MAX 64
#define HOST_MAX 1000000

// --- Lists of nodes: "cn[01-03,07],login1,rack[1-2]n[1-8]"

typedef struct host_reader {
    fleet *fleet;
    int core_count;
    gres_choice gpu;
    uint64_t count;
    bool ok;
} host_reader;

static void add_host(host_reader *r, const char *name, size_t length)
{
    r->count++;
    bool first =
        r->fleet->servers.count == 0 || names_find(&r->fleet->servers, name, length) == NAMES_NONE;
    r->ok = r->ok && r->count <= HOST_MAX &&
            fleet_add_server(r->fleet, name, length, r->core_count, r->gpu.type,
                             strlen(r->gpu.type), r->gpu.count);
    r->fleet->stats->unit_left_count += r->ok && first ? (uint64_t)r->gpu.left : 0;
}

static void add_item(host_reader *r, char *item);

// The names of one range "01-03" or "07" between a prefix and a suffix, which may have brackets.
static void add_range(host_reader *r, const char *prefix, const char *range, const char *suffix)
{
    char *end;
    size_t width = strspn(range, "0123456789");
    unsigned long first = strtoul(range, &end, 10), last = first;
    if (*end == '-') {
        last = strtoul(end + 1, &end, 10);
    }
    if (width == 0 || width > 9 || *end != '\0' || last < first || last - first >= HOST_MAX) {
        r->ok = false;
        return;
    }
    for (unsigned long i = first; r->ok && i <= last; i++) {
        char name[512];
        int length = snprintf(name, sizeof name, "%s%0*lu%s", prefix, (int)width, i, suffix);
        r->ok = length > 0 && (size_t)length < sizeof name;
        if (r->ok && strpbrk(suffix, "[]") != NULL) {
            add_item(r, name);
        } else if (r->ok) {
            add_host(r, name, (size_t)length);
        }
    }
}

// One item of a list. Cuts the item up.
static void add_item(host_reader *r, char *item)
{
    char *open = strchr(item, '['), *close = strchr(item, ']');
    if (open == NULL && close == NULL) {
        add_host(r, item, strlen(item));
        return;
    }
    if (open == NULL || close == NULL || close < open) {
        r->ok = false;
        return;
    }
    *open = *close = '\0';
    char *rest = open + 1;
    while (r->ok && rest != NULL) {
        char *range = strsep(&rest, ",");
        add_range(r, item, range, close + 1);
    }
}

// All items: commas between brackets do not separate.
static bool add_hosts(host_reader *r, char *list)
{
    r->ok = list[0] != '\0';
    char *item = list;
    bool inside = false;
    for (char *at = list; r->ok; at++) {
        inside = (inside || *at == '[') && *at != ']';
        if (*at == '\0' || (*at == ',' && !inside)) {
            bool last = *at == '\0';
            *at = '\0';
            add_item(r, item);
            item = at + 1;
            if (last) {
                break;
            }
        }
    }
    return r->ok;
}

// --- Lines

// What a line says of its nodes, and what it calls that.
typedef struct node_words {
    char *hosts, *cores, *gres; // hosts is cut up
    const char *hosts_field, *cores_field;
} node_words;

static bool take_node(fleet_table *t, const node_words *w)
{
    int64_t core_count;
    size_t digits = strspn(w->cores, "0123456789"); // sinfo writes 64+ for nodes that differ
    if (text_whole(w->cores, digits, &core_count) != NULL || core_count < 1 ||
        core_count > 1000000) {
        bool folded = w->cores[0] == '\0' && strcmp(w->cores_field, "CPUTot") == 0;
        snprintf(t->wrong, sizeof t->wrong, "%s must be a whole number from 1 to 1000000, got %s%s",
                 w->cores_field,
                 w->cores[0] == '\0' ? "nothing" : TEXT_SHOW(w->cores, strlen(w->cores)),
                 folded ? "; `scontrol show node -o` prints a node a line" : "");
        return false;
    }
    if (!gres_is_valid(w->gres, "gpu", ':')) {
        snprintf(t->wrong, sizeof t->wrong,
                 "GPUs must be such as gpu:a100:4, from 0 to 1000000 of them, got %s",
                 TEXT_SHOW(w->gres, strlen(w->gres)));
        return false;
    }
    host_reader r = {.fleet = t->fleet, .core_count = (int)core_count};
    gres_choose(w->gres, "gpu", ':', &r.gpu);
    snprintf(t->wrong, sizeof t->wrong,
             "%s must be names such as cn01 or cn[01-03,07], of GPUs that are not called server, "
             "got %s",
             w->hosts_field,
             w->hosts[0] == '\0' ? "nothing" : TEXT_SHOW(w->hosts, strlen(w->hosts)));
    return add_hosts(&r, w->hosts);
}

// The value of KEY= in a line of scontrol, cut off at the next blank; "" when it is not there.
static char *value_of(char *line, const char *key)
{
    size_t length = strlen(key);
    for (char *at = line; (at = strstr(at, key)) != NULL; at += length) {
        if ((at == line || at[-1] == ' ') && at[length] == '=') {
            return at + length + 1;
        }
    }
    return line + strlen(line);
}

static bool take_scontrol(fleet_table *t, char *line)
{
    char *name = value_of(line, "NodeName"), *cores = value_of(line, "CPUTot");
    char *gres = value_of(line, "Gres");
    name[strcspn(name, " ")] = cores[strcspn(cores, " ")] = gres[strcspn(gres, " ")] = '\0';
    return take_node(t, &(node_words){name, cores, gres, "NodeName", "CPUTot"});
}

// Columns stand between bars, or are set under each other with blanks between.
static size_t cut_sinfo(const fleet_table *t, char *line, char *copy, char **cells)
{
    if (t->separator != '|') {
        char *into = line;
        for (const char *at = line; *at != '\0'; at++) {
            bool again = *at == ' ' && (into == line || into[-1] == '|');
            if (!again) {
                *into++ = *at == ' ' ? '|' : *at;
            }
        }
        into -= into > line && into[-1] == '|';
        *into = '\0';
    }
    return fleet_cut(line, strlen(line), '|', copy, cells, CELL_MAX);
}

static void take_header(fleet_table *t, char *line, char *copy, char **cells)
{
    static const char *const columns[] = {"NODELIST", "CPUS", "GRES"};
    t->header_seen = true;
    t->separator = strchr(line, '|') != NULL ? '|' : ' ';
    t->column_count = cut_sinfo(t, line, copy, cells);
    for (int c = 0; c < 3 && t->fleet->status == DCAT_OK; c++) {
        t->column[c] = fleet_column(cells, t->column_count, columns[c]);
        if (t->column[c] < 0) {
            t->fleet->status = dcat_fail(t->fleet->err, DCAT_ERR_FIELD,
                                         "%s:1: has no column %s; `sinfo -o '%%N|%%c|%%G'` and "
                                         "`scontrol show node -o` print "
                                         "what is needed",
                                         t->path, columns[c]);
        }
    }
}

static bool take_sinfo(fleet_table *t, char *line, char *copy, char **cells)
{
    size_t count = cut_sinfo(t, line, copy, cells);
    snprintf(t->wrong, sizeof t->wrong, "must have %zu columns as the first line, got %zu",
             t->column_count, count);
    return count == t->column_count &&
           take_node(t, &(node_words){cells[t->column[0]], cells[t->column[1]], cells[t->column[2]],
                                      "NODELIST", "CPUS"});
}

void slurm_node_line(void *table, const import_line *line)
{
    fleet_table *t = table;
    char text[IMPORT_LINE_BYTES_MAX + 1], copy[IMPORT_LINE_BYTES_MAX + 1], *cells[CELL_MAX];
    if (t->fleet->status != DCAT_OK || (line->length == 0 && !line->overlong)) {
        return;
    }
    memcpy(text, line->text, line->length);
    text[line->length] = '\0';
    bool whole = !line->overlong && memchr(text, '\0', line->length) == NULL;
    bool scontrol = strncmp(text, "NodeName=", 9) == 0;
    if (!scontrol && !t->header_seen) {
        take_header(t, text, copy, cells);
        return;
    }
    t->fleet->stats->node_count++;
    bool ok = whole;
    snprintf(t->wrong, sizeof t->wrong, "a line must be text of at most %d bytes",
             IMPORT_LINE_BYTES_MAX);
    if (ok && scontrol) {
        ok = take_scontrol(t, text);
    } else if (ok) {
        ok = take_sinfo(t, text, copy, cells);
    }
    if (!ok) {
        import_count(&t->fleet->stats->node_skip, t->fleet->file_name, line->number);
    }
}

// --- The whole

dcat_status dcat_import_slurm(const char *nodes, const char *jobs,
                              const dcat_import_fleet_config *config, dcat_output *output,
                              dcat_import_fleet_stats *stats, dcat_error *err)
{
    dcat_import_fleet_stats read = {0};
    fleet f = {.config = config, .stats = &read, .err = err};
    dcat_status status = fleet_check(config, err);
    if (status == DCAT_OK) {
        fleet_table t = {.fleet = &f, .path = nodes};
        status = fleet_read(&f, nodes, slurm_node_line, &t);
    }
    if (status == DCAT_OK && jobs != NULL) {
        fleet_table t = {.fleet = &f, .path = jobs};
        status = fleet_read(&f, jobs, slurm_job_line, &t);
    }
    if (status == DCAT_OK) {
        status = fleet_finish(&f, f.servers.count == 0 ? nodes : jobs, jobs != NULL, err);
    }
    if (status == DCAT_OK) {
        status = fleet_write(&f, "slurm", jobs != NULL ? "slurm NODES --jobs JOBS" : "slurm NODES",
                             jobs != NULL, output, err);
    }
    if (status == DCAT_OK) {
        *stats = read;
    }
    fleet_free(&f);
    return status;
}

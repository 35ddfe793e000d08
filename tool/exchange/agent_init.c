// SPDX-License-Identifier: Apache-2.0
#include "tool/exchange/agent_init.h"

#include "base/memory.h"
#include "dcat/x/import.h"
#include "exchange/backend/config.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERVER_MAX = 1000 }; // as agent.yaml has it

typedef struct writer {
    const agent_init *init;
    FILE *file;
    int64_t server_count, core_count, card_count;
} writer;

// A text as YAML takes it, whatever is in it; what is no UTF-8 is refused with the whole.
static void put_text(FILE *file, const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL) {
        json_dumpf(value, file, JSON_ENCODE_ANY);
    } else {
        fputs("\"\\x\"", file);
    }
    json_decref(value);
}

static void put_pair(FILE *file, const char *key, const char *text, const char *comment)
{
    fprintf(file, "%s: ", key);
    put_text(file, text);
    fprintf(file, " # %s\n", comment);
}

// Choice: an agent of root whose payloads run as nobody until its owner names an account.
static void put_run_as(const writer *w)
{
    const char *run_as = w->init->run_as;
    if (run_as == NULL && geteuid() != 0) {
        fputs("# run_as: dcat-work # who runs it where root runs the agent\n", w->file);
    } else {
        put_pair(w->file, "run_as", run_as != NULL ? run_as : "nobody",
                 "who runs it: an account of its own is best, one that Slurm knows");
    }
}

static void put_head(const writer *w)
{
    const agent_init *init = w->init;
    fputs("# An agent for the nodes of a Slurm cluster, begun by dcat agent init. docs/agent.md\n"
          "# describes each key; dcat agent --config FILE --check checks it. Names of files are\n"
          "# relative to this one. Yours to say: where the servers are, how fast, what they ask.\n"
          "\n"
          "exchange:\n",
          w->file);
    put_pair(w->file, "  url", init->url, "where the exchange is");
    put_pair(w->file, "  key_file", init->key_file, "the bearer key that its operator gave you");
    fputs("# ca_file: exchange.pem # who may vouch for it; without it the system's authorities\n"
          "\n",
          w->file);
    put_pair(w->file, "sign_key_file", init->sign_key_file, "dcat key new --sign FILE makes it");
    fputs("journal: agent.db # what must outlive the agent\n"
          "\n"
          "# Servers run what users send, as jobs of Slurm.\n"
          "allow: slurm\n",
          w->file);
    put_run_as(w);
    fputs("work_folder: work # a folder a part; all nodes must see it under this name\n"
          "slurm_poll_s: 2 # seconds between two lists of jobs\n"
          "\n"
          "servers:\n",
          w->file);
}

static void put_place(const writer *w, const dcat_slurm_node *node)
{
    if (node->has_globe) {
        fprintf(w->file, "    lat: %.15g\n    lon: %.15g\n", node->lat_deg, node->lon_deg);
    } else {
        fprintf(w->file, "    x_km: %.15g%s\n    y_km: %.15g\n", node->x_km,
                node->has_plane ? "" : " # where it is; in an exchange on the globe lat and lon",
                node->y_km);
    }
}

static void put_devices(const writer *w, const dcat_slurm_node *node)
{
    if (node->device == NULL) {
        return;
    }
    if (!w->init->units) {
        fprintf(w->file, "    cards: %d # ", node->device_count);
        put_text(w->file, node->device);
        fputs("; in an exchange with classes of work instead units:\n    # ", w->file);
    } else {
        fputs("    ", w->file);
    }
    fputs("units: [{device: ", w->file);
    put_text(w->file, node->device);
    fprintf(w->file, ", count: %d}]\n", node->device_count);
}

static dcat_status put_server(void *user, const dcat_slurm_node *node, dcat_error *err)
{
    writer *w = user;
    if (w->server_count == SERVER_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "%s:%" PRIu64 ": an agent has at most %d servers, got one more with %s",
                         node->file, node->line, SERVER_MAX, node->name);
    }
    double core_ghz = w->init->core_ghz;
    fprintf(w->file, "  - name: \"%s\"\n", node->name);
    put_place(w, node);
    if (node->speed_hz > 0.0) {
        fprintf(w->file, "    speed_ghz: %.15g\n", node->speed_hz / 1e9);
    } else {
        fprintf(w->file, "    speed_ghz: %.15g # %d cores of %.15g GHz: say what is measured\n",
                node->core_count * core_ghz, node->core_count, core_ghz);
    }
    fprintf(w->file, "    cores: %d\n", node->core_count);
    put_devices(w, node);
    fputs("    backend: slurm\n", w->file);
    if (w->init->partition != NULL) {
        fputs("    slurm: {partition: ", w->file);
        put_text(w->file, w->init->partition);
        fputs("}\n", w->file);
    }
    fputs("    ask: formula # or such as {amount: 0.06, per: core-hour}\n", w->file);
    w->server_count++;
    w->core_count += node->core_count;
    w->card_count += node->device_count;
    return DCAT_OK;
}

// The whole file in memory, held against what the agent reads before anybody sees it.
static dcat_status make(writer *w, const char *path, char **text, size_t *size, dcat_error *err)
{
    w->file = open_memstream(text, size);
    if (w->file == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %s", path);
    }
    put_head(w);
    dcat_status status = dcat_import_slurm_nodes(w->init->from_slurm, put_server, w, err);
    if (!memory_stream_end(w->file, text) && status == DCAT_OK) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %s", path);
    }
    agent_config *config = NULL;
    if (status == DCAT_OK) {
        status = agent_config_read(path, *text, *size, &config, err);
        agent_config_free(config);
    }
    return status;
}

int agent_init_run(const cli_options *common, const agent_init *init)
{
    writer w = {.init = init};
    char *text = NULL;
    size_t size = 0;
    dcat_error err = {0};
    FILE *file = NULL;
    dcat_output_single *output = NULL;
    dcat_status status = dcat_output_single_open(common->out, common->force, &output, &file, &err);
    if (status == DCAT_OK) {
        status = make(&w, common->out, &text, &size, &err);
        if (status == DCAT_OK) {
            fwrite(text, 1, size, file);
        }
        status = dcat_output_single_finish(output, status, &err);
    }
    free(text);
    if (status == DCAT_OK && !common->quiet) {
        fprintf(stderr, "wrote    %s: %" PRId64 " servers, %" PRId64 " cores, %" PRId64 " cards\n",
                common->out, w.server_count, w.core_count, w.card_count);
    }
    return cli_exit(status, &err);
}

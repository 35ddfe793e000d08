// SPDX-License-Identifier: Apache-2.0
// market.share: a row of the library's table, or a plug-in's.

#include "scenario/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_plugin(const char *text)
{
    return strncmp(text, DCAT_PLUGIN_PREFIX, strlen(DCAT_PLUGIN_PREFIX)) == 0;
}

// The bytes are the loader's to understand; here they are only hashed.
static dcat_status read_through(dcat_scenario *s, input *in, dcat_error *err)
{
    char bytes[16384];
    size_t count = 1;
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && count > 0) {
        status = input_read(in, bytes, sizeof bytes, &count, err);
    }
    return status == DCAT_OK ? scenario_keep_path(&s->share_path, in, err) : status;
}

// Choice: a scenario file names its plug-in as it names its tables, beside itself; what is said on
// the command line is meant from where one stands, and no shipped scenario has a folder.
static file_source source_of(const dcat_scenario *s)
{
    const tree_node *node = tree_find(&s->document.tree, "market.share");
    bool beside = node->origin == &s->document.file && !s->source.shipped;
    return beside ? s->source : (file_source){.shipped = false, .folder = ""};
}

static dcat_status load_plugin(dcat_scenario *s, const char *text, dcat_error *err)
{
    size_t length = strcspn(text, "#?");
    char *name = strndup(text, length), *whole = NULL;
    if (name == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a path");
    }
    const file_source own = s->source;
    s->source = source_of(s);
    dcat_status status = scenario_read_file(s, "market.share", name, read_through, err);
    s->source = own;
    free(name);
    if (status != DCAT_OK) {
        return status;
    }
    if (asprintf(&whole, "%s%s", s->share_path, text + length) < 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a path");
    }
    s->share_plugin = (dcat_scenario_plugin){.path = s->share_path, .arguments = text + length};
    memcpy(s->share_plugin.sha256, s->inputs[s->input_count - 1].sha256,
           sizeof s->share_plugin.sha256);
    dcat_error inner = {0};
    status = dcat_plugged_share_load(whole, &s->plugged_share, &inner);
    free(whole);
    return status == DCAT_OK ? DCAT_OK
                             : scenario_document_fail(&s->document, err, status, "market.share",
                                                      "%s", inner.message);
}

dcat_status scenario_load_share(dcat_scenario *s, dcat_error *err)
{
    const char *text = s->values->market.share;
    if (!is_plugin(text)) {
        s->share = dcat_share_find(text);
        return DCAT_OK;
    }
    dcat_status status = load_plugin(s, text + strlen(DCAT_PLUGIN_PREFIX), err);
    if (status == DCAT_OK) {
        s->share = dcat_plugged_share_row(s->plugged_share);
    }
    return status;
}

const dcat_scenario_plugin *dcat_scenario_share_plugin(const dcat_scenario *scenario)
{
    return scenario->plugged_share != NULL ? &scenario->share_plugin : NULL;
}

dcat_status dcat_scenario_set_share(dcat_scenario *scenario, const dcat_share *share,
                                    dcat_error *err)
{
    dcat_world_config config = scenario->config;
    config.auction.share = share;
    dcat_status status = dcat_world_config_check(&config, err);
    if (status == DCAT_OK) {
        scenario->config = config;
    }
    return status;
}

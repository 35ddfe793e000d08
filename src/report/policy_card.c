// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/ranges.h"
#include "dcat/x/report.h"

#include "file/json_write.h"

#include <inttypes.h>
#include <string.h>

// What a text of the file says, or that it says nothing.
static const char *said(const char *text)
{
    return text[0] != '\0' ? text : "not said";
}

// The same words as in the file, with spaces between them.
static void print_ranges(const char *said_by_file, FILE *file)
{
    char text[DCAT_ACTOR_TEXT];
    const dcat_ranges ranges = dcat_ranges_read(said_by_file);
    dcat_ranges_write(&ranges, text);
    fputs("Learned on ", file);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ';') {
            fputs(", ", file);
        } else if (*at == ':') {
            fputs(" to ", file);
        } else {
            fputc(*at == '=' ? ' ' : *at, file);
        }
    }
    fputc('\n', file);
}

void dcat_write_policy_text(const dcat_policy_card *card, FILE *file)
{
    const dcat_actor_origin *origin = dcat_actor_origin_view(card->actor);
    dcat_actor_shape shape = dcat_actor_shape_of(card->actor);
    const dcat_actor_features features = dcat_actor_features_view(shape.feature_version);
    fprintf(file, "Auction    %s\n", origin->auction->name);
    fprintf(file, "Queue      rule %s\n", dcat_queue_rule_name(origin->queue));
    fprintf(file, "Scenario   %s\n", said(origin->scenario));
    fprintf(file, "Trained    %" PRIu64 " epoch%s, estimator %s, seed %" PRIu64 "\n",
            origin->epoch_count, origin->epoch_count == 1 ? "" : "s", said(origin->estimator),
            origin->seed);
    fprintf(file, "Command    %s\n", said(origin->command));
    fprintf(file, "Commit     %s\n", said(origin->commit));
    if (origin->ranges[0] != '\0') {
        print_ranges(origin->ranges, file);
    }
    fprintf(file, "Features   version %d: %d of a pair in %d contexts, %d of a partition\n",
            features.version, features.pair_count, features.context_count,
            features.partition_count);
    fprintf(file,
            "Networks   pair %d-%d-%d-%d, stop %d-%d-%d-1, critic with %d hidden units twice\n",
            features.pair_count, shape.pair_hidden, shape.pair_hidden, features.context_count,
            features.partition_count, shape.stop_hidden, shape.stop_hidden, shape.critic_hidden);
    fprintf(file, "Weights    %zu\n", dcat_actor_weight_count(card->actor));
    if (card->byte_count > 0) {
        fprintf(file, "Size       %" PRIu64 " bytes\n", card->byte_count);
    }
}

static json_t *json_names(const char *const *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        list = json_plus(list, json_text(names[i]));
    }
    return list;
}

// "paper sha256:HEX" as its two parts.
static void split_scenario(const char *text, char *name, size_t size, const char **hash)
{
    const char *mark = strstr(text, " sha256:");
    snprintf(name, size, "%.*s", (int)(mark != NULL ? mark - text : (ptrdiff_t)strlen(text)), text);
    *hash = mark != NULL ? mark + strlen(" sha256:") : "";
}

// {"servers": [20, 60], ..., "network": ["hops"]}; null when the file does not say.
static json_t *json_ranges(const char *text)
{
    static const char *const names[] = {
#define X(name, text, called, unit) text,
        DCAT_QUANTITIES(X)
#undef X
    };
    const dcat_ranges ranges = dcat_ranges_read(text);
    json_t *object = json_object(), *networks = json_array();
    for (int q = 0; q < DCAT_QUANTITY_COUNT; q++) {
        if (ranges.of[q].min <= ranges.of[q].max) {
            object = json_with(object, names[q],
                               json_plus(json_plus(json_array(), json_number(ranges.of[q].min)),
                                         json_number(ranges.of[q].max)));
        }
    }
    if (ranges.network[DCAT_NETWORK_HOPS]) {
        networks = json_plus(networks, json_text("hops"));
    }
    if (ranges.network[DCAT_NETWORK_GRAPH]) {
        networks = json_plus(networks, json_text("graph"));
    }
    object = json_with(object, "network", networks);
    if (text[0] == '\0') {
        json_decref(object);
        return json_null();
    }
    return object;
}

dcat_status dcat_write_policy_json(const dcat_policy_card *card, FILE *file, dcat_error *err)
{
    const dcat_actor_origin *origin = dcat_actor_origin_view(card->actor);
    dcat_actor_shape shape = dcat_actor_shape_of(card->actor);
    const dcat_actor_features features = dcat_actor_features_view(shape.feature_version);
    char scenario[DCAT_ACTOR_TEXT];
    const char *hash;
    split_scenario(origin->scenario, scenario, sizeof scenario, &hash);
    json_t *document =
        json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, "
                  "s:{s:i, s:i, s:i}, "
                  "s:o, "
                  "s:o}",
                  "file", json_text(card->file), "auction", origin->auction->name, "queue",
                  dcat_queue_rule_name(origin->queue), "scenario", json_text(scenario),
                  "scenario_sha256", json_text(hash), "estimator", json_text(origin->estimator),
                  "seed", json_count(origin->seed), "epochs", json_count(origin->epoch_count),
                  "command", json_text(origin->command), "commit", json_text(origin->commit),
                  "ranges", json_ranges(origin->ranges), "feature_version", features.version,
                  "pair_features", json_names(features.pair, (size_t)features.pair_count),
                  "pool_features", json_names(features.partition, (size_t)features.partition_count),
                  "contexts", json_names(features.context, (size_t)features.context_count),
                  "hidden", "pair", shape.pair_hidden, "stop", shape.stop_hidden, "critic",
                  shape.critic_hidden, "weights", json_count(dcat_actor_weight_count(card->actor)),
                  "bytes", card->byte_count > 0 ? json_count(card->byte_count) : json_null());
    return json_write(document, file, err);
}

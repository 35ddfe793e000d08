// dcat policy: what a policy file says of itself.

#include "cli.h"
#include "dcat/x/policy_file.h"

#include "file/json_write.h"
#include "learn/features.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static const cli_option option_table[] = {
    {"json", 0, CLI_FLAG, NULL, CLI_AT(cli_options, json), .help = "Print it as JSON"},
    {0},
};

static dcat_status take_file(void *options, const char *text, dcat_error *err)
{
    cli_options *common = options;
    if (common->scenario != NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "one policy at a time: '%s' and '%s'",
                         common->scenario, text);
    }
    common->scenario = text;
    return DCAT_OK;
}

static dcat_status need_file(void *options, dcat_error *err)
{
    const cli_options *common = options;
    return common->scenario != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "which policy? Give a file, or shipped:AUCTION");
}

#define SHIPPED "shipped:"

typedef struct policy_facts {
    const char *file;
    dcat_actor *actor;
    uint64_t byte_count;
} policy_facts;

static dcat_status load_shipped(const char *name, policy_facts *facts, dcat_error *err)
{
    const dcat_auction *auction = dcat_auction_find(name);
    if (auction == NULL) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                         "no auction is called '%s', so no policy is shipped for it", name);
    }
    return dcat_actor_shipped(auction, &facts->actor, err);
}

static dcat_status load(policy_facts *facts, dcat_error *err)
{
    if (strncmp(facts->file, SHIPPED, strlen(SHIPPED)) == 0) {
        return load_shipped(facts->file + strlen(SHIPPED), facts, err);
    }
    dcat_status status = dcat_actor_load(facts->file, &facts->actor, err);
    struct stat info;
    if (status == DCAT_OK && stat(facts->file, &info) == 0) {
        facts->byte_count = (uint64_t)info.st_size;
    }
    return status;
}

// What a text of the file says, or that it says nothing.
static const char *said(const char *text)
{
    return text[0] != '\0' ? text : "not said";
}

static void print_text(const policy_facts *facts)
{
    const dcat_actor_origin *origin = dcat_actor_origin_view(facts->actor);
    dcat_actor_shape shape = dcat_actor_shape_of(facts->actor);
    printf("Auction    %s\n", origin->auction->name);
    printf("Scenario   %s\n", said(origin->scenario));
    printf("Trained    %" PRIu64 " epochs, estimator %s, seed %" PRIu64 "\n", origin->epoch_count,
           said(origin->estimator), origin->seed);
    printf("Command    %s\n", said(origin->command));
    printf("Commit     %s\n", said(origin->commit));
    printf("Features   version %d: %d of a pair in %d contexts, %d of a partition\n",
           RL_FEATURE_VERSION, RL_PAIR_COUNT, RL_CONTEXT_COUNT, RL_POOL_COUNT);
    printf("Networks   pair %d-%d-%d-%d, stop %d-%d-%d-1, critic with %d hidden units twice\n",
           RL_PAIR_COUNT, shape.pair_hidden, shape.pair_hidden, RL_CONTEXT_COUNT, RL_POOL_COUNT,
           shape.stop_hidden, shape.stop_hidden, shape.critic_hidden);
    printf("Weights    %zu\n", dcat_actor_weight_count(facts->actor));
    if (facts->byte_count > 0) {
        printf("Size       %" PRIu64 " bytes\n", facts->byte_count);
    }
}

static json_t *json_names(const char *const *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_text(names[i]));
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

static dcat_status print_json(const policy_facts *facts, dcat_error *err)
{
    const dcat_actor_origin *origin = dcat_actor_origin_view(facts->actor);
    dcat_actor_shape shape = dcat_actor_shape_of(facts->actor);
    char scenario[DCAT_ACTOR_TEXT];
    const char *hash;
    split_scenario(origin->scenario, scenario, sizeof scenario, &hash);
    json_t *document = json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:{s:i, s:i, s:i}, s:o, "
        "s:o}",
        "file", json_text(facts->file), "auction", origin->auction->name, "scenario",
        json_text(scenario), "scenario_sha256", json_text(hash), "estimator",
        json_text(origin->estimator), "seed", json_count(origin->seed), "epochs",
        json_count(origin->epoch_count), "command", json_text(origin->command), "commit",
        json_text(origin->commit), "feature_version", RL_FEATURE_VERSION, "pair_features",
        json_names(rl_pair_feature_names, RL_PAIR_COUNT), "pool_features",
        json_names(rl_pool_feature_names, RL_POOL_COUNT), "contexts",
        json_names(rl_context_names, RL_CONTEXT_COUNT), "hidden", "pair", shape.pair_hidden, "stop",
        shape.stop_hidden, "critic", shape.critic_hidden, "weights",
        json_count(dcat_actor_weight_count(facts->actor)), "bytes",
        facts->byte_count > 0 ? json_count(facts->byte_count) : json_null());
    return json_write(document, stdout, err);
}

static int run(void *options)
{
    const cli_options *common = options;
    policy_facts facts = {.file = common->scenario};
    dcat_error err = {0};
    dcat_status status = load(&facts, &err);
    if (status == DCAT_OK && common->json) {
        status = print_json(&facts, &err);
    } else if (status == DCAT_OK) {
        print_text(&facts);
    }
    dcat_actor_destroy(facts.actor);
    return cli_exit(status, &err);
}

const cli_command cli_policy_show = {
    .name = "policy",
    .brief = "FILE",
    .summary = "what a policy file says of itself",
    .arguments = "FILE",
    .about =
        "Say what a policy is: what it learned on, how, and its networks.\v"
        "FILE is what dcat train wrote (its checkpoint too), or shipped:rea or shipped:rea-s for "
        "the policies that dcat brings with it.\n\n"
        "Example: dcat policy shipped:rea-s",
    .own = option_table,
    .options_size = sizeof(cli_options),
    .argument = take_file,
    .check = need_file,
    .run = run,
};

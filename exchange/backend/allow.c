// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/allow.h"

#include "exchange/backend/fields.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const inside_words[] = {"process", "slurm", NULL};
static const char *const network_words[] = {"none", "host", NULL};

#define TEXT(word, member)                                                                         \
    {                                                                                              \
        .key = (word), .kind = FIELD_TEXT, .offset = offsetof(agent_server, member)                \
    }
#define WORD(word, member, list)                                                                   \
    {                                                                                              \
        .key = (word), .kind = FIELD_WORD, .offset = offsetof(agent_server, member),               \
        .words = (list)                                                                            \
    }
static const field slurm_fields[] = {
    TEXT("partition", slurm_partition),
    TEXT("account", slurm_account),
    TEXT("qos", slurm_qos),
    TEXT("gres", slurm_gres),
};
static const field oci_fields[] = {
    TEXT("program", oci_program),
    TEXT("image", oci_image),
    WORD("network", oci_network, network_words),
    WORD("inside", oci_inside, inside_words),
};
#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

bool agent_server_uses_slurm(const agent_server *server)
{
    return server->backend == AGENT_SLURM ||
           (server->backend == AGENT_OCI && server->oci_inside == 1);
}

bool agent_config_runs_payloads(const agent_config *config)
{
    return config->allow[AGENT_PROCESS] || config->allow[AGENT_SLURM] || config->allow[AGENT_OCI];
}

bool agent_server_uses_processes(const agent_server *server)
{
    return server->backend != AGENT_SIM && !agent_server_uses_slurm(server);
}

// A word, or a list of words, of three.
static dcat_status read_words(const tree_node *node, const char *path, const char *const words[3],
                              bool chosen[3], dcat_error *err)
{
    bool list = node->kind == TREE_SEQUENCE;
    for (const tree_node *one = list ? node->child : node; one != NULL;
         one = list ? one->next : NULL) {
        int i = 0;
        while (i < 3 && (one->kind != TREE_SCALAR || strcmp(one->text, words[i]) != 0)) {
            i++;
        }
        if (i == 3) {
            return tree_fail(err, DCAT_ERR_RANGE, one, path, "must be %s or %s or %s, got %s",
                             words[0], words[1], words[2],
                             one->kind == TREE_SCALAR ? TEXT_SHOW(one->text, one->length)
                                                      : "a mapping or a list");
        }
        chosen[i] = true;
    }
    return DCAT_OK;
}

dcat_status agent_allow_read(const tree_node *node, bool allow[AGENT_BACKEND_COUNT],
                             dcat_error *err)
{
    return read_words(node, "allow", &agent_backend_words[AGENT_PROCESS], &allow[AGENT_PROCESS],
                      err);
}

dcat_status agent_fetch_read(const tree_node *node, int *schemes, dcat_error *err)
{
    static const char *const words[] = {"https", "http", "file"};
    bool chosen[3] = {false};
    dcat_status status = read_words(node, "fetch", words, chosen, err);
    *schemes = chosen[0] | chosen[1] << 1 | chosen[2] << 2;
    return status;
}

// A word of letters, digits, - and _, or two with a colon between; the count is the unit's. It goes
// into a script.
static bool is_gres(const char *text)
{
    const char *colon = strchr(text, ':');
    size_t name = colon != NULL ? (size_t)(colon - text) : strlen(text);
    bool typed = colon == NULL || (text_is_word(colon + 1, strlen(colon + 1)) &&
                                   strspn(colon + 1, "0123456789") < strlen(colon + 1));
    return text_is_word(text, name) && typed;
}

dcat_status agent_backend_read(const tree_node *slurm, const tree_node *oci, const char *path,
                               agent_server *server, dcat_error *err)
{
    char name[96];
    dcat_status status = DCAT_OK;
    if (slurm != NULL) {
        snprintf(name, sizeof name, "%s.slurm", path);
        status = agent_fields_read(slurm, name, slurm_fields, COUNT(slurm_fields), server, err);
        if (status == DCAT_OK && server->slurm_gres != NULL && !is_gres(server->slurm_gres)) {
            const tree_node *gres = tree_child(slurm, "gres");
            status = tree_fail(err, DCAT_ERR_FORMAT, gres, name,
                               "gres must be none, NAME or NAME:TYPE, without a count, got %s",
                               TEXT_SHOW(gres->text, gres->length));
        }
    }
    if (oci != NULL && status == DCAT_OK) {
        snprintf(name, sizeof name, "%s.oci", path);
        status = agent_fields_read(oci, name, oci_fields, COUNT(oci_fields), server, err);
    }
    return status;
}

// Keys that the back end does not read.
static dcat_status check_unread(const tree_node *node, const char *path, const agent_server *server,
                                dcat_error *err)
{
    const struct {
        const char *key, *needs;
        bool read;
    } keys[] = {
        {"slurm", "backend slurm, or oci with inside: slurm", agent_server_uses_slurm(server)},
        {"oci", "backend oci", server->backend == AGENT_OCI},
        {"benchmark", "a backend that runs programs", server->backend != AGENT_SIM},
        {"factor", "backend sim", server->backend == AGENT_SIM},
    };
    for (size_t i = 0; i < COUNT(keys); i++) {
        const tree_node *unread = keys[i].read ? NULL : tree_child(node, keys[i].key);
        if (unread != NULL) {
            char name[96];
            tree_node here = *unread;
            here.line = unread->key_line;
            snprintf(name, sizeof name, "%s.%s", path, keys[i].key);
            return tree_fail(err, DCAT_ERR_FIELD, &here, name, "needs %s, got %s", keys[i].needs,
                             agent_backend_words[server->backend]);
        }
    }
    return DCAT_OK;
}

dcat_status agent_backend_check(const agent_config *config, const tree_node *node, const char *path,
                                const agent_server *server, dcat_error *err)
{
    const tree_node *at = tree_child(node, "backend");
    const char *name = agent_backend_words[server->backend];
    dcat_status status = check_unread(node, path, server, err);
    if (status != DCAT_OK || server->backend == AGENT_SIM) {
        return status;
    }
    if (!config->allow[server->backend]) {
        return tree_fail(err, DCAT_ERR_FIELD, at, path,
                         "%s runs what users send: it is off until the line 'allow: %s' "
                         "stands in this file",
                         name, name);
    }
    if (config->work_folder == NULL) {
        return tree_fail(err, DCAT_ERR_FIELD, at, path, "%s needs work_folder", name);
    }
    return DCAT_OK;
}

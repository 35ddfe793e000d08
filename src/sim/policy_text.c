// SPDX-License-Identifier: Apache-2.0
#include "dcat/run.h"

#include <stdio.h>
#include <string.h>

void dcat_policy_text(const dcat_policy *policy, char text[DCAT_POLICY_TEXT_SIZE])
{
    snprintf(text, DCAT_POLICY_TEXT_SIZE, "%s:%s", dcat_policy_clusterer_name(policy),
             policy->auction->name);
}

#define POLICY_NAME_MAX 64

static dcat_status unknown_clusterer(const char *name, dcat_error *err)
{
    char known[256] = "";
    for (size_t i = 0; i < dcat_clusterer_count(); i++) {
        strncat(known, i == 0 ? "" : ", ", sizeof known - strlen(known) - 1);
        strncat(known, dcat_clusterer_at(i)->name, sizeof known - strlen(known) - 1);
    }
    return dcat_fail(err, DCAT_ERR_NOT_FOUND, "no clusterer is called '%s'; there are: %s", name,
                     known);
}

static dcat_status unknown_auction(const char *name, dcat_error *err)
{
    char known[256] = "";
    for (size_t i = 0; i < dcat_auction_count(); i++) {
        strncat(known, i == 0 ? "" : ", ", sizeof known - strlen(known) - 1);
        strncat(known, dcat_auction_at(i)->name, sizeof known - strlen(known) - 1);
    }
    return dcat_fail(err, DCAT_ERR_NOT_FOUND, "no auction is called '%s'; there are: %s", name,
                     known);
}

dcat_status dcat_policy_parse(const char *text, dcat_policy *policy, dcat_error *err)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= POLICY_NAME_MAX) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "a policy is written clusterer:auction, such as linkage:rea-s; got '%s'",
                         text);
    }
    char name[POLICY_NAME_MAX] = "";
    memcpy(name, text, (size_t)(colon - text));
    const dcat_clusterer *clusterer = dcat_clusterer_find(name);
    if (clusterer == NULL) {
        return unknown_clusterer(name, err);
    }
    const dcat_auction *auction = dcat_auction_find(colon + 1);
    if (auction == NULL) {
        return unknown_auction(colon + 1, err);
    }
    *policy = (dcat_policy){.clusterer = clusterer, .auction = auction};
    return DCAT_OK;
}

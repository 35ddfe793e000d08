// SPDX-License-Identifier: Apache-2.0
// apart.h (internal) - values of exchange.yaml that are no single one: lists, and classes by name.

#ifndef DCAT_EXCHANGE_SETTINGS_APART_H
#define DCAT_EXCHANGE_SETTINGS_APART_H

#include "exchange/settings/settings.h"
#include "file/yaml_tree.h"

typedef struct settings_apart {
    const char *path;
    dcat_status (*read)(const tree_node *node, const char *path, exchange_settings *s,
                        dcat_error *err);
} settings_apart;

// That of a key of a section; NULL: it is not read apart.
const settings_apart *settings_apart_find(const char *section, const char *key);

// Once the classes are known: which of them trust.programs and trust.canary are of.
dcat_status settings_apart_classes(exchange_settings *s, const char *path, dcat_error *err);

#endif

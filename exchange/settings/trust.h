// SPDX-License-Identifier: Apache-2.0
// trust.h (internal) - the section `trust` of exchange.yaml: what servers must show, and what it
// costs them not to keep it.

#ifndef DCAT_EXCHANGE_SETTINGS_TRUST_H
#define DCAT_EXCHANGE_SETTINGS_TRUST_H

#include "exchange/settings/settings.h"
#include "file/yaml_tree.h"

dcat_status settings_trust_read(const tree_node *section, exchange_settings *s, dcat_error *err);

// Once the classes are known: which of them the programs are of.
dcat_status settings_trust_classes(exchange_settings *s, const char *path, dcat_error *err);

#endif

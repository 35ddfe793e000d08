// SPDX-License-Identifier: Apache-2.0
// canary.h (internal) - trust.canary of exchange.yaml: known tasks, to be given to servers now and
// then.

#ifndef DCAT_EXCHANGE_SETTINGS_CANARY_H
#define DCAT_EXCHANGE_SETTINGS_CANARY_H

#include "exchange/settings/settings.h"
#include "file/yaml_tree.h"

dcat_status settings_canary_read(const tree_node *section, const char *path, exchange_settings *s,
                                 dcat_error *err);
// Once they are known: which classes and areas its tasks name.
dcat_status settings_canary_names_of(exchange_settings *s, const char *path, dcat_error *err);
void settings_canary_free(exchange_settings *s);

#endif

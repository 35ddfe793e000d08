// SPDX-License-Identifier: Apache-2.0
// allow.h (internal) - what agent.yaml says of back ends that run what users send.

#ifndef DCAT_EXCHANGE_BACKEND_ALLOW_H
#define DCAT_EXCHANGE_BACKEND_ALLOW_H

#include "exchange/backend/config.h"
#include "file/yaml_tree.h"

// `allow`: a back end, or a list of them. Errors: ERR_RANGE.
dcat_status agent_allow_read(const tree_node *node, bool allow[AGENT_BACKEND_COUNT],
                             dcat_error *err);
// `fetch`: a scheme, or a list of them. Errors: ERR_RANGE.
dcat_status agent_fetch_read(const tree_node *node, int *schemes, dcat_error *err);
// Sections `slurm` and `oci` of a server. Nullable.
dcat_status agent_backend_read(const tree_node *slurm, const tree_node *oci, const char *path,
                               agent_server *server, dcat_error *err);
// Whether its back end may run, and has what it needs.
dcat_status agent_backend_check(const agent_config *config, const tree_node *node, const char *path,
                                const agent_server *server, dcat_error *err);

#endif

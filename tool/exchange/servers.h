// SPDX-License-Identifier: Apache-2.0
// servers.h - a provider's servers by their names.

#ifndef DCAT_TOOL_EXCHANGE_SERVERS_H
#define DCAT_TOOL_EXCHANGE_SERVERS_H

#include "tool/exchange/remote.h"

enum { SERVER_ID_SIZE = 64 };

// The id of the server with this name, or this id: 0, or the exit code after a message.
int servers_find(const remote_options *r, client *c, const char *name, char id[SERVER_ID_SIZE]);

#endif

// SPDX-License-Identifier: Apache-2.0
// explain.h (internal) - why a task was served as it was, in sentences.

#ifndef DCAT_EXCHANGE_HTTP_ANSWER_EXPLAIN_H
#define DCAT_EXCHANGE_HTTP_ANSWER_EXPLAIN_H

#include "exchange/http/request.h"

// `,"why":{...}`: why this cluster and this price, or what would have worked. False: refused.
bool http_write_why(http_request *r, sqlite3 *db, int64_t task, FILE *out);

// The event of a slot; 0: there is none.
int64_t http_slot_event(http_request *r, sqlite3 *db, int64_t slot);

#endif

// SPDX-License-Identifier: Apache-2.0
// receipt.h (internal) - the signed document of work that is done, among the fields of a report.

#ifndef DCAT_EXCHANGE_HTTP_PARSE_RECEIPT_H
#define DCAT_EXCHANGE_HTTP_PARSE_RECEIPT_H

#include "exchange/http/fields.h"
#include "exchange/http/request.h"

// `document` and `signature`, which are of the item's report; kept beside its event.
bool parse_receipt(http_request *r, fields *f, live_item *item);

// `reason`, and no other field that is not read yet; the body is kept beside the only item's event.
bool http_parse_reason(http_request *r, fields *f, bool required);

// "2026-12-01T00:00:00Z" as a moment of the exchange; 0 where it is missing.
int64_t http_parse_time(http_request *r, fields *f, const char *name, bool required);

// What every signed document says of itself; and whether its provider signed it.
void http_parse_frame(http_request *r, fields *f);
bool http_check_signature(http_request *r, const char *kind, const json_t *document,
                          const char *signature, http_problem *problem);

#endif

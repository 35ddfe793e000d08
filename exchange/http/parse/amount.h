// SPDX-License-Identifier: Apache-2.0
// amount.h (internal) - amounts as people write them.

#ifndef DCAT_EXCHANGE_HTTP_PARSE_AMOUNT_H
#define DCAT_EXCHANGE_HTTP_PARSE_AMOUNT_H

#include "dcat/money.h"

#include <stdbool.h>

// A decimal of up to six digits behind the point, in micro-units.
bool parse_amount(const char *text, dcat_money *micro);

#endif

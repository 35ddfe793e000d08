// SPDX-License-Identifier: Apache-2.0
// money.h - amounts that are booked: whole micro-units of one currency.
//
// The market computes with doubles; what a user pays or a provider is paid is rounded here, once,
// to an integer that can be added without loss. dcat_share_split (share.h) divides it exactly.

#ifndef DCAT_MONEY_H
#define DCAT_MONEY_H

#include "dcat/error.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t dcat_money;

#define DCAT_MONEY_UNIT INT64_C(1000000)            // micro-units in one unit of the currency
#define DCAT_MONEY_MAX INT64_C(1000000000000000000) // most of any amount: sums of nine still fit

// A fee >= 0 rounded up: the user sees this number first. Choice: what is within four roundings of
// a whole micro-unit is that one, so that 12.6 is 12 600 000 however it was computed. At most
// DCAT_MONEY_MAX.
DCAT_API dcat_money dcat_money_fee(double fee);

// A payment >= 0, likewise, but at most `most`.
DCAT_API dcat_money dcat_money_payment(double payment, dcat_money most);

// amount * part / whole, rounded down: 128 bits inside. amount >= 0, 0 <= part <= whole, whole > 0.
DCAT_API dcat_money dcat_money_part(dcat_money amount, int64_t part, int64_t whole);

#ifdef __cplusplus
}
#endif
#endif

// SPDX-License-Identifier: Apache-2.0
#include "dcat/money.h"

#include <assert.h>
#include <float.h>
#include <math.h>

__extension__ typedef __int128 wide;

dcat_money dcat_money_fee(double fee)
{
    assert(fee >= 0.0);
    double micro = fee * (double)DCAT_MONEY_UNIT;
    if (!(micro < (double)DCAT_MONEY_MAX)) {
        return DCAT_MONEY_MAX;
    }
    double whole = nearbyint(micro);
    bool is_whole = fabs(micro - whole) <= 4.0 * DBL_EPSILON * micro;
    return (dcat_money)(is_whole ? whole : ceil(micro));
}

dcat_money dcat_money_payment(double payment, dcat_money most)
{
    dcat_money amount = dcat_money_fee(payment);
    return amount < most ? amount : most;
}

dcat_money dcat_money_part(dcat_money amount, int64_t part, int64_t whole)
{
    assert(amount >= 0 && part >= 0 && part <= whole && whole > 0);
    return (dcat_money)((wide)amount * part / whole);
}

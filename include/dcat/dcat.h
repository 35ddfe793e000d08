// SPDX-License-Identifier: Apache-2.0
// dcat.h - the core: world, market, clusterers, runs. What stands around it is in x/x.h.

#ifndef DCAT_DCAT_H
#define DCAT_DCAT_H

#include "dcat/auction.h"
#include "dcat/cluster.h"
#include "dcat/compare.h"
#include "dcat/demand.h"
#include "dcat/env.h"
#include "dcat/error.h"
#include "dcat/market.h"
#include "dcat/money.h"
#include "dcat/partition.h"
#include "dcat/rng.h"
#include "dcat/run.h"
#include "dcat/share.h"
#include "dcat/version.h"
#include "dcat/world.h"

#endif

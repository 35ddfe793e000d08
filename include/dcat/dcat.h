// dcat.h - all of libdcat.

#ifndef DCAT_DCAT_H
#define DCAT_DCAT_H

#include "dcat/auction.h"
#include "dcat/cluster.h"
#include "dcat/compare.h"
#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/market.h"
#include "dcat/model.h"
#include "dcat/policy.h"
#include "dcat/rng.h"
#include "dcat/run.h"
#include "dcat/version.h"
#include "dcat/world.h"
#include "dcat/x/audit.h"
#include "dcat/x/bound.h"
#include "dcat/x/constraint.h"
#include "dcat/x/import.h"
#include "dcat/x/ranks.h"
#include "dcat/x/report.h"
#include "dcat/x/scenario.h"
#include "dcat/x/train.h"

#endif

// dcat.h - all of libdcat.

#ifndef DCAT_DCAT_H
#define DCAT_DCAT_H

#include "dcat/auction.h"
#include "dcat/audit.h"
#include "dcat/bound.h"
#include "dcat/cluster.h"
#include "dcat/compare.h"
#include "dcat/constraint.h"
#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/import.h"
#include "dcat/model.h"
#include "dcat/policy.h"
#include "dcat/ranks.h"
#include "dcat/result.h"
#include "dcat/rng.h"
#include "dcat/run.h"
#include "dcat/scenario.h"
#include "dcat/state.h"
#include "dcat/train.h"
#include "dcat/version.h"
#include "dcat/world.h"

#endif

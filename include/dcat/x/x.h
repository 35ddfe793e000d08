// SPDX-License-Identifier: Apache-2.0
// x.h - everything around the core: files, scenarios, imports, training, audit, bound, reports.

#ifndef DCAT_X_X_H
#define DCAT_X_X_H

#include "dcat/x/actor.h"
#include "dcat/x/audit.h"
#include "dcat/x/bound.h"
#include "dcat/x/bound_report.h"
#include "dcat/x/clock.h"
#include "dcat/x/clusters_file.h"
#include "dcat/x/constraint.h"
#include "dcat/x/estimate.h"
#include "dcat/x/explain.h"
#include "dcat/x/file.h"
#include "dcat/x/import.h"
#include "dcat/x/jobs.h"
#include "dcat/x/kept_runs.h"
#include "dcat/x/model.h"
#include "dcat/x/policy_file.h"
#include "dcat/x/ranges.h"
#include "dcat/x/ranks.h"
#include "dcat/x/report.h"
#include "dcat/x/resources.h"
#include "dcat/x/scenario.h"
#include "dcat/x/scenario_facts.h"
#include "dcat/x/table.h"
#include "dcat/x/task_auction.h"
#include "dcat/x/train.h"
#include "dcat/x/train_worlds.h"
#include "dcat/x/training.h"
#include "dcat/x/tune.h"
#include "dcat/x/tune_report.h"
#include "dcat/x/world_facts.h"

#endif

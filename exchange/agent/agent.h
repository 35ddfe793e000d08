// SPDX-License-Identifier: Apache-2.0
// agent.h - a provider's side of the exchange: offers its servers, runs what they are awarded, and
// hands in signed receipts. docs/agent.md is the manual.

#ifndef DCAT_EXCHANGE_AGENT_AGENT_H
#define DCAT_EXCHANGE_AGENT_AGENT_H

#include "exchange/backend/config.h"
#include <stdatomic.h>
#include <stdio.h>

typedef struct agent_options {
    const atomic_bool *stop; // the agent ends within a second after it is set; or within three,
                             // while a benchmark runs that does not end when it is asked
    FILE *log;               // a line of JSON for whatever happens; nullable: silence
    bool errors_only;
    bool refused; // set: the exchange refused what the agent cannot do without
} agent_options;

// Work until stopped. Payloads that run are left alone, and found again by the next agent on the
// same journal. Errors: what client_create, sign_key_load and the journal say; a refusal while
// registering (ERR_REFERENCE); ERR_IO once the journal cannot be written any more.
dcat_status agent_run(const agent_config *config, agent_options *options, dcat_error *err);

// Show what all servers can do, now: run the benchmarks of their classes, sign the results and hand
// them in, with a line of JSON each to `out`. Errors: as above; ERR_IO where one could not be
// shown.
dcat_status agent_benchmark(const agent_config *config, agent_options *options, FILE *out,
                            dcat_error *err);

#endif

// SPDX-License-Identifier: Apache-2.0
// inputs.h (internal) - what a payload needs before it starts: fetched as soon as its part is
// acknowledged, noted in `fetched` of the part's folder, told in the receipt.

#ifndef DCAT_EXCHANGE_AGENT_INPUTS_H
#define DCAT_EXCHANGE_AGENT_INPUTS_H

#include "exchange/agent/session.h"

// Begin or go on. True: there is nothing to wait for any more, whether it went well or not.
bool inputs_ready(session *s, agent_part *part);
// Whether it went well. Errors: ERR_FORMAT (the task's own fault), ERR_IO (ours).
dcat_status inputs_check(const session *s, const agent_part *part, dcat_error *err);
// What it took; false: there were none.
bool inputs_took(const session *s, const agent_part *part, int64_t *us, int64_t *bytes);
void inputs_end(agent_part *part); // give up what is under way

#endif

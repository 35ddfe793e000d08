#include "dcat/run.h"

#include <stdio.h>

void dcat_policy_text(const dcat_policy *policy, char text[DCAT_POLICY_TEXT_SIZE])
{
    snprintf(text, DCAT_POLICY_TEXT_SIZE, "%s:%s", dcat_policy_clusterer_name(policy),
             policy->auction->name);
}

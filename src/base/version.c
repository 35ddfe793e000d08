// SPDX-License-Identifier: Apache-2.0
#include "dcat/version.h"

#include "dcat_version.h"

#ifdef NDEBUG
#error "Asserts are part of libdcat: build it without NDEBUG."
#endif

const char *dcat_version(void)
{
    return DCAT_VERSION;
}

const char *dcat_commit(void)
{
    return DCAT_COMMIT;
}

const char *dcat_build(void)
{
    return DCAT_BUILD;
}

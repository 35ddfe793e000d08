// SPDX-License-Identifier: Apache-2.0
// time.h - moments as other programs write them, in seconds.

#ifndef DCAT_IMPORT_CSV_TIME_H
#define DCAT_IMPORT_CSV_TIME_H

#include <stdbool.h>
#include <stddef.h>

// Seconds of a text: as dcat_import_csv_config.time_format says; since 1970 for dates. zone_s: of
// dates without a zone of their own. False when the text is none.
bool time_read(const char *text, const char *format, int zone_s, double *time_s);

#endif

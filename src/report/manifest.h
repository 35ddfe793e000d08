// SPDX-License-Identifier: Apache-2.0
// manifest.h - what the manifest shares with the folder that holds it and the report that shows it.

#ifndef DCAT_REPORT_MANIFEST_H
#define DCAT_REPORT_MANIFEST_H

#include "dcat/x/report.h"
#include <stdio.h>

// The largest resident size this process has had, bytes.
double manifest_peak_memory_bytes(void);

// The command line with shell quoting where a word needs it, into text [size].
void manifest_command_text(const dcat_manifest *manifest, char *text, size_t size);

#endif

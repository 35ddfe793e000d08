// SPDX-License-Identifier: Apache-2.0
// import.h - what the kinds of `dcat import` share.

#ifndef DCAT_TOOL_IMPORT_IMPORT_H
#define DCAT_TOOL_IMPORT_IMPORT_H

#include "dcat/x/file.h"
#include "tool/cli.h"

// Options of every kind; the argument is the input.
extern const cli_option import_options[];
#define IMPORT_INPUT .common = import_options, .takes = "input", .needs = "the input is missing"
#define IMPORT_KIND IMPORT_INPUT, .check = import_check
dcat_status import_check(void *options, dcat_error *err);

// One reason for which lines were skipped, as a line: "skipped 3 name: file:1, ...".
void import_print_skips(const char *name, const dcat_import_count *count);
// The same for what became of them otherwise.
void import_print_places(const char *word, const char *name, const dcat_import_count *count);

extern const cli_command cli_import_huawei, cli_import_swf, cli_import_csv, cli_import_gml,
    cli_import_graphml, cli_import_sndlib, cli_import_openb, cli_import_gavel, cli_import_slurm;

#endif

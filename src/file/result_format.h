// SPDX-License-Identifier: Apache-2.0
// result_format.h - how a folder shows that it is a result of ours.

#ifndef DCAT_FILE_RESULT_FORMAT_H
#define DCAT_FILE_RESULT_FORMAT_H

// Value of "format" in manifest.json: marks a folder as a result of ours, which --force may
// replace.
#define DCAT_MANIFEST_FORMAT "dcat-result/1"

#endif

// SPDX-License-Identifier: Apache-2.0
// gres.h - the GPUs in a list of Slurm's: "gpu:a100:4(S:0-1),gpu:t4:1" of a node, or
// "billing=8,cpu=8,gres/gpu=2,gres/gpu:a100=2" of a job.

#ifndef DCAT_IMPORT_FLEET_GRES_H
#define DCAT_IMPORT_FLEET_GRES_H

#include <stdbool.h>

typedef struct gres_choice {
    char type[64]; // "" for none; "gpu" where no kind is said
    int count;
    int left; // other kinds, which have fewer
} gres_choice;

// The kind of which there are most, the first of several. key is "gpu" or "gres/gpu", equals what
// stands before the count. Where one kind is said, the sum without a kind is the same GPUs again.
void gres_choose(const char *list, const char *key, char equals, gres_choice *choice);

// False: an entry of the key has a count that is none.
bool gres_is_valid(const char *list, const char *key, char equals);

// What an entry KEY=NUMBER of a job's list says; 0 when it is not there.
double tres_value(const char *list, const char *key);

#endif

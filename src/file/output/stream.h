// SPDX-License-Identifier: Apache-2.0
// stream.h (for src/file/output) - a stream that remembers why it could not be written: by the time
// that somebody asks, errno is about something else.

#ifndef DCAT_FILE_OUTPUT_STREAM_H
#define DCAT_FILE_OUTPUT_STREAM_H

#include <stdbool.h>
#include <stdio.h>

typedef struct output_stream {
    FILE *file; // to write to; closed with the whole
    int descriptor;
    int reason; // errno of the first write that failed; 0: none
} output_stream;

// A stream over a descriptor, which is taken over; NULL, and closed, without memory.
output_stream *output_stream_open(int descriptor);

// Close and free it, with sync once it is on the disk. 0, or the errno of what failed first.
int output_stream_close(output_stream *stream, bool sync);

#endif

// SPDX-License-Identifier: Apache-2.0
#include "file/output/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
    output_stream *stream = cookie;
    size_t done = 0;
    while (done < size) {
        ssize_t count = write(stream->descriptor, bytes + done, size - done);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            stream->reason = stream->reason != 0 ? stream->reason : count < 0 ? errno : ENOSPC;
            break;
        }
        done += (size_t)count;
    }
    return (ssize_t)done;
}

output_stream *output_stream_open(int descriptor)
{
    output_stream *stream = malloc(sizeof *stream);
    if (stream != NULL) {
        *stream = (output_stream){.descriptor = descriptor};
        stream->file = fopencookie(stream, "w", (cookie_io_functions_t){.write = write_bytes});
    }
    if (stream == NULL || stream->file == NULL) {
        close(descriptor);
        free(stream);
        return NULL;
    }
    return stream;
}

int output_stream_close(output_stream *stream, bool sync)
{
    bool failed = ferror(stream->file) != 0;
    failed = fclose(stream->file) != 0 || failed;
    int reason = stream->reason;
    if (failed && reason == 0) {
        reason = ENOMEM; // all that can fail but the writing: there was no buffer for it
    }
    if (sync && reason == 0 && fsync(stream->descriptor) != 0) {
        reason = errno;
    }
    if (close(stream->descriptor) != 0 && reason == 0) {
        reason = errno;
    }
    free(stream);
    return reason;
}

// SPDX-License-Identifier: Apache-2.0
// A table of the user's own: whatever the bytes and the map of columns, tasks are written that a
// scenario takes and what is skipped is counted, or there is a message. The first byte says how it
// is read: separator, time format, origins, from the first arrival on.

#include "dcat/x/import.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/dcat-fuzz-table-XXXXXX";

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void remove_file(void)
{
    unlink(path);
}

static void write_table(const uint8_t *data, size_t size)
{
    static bool made;
    if (!made) {
        int file = mkstemp(path);
        require(file >= 0 && close(file) == 0);
        made = true;
        atexit(remove_file);
    }
    FILE *file = fopen(path, "wb");
    require(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

static dcat_import_csv_config config_of(uint8_t how)
{
    static const char *const formats[] = {"s", "ms", "iso", "%d.%m.%Y %H:%M"};
    static const dcat_csv_origin origins[] = {{"a", "north"}, {"*", "south"}};
    dcat_import_csv_config config = dcat_import_csv_config_default();
    config.column[DCAT_CSV_ARRIVAL] = "t";
    config.column[DCAT_CSV_ORIGIN] = "o";
    config.column[DCAT_CSV_WORK] = "w";
    config.factor[DCAT_CSV_WORK] = 100.0;
    config.always[DCAT_CSV_DATA] = "20";
    config.always[DCAT_CSV_DEADLINE] = "2.5";
    config.column[DCAT_CSV_VALUE] = (how & 64) != 0 ? "v" : NULL;
    config.separator = (how & 1) != 0 ? ';' : ',';
    config.time_format = formats[how / 2 % 4];
    config.zone_s = (how & 8) != 0 ? 5400 : 0;
    config.origins = origins;
    config.origin_count = (how & 16) != 0 ? (how & 128) != 0 ? 2 : 1 : 0;
    config.from_first = (how & 32) != 0;
    return config;
}

static void check_stats(const dcat_import_csv_stats *stats)
{
    uint64_t all = stats->task_count;
    for (int i = 0; i < DCAT_CSV_SKIP_COUNT; i++) {
        all += stats->skip[i].count;
    }
    require(all == stats->row_count && stats->task_count > 0);
    require(isfinite(stats->work_gigacycles) && stats->work_gigacycles > 0.0);
    require(isfinite(stats->arrival_s_first) && stats->arrival_s_first <= stats->arrival_s_last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    write_table(data + 1, size - 1);
    const dcat_import_csv_config config = config_of(data[0]);
    char *text = NULL;
    size_t text_size = 0;
    FILE *tasks = open_memstream(&text, &text_size);
    dcat_import_csv_stats stats = {0};
    dcat_error err = {0};
    require(tasks != NULL);
    dcat_status status = dcat_import_csv(path, &config, tasks, &stats, &err);
    require(fclose(tasks) == 0);
    if (status == DCAT_OK) {
        check_stats(&stats);
    } else {
        require(err.status == status && dcat_status_is_user_error(status));
        require(err.message[0] != '\0');
    }
    free(text);
    return 0;
}

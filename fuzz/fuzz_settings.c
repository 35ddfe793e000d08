// SPDX-License-Identifier: Apache-2.0
// Settings of an exchange hold anything: they are read, and then the exchange can be had, or
// refused with a message that is the user's to understand.

#include "exchange/settings/settings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static char folder[] = "/tmp/fuzz_settings_XXXXXX", path[64], areas[64];

static void remove_folder(void)
{
    unlink(path);
    unlink(areas);
    rmdir(folder);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "w");
    require(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char table[] = "name,x_km,y_km\nsouth,1,2\nnorth,3,4\n";
    if (path[0] == '\0') {
        require(mkdtemp(folder) != NULL);
        snprintf(path, sizeof path, "%s/exchange.yaml", folder);
        snprintf(areas, sizeof areas, "%s/areas.csv", folder);
        write_file(areas, table, sizeof table - 1);
        atexit(remove_folder);
    }
    write_file(path, data, size);
    bool ours;
    exchange_settings settings;
    dcat_error err = {0};
    require(exchange_settings_are(path, &ours, &err) == DCAT_OK);
    dcat_status status = exchange_settings_load(path, &settings, &err);
    if (status == DCAT_OK) {
        require(settings.cycle_ns >= settings.setup.config.slot_ns);
        require(exchange_config_check(&settings.setup.config, &err) == DCAT_OK);
        require(settings.setup.config.area_count > 0 && settings.area_names[0] != NULL);
        exchange_settings_free(&settings);
    } else {
        require(status == DCAT_ERR_IO || dcat_status_is_user_error(status));
        require(err.message[0] != '\0');
    }
    return 0;
}

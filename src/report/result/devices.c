// SPDX-License-Identifier: Apache-2.0
// units.csv, efficiency.csv and barred.csv: devices of a run's servers, as the seed drew them.

#include "dcat/x/report.h"

#include "dcat/x/model.h"
#include "dcat/x/resources.h"

static const dcat_column unit_columns[] = {
    DCAT_COLUMN("server", DCAT_COLUMN_TEXT, NULL, "name of the server"),
    DCAT_COLUMN("pool", DCAT_COLUMN_TEXT, NULL, "cpu, gpu, npu or other"),
    DCAT_COLUMN("device", DCAT_COLUMN_TEXT, NULL, "type of its devices"),
    DCAT_COLUMN("count", DCAT_COLUMN_COUNT, NULL, "how many"),
    DCAT_COLUMN("speed_ghz", DCAT_COLUMN_NUMBER, "GHz", "of all, at reference work"),
    DCAT_COLUMN("cores", DCAT_COLUMN_NUMBER, NULL, "of all"),
    DCAT_COLUMN("memory_gib", DCAT_COLUMN_NUMBER, "GiB", "of all; empty: no limit"),
    DCAT_COLUMN("energy_cost_per_cycle_hz2", DCAT_COLUMN_NUMBER, "money/(cycle Hz^2)",
                "epsilon_e of the unit"),
    DCAT_COLUMN("time_cost_per_s", DCAT_COLUMN_NUMBER, "money/s", "epsilon_t of the unit"),
    DCAT_COLUMN("unit_cost_per_gigacycle", DCAT_COLUMN_NUMBER, "money/gigacycle",
                "what reference work costs, eq. (8)"),
    DCAT_COLUMN("tariff_per_gigacycle", DCAT_COLUMN_NUMBER, "money/gigacycle",
                "public tariff of reference work"),
};
const dcat_table_head dcat_units_head = DCAT_TABLE_HEAD("units", "a unit", unit_columns);

void dcat_write_units_csv_rows(const dcat_scenario *scenario, const dcat_world *world, FILE *file)
{
    const dcat_resources *resources = dcat_world_config_view(world)->resources;
    size_t count = dcat_world_server_count(world) * DCAT_POOL_COUNT;
    for (size_t at = 0; at < count; at++) {
        size_t server = at / DCAT_POOL_COUNT;
        dcat_pool pool = (dcat_pool)(at % DCAT_POOL_COUNT);
        dcat_unit_facts unit = dcat_resources_unit(resources, (int)server, pool);
        if (unit.device < 0) {
            continue;
        }
        const dcat_cell cells[] = {
            dcat_cell_text(dcat_scenario_server_name(scenario, server)),
            dcat_cell_text(dcat_pool_name(pool)),
            dcat_cell_text(dcat_scenario_device_name(scenario, (size_t)unit.device)),
            dcat_cell_count((uint64_t)unit.count),
            dcat_cell_number(unit.speed_hz / 1e9),
            dcat_cell_number(unit.core_count),
            dcat_cell_number(unit.memory_bytes / 0x1p30),
            dcat_cell_number(unit.energy_cost),
            dcat_cell_number(unit.time_cost_per_s),
            dcat_cell_number(unit.unit_cost * DCAT_CYCLES_PER_GIGACYCLE),
            dcat_cell_number(unit.tariff_per_cycle * DCAT_CYCLES_PER_GIGACYCLE),
        };
        dcat_csv_row(&dcat_units_head, cells, file);
    }
}

static const dcat_column efficiency_columns[] = {
    DCAT_COLUMN("device", DCAT_COLUMN_TEXT, NULL, "type of device"),
    DCAT_COLUMN("class", DCAT_COLUMN_TEXT, NULL, "class of work"),
    DCAT_COLUMN("efficiency", DCAT_COLUMN_NUMBER, "1",
                "its speed at the class by that at reference work; 0: cannot do it, or not alone"),
};
const dcat_table_head dcat_efficiency_head =
    DCAT_TABLE_HEAD("efficiency", "a device and a class of its pool", efficiency_columns);

void dcat_write_efficiency_csv_rows(const dcat_scenario *scenario, const dcat_world *world,
                                    FILE *file)
{
    const dcat_resources *resources = dcat_world_config_view(world)->resources;
    size_t device_count = dcat_resources_device_count(resources);
    for (size_t at = 0; at < device_count * dcat_resources_class_count(resources); at++) {
        size_t device = at % device_count, q = at / device_count;
        const dcat_cell cells[] = {
            dcat_cell_text(dcat_scenario_device_name(scenario, device)),
            dcat_cell_text(dcat_scenario_class_name(scenario, q)),
            dcat_cell_number(dcat_resources_efficiency(resources, (int)device, (int)q)),
        };
        dcat_csv_row(&dcat_efficiency_head, cells, file);
    }
}

static const dcat_column barred_columns[] = {
    DCAT_COLUMN("server", DCAT_COLUMN_TEXT, NULL, "name of the server"),
    DCAT_COLUMN("class", DCAT_COLUMN_TEXT, NULL, "class of work"),
};
const dcat_table_head dcat_barred_head =
    DCAT_TABLE_HEAD("barred", "a server and a class that it may not work on", barred_columns);

void dcat_write_barred_csv_rows(const dcat_scenario *scenario, const dcat_world *world, FILE *file)
{
    const dcat_resources *resources = dcat_world_config_view(world)->resources;
    size_t Q = dcat_resources_class_count(resources);
    for (size_t at = 0; at < dcat_world_server_count(world) * Q; at++) {
        size_t server = at / Q, q = at % Q;
        if (!dcat_resources_may(resources, (int)server, (int)q)) {
            const dcat_cell cells[] = {dcat_cell_text(dcat_scenario_server_name(scenario, server)),
                                       dcat_cell_text(dcat_scenario_class_name(scenario, q))};
            dcat_csv_row(&dcat_barred_head, cells, file);
        }
    }
}

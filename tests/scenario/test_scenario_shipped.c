// SPDX-License-Identifier: Apache-2.0
// The shipped scenarios: each loads, makes a world, is what the documents say, and can be copied
// out.

#include "scenario_folder.h"

#include "file/embedded.h"
#include "file/read_source.h"

static dcat_scenario *load_shipped(const char *name, const char *set)
{
    dcat_scenario *scenario = NULL;
    dcat_error err = {0};
    if (dcat_scenario_load(name, &set, set == NULL ? 0 : 1, &scenario, &err) != DCAT_OK) {
        fail_msg("%s: %s", name, err.message);
    }
    return scenario;
}

static void test_shipped_scenarios_are_listed_and_load(void **fixture)
{
    (void)fixture;
    static const char *const expected[] = {"chinanet",   "chinanet-hetero", "follow-the-sun",
                                           "hetero",     "mixed-owners",    "paper",
                                           "paper-tight"};
    size_t found = 0;
    const char *name;
    for (size_t i = 0; (name = dcat_shipped_scenario_name(i)) != NULL; i++) {
        found += found < 7 && strcmp(name, expected[found]) == 0;
        dcat_scenario *scenario = load_shipped(name, NULL);
        dcat_world *world = NULL;
        assert_int_equal(dcat_scenario_world(scenario, 7, &world, NULL), DCAT_OK);
        assert_string_equal(dcat_scenario_name(scenario), name);
        assert_string_equal(dcat_scenario_title(scenario), dcat_shipped_scenario_title(i));
        assert_true(strlen(dcat_scenario_title(scenario)) > 0);
        // Days 1-92, 93-100 and 101-122 of 24 hours.
        assert_int_equal(dcat_scenario_train_cycles(scenario).count, 92 * 24);
        assert_int_equal(dcat_scenario_validate_cycles(scenario).count, 8 * 24);
        assert_int_equal(dcat_scenario_test_cycles(scenario).first, 100 * 24);
        assert_int_equal(dcat_scenario_test_cycles(scenario).count, 22 * 24);
        dcat_world_destroy(world);
        dcat_scenario_destroy(scenario);
    }
    assert_int_equal(found, 7);
    assert_null(dcat_shipped_scenario_title(1000));
}

static void test_shipped_paper_is_table_one(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = load_shipped("paper", NULL);
    dcat_world *world = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 1, &world, NULL), DCAT_OK);
    const dcat_world_config *config = dcat_world_config_view(world);
    assert_int_equal(dcat_world_server_count(world), 40);
    assert_near(config->span_m_max, 200e3, 0.0);
    assert_near(config->market.price_per_gigacycle, 10.0, 0.0);
    assert_near(config->market.urgency_s, 2.0, 0.0);
    assert_near(config->market.energy_cost, 1e-28, 0.0);
    assert_near(config->market.time_cost_per_s, 20.0, 0.0);
    assert_near(config->auction.rea_decrement, 0.8, 0.0);
    assert_int_equal(config->auction.rea_round_max, 10);
    assert_near(config->network.rate_bps.min, 100e6, 0.0);
    assert_near(config->network.rate_bps.max, 500e6, 0.0);
    assert_near(config->network.signal_speed_mps, 3e8, 0.0);
    assert_int_equal(config->network.hop_max, 24);
    for (int i = 0; i < 40; i++) {
        const dcat_server *server = &dcat_world_servers_view(world)[i];
        assert_true(server->speed_hz >= 200e9 && server->speed_hz <= 300e9);
        assert_int_equal(server->core_count, 100);
        assert_true(server->site.x >= 0.0 && server->site.x <= 1000e3);
    }
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
}

static void test_shipped_paper_tight_differs_in_costs_and_tariffs_only(void **fixture)
{
    (void)fixture;
    char *text[2] = {NULL, NULL};
    static const char *const names[] = {"paper", "paper-tight"};
    for (int i = 0; i < 2; i++) {
        size_t size;
        FILE *file = open_memstream(&text[i], &size);
        dcat_scenario *scenario = load_shipped(names[i], "title=same");
        assert_int_equal(dcat_scenario_write(scenario, file, NULL), DCAT_OK);
        fclose(file);
        dcat_scenario_destroy(scenario);
    }
    size_t different = 0;
    char *at[2];
    char *line[2] = {strtok_r(text[0], "\n", &at[0]), strtok_r(text[1], "\n", &at[1])};
    while (line[0] != NULL && line[1] != NULL) {
        if (strcmp(line[0], line[1]) != 0) {
            // name, profile_file, two prices of the market, three that are tuned, and tariffs with
            // the share by them.
            different++;
            assert_true(strstr(line[1], "name: paper-tight") || strstr(line[1], "demand.csv") ||
                        strstr(line[1], "energy_cost_per_cycle_hz2: 0") ||
                        strstr(line[1], "time_cost_per_s: 2000") ||
                        strstr(line[1], "ceiling_per_gigacycle: 10.3") ||
                        strstr(line[1], "handicap_per_gigacycle_s: 0.456") ||
                        strstr(line[1], "admission_per_gigacycle_s: 10.4") ||
                        strstr(line[1], "tariff: cost") || strstr(line[1], "share: tariff"));
        }
        line[0] = strtok_r(NULL, "\n", &at[0]);
        line[1] = strtok_r(NULL, "\n", &at[1]);
    }
    assert_int_equal(different, 9);
    free(text[0]);
    free(text[1]);
}

static void test_shipped_worlds_differ_by_seed_and_repeat(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = load_shipped("paper", NULL);
    dcat_world *world[3];
    static const uint64_t seeds[] = {1, 2, 1};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dcat_scenario_world(scenario, seeds[i], &world[i], NULL), DCAT_OK);
    }
    double speed[3];
    for (int i = 0; i < 3; i++) {
        speed[i] = dcat_world_servers_view(world[i])[0].speed_hz;
        dcat_world_destroy(world[i]);
    }
    assert_true(speed[0] != speed[1]);
    assert_true(speed[0] == speed[2]);
    dcat_scenario_destroy(scenario);
}

// Sums over a world and a day of its tasks, weighted so that an exchange of two changes them.
enum { SUMS = 9 };

static void sums_of(const dcat_scenario *scenario, double sum[SUMS])
{
    dcat_world *world = NULL;
    assert_int_equal(dcat_scenario_world(scenario, 3, &world, NULL), DCAT_OK);
    int S = (int)dcat_world_server_count(world), A = (int)dcat_world_area_count(world);
    for (int i = 0; i < S; i++) {
        const dcat_server *server = &dcat_world_servers_view(world)[i];
        sum[0] += (i + 1) * server->speed_hz;
        sum[1] += (i + 1) * dcat_world_unit_cost_view(world)[i];
        sum[2] += (i + 1) * dcat_world_distance_m(world, i, (2 * i + 1) % S);
        for (int a = 0; a < A; a++) {
            dcat_path path = dcat_world_path(world, a, i);
            sum[3] += (i + 1) * (a + 2) * path.seconds_per_bit;
            sum[4] += (i + 1) * (a + 2) * path.propagation_s;
        }
    }
    const dcat_demand *demand = dcat_scenario_demand_view(scenario);
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(demand), sizeof *tasks);
    assert_non_null(tasks);
    uint32_t first = dcat_scenario_test_cycles(scenario).first;
    for (uint32_t slot = 0; slot < 240; slot++) {
        size_t count = dcat_demand_slot(demand, world, 3, first + slot / 10, slot % 10, 0, tasks);
        for (size_t n = 0; n < count; n++) {
            sum[5] += (double)(slot + 1) * tasks[n].work_cycles;
            sum[6] += (double)(slot + 1) * tasks[n].data_bits;
            sum[7] += (double)(slot + 1) * tasks[n].deadline_s;
            sum[8] += (double)(slot + 1) * (double)(tasks[n].area + 1);
        }
    }
    free(tasks);
    dcat_world_destroy(world);
}

// Sums that change mean that a shipped scenario is another one: say so in the commit.
static void test_shipped_worlds_and_tasks_have_their_sums(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *name;
        double sum[SUMS];
    } shipped[] = {
        {"paper",
         {2.10630148736e+14, 6.10610349711e-07, 376354037.857, 0.00227468257462, 104.220940979,
          3.93233634326e+17, 1.12062e+13, 1400018.12963, 3319629}},
        {"paper-tight",
         {2.10630148736e+14, 6.4470528762e-06, 376354037.857, 0.00227468257462, 104.220940979,
          3.93233634326e+17, 1.12062e+13, 1400018.12963, 3319629}},
        {"chinanet",
         {5.323e+14, 1.51902166504e-06, 2879744822.8, 0.00221549149602, 1134.60970822,
          5.23259866721e+17, 1.492368e+13, 1866327.02949, 4430837}},
        {"follow-the-sun",
         {2.10630148736e+14, 6.10610349711e-07, 376354037.857, 0.00131486202868, 60.5155411383,
          2.71783182205e+17, 2.321184e+13, 967621.984259, 1960005}},
        {"mixed-owners",
         {1.74477e+14, 1.30053997839e-06, 412438522.144, 0.00233816069219, 107.358747284,
          3.93233634326e+17, 1.12062e+13, 1400018.12963, 3319629}},
    };
    size_t wrong = 0;
    for (size_t k = 0; k < 5; k++) {
        double sum[SUMS] = {0};
        dcat_scenario *scenario = load_shipped(shipped[k].name, NULL);
        sums_of(scenario, sum);
        printf("{\"%s\", {", shipped[k].name);
        for (int i = 0; i < SUMS; i++) {
            printf("%s%.12g", i > 0 ? ", " : "", sum[i]);
            wrong += !(fabs(sum[i] - shipped[k].sum[i]) <= 1e-9 * fabs(sum[i]));
        }
        printf("}},\n");
        dcat_scenario_destroy(scenario);
    }
    assert_int_equal(wrong, 0);
}

static void test_shipped_scenario_names_are_suggested(void **fixture)
{
    (void)fixture;
    dcat_scenario *scenario = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_scenario_load("papr", NULL, 0, &scenario, &err), DCAT_ERR_NOT_FOUND);
    assert_string_equal(err.message,
                        "no shipped scenario papr; did you mean paper? there are chinanet, "
                        "chinanet-hetero, follow-the-sun, hetero, mixed-owners, paper, "
                        "paper-tight. The path of a file has a '/' or a '.' in it");
    assert_int_equal(dcat_scenario_load("zzzz", NULL, 0, &scenario, &err), DCAT_ERR_NOT_FOUND);
    assert_string_equal(err.message,
                        "no shipped scenario zzzz; there are chinanet, chinanet-hetero, "
                        "follow-the-sun, hetero, mixed-owners, paper, paper-tight. The path "
                        "of a file has a '/' or a '.' in it");
    assert_int_equal(dcat_scenario_load("", NULL, 0, &scenario, &err), DCAT_ERR_NOT_FOUND);
    // Only with a '/' or a '.' is it a path.
    assert_int_equal(dcat_scenario_load("./papr", NULL, 0, &scenario, &err), DCAT_ERR_NOT_FOUND);
    assert_string_equal(err.message, "./papr: No such file or directory");
}

static void test_shipped_paths_stay_inside(void **fixture)
{
    (void)fixture;
    char path[40];
    assert_true(source_shipped_path("paper-tight", "../paper/demand.csv", path, sizeof path));
    assert_string_equal(path, "paper/demand.csv");
    assert_true(source_shipped_path("a", "./b//c/../d", path, sizeof path));
    assert_string_equal(path, "a/b/d");
    assert_false(source_shipped_path("a", "../../b", path, sizeof path));
    assert_false(
        source_shipped_path("a", "0123456789012345678901234567890123456789", path, sizeof path));
    assert_null(shipped_find("paper"));
    assert_non_null(shipped_find("paper/demand.csv"));
    dcat_scenario *scenario = NULL;
    dcat_error err = {0};
    const char *set = "servers.file=../../../etc/passwd";
    assert_int_equal(dcat_scenario_load("paper", &set, 1, &scenario, &err), DCAT_ERR_NOT_FOUND);
}

// --- Copies

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s is missing", path);
    }
    char *text = calloc(1, 1000000);
    assert_true(fread(text, 1, 999999, file) > 0);
    fclose(file);
    return text;
}

static size_t file_size(const char *path)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return (size_t)about.st_size;
}

static void remove_folder(const char *path)
{
    DIR *all = opendir(path);
    struct dirent *entry;
    while (all != NULL && (entry = readdir(all)) != NULL) {
        char file[1200];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.') {
            remove(file);
        }
    }
    closedir(all);
    assert_int_equal(rmdir(path), 0);
}

static void test_shipped_scenario_copies_are_complete_and_equal(void **fixture)
{
    (void)fixture;
    static const char *const names[] = {"paper",          "paper-tight",  "chinanet",
                                        "follow-the-sun", "mixed-owners", "hetero"};
    for (int i = 0; i < 6; i++) {
        char path[600];
        char file[700];
        dcat_error err = {0};
        folder_path(names[i], path, sizeof path);
        if (dcat_shipped_scenario_export(names[i], path, false, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        // The copy loads from disk and gives the same world and the same effective text, but for
        // the name of the demand table, which is now beside it.
        snprintf(file, sizeof file, "%s/scenario.yaml", path);
        dcat_scenario *copy = NULL;
        if (dcat_scenario_load(file, NULL, 0, &copy, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        dcat_scenario *shipped = load_shipped(names[i], NULL);
        dcat_world *world[2];
        assert_int_equal(dcat_scenario_world(copy, 3, &world[0], NULL), DCAT_OK);
        assert_int_equal(dcat_scenario_world(shipped, 3, &world[1], NULL), DCAT_OK);
        assert_memory_equal(dcat_world_unit_cost_view(world[0]),
                            dcat_world_unit_cost_view(world[1]),
                            sizeof(double) * dcat_world_server_count(world[0]));
        dcat_world_destroy(world[0]);
        dcat_world_destroy(world[1]);
        dcat_scenario_destroy(copy);
        dcat_scenario_destroy(shipped);
        // Remarks survive.
        char *text = read_file(file);
        assert_null(strstr(text, "../paper"));
        assert_non_null(strstr(text, "profile_file: demand.csv "));
        assert_non_null(strstr(text, "# Table I"));
        free(text);
        // A second copy into the same folder is refused. With force it replaces what it must and
        // leaves the user's own files alone.
        assert_int_equal(dcat_shipped_scenario_export(names[i], path, false, &err),
                         DCAT_ERR_EXISTS);
        snprintf(file, sizeof file, "%s/mine.csv", path);
        FILE *mine = fopen(file, "w");
        fputs("keep\n", mine);
        fclose(mine);
        snprintf(file, sizeof file, "%s/demand.csv", path);
        assert_int_equal(truncate(file, 3), 0);
        assert_int_equal(dcat_shipped_scenario_export(names[i], path, true, &err), DCAT_OK);
        const char *demand = i == 3 ? "follow-the-sun/demand.csv" : "paper/demand.csv";
        assert_true(file_size(file) == shipped_find(demand)->size);
        snprintf(file, sizeof file, "%s/mine.csv", path);
        assert_int_equal(file_size(file), 5);
        remove_folder(path);
    }
    // A folder that holds something else is never replaced.
    dcat_error err = {0};
    folder_write("letter.txt", "dear\n");
    assert_int_equal(dcat_shipped_scenario_export("paper", folder, true, &err), DCAT_ERR_EXISTS);
    assert_int_equal(dcat_shipped_scenario_export("nobody", folder, false, &err),
                     DCAT_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_scenarios_are_listed_and_load),
        cmocka_unit_test(test_shipped_paper_is_table_one),
        cmocka_unit_test(test_shipped_paper_tight_differs_in_costs_and_tariffs_only),
        cmocka_unit_test(test_shipped_worlds_differ_by_seed_and_repeat),
        cmocka_unit_test(test_shipped_worlds_and_tasks_have_their_sums),
        cmocka_unit_test(test_shipped_scenario_names_are_suggested),
        cmocka_unit_test(test_shipped_paths_stay_inside),
        cmocka_unit_test(test_shipped_scenario_copies_are_complete_and_equal),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

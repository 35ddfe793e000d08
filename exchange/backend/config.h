// SPDX-License-Identifier: Apache-2.0
// config.h - what an agent is told by its owner: agent.yaml. docs/agent.md explains every key.

#ifndef DCAT_EXCHANGE_BACKEND_CONFIG_H
#define DCAT_EXCHANGE_BACKEND_CONFIG_H

#include "dcat/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum agent_ask_kind {
    AGENT_ASK_FORMULA = 0, // eq. (8) from the market's own costs
    AGENT_ASK_AMOUNT,      // so much per unit and hour
    AGENT_ASK_EXEC,        // what a program says
} agent_ask_kind;

typedef enum agent_backend { AGENT_SIM = 0, AGENT_PROCESS, AGENT_SLURM, AGENT_OCI } agent_backend;
enum { AGENT_BACKEND_COUNT = AGENT_OCI + 1 };

typedef struct agent_limits {                                 // of each payload
    double time_s;                                            // 0: none
    int64_t cpu_s, memory_mb, file_mb, processes, open_files; // 0: none
} agent_limits;

enum { AGENT_UNITS = 4, AGENT_BARS = 64 }; // as many as there are pools, and classes
typedef struct agent_price {
    int64_t kind;              // agent_ask_kind
    const char *amount, *exec; // Nullable
    int64_t per;               // index into agent_per_words
} agent_price;

typedef struct agent_unit { // devices of one type, in an exchange with classes of work
    const char *device;
    int64_t count;
    double speed_ghz;          // of them all; 0: as the exchange knows the device
    agent_price ask;           // amount or formula; as the server's where it has none
    const char *tariff_amount; // Nullable
    int64_t tariff_per;
} agent_unit;

typedef struct agent_server {
    const char *name;
    const char *node; // Nullable: of a network that is a graph
    agent_unit units[AGENT_UNITS];
    size_t unit_count;
    const char *bars[AGENT_BARS]; // classes of work that it does not work on
    size_t bar_count;
    const char *tariff_amount; // Nullable: of its own speed
    int64_t tariff_per;
    const char *benchmark; // Nullable: program of its owner that shows its speed
    const char *address;   // Nullable: HOST:PORT where a part that runs here is met by its team
    bool has_plane, has_globe;
    double x_km, y_km, lat, lon;
    double speed_ghz; // of all its cores together; 0: it sells units alone
    int64_t cores, cards;
    int64_t backend; // agent_backend
    double start_s;  // that a part takes beside its work, until receipts say more
    double factor;   // of sim: time that work takes, by the time that it should
    agent_price ask; // of its own speed, and of units without one
    agent_limits limits;
    const char *slurm_partition, *slurm_account, *slurm_qos; // Nullable
    const char *slurm_gres; // Nullable: gpu; what Slurm calls its cards, "none": it is not asked
    const char *oci_program, *oci_image; // Nullable: what is there; none
    int64_t oci_network;                 // 1: tasks that ask for it get the host's
    int64_t oci_inside;                  // 1: its client runs as a Slurm job
} agent_server;

// Whether what runs on it is a job of Slurm, or a process of this machine.
bool agent_server_uses_slurm(const agent_server *server);
bool agent_server_uses_processes(const agent_server *server);

extern const char *const agent_per_words[]; // as an ask says them; the last is for formula
extern const char *const agent_backend_words[AGENT_BACKEND_COUNT + 1]; // NULL at the end

typedef struct agent_config {
    const char *url, *key_file, *ca_file, *sign_key_file, *journal; // ca_file nullable
    const char *work_folder, *run_as;                               // nullable
    bool allow[AGENT_BACKEND_COUNT]; // of back ends that run what users send
    int fetch_schemes;               // of inputs: 1 https, 2 http, 4 file
    double fetch_s;                  // for all inputs of a payload
    double heartbeat_s, reconcile_s, ask_s, slurm_poll_s;
    agent_server *servers; // [server_count]
    size_t server_count;
    uid_t payload_uid; // of run_as, or of the agent itself
    gid_t payload_gid;
    char payload_user[64], payload_home[256];
} agent_config;

// Whether it runs anything that users send.
bool agent_config_runs_payloads(const agent_config *config);

// Read a file. Names of files in it are relative to its folder. Messages name file, line, key, rule
// and value. Errors: ERR_NOT_FOUND, ERR_FORMAT, ERR_FIELD, ERR_RANGE, ERR_IO, ERR_MEMORY.
dcat_status agent_config_load(const char *path, agent_config **config, dcat_error *err);
// The same from memory; path is what messages call it, and its folder the one of files.
dcat_status agent_config_read(const char *path, const char *text, size_t size,
                              agent_config **config, dcat_error *err);
void agent_config_free(agent_config *config); // nullable

#endif

// SPDX-License-Identifier: Apache-2.0
// store.h - an exchange whose log is on disk: FOLDER/exchange.db, by SQLite.
//
// The table event is the truth; transfers, balances, tasks and awards are written in the same
// transaction and follow from it. Whatever was applied since the last commit is one transaction:
// nobody may be answered before exchange_store_commit says DCAT_OK.
//
// After any failure to write the exchange in memory is ahead of the disk, so the store is dead:
// every later call says ERR_IO, and the program must end and begin again from the disk.

#ifndef DCAT_EXCHANGE_STORE_STORE_H
#define DCAT_EXCHANGE_STORE_STORE_H

#include "exchange/core/cut.h"
#include "exchange/core/exchange.h"
#include "exchange/store/merkle.h"
#include "exchange/store/told.h"

#define EXCHANGE_STORE_FILE "exchange.db"
enum { EXCHANGE_STORE_VERSION = 2 }; // of its tables

// What the first event of a log says, and holds for all of it.
typedef struct exchange_setup {
    exchange_config config;
    dcat_world_config world;                // what exchange_cut_config asks for
    const dcat_resources_config *resources; // Nullable: devices, classes and efficiencies
    const char *const *class_names, *const *device_names; // of these; Nullable: numbers
    const char *auction;                                  // name of a rule
    const dcat_area *areas;                               // [config.area_count]
    const char *name;      // what documents call this exchange; a name as of exchange_note
    const char *currency;  // the one that all amounts are in: ISO 4217
    int64_t begun_unix_ns; // wall time of slot 0, for people
    // Whether events `slot` bring their own seeds, as a simulation's do. Otherwise the store gives
    // them: the first 8 bytes, little endian, of SHA-256 of the root after the slot before and the
    // slot's number in 8 bytes, little endian. So nobody chooses lots who has seen the tasks.
    bool seeds_given;
} exchange_setup;

// Tell the config what it needs of the resources. Errors: ERR_RANGE: more than an exchange has.
dcat_status exchange_setup_classes(exchange_setup *setup, dcat_error *err);

typedef struct exchange_store exchange_store;

// A new log in a folder that exists. vfs: of SQLite; NULL: its own. Errors: ERR_RANGE, ERR_EXISTS
// (there is a log, or another process has it), ERR_IO, ERR_MEMORY.
dcat_status exchange_store_create(const char *folder, const char *vfs, const exchange_setup *setup,
                                  exchange_store **store, dcat_error *err);

// The log of a folder, to go on with: its last snapshot, and what came since applied and compared.
// One of older rules must end with a snapshot, as exchange_store_snapshot leaves it; it goes on by
// those of this program, and with its tables. Errors: ERR_NOT_FOUND, ERR_EXISTS (another process
// has it), ERR_FORMAT (naming the first event that is wrong), ERR_IO, ERR_MEMORY.
dcat_status exchange_store_open(const char *folder, const char *vfs, exchange_store **store,
                                dcat_error *err);
void exchange_store_close(exchange_store *store); // what was not committed is gone

// What can wait until answers are given, now and then between commits: a snapshot when one is due,
// or what is in the WAL into the database. One of both, since each takes its time.
dcat_status exchange_store_rest(exchange_store *store, dcat_error *err);
// A snapshot now: before an end, so that the next start is short; and before a new version of the
// program, which begins with it.
dcat_status exchange_store_snapshot(exchange_store *store, dcat_error *err);

// The whole log of a folder applied and compared: texts, leaves, transfers, awards, balances,
// tasks, snapshots. Where it was written by older rules, the chain, transfers and balances by what
// the events say, and the snapshot by which newer rules began. Errors: as exchange_store_open; then
// wrong_seq is the first bad event, 0 where none is to blame alone.
typedef struct exchange_audit {
    void *user;
    void (*progress)(void *user, size_t done, size_t total); // Nullable
    // Nullable: after every event that was applied; what it led to is told.
    void (*event)(void *user, const exchange_store *store, const exchange_event *event);
    // Compare every column of every table, too: all rows are written anew into a temporary
    // database. Not where a part of the log was written by older rules: then it is false
    // afterwards.
    bool tables;
    uint64_t events; // applied and compared
    uint64_t older;  // of older rules, of which the chain and the money were compared
    int64_t tasks, awards, transfers;
    merkle_hash root;
    int64_t wrong_seq;
} exchange_audit;
dcat_status exchange_store_audit(const char *folder, const char *vfs, exchange_audit *audit,
                                 dcat_error *err);

// What an event carries that the exchange does not read.
enum { EXCHANGE_NAME_MAX = 64, EXCHANGE_SEALED_MAX = 65536, EXCHANGE_SALT_BYTES = 16 };
typedef struct exchange_note {
    // Nullable: of a party or a server, and no other of its kind (of its party) has it; of a cycle,
    // by what its clusters were made. Public: printable ASCII without " and \, up to
    // EXCHANGE_NAME_MAX.
    const char *name;
    // What only those may see who take part: the payload of a task, a signed document, a legal
    // name. Kept beside the body behind EXCHANGE_SALT_BYTES; the body has the hash of both.
    const void *sealed; // Nullable
    size_t sealed_bytes;
} exchange_note;

// Apply an event; what is done is written with the next commit. Errors: ERR_IO, ERR_MEMORY: the
// store is dead.
dcat_status exchange_store_apply(exchange_store *store, const exchange_event *event,
                                 const exchange_note *note, exchange_result *result,
                                 dcat_error *err);
dcat_status exchange_store_commit(exchange_store *store, dcat_error *err);

// The lots of canaries after the last slot: the first 8 bytes, little endian, of SHA-256 of a
// secret and the root after that slot. The secret is drawn when a log with canaries begins and
// sealed with its first event, so nobody could choose it who knew the slots, and no provider can
// draw the lots. exchange_store_apply gives them to events that submit canaries.
uint64_t exchange_store_canary_seed(const exchange_store *store);

// Where the payload begins in what is sealed of a task; bytes: there is none.
size_t exchange_payload_at(const void *sealed, size_t bytes);

// The party of a name; -1: there is none. What cannot be read ends the store.
int32_t exchange_store_party(exchange_store *store, const char *name);

// What the last event led to that was done: until the next one is applied.
const exchange_told *exchange_store_told(const exchange_store *store);

// An answer that a party may ask for again by a key of its own: written in the transaction of the
// events that it tells of. Not for tasks, which have their client's id.
enum { EXCHANGE_ANSWER_KEY_MAX = 64 };
typedef struct exchange_answer {
    int32_t party;
    const void *key; // [key_bytes] <= EXCHANGE_ANSWER_KEY_MAX
    size_t key_bytes;
    merkle_hash body; // of what was asked
    int32_t status;   // of the answer
    const void *text; // [text_bytes] the answer
    size_t text_bytes;
} exchange_answer;
dcat_status exchange_store_answer(exchange_store *store, const exchange_answer *answer,
                                  dcat_error *err);
// CODE_DONE: nothing is known; CODE_KEY_REUSED: of another body; CODE_REPEATED: status and text are
// those of then, text until the next call of the store.
exchange_code exchange_store_answered(exchange_store *store, exchange_answer *answer);
// Forget answers to what happened before then.
dcat_status exchange_store_forget_answers(exchange_store *store, int64_t before_ns,
                                          dcat_error *err);

// The market of the sealed cycle, for an event `cycle`, which takes it over; until then the
// caller's, whose clusters it may set. With the config it can be made of a copy of the exchange
// (exchange_copy), beside who goes on with the store.
exchange_cut_config exchange_store_cut_config(const exchange_store *store, uint64_t world_seed);
dcat_status exchange_store_cut(const exchange_store *store, uint64_t world_seed, exchange_cut **cut,
                               dcat_error *err);

// What was signed of the log (exchange/log/keeper.h): the first `size` events, whose root it is,
// and tiles, 256 hashes each of one level of the tree, that are full since. Written with the next
// commit.
typedef struct exchange_tile {
    int level; // 0: of leaves
    uint64_t index;
    merkle_hash root;
} exchange_tile;
typedef struct exchange_signed {
    uint64_t size;
    int64_t slot; // of the last of these events
    merkle_hash root;
    const char *note, *verifier; // the checkpoint, NULL: only tiles yet; the key that signed it
    const exchange_tile *tiles;  // [tile_count]
    size_t tile_count;
} exchange_signed;
dcat_status exchange_store_sign(exchange_store *store, const exchange_signed *signed_,
                                dcat_error *err);
// The last one: size, slot and root. size 0: nothing was signed.
exchange_signed exchange_store_signed(const exchange_store *store);

const exchange *exchange_store_view(const exchange_store *store);
const exchange_setup *exchange_store_setup_view(const exchange_store *store);
int exchange_store_wal_pages(const exchange_store *store); // that are not in the database yet
uint64_t exchange_store_size(const exchange_store *store); // events, the first one included
merkle_hash exchange_store_root(const exchange_store *store);

#endif

// SPDX-License-Identifier: Apache-2.0
#include "crash.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 8, SECTOR = 512 };

typedef struct write_record { // not synced yet
    size_t at, length;
    bool cuts; // a truncation to `at`
    unsigned char *bytes;
} write_record;

typedef struct disk_file {
    char name[256];
    unsigned char *now, *synced;
    size_t now_length, synced_length;
    write_record *writes;
    size_t write_count, write_room;
    bool there;
} disk_file;

typedef struct disk {
    disk_file files[FILE_MAX];
    crash_hooks hooks;
    bool records; // writes for a cut; the image has none
} disk;

static disk machine_disk, image_disk;

typedef struct handle {
    sqlite3_file base;
    disk *on;
    disk_file *file;
} handle;

static void *grown(void *memory, size_t size)
{
    void *larger = realloc(memory, size == 0 ? 1 : size);
    assert(larger != NULL);
    return larger;
}

static void put(unsigned char **bytes, size_t *length, size_t at, const void *from, size_t count)
{
    if (at + count > *length) {
        *bytes = grown(*bytes, at + count);
        memset(&(*bytes)[*length], 0, at + count - *length);
        *length = at + count;
    }
    if (count > 0) {
        memcpy(&(*bytes)[at], from, count);
    }
}

static void record(disk *on, disk_file *f, write_record w, const void *bytes)
{
    if (!on->records) {
        return;
    }
    if (f->write_count == f->write_room) {
        f->write_room = 2 * f->write_room + 16;
        f->writes = grown(f->writes, f->write_room * sizeof *f->writes);
    }
    if (bytes != NULL) {
        w.bytes = grown(NULL, w.length);
        memcpy(w.bytes, bytes, w.length);
    }
    f->writes[f->write_count++] = w;
}

static void forget_writes(disk_file *f)
{
    for (size_t i = 0; i < f->write_count; i++) {
        free(f->writes[i].bytes);
    }
    f->write_count = 0;
}

static void clear(disk *d)
{
    for (int i = 0; i < FILE_MAX; i++) {
        forget_writes(&d->files[i]);
        free(d->files[i].writes);
        free(d->files[i].now);
        free(d->files[i].synced);
        d->files[i] = (disk_file){.there = false};
    }
}

static void point(const disk *on)
{
    if (on->hooks.before != NULL) {
        on->hooks.before(on->hooks.user);
    }
}

static bool refused(const disk *on)
{
    return on->hooks.refuses != NULL && on->hooks.refuses(on->hooks.user);
}

// ---- methods of a file

static int close_file(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

static int read_file(sqlite3_file *file, void *to, int count, sqlite3_int64 at)
{
    const disk_file *f = ((handle *)file)->file;
    if (refused(((handle *)file)->on)) {
        return SQLITE_IOERR_READ;
    }
    size_t have = (size_t)at < f->now_length ? f->now_length - (size_t)at : 0;
    have = have < (size_t)count ? have : (size_t)count;
    memset(to, 0, (size_t)count);
    if (have > 0) {
        memcpy(to, &f->now[at], have);
    }
    return have == (size_t)count ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_file(sqlite3_file *file, const void *from, int count, sqlite3_int64 at)
{
    handle *h = (handle *)file;
    point(h->on);
    if (refused(h->on)) {
        return SQLITE_FULL; // as of a disk that is
    }
    record(h->on, h->file, (write_record){(size_t)at, (size_t)count, false, NULL}, from);
    put(&h->file->now, &h->file->now_length, (size_t)at, from, (size_t)count);
    return SQLITE_OK;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    handle *h = (handle *)file;
    point(h->on);
    if (refused(h->on)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    record(h->on, h->file, (write_record){(size_t)size, 0, true, NULL}, NULL);
    if ((size_t)size < h->file->now_length) {
        h->file->now_length = (size_t)size;
    }
    return SQLITE_OK;
}

static int sync_file(sqlite3_file *file, int flags)
{
    (void)flags;
    handle *h = (handle *)file;
    point(h->on);
    if (refused(h->on)) {
        return SQLITE_IOERR_FSYNC;
    }
    if (!h->on->hooks.lies && h->on->records) {
        disk_file *f = h->file;
        f->synced_length = 0;
        put(&f->synced, &f->synced_length, 0, f->now, f->now_length);
        forget_writes(f);
    }
    return SQLITE_OK;
}

static int size_of_file(sqlite3_file *file, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)((handle *)file)->file->now_length;
    return SQLITE_OK;
}

static int lock_file(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int is_reserved(sqlite3_file *file, int *reserved)
{
    (void)file;
    *reserved = 0;
    return SQLITE_OK;
}

static int control(sqlite3_file *file, int operation, void *argument)
{
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

static int characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, // no shared memory: whoever is alone needs none
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = lock_file,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

// ---- methods of the file system

static disk *disk_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

// By its name alone: the folder is that of whoever looks.
static disk_file *find(disk *on, const char *path, bool make)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    disk_file *room = NULL;
    for (int i = 0; i < FILE_MAX; i++) {
        disk_file *f = &on->files[i];
        if (f->there && strcmp(f->name, name) == 0) {
            return f;
        }
        room = !f->there && room == NULL ? f : room;
    }
    if (!make) {
        return NULL;
    }
    assert(room != NULL && strlen(name) < sizeof room->name);
    strcpy(room->name, name);
    room->there = true;
    return room;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    handle *h = (handle *)file;
    *h = (handle){.base = {&methods}, .on = disk_of(vfs)};
    h->file = find(h->on, name == NULL ? "temporary" : name, true);
    if (out != NULL) {
        *out = flags;
    }
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)sync;
    disk *on = disk_of(vfs);
    disk_file *f = find(on, name, false);
    if (f == NULL) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    point(on);
    forget_writes(f);
    f->there = false;
    f->now_length = f->synced_length = 0;
    return SQLITE_OK;
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    (void)flags;
    const disk_file *f = find(disk_of(vfs), name, false);
    *result = f != NULL && f->now_length > 0;
    return SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int room, char *full)
{
    (void)vfs;
    sqlite3_snprintf(room, full, "%s", name);
    return SQLITE_OK;
}

static int random_bytes(sqlite3_vfs *vfs, int count, char *bytes)
{
    (void)vfs;
    memset(bytes, 7, (size_t)count);
    return count;
}

static int no_sleep(sqlite3_vfs *vfs, int micro)
{
    (void)vfs;
    return micro;
}

static int no_time(sqlite3_vfs *vfs, double *day)
{
    (void)vfs;
    *day = 2461000.5;
    return SQLITE_OK;
}

void crash_register(void)
{
    static sqlite3_vfs two[2];
    static const char *const names[2] = {CRASH_VFS, CRASH_IMAGE};
    for (int i = 0; i < 2; i++) {
        two[i] = (sqlite3_vfs){
            .iVersion = 1,
            .szOsFile = sizeof(handle),
            .mxPathname = 255,
            .zName = names[i],
            .pAppData = i == 0 ? &machine_disk : &image_disk,
            .xOpen = open_file,
            .xDelete = delete_file,
            .xAccess = access_file,
            .xFullPathname = full_name,
            .xRandomness = random_bytes,
            .xSleep = no_sleep,
            .xCurrentTime = no_time,
        };
        sqlite3_vfs_register(&two[i], 0);
    }
    machine_disk.records = true;
}

void crash_begin(const crash_hooks *hooks)
{
    clear(&machine_disk);
    machine_disk.hooks = *hooks;
}

void crash_end(void)
{
    clear(&machine_disk);
    clear(&image_disk);
    machine_disk.hooks = (crash_hooks){.user = NULL};
}

// ---- the cut

static void keep_sectors(disk_file *to, const write_record *w, dcat_rng *rng, bool torn)
{
    for (size_t at = 0; at < w->length; at += SECTOR) {
        size_t count = w->length - at < SECTOR ? w->length - at : SECTOR;
        unsigned char sector[SECTOR];
        memcpy(sector, &w->bytes[at], count);
        if (rng != NULL && dcat_rng_below(rng, 2) == 0) {
            continue;
        }
        if (rng != NULL && dcat_rng_below(rng, 10) == 0) {
            sector[dcat_rng_below(rng, (uint32_t)count)] ^= 0x5a;
        }
        if (torn && at >= w->length / 2) {
            break;
        }
        put(&to->now, &to->now_length, w->at + at, sector, count);
    }
}

void crash_cut(dcat_rng *rng, int pattern)
{
    clear(&image_disk);
    for (int i = 0; i < FILE_MAX; i++) {
        const disk_file *f = &machine_disk.files[i];
        if (!f->there) {
            continue;
        }
        disk_file *to = find(&image_disk, f->name, true);
        put(&to->now, &to->now_length, 0, f->synced, f->synced_length);
        for (size_t n = 0; pattern > 0 && n < f->write_count; n++) {
            const write_record *w = &f->writes[n];
            bool last = n + 1 == f->write_count;
            if (w->cuts && w->at < to->now_length) {
                to->now_length = w->at;
            } else if (!w->cuts) {
                keep_sectors(to, w, pattern > 1 ? rng : NULL, pattern == 1 && last);
            }
        }
    }
}

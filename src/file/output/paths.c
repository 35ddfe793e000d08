// SPDX-License-Identifier: Apache-2.0
#include "file/output/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

char *output_join(const char *a, const char *separator, const char *b)
{
    size_t size = strlen(a) + strlen(separator) + strlen(b) + 1;
    char *text = malloc(size);
    if (text != NULL) {
        snprintf(text, size, "%s%s%s", a, separator, b);
    }
    return text;
}

// A copy without trailing slashes; "/" stays.
char *output_trimmed(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    return strndup(path, length);
}

const char *output_last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

bool output_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

// Make the missing parents of path. *made becomes the topmost one made, to be removed on abort.
dcat_status output_make_parents(const char *path, char **made, dcat_error *err)
{
    char *copy = strdup(path);
    if (copy == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = DCAT_OK;
    for (char *slash = strchr(copy + 1, '/'); slash != NULL && status == DCAT_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) == 0) {
            if (*made == NULL) {
                *made = strdup(copy);
            }
        } else if (errno != EEXIST) {
            status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot make this folder: %s", copy,
                               strerror(errno));
        }
        *slash = '/';
    }
    free(copy);
    return status;
}

// Remove the folders that make_parents made, as far as they are empty, from path's parent up to
// made.
void output_remove_parents(const char *path, const char *made)
{
    char *copy = made == NULL ? NULL : strdup(path);
    char *slash = copy == NULL ? NULL : strrchr(copy, '/');
    while (slash != NULL) {
        *slash = '\0';
        if (strlen(copy) < strlen(made) || rmdir(copy) != 0) {
            break;
        }
        slash = strrchr(copy, '/');
    }
    free(copy);
}

// Six letters or digits that nobody else is likely to choose.
void output_random_suffix(char text[OUTPUT_SUFFIX_LENGTH + 1])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char bytes[OUTPUT_SUFFIX_LENGTH] = {0};
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        // The name is checked for being new anyway; the process number only makes that likely.
        unsigned number = (unsigned)getpid();
        memcpy(bytes, &number, sizeof number);
    }
    for (int i = 0; i < OUTPUT_SUFFIX_LENGTH; i++) {
        text[i] = letters[bytes[i] % (sizeof letters - 1)];
    }
    text[OUTPUT_SUFFIX_LENGTH] = '\0';
}

// Remove what is at folder/name, without following symbolic links.
bool output_remove_at(int folder, const char *name)
{
    if (unlinkat(folder, name, 0) == 0) {
        return true;
    }
    if (errno != EISDIR && errno != EPERM) {
        return false;
    }
    int inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = inner < 0 ? NULL : fdopendir(inner);
    if (list == NULL) {
        int reason = errno;
        if (inner >= 0) {
            close(inner);
        }
        errno = reason;
        return false;
    }
    int reason = 0; // the first
    errno = 0;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !output_remove_at(dirfd(list), entry->d_name) && reason == 0) {
            reason = errno;
        }
        errno = 0;
    }
    reason = reason == 0 ? errno : reason;
    closedir(list);
    if (unlinkat(folder, name, AT_REMOVEDIR) != 0 && reason == 0) {
        reason = errno;
    }
    errno = reason;
    return reason == 0;
}

// --- temporary names

// The descriptor of what is at a path, locked; -1 when somebody else holds it, or it cannot be.
static int lock_at(const char *path)
{
    int lock = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        lock = -1;
    }
    return lock;
}

// Whether an open descriptor is still what the path names.
static bool is_at(int descriptor, const char *path)
{
    struct stat here, there;
    return fstat(descriptor, &here) == 0 && lstat(path, &there) == 0 &&
           here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

// Make one of this name and lock it. False with errno EEXIST: try another name.
static bool make_locked(const char *name, bool folder, int *lock)
{
    if (folder && mkdir(name, 0777) != 0) {
        return false;
    }
    *lock = folder ? open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                   : open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (*lock < 0) {
        return false;
    }
    // A file system may know no locks; nobody takes ours for abandoned then.
    if ((flock(*lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) || !is_at(*lock, name)) {
        close(*lock); // somebody took it for abandoned before it was locked
        *lock = -1;
        errno = EEXIST;
        return false;
    }
    return true;
}

dcat_status output_make_temporary(const char *path, bool folder, char **name, int *lock,
                                  dcat_error *err)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        char suffix[OUTPUT_SUFFIX_LENGTH + 1];
        output_random_suffix(suffix);
        char *made = output_join(path, OUTPUT_TEMPORARY, suffix);
        if (made == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
        }
        if (make_locked(made, folder, lock)) {
            *name = made; // from now on the caller's to remove
            return DCAT_OK;
        }
        int reason = errno;
        free(made);
        if (reason != EEXIST) {
            return dcat_fail(err, DCAT_ERR_IO,
                             folder ? "%s: cannot make this folder: %s"
                                    : "%s: cannot write here: %s",
                             path, strerror(reason));
        }
    }
    return dcat_fail(err, DCAT_ERR_IO, "%s: cannot find a free temporary name", path);
}

void output_remove_abandoned(const char *path)
{
    const char *name = output_last_part(path);
    size_t name_length = strlen(name), middle = strlen(OUTPUT_TEMPORARY);
    char *parent = name == path ? strdup(".") : strndup(path, (size_t)(name - path));
    DIR *list = parent == NULL ? NULL : opendir(parent);
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list)) {
        const char *found = entry->d_name;
        if (strncmp(found, name, name_length) != 0 ||
            strncmp(found + name_length, OUTPUT_TEMPORARY, middle) != 0 ||
            strlen(found) != name_length + middle + OUTPUT_SUFFIX_LENGTH) {
            continue;
        }
        char *whole = output_join(parent, "/", found);
        int lock = whole == NULL ? -1 : lock_at(whole);
        if (lock >= 0) {
            output_remove_at(AT_FDCWD, whole);
            close(lock);
        }
        free(whole);
    }
    if (list != NULL) {
        closedir(list);
    }
    free(parent);
}

// --- onto the disk

bool output_sync_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return errno == EACCES; // may be written and not read
    }
    bool done = fsync(folder) == 0 || errno == EINVAL;
    int reason = errno;
    close(folder);
    errno = reason;
    return done;
}

bool output_sync_tree(const char *path)
{
    DIR *list = opendir(path);
    bool done = list != NULL;
    for (struct dirent *entry = done ? readdir(list) : NULL; done && entry != NULL;
         entry = readdir(list)) {
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(list), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISDIR(info.st_mode)) {
            continue;
        }
        char *inner = output_join(path, "/", entry->d_name);
        done = inner != NULL && output_sync_tree(inner);
        free(inner);
    }
    if (list != NULL) {
        closedir(list);
    }
    return done && output_sync_folder(path);
}

bool output_sync_parents(const char *path, const char *made)
{
    char *copy = strdup(path);
    bool done = copy != NULL;
    for (bool more = true; done && more;) {
        more = made != NULL && strlen(copy) > strlen(made);
        char *slash = strrchr(copy, '/');
        if (slash == NULL || slash == copy) {
            done = output_sync_folder(slash == NULL ? "." : "/");
            break;
        }
        *slash = '\0';
        done = output_sync_folder(copy);
        more = more || (made != NULL && strcmp(copy, made) == 0);
    }
    free(copy);
    return done;
}

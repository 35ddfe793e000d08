// SPDX-License-Identifier: Apache-2.0
// Files that are replaced together in a folder whose other files stay: paths.h.
#include "file/output/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool output_may_exchange(const char *path)
{
    char *above = output_join(path, "/", "..");
    struct stat here, parent, work;
    bool may = above != NULL && lstat(path, &here) == 0 && S_ISDIR(here.st_mode) &&
               stat(above, &parent) == 0 && here.st_dev == parent.st_dev &&
               here.st_ino != parent.st_ino && access(above, W_OK) == 0 && stat(".", &work) == 0 &&
               (here.st_ino != work.st_ino || here.st_dev != work.st_dev);
    const char *name = output_last_part(path);
    may = may && strcmp(name, "..") != 0;
    free(above);
    return may;
}

bool output_link_others(const char *from, const char *to)
{
    DIR *list = opendir(from);
    int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = list != NULL && target >= 0;
    errno = 0;
    for (struct dirent *entry = done ? readdir(list) : NULL; done && entry != NULL;
         entry = readdir(list)) {
        const char *name = entry->d_name;
        done = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
               linkat(dirfd(list), name, target, name, 0) == 0 || errno == EEXIST;
        errno = 0;
    }
    struct stat info;
    done = done && errno == 0 && fstat(dirfd(list), &info) == 0 &&
           fchmod(target, info.st_mode & 07777) == 0;
    if (list != NULL) {
        closedir(list);
    }
    if (target >= 0) {
        close(target);
    }
    return done;
}

dcat_status output_move_into(const char *from, const char *to, dcat_error *err)
{
    DIR *list = opendir(from);
    int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = list != NULL && target >= 0;
    for (struct dirent *entry = done ? readdir(list) : NULL; done && entry != NULL;
         entry = readdir(list)) {
        const char *name = entry->d_name;
        done = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
               renameat(dirfd(list), name, target, name) == 0;
    }
    dcat_status status =
        done ? DCAT_OK : dcat_fail(err, DCAT_ERR_IO, "%s: %s", to, strerror(errno));
    if (list != NULL) {
        closedir(list);
    }
    if (target >= 0) {
        close(target);
    }
    return status;
}

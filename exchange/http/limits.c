// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/limits.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PLACES = 4096 };

struct failures {
    pthread_mutex_t mutex;
    double rate_per_s;
    unsigned char secret[crypto_shorthash_KEYBYTES]; // so that nobody chooses who shares a place
    rate_limit places[PLACES];
};

static void fill(rate_limit *l, double rate_per_s, int64_t now_ns)
{
    double more = (double)(now_ns - l->at_ns) / 1e9 * rate_per_s;
    l->tokens = l->at_ns == 0 || l->tokens + more > rate_per_s ? rate_per_s : l->tokens + more;
    l->at_ns = now_ns;
}

bool limit_has(rate_limit *l, double rate_per_s, int64_t now_ns)
{
    fill(l, rate_per_s, now_ns);
    return l->tokens >= 1.0;
}

bool limit_take(rate_limit *l, double rate_per_s, int64_t now_ns)
{
    bool has = limit_has(l, rate_per_s, now_ns);
    l->tokens -= has ? 1.0 : 0.0;
    return has;
}

failures *failures_create(double rate_per_s)
{
    failures *f = calloc(1, sizeof *f);
    if (f != NULL) {
        pthread_mutex_init(&f->mutex, NULL);
        f->rate_per_s = rate_per_s;
        crypto_shorthash_keygen(f->secret);
    }
    return f;
}

void failures_destroy(failures *f)
{
    if (f != NULL) {
        pthread_mutex_destroy(&f->mutex);
        free(f);
    }
}

static rate_limit *place_of(failures *f, const struct sockaddr *from)
{
    unsigned char bytes[16] = {0}, hash[crypto_shorthash_BYTES];
    if (from != NULL && from->sa_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
    } else if (from != NULL && from->sa_family == AF_INET6) { // a network has as many as it likes
        memcpy(bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 8);
    }
    crypto_shorthash(hash, bytes, sizeof bytes, f->secret);
    return &f->places[(hash[0] | (unsigned)hash[1] << 8) % PLACES];
}

void failures_count(failures *f, const struct sockaddr *from, int64_t now_ns)
{
    pthread_mutex_lock(&f->mutex);
    limit_take(place_of(f, from), f->rate_per_s, now_ns);
    pthread_mutex_unlock(&f->mutex);
}

bool failures_allow(failures *f, const struct sockaddr *from, int64_t now_ns)
{
    pthread_mutex_lock(&f->mutex);
    bool may = limit_has(place_of(f, from), f->rate_per_s, now_ns);
    pthread_mutex_unlock(&f->mutex);
    return may;
}

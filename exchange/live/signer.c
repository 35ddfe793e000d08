// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/signer.h"

#include "exchange/live/writer.h"

#include <pthread.h>
#include <stdlib.h>

struct signer {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    log_keeper *keeper; // the thread's
    void (*ready)(void *user);
    void *user;
    bool stopped, wanted, has_signed;
    uint64_t size;    // wanted
    merkle_hash root; // of these
    exchange_signed last;
};

// Sign what is wanted until it is, or until a part of the way is to be stored.
static void work(signer *s)
{
    uint64_t size = s->size;
    const merkle_hash root = s->root;
    exchange_signed made;
    dcat_error err = {0};
    pthread_mutex_unlock(&s->mutex);
    if (log_keeper_sign(s->keeper, size, &root, &made, &err) != DCAT_OK) {
        live_die("the log cannot be signed", &err);
    }
    pthread_mutex_lock(&s->mutex);
    s->last = made;
    s->has_signed = true;
    s->wanted = s->size > made.size;
    pthread_cond_broadcast(&s->changed);
}

static void *sign(void *user)
{
    signer *s = user;
    pthread_mutex_lock(&s->mutex);
    while (!s->stopped) {
        if (!s->wanted || s->has_signed) {
            pthread_cond_wait(&s->changed, &s->mutex);
            continue;
        }
        work(s);
        pthread_mutex_unlock(&s->mutex);
        s->ready(s->user);
        pthread_mutex_lock(&s->mutex);
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

dcat_status signer_start(const char *folder, const exchange_store *store, void (*ready)(void *user),
                         void *user, signer **s, dcat_error *err)
{
    signer *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for checkpoints");
    }
    made->ready = ready;
    made->user = user;
    made->last = exchange_store_signed(store);
    dcat_status status = log_keeper_create(folder, store, &made->keeper, err);
    if (status != DCAT_OK) {
        free(made);
        return status;
    }
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->changed, NULL);
    if (pthread_create(&made->thread, NULL, sign, made) != 0) {
        made->stopped = true;
        signer_stop(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no thread for checkpoints");
    }
    *s = made;
    return DCAT_OK;
}

void signer_stop(signer *s)
{
    if (s == NULL) {
        return;
    }
    if (!s->stopped) {
        pthread_mutex_lock(&s->mutex);
        s->stopped = true;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->mutex);
        pthread_join(s->thread, NULL);
    }
    log_keeper_destroy(s->keeper);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

void signer_ask(signer *s, uint64_t size, const merkle_hash *root)
{
    pthread_mutex_lock(&s->mutex);
    s->size = size;
    s->root = *root;
    s->wanted = size > s->last.size;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
}

const exchange_signed *signer_look(signer *s, bool wait)
{
    pthread_mutex_lock(&s->mutex);
    while (wait && s->wanted && !s->has_signed) {
        pthread_cond_wait(&s->changed, &s->mutex);
    }
    const exchange_signed *last = s->has_signed ? &s->last : NULL;
    pthread_mutex_unlock(&s->mutex);
    return last;
}

void signer_stored(signer *s)
{
    pthread_mutex_lock(&s->mutex);
    s->has_signed = false;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
}

// SPDX-License-Identifier: Apache-2.0
// chapter.h - the log of any exchange, cut where its market changes: cycles in which the same
// servers take part, with the same speeds and costs, are one chapter.
//
// A chapter has a world of its own, bit for bit that of its cuts, in the same order, so that a
// story of it (story.h) auctions as the exchange did. What files call servers, areas and classes is
// said by a scenario that is written from the log.

#ifndef DCAT_EXCHANGE_FEED_CHAPTER_H
#define DCAT_EXCHANGE_FEED_CHAPTER_H

#include "exchange/feed/story.h"

typedef struct exchange_chapter {
    dcat_world *world;  // owned
    int32_t *server_of; // [S] owned: numbers in the exchange
    int32_t *party_of;  // [S] owned: who brought them
    uint32_t first;     // cycle, as exchange_story_cycles counts them
    uint32_t cycle_count;
    uint32_t number; // of its last cycle in the exchange, from 1
} exchange_chapter;

typedef struct exchange_book {
    exchange_chapter *chapters; // [count] in order
    size_t count;
    dcat_task *tasks; // [task_count] that were accepted, in order
    size_t task_count;
    char **class_names, **device_names; // up to a NULL; numbers where the log has no names
    const dcat_auction *auction;        // of the log
} exchange_book;

// Applies the whole log again and compares it, as an audit. Errors: ERR_RANGE: it has no cycle, or
// an auction that is not built in; those of exchange_store_audit.
dcat_status exchange_book_read(const char *folder, exchange_book *book, dcat_error *err);
void exchange_book_free(exchange_book *book);

// By what the clusters of the chapter's last cycle were made, as the log says it; "" where it says
// nothing. Errors: ERR_IO, those of exchange_reader_open.
dcat_status exchange_chapter_policy(const char *folder, const exchange_chapter *chapter,
                                    char policy[EXCHANGE_NAME_MAX + 1], dcat_error *err);

// scenario.yaml and the tables that it names into a folder that is there. Servers have their names
// of the log, with the number of their party behind it where others have the same; areas and nodes
// have numbers. Tasks are those of the whole log. Errors: ERR_IO, ERR_MEMORY, those of
// exchange_reader_open.
dcat_status exchange_chapter_write(const char *folder, const exchange_book *book,
                                   const exchange_chapter *chapter, const char *into,
                                   dcat_error *err);

#endif

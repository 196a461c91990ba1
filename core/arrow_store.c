/* Buffers of batches that are released come back for the next batch: fresh memory costs a page fault for each 4 KiB,
 * which takes as long as reading the rows that fill it. Batches are released by any thread, and after a fork, so there
 * is no lock: each place is taken and filled by an exchange. */
#include <stdatomic.h>
#include <stdlib.h>

#include "core/arrow.h"

/* What lies in front of a buffer. */
typedef union buffer_head {
    size_t bytes;
    char room[ARROW_ALIGNMENT];
} buffer_head;

struct arrow_store {
    atomic_size_t holders;
    atomic_size_t next; /* To go, when there are too many. */
    size_t most;
    _Atomic(buffer_head *) kept[]; /* NULL where there is none. */
};

arrow_store *arrow_store_new(size_t most) {
    arrow_store *store = malloc(sizeof *store + most * sizeof *store->kept);
    if (store == NULL)
        return NULL;
    atomic_init(&store->holders, 1);
    atomic_init(&store->next, 0);
    store->most = most;
    for (size_t i = 0; i < most; i++)
        atomic_init(&store->kept[i], NULL);
    return store;
}

void arrow_store_hold(arrow_store *store) {
    atomic_fetch_add_explicit(&store->holders, 1, memory_order_relaxed);
}

void arrow_store_drop(arrow_store *store) {
    if (atomic_fetch_sub_explicit(&store->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < store->most; i++)
        free(atomic_load_explicit(&store->kept[i], memory_order_relaxed));
    free(store);
}

/* In steps of an eighth or less, so that a batch a little larger finds room in what the one before had. */
static size_t round_up(size_t bytes) {
    size_t step = ARROW_ALIGNMENT;
    while (step * 16 <= bytes)
        step *= 2;
    return bytes > 0 ? (bytes + step - 1) / step * step : step;
}

/* Where there is no place left, one of those that came before goes. */
static void keep(arrow_store *store, buffer_head *head) {
    for (size_t i = 0; i < store->most; i++) {
        buffer_head *none = NULL;
        if (atomic_compare_exchange_strong_explicit(&store->kept[i], &none, head, memory_order_release,
                                                    memory_order_relaxed))
            return;
    }
    size_t place = atomic_fetch_add_explicit(&store->next, 1, memory_order_relaxed) % store->most;
    free(atomic_exchange_explicit(&store->kept[place], head, memory_order_acq_rel));
}

void *arrow_store_take(arrow_store *store, size_t bytes) {
    bytes = round_up(bytes);
    for (size_t i = 0; i < store->most; i++) {
        buffer_head *head = atomic_exchange_explicit(&store->kept[i], NULL, memory_order_acquire);
        if (head == NULL)
            continue;
        if (head->bytes >= bytes && head->bytes - bytes <= bytes / 4)
            return head + 1;
        keep(store, head);
    }
    buffer_head *head = aligned_alloc(ARROW_ALIGNMENT, sizeof *head + bytes);
    if (head == NULL)
        return NULL;
    head->bytes = bytes;
    return head + 1;
}

void arrow_store_give(arrow_store *store, void *buffer) {
    if (buffer != NULL)
        keep(store, (buffer_head *)buffer - 1);
}

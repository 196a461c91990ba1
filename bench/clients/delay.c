#include "bench/clients/delay.h"

#include "bench/bench_common.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_BYTES 65536
#define MAX_LINKS 64
#define NS_PER_US 1000

/* Bytes on the way; none at all: the end. */
typedef struct delay_piece {
    struct delay_piece *next;
    int64_t due_ns;
    size_t length;
    size_t sent;
    char bytes[];
} delay_piece;

/* One direction of a connection. */
typedef struct delay_way {
    int from, to;
    delay_piece *first, *last;
    bool has_ended; /* Nothing more comes. */
    bool is_done;   /* And that has been passed on. */
} delay_way;

typedef struct delay_link {
    delay_way there, back;
    bool is_broken;
} delay_link;

struct clients_delay {
    int64_t delay_ns;
    struct sockaddr_un server;
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    int listener;
    int stop; /* An eventfd. */
    pthread_t thread;
    delay_link links[MAX_LINKS];
    int link_count;
};

/* ---- Links. ---- */

static void open_link(clients_delay *delay) {
    int client = accept4(delay->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || delay->link_count == MAX_LINKS ||
        connect(server, (const struct sockaddr *)&delay->server, sizeof delay->server) != 0)
        bench_die("no connection to %s behind the slow network: %s", delay->server.sun_path, strerror(errno));
    fcntl(client, F_SETFL, O_NONBLOCK);
    fcntl(server, F_SETFL, O_NONBLOCK);
    delay->links[delay->link_count++] = (delay_link){
        .there = {.from = client, .to = server},
        .back = {.from = server, .to = client},
    };
}

static void free_pieces(delay_way *way) {
    while (way->first != NULL) {
        delay_piece *piece = way->first;
        way->first = piece->next;
        free(piece);
    }
}

static void close_link(delay_link *link) {
    free_pieces(&link->there);
    free_pieces(&link->back);
    close(link->there.from);
    close(link->back.from);
}

static void close_finished_links(clients_delay *delay) {
    int kept = 0;
    for (int i = 0; i < delay->link_count; i++) {
        delay_link *link = &delay->links[i];
        if (link->is_broken || (link->there.is_done && link->back.is_done))
            close_link(link);
        else
            delay->links[kept++] = *link;
    }
    delay->link_count = kept;
}

/* ---- Bytes. ---- */

static void queue_piece(clients_delay *delay, delay_way *way, const char *bytes, size_t length) {
    delay_piece *piece = malloc(sizeof *piece + length);
    if (piece == NULL)
        bench_die("out of memory");
    *piece = (delay_piece){.due_ns = bench_now_ns() + delay->delay_ns, .length = length};
    memcpy(piece->bytes, bytes, length);
    if (way->first == NULL)
        way->first = piece;
    else
        way->last->next = piece;
    way->last = piece;
}

static void take_bytes(clients_delay *delay, delay_link *link, delay_way *way) {
    static _Thread_local char bytes[READ_BYTES];
    ssize_t length = recv(way->from, bytes, sizeof bytes, 0);
    if (length < 0 && errno != EAGAIN && errno != EINTR)
        link->is_broken = true;
    if (length < 0)
        return;
    way->has_ended = length == 0;
    queue_piece(delay, way, bytes, (size_t)length);
}

/* Passes on what is due, as far as the other end takes it. */
static void pass_bytes(delay_link *link, delay_way *way) {
    while (way->first != NULL && way->first->due_ns <= bench_now_ns()) {
        delay_piece *piece = way->first;
        ssize_t sent = 0;
        if (piece->length == 0) {
            shutdown(way->to, SHUT_WR);
            way->is_done = true;
        } else {
            sent = send(way->to, piece->bytes + piece->sent, piece->length - piece->sent, MSG_NOSIGNAL);
        }
        if (sent < 0) {
            link->is_broken = errno != EAGAIN && errno != EINTR;
            return;
        }
        piece->sent += (size_t)sent;
        if (piece->sent < piece->length)
            return;
        way->first = piece->next;
        free(piece);
    }
}

/* ---- The thread. ---- */

/* What to wait for in one direction: its next bytes, and room at the other end for what is due. */
static void watch_way(const delay_way *way, int64_t now_ns, struct pollfd polls[2], int64_t *wake_ns) {
    bool is_due = way->first != NULL && way->first->due_ns <= now_ns;
    polls[0] = (struct pollfd){.fd = way->has_ended ? -1 : way->from, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = is_due ? way->to : -1, .events = POLLOUT};
    if (way->first != NULL && !is_due && way->first->due_ns < *wake_ns)
        *wake_ns = way->first->due_ns;
}

/* Waits for anything to do. */
static void wait_for_work(clients_delay *delay, struct pollfd *polls) {
    int64_t now_ns = bench_now_ns();
    int64_t wake_ns = INT64_MAX;
    polls[0] = (struct pollfd){.fd = delay->stop, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = delay->listener, .events = POLLIN};
    for (int i = 0; i < delay->link_count; i++) {
        watch_way(&delay->links[i].there, now_ns, &polls[4 * i + 2], &wake_ns);
        watch_way(&delay->links[i].back, now_ns, &polls[4 * i + 4], &wake_ns);
    }
    struct timespec pause = {.tv_sec = (wake_ns - now_ns) / BENCH_NS_PER_S,
                             .tv_nsec = (wake_ns - now_ns) % BENCH_NS_PER_S};
    if (ppoll(polls, 2 + 4 * (nfds_t)delay->link_count, wake_ns < INT64_MAX ? &pause : NULL, NULL) < 0 &&
        errno != EINTR)
        bench_die("poll: %s", strerror(errno));
}

static void *forward(void *argument) {
    clients_delay *delay = argument;
    struct pollfd polls[2 + 4 * MAX_LINKS];
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (;;) {
        wait_for_work(delay, polls);
        if (polls[0].revents != 0)
            return NULL;
        for (int i = 0; i < delay->link_count; i++) {
            delay_link *link = &delay->links[i];
            if (polls[4 * i + 2].revents != 0)
                take_bytes(delay, link, &link->there);
            if (polls[4 * i + 4].revents != 0)
                take_bytes(delay, link, &link->back);
            pass_bytes(link, &link->there);
            pass_bytes(link, &link->back);
        }
        close_finished_links(delay);
        if (polls[1].revents != 0)
            open_link(delay);
    }
}

/* ---- Opening and closing. ---- */

static struct sockaddr_un address_of(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        bench_die("too long for the name of a socket: %s", path);
    strcpy(address.sun_path, path);
    return address;
}

clients_delay *clients_delay_open(const char *path, const char *server_path, int64_t delay_us) {
    struct sockaddr_un address = address_of(path);
    clients_delay *delay = calloc(1, sizeof *delay);
    if (delay == NULL)
        bench_die("out of memory");
    delay->delay_ns = delay_us * NS_PER_US;
    delay->server = address_of(server_path);
    strcpy(delay->path, path);
    delay->stop = eventfd(0, EFD_CLOEXEC);
    delay->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (delay->stop < 0 || delay->listener < 0 ||
        bind(delay->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(delay->listener, MAX_LINKS) != 0 || pthread_create(&delay->thread, NULL, forward, delay) != 0)
        bench_die("no slow network at %s: %s", path, strerror(errno));
    return delay;
}

void clients_delay_close(clients_delay *delay) {
    if (eventfd_write(delay->stop, 1) != 0)
        bench_die("the slow network can't be stopped: %s", strerror(errno));
    pthread_join(delay->thread, NULL);
    for (int i = 0; i < delay->link_count; i++)
        close_link(&delay->links[i]);
    close(delay->listener);
    close(delay->stop);
    remove(delay->path);
    free(delay);
}

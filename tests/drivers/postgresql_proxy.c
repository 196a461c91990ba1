#include "tests/drivers/postgresql_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/drivers/postgresql_fixture.h"

#define MOST_PAIRS 8
#define PIECE_BYTES 65536

enum { CLIENT, SERVER, SIDES };

static struct {
    pthread_t thread;
    int listener;
    uint16_t port;
    atomic_bool is_ending;
    int pairs[MOST_PAIRS][SIDES]; /* -1 for none. */
    int last_speaker;
    bool is_cut_with_answer;
    atomic_int turns;
    const char *_Atomic before;
    const char *_Atomic after;
    char piece[PIECE_BYTES];
} proxy;

static int connect_to_server(void) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)atoi(fixture_variable("BERTH_TEST_POSTGRESQL_PORT")))};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL(connect(server, (struct sockaddr *)&address, sizeof address), 0);
    return server;
}

static void accept_pair(void) {
    int place = 0;
    while (proxy.pairs[place][CLIENT] >= 0)
        place++;
    proxy.pairs[place][CLIENT] = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC);
    proxy.pairs[place][SERVER] = connect_to_server();
}

static void cut(int *pair) {
    for (int side = 0; side < SIDES; side++) {
        close(pair[side]);
        pair[side] = -1;
    }
}

static bool has_word(const char *word, size_t length) {
    return word != NULL && memmem(proxy.piece, length, word, strlen(word)) != NULL;
}

static bool write_all(int to, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t written = send(to, proxy.piece + done, length - done, MSG_NOSIGNAL);
        if (written < 0)
            return false;
        done += (size_t)written;
    }
    return true;
}

/* Hands on what one side says. */
static void hand_on(int *pair, int side) {
    ssize_t length = recv(pair[side], proxy.piece, sizeof proxy.piece, 0);
    bool is_end = length <= 0;
    if (!is_end && side == CLIENT && proxy.last_speaker == SERVER)
        atomic_fetch_add(&proxy.turns, 1);
    if (!is_end)
        proxy.last_speaker = side;
    if (!is_end && side == CLIENT) {
        is_end = has_word(atomic_load(&proxy.before), (size_t)length);
        proxy.is_cut_with_answer |= has_word(atomic_load(&proxy.after), (size_t)length);
    } else if (!is_end) {
        is_end = proxy.is_cut_with_answer;
    }
    if (is_end || !write_all(pair[1 - side], (size_t)length))
        cut(pair);
}

static void *run(void *unused) {
    (void)unused;
    while (!atomic_load(&proxy.is_ending)) {
        struct pollfd watched[1 + MOST_PAIRS * SIDES] = {{.fd = proxy.listener, .events = POLLIN}};
        for (int i = 0; i < MOST_PAIRS * SIDES; i++)
            watched[1 + i] = (struct pollfd){.fd = proxy.pairs[i / SIDES][i % SIDES], .events = POLLIN};
        if (poll(watched, 1 + MOST_PAIRS * SIDES, 20) <= 0)
            continue;
        for (int i = 0; i < MOST_PAIRS * SIDES; i++)
            if (watched[1 + i].revents != 0 && proxy.pairs[i / SIDES][i % SIDES] == watched[1 + i].fd)
                hand_on(proxy.pairs[i / SIDES], i % SIDES);
        if (watched[0].revents != 0)
            accept_pair();
    }
    return NULL;
}

static void start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    memset(&proxy, 0, sizeof proxy);
    memset(proxy.pairs, -1, sizeof proxy.pairs);
    proxy.last_speaker = SERVER;
    proxy.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL_FATAL(bind(proxy.listener, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL_FATAL(listen(proxy.listener, MOST_PAIRS), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(proxy.listener, (struct sockaddr *)&address, &size), 0);
    proxy.port = ntohs(address.sin_port);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&proxy.thread, NULL, run, NULL), 0);
}

berth_driver_connection *proxy_connect(const char *const *options) {
    berth_connect_info info = fixture_tcp_info("127.0.0.1", options);
    start();
    const berth_host host = {"127.0.0.1", proxy.port, 0};
    info.hosts = &host;
    info.tls = BERTH_TLS_DISABLE;
    berth_driver_connection *connection = fixture_connect_to(&info);
    atomic_store(&proxy.turns, 0);
    return connection;
}

void proxy_close(berth_driver_connection *connection) {
    fixture_close(connection);
    atomic_store(&proxy.is_ending, true);
    pthread_join(proxy.thread, NULL);
    for (int i = 0; i < MOST_PAIRS; i++)
        cut(proxy.pairs[i]);
    close(proxy.listener);
}

int proxy_round_trips(void) {
    return atomic_exchange(&proxy.turns, 0);
}

void proxy_cut_before(const char *word) {
    atomic_store(&proxy.before, word);
}

void proxy_cut_after(const char *word) {
    atomic_store(&proxy.after, word);
}

#include "bench/bench_common.h"
#include "bench/clients/delay.h"
#include "tests/support/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DELAY_US 3000
#define THERE_AND_BACK_NS (2 * DELAY_US * INT64_C(1000))
#define MANY_BYTES 1000000

/* A server that sends back what it gets, behind a slow network, and a client at the other end. */
typedef struct stage {
    char folder[64], path[96], server_path[96];
    int listener, client;
    pthread_t server;
    clients_delay *delay;
} stage;

static struct sockaddr_un address_of(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static void send_all(int socket, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* Gives how many bytes came before the end. */
static size_t receive_all(int socket, char *bytes, size_t length) {
    size_t received = 0;
    while (received < length) {
        ssize_t more = recv(socket, bytes + received, length - received, 0);
        if (more <= 0)
            break;
        received += (size_t)more;
    }
    return received;
}

static void *send_back(void *argument) {
    const stage *stage = argument;
    char bytes[1000];
    ssize_t length;
    int connection = accept(stage->listener, NULL, NULL);
    while ((length = recv(connection, bytes, sizeof bytes, 0)) > 0)
        send_all(connection, bytes, (size_t)length);
    close(connection);
    return NULL;
}

static void set_stage(stage *stage) {
    strcpy(stage->folder, "/tmp/berth-delay-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(stage->folder));
    snprintf(stage->path, sizeof stage->path, "%s/slow", stage->folder);
    snprintf(stage->server_path, sizeof stage->server_path, "%s/server", stage->folder);
    struct sockaddr_un server = address_of(stage->server_path);
    struct sockaddr_un slow = address_of(stage->path);
    stage->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(stage->listener, (struct sockaddr *)&server, sizeof server), 0);
    CU_ASSERT_EQUAL_FATAL(listen(stage->listener, 1), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&stage->server, NULL, send_back, stage), 0);
    stage->delay = clients_delay_open(stage->path, stage->server_path, DELAY_US);
    stage->client = socket(AF_UNIX, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(connect(stage->client, (struct sockaddr *)&slow, sizeof slow), 0);
}

static void clear_stage(stage *stage) {
    close(stage->client);
    if (stage->delay != NULL)
        clients_delay_close(stage->delay);
    pthread_join(stage->server, NULL);
    close(stage->listener);
    remove(stage->server_path);
    CU_ASSERT_EQUAL(rmdir(stage->folder), 0);
}

static void test_no_byte_is_early(void) {
    stage stage = {0};
    set_stage(&stage);
    for (int i = 0; i < 5; i++) {
        char byte = (char)i, found = -1;
        int64_t start_ns = bench_now_ns();
        send_all(stage.client, &byte, 1);
        CU_ASSERT_EQUAL(receive_all(stage.client, &found, 1), 1);
        CU_ASSERT_TRUE(bench_now_ns() - start_ns >= THERE_AND_BACK_NS);
        CU_ASSERT_EQUAL(found, byte);
    }
    clear_stage(&stage);
}

static void test_any_number_of_bytes_is_on_the_way_in_order(void) {
    static char sent[MANY_BYTES], found[MANY_BYTES];
    stage stage = {0};
    set_stage(&stage);
    for (size_t i = 0; i < MANY_BYTES; i++)
        sent[i] = (char)(i * 31 + i / 256);
    for (size_t at = 0, length = 1; at < MANY_BYTES; at += length, length = length * 2 % 99991) {
        if (length > MANY_BYTES - at)
            length = MANY_BYTES - at;
        send_all(stage.client, sent + at, length);
    }
    CU_ASSERT_EQUAL(receive_all(stage.client, found, MANY_BYTES), MANY_BYTES);
    CU_ASSERT_EQUAL(memcmp(found, sent, MANY_BYTES), 0);
    clear_stage(&stage);
}

static void test_an_end_comes_after_the_last_byte_and_no_earlier(void) {
    stage stage = {0};
    char found[8] = "";
    set_stage(&stage);
    int64_t start_ns = bench_now_ns();
    send_all(stage.client, "last", 4);
    shutdown(stage.client, SHUT_WR);
    CU_ASSERT_EQUAL(receive_all(stage.client, found, sizeof found), 4);
    CU_ASSERT_TRUE(bench_now_ns() - start_ns >= THERE_AND_BACK_NS);
    ASSERT_TEXT(found, "last");
    clear_stage(&stage);
}

static void test_closing_breaks_what_is_left(void) {
    stage stage = {0};
    char byte = 1;
    set_stage(&stage);
    send_all(stage.client, &byte, 1);
    CU_ASSERT_EQUAL(receive_all(stage.client, &byte, 1), 1);
    clients_delay_close(stage.delay);
    stage.delay = NULL;
    CU_ASSERT_EQUAL(receive_all(stage.client, &byte, 1), 0);
    CU_ASSERT_EQUAL(access(stage.path, F_OK), -1);
    clear_stage(&stage);
}

SUITE("a slow network", TEST(test_no_byte_is_early), TEST(test_any_number_of_bytes_is_on_the_way_in_order),
      TEST(test_an_end_comes_after_the_last_byte_and_no_earlier), TEST(test_closing_breaks_what_is_left))

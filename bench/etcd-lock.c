/*
 * Takes and gives back locks of etcd as its clients do, over its HTTP/JSON gateway: a lease, a transaction
 * that puts the key if nobody has it, and the lease revoked, which deletes the key. One key a connection, one
 * request in flight on each.
 *
 *   etcd-lock PORT CONNECTIONS SECONDS
 *
 * Prints "requests/s cycles/s p50 p95 p99" (milliseconds of a whole cycle). Exits with 1 at an answer that is
 * none of those expected. Build: gcc -O2 -o etcd-lock etcd-lock.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { GRANT, TAKE, REVOKE, STEPS };
enum { MAX_ANSWER = 8192 };

struct connection {
  int socket, step, used;
  char lease[32];
  char key[16]; /* base64 */
  double began;
  char answer[MAX_ANSWER + 1];
};

static long requests, cycles, room;
static float *durations;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "etcd-lock: %s: %s\n", what, detail);
  exit(1);
}

static void ask(struct connection *c) {
  static const char *paths[STEPS] = {"/v3/lease/grant", "/v3/kv/txn", "/v3/lease/revoke"};
  char body[512], request[1024];
  switch (c->step) {
    case GRANT:
      c->began = now();
      strcpy(body, "{\"TTL\":30}");
      break;
    case TAKE:
      snprintf(body, sizeof body,
               "{\"compare\":[{\"key\":\"%s\",\"target\":\"CREATE\",\"create_revision\":\"0\"}],"
               "\"success\":[{\"request_put\":{\"key\":\"%s\",\"value\":\"bG9ja2Vk\",\"lease\":\"%s\"}}]}",
               c->key, c->key, c->lease);
      break;
    default:
      snprintf(body, sizeof body, "{\"ID\":\"%s\"}", c->lease);
  }
  int size = snprintf(request, sizeof request,
                      "POST %s HTTP/1.1\r\nHost: etcd\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\n\r\n%s",
                      paths[c->step], strlen(body), body);
  if (send(c->socket, request, size, MSG_NOSIGNAL) != size) fail("send", strerror(errno));
  requests++;
}

/* Whether the answer is complete: its headers, and as much body as they say. */
static int complete(struct connection *c) {
  char *end = strstr(c->answer, "\r\n\r\n");
  if (end == NULL) return 0;
  char *length = strcasestr(c->answer, "\r\nContent-Length:");
  if (length == NULL || length > end) fail("no length in", c->answer);
  return c->used >= end + 4 - c->answer + atoi(length + 17);
}

static void answered(struct connection *c) {
  if (strncmp(c->answer, "HTTP/1.1 200", 12) != 0) fail("answer", c->answer);
  if (c->step == GRANT) {
    char *id = strstr(c->answer, "\"ID\":\"");
    if (id == NULL) fail("no lease in", c->answer);
    id += 6;
    size_t size = strcspn(id, "\"");
    if (size >= sizeof c->lease) fail("lease", c->answer);
    memcpy(c->lease, id, size);
    c->lease[size] = 0;
  } else if (c->step == TAKE && strstr(c->answer, "\"succeeded\":true") == NULL) {
    fail("somebody has the key", c->answer);
  }
  if (c->step == REVOKE) {
    if (cycles == room) {
      room = room ? room * 2 : 1 << 16;
      durations = realloc(durations, room * sizeof *durations);
      if (durations == NULL) fail("memory", "none left");
    }
    durations[cycles++] = (float)((now() - c->began) * 1e3);
  }
  c->step = (c->step + 1) % STEPS;
}

static int rising(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

int main(int count, char **arguments) {
  if (count != 4) fail("usage", "etcd-lock PORT CONNECTIONS SECONDS");
  int connections = atoi(arguments[2]);
  double seconds = atof(arguments[3]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  struct connection *all = calloc(connections, sizeof *all);
  int poll = epoll_create1(0), one = 1;
  for (int i = 0; i < connections; i++) {
    struct connection *c = &all[i];
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->socket, (struct sockaddr *)&address, sizeof address)) fail("connect", strerror(errno));
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* four base64 digits are three bytes: every connection has a key of its own */
    snprintf(c->key, sizeof c->key, "a2V5%c%cAA", 'A' + i / 26 % 26, 'A' + i % 26);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &event);
  }
  double began = now();
  for (int i = 0; i < connections; i++) ask(&all[i]);
  int open = connections;
  while (open > 0) {
    struct epoll_event events[64];
    int ready = epoll_wait(poll, events, 64, 10000);
    if (ready <= 0) fail("no answer", "within 10 s");
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      ssize_t size = recv(c->socket, c->answer + c->used, MAX_ANSWER - c->used, 0);
      if (size <= 0) fail("receive", size ? strerror(errno) : "connection ended");
      c->used += size;
      c->answer[c->used] = 0;
      if (!complete(c)) continue;
      answered(c);
      c->used = 0;
      if (c->step == GRANT && now() - began >= seconds) { /* ends with nothing held */
        close(c->socket);
        open--;
      } else {
        ask(c);
      }
    }
  }
  double took = now() - began;
  qsort(durations, cycles, sizeof *durations, rising);
  printf("%.0f %.0f %.2f %.2f %.2f\n", requests / took, cycles / took, durations[cycles / 2],
         durations[cycles * 95 / 100], durations[cycles * 99 / 100]);
  return 0;
}

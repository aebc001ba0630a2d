/* Drives a lock server or Redis with the same work, closed loop: on every connection so many requests
 * are in flight, each the taking or the giving back of a lock of the connection's own.
 *
 *   gcc -O2 -o load load.c
 *   ./load lock|redis PORT CONNECTIONS PIPELINE SECONDS KEYS FIRST
 *
 * KEYS locks per connection are used in turn; FIRST numbers the first connection, so that two runs do
 * not meet on a key. The first third of SECONDS is not counted. Every answer is checked: one that is
 * not the expected success counts as wrong. Prints: requests a second, wrong, then p50 p95 p99 in ms.
 * Only ever talks to 127.0.0.1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SENT_RING 2048
#define BUCKETS 1000000 /* one a microsecond; the last holds all above */

struct peer {
  int fd;
  long number, asked, answered;
  long sent_ns[SENT_RING];
  char line[512]; /* what has come of an answer */
  int line_size;
  char out[SENT_RING * 220];
  int out_size, out_at;
};

static int is_redis;
static long keys;
static long counted, wrong;
static unsigned bucket[BUCKETS];

static long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void ask(struct peer *p, long now) {
  long pair = p->asked / 2;
  int take = p->asked % 2 == 0;
  char key[64];
  int length = sprintf(key, "bench:%ld:%ld", p->number, pair % keys);
  char *to = p->out + p->out_size;
  if (is_redis && take)
    p->out_size += sprintf(to, "*6\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$1\r\nw\r\n$2\r\nNX\r\n$2\r\nPX\r\n$5\r\n30000\r\n", length, key);
  else if (is_redis)
    p->out_size += sprintf(to, "*2\r\n$3\r\nDEL\r\n$%d\r\n%s\r\n", length, key);
  else if (take)
    p->out_size += sprintf(to, "{\"action\":\"acquire\",\"key\":\"%s\",\"ttl\":30,\"owner\":\"w%ld\"}\n", key, p->number);
  else
    p->out_size += sprintf(to, "{\"action\":\"release\",\"key\":\"%s\",\"owner\":\"w%ld\"}\n", key, p->number);
  p->sent_ns[p->asked++ % SENT_RING] = now;
}

static void flush_out(struct peer *p) {
  while (p->out_at < p->out_size) {
    ssize_t n = write(p->fd, p->out + p->out_at, p->out_size - p->out_at);
    if (n < 0) {
      if (errno == EAGAIN) return;
      perror("write");
      exit(1);
    }
    p->out_at += n;
  }
  p->out_at = p->out_size = 0;
}

static int is_right(const struct peer *p) {
  int took = p->answered % 2 == 0;
  if (is_redis) return strncmp(p->line, took ? "+OK" : ":1", took ? 3 : 2) == 0;
  const char *start = took ? "{\"success\":true,\"token\":" : "{\"success\":true}";
  return strncmp(p->line, start, strlen(start)) == 0;
}

static void one_answer(struct peer *p, long now, int counting) {
  p->line[p->line_size < 511 ? p->line_size : 511] = 0;
  if (counting) {
    long us = (now - p->sent_ns[p->answered % SENT_RING]) / 1000;
    bucket[us < BUCKETS ? us : BUCKETS - 1]++;
    counted++;
  }
  if (!is_right(p)) wrong++;
  p->answered++;
  p->line_size = 0;
}

static double percentile(double share) {
  long sum = 0;
  for (int i = 0; i < BUCKETS; i++)
    if ((sum += bucket[i]) >= share * counted) return i / 1000.0;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 8) {
    fprintf(stderr, "usage: load lock|redis PORT CONNECTIONS PIPELINE SECONDS KEYS FIRST\n");
    return 2;
  }
  is_redis = strcmp(argv[1], "redis") == 0;
  int port = atoi(argv[2]), connections = atoi(argv[3]), pipeline = atoi(argv[4]);
  double seconds = atof(argv[5]);
  keys = atol(argv[6]);
  if (connections < 1 || pipeline < 1 || pipeline > SENT_RING / 2 || seconds <= 0 || keys < 1) {
    fprintf(stderr, "load: CONNECTIONS and KEYS from 1, PIPELINE 1..%d, SECONDS above 0\n", SENT_RING / 2);
    return 2;
  }
  struct peer *all = calloc(connections, sizeof *all);
  int poll = epoll_create1(0), on = 1;
  for (int i = 0; i < connections; i++) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    all[i].number = atol(argv[7]) + i;
    if (connect(all[i].fd, (struct sockaddr *)&to, sizeof to) < 0) {
      perror("connect");
      return 1;
    }
    setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
    epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
  }
  long start = now_ns(), count_from = start + (long)(seconds / 3 * 1e9), end = start + (long)(seconds * 1e9);
  for (int i = 0; i < connections; i++) {
    for (int j = 0; j < pipeline; j++) ask(&all[i], start);
    flush_out(&all[i]);
  }
  static char in[65536];
  struct epoll_event ready[128];
  for (long now = start; now < end; now = now_ns()) {
    int n = epoll_wait(poll, ready, 128, 100);
    for (int i = 0; i < n; i++) {
      struct peer *p = ready[i].data.ptr;
      ssize_t size = read(p->fd, in, sizeof in);
      if (size < 0 && errno == EAGAIN) continue;
      if (size <= 0) {
        fprintf(stderr, "load: the server has closed a connection\n");
        return 1;
      }
      long arrived = now_ns();
      for (ssize_t k = 0; k < size; k++) {
        if (in[k] == '\n') {
          one_answer(p, arrived, arrived >= count_from);
          ask(p, arrived);
        } else if (p->line_size < 511) {
          p->line[p->line_size++] = in[k];
        }
      }
      flush_out(p);
    }
  }
  printf("%.0f %ld %.3f %.3f %.3f\n", counted / ((now_ns() - count_from) / 1e9), wrong, percentile(.5), percentile(.95), percentile(.99));
  return wrong > 0;
}

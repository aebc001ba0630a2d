/* Sends lines of telemetry as fast as they are taken, or at a fixed rate.
 *
 *   gcc -O2 -o telemetry-load telemetry-load.c
 *   ./telemetry-load PORT CONNECTIONS LINES [RATE]
 *
 * Each of CONNECTIONS sends its share of LINES, each line of 199 bytes with its line feed, ts being
 * now to within 50 ms; then it closes its half and waits until the other side has closed too. RATE is
 * lines a second over all connections, 0 = as fast as possible. Prints: lines sent, seconds from the
 * first byte to the last one accepted by the kernel, lines a second. Only ever talks to 127.0.0.1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE 199
#define BLOCK 320 /* lines written at once: just below 64 KiB */

static const char *form =
    "{\"v\":1,\"src\":\"bench-%d\",\"ts\":%013ld,\"type\":\"metric\",\"data\":{\"name\":\"response_time_ms\",\"value\":125.5,"
    "\"unit\":\"milliseconds\",\"tags\":{\"endpoint\":\"/api/v1/orders/7\",\"method\":\"GET\",\"status\":\"200\"}}}\n";

struct peer {
  int fd, number;
  long left; /* lines */
  char block[BLOCK * LINE + 1];
  int size, at;
};

static long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void fill(struct peer *p, int lines) {
  long ts = now_ms();
  char one[LINE + 64];
  int length = sprintf(one, form, p->number, ts);
  if (length != LINE) {
    fprintf(stderr, "a line has %d bytes\n", length);
    exit(2);
  }
  for (int i = 0; i < lines; i++) memcpy(p->block + i * LINE, one, LINE);
  p->size = lines * LINE;
  p->at = 0;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: telemetry-load PORT CONNECTIONS LINES [RATE]\n");
    return 2;
  }
  int port = atoi(argv[1]), connections = atoi(argv[2]);
  long lines = atol(argv[3]);
  double rate = argc > 4 ? atof(argv[4]) : 0;
  struct peer *peers = calloc(connections, sizeof *peers);
  int poll = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    struct peer *p = &peers[i];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    p->number = 1 + i % 9; /* one digit, so that all lines are equally long */
    p->left = lines / connections + (i < lines % connections);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(p->fd, (struct sockaddr *)&to, sizeof to)) {
      perror("connect");
      return 1;
    }
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event want = {.events = EPOLLOUT, .data.ptr = p};
    epoll_ctl(poll, EPOLL_CTL_ADD, p->fd, &want);
  }
  long start = now_ns(), given = 0, sent_at = start;
  int open = connections, busy = connections;
  while (open > 0) {
    struct epoll_event ready[64];
    int count = epoll_wait(poll, ready, 64, 1000);
    for (int i = 0; i < count; i++) {
      struct peer *p = ready[i].data.ptr;
      if (p->at == p->size && p->left > 0) {
        int n = p->left < BLOCK ? (int)p->left : BLOCK;
        if (rate > 0) {
          long allowed = (long)((now_ns() - start) / 1e9 * rate) - given;
          if (allowed < 1) {
            usleep(500);
            continue;
          }
          if (allowed < n) n = (int)allowed;
        }
        fill(p, n);
        given += n;
        p->left -= n;
      }
      if (p->at < p->size) {
        ssize_t n = write(p->fd, p->block + p->at, p->size - p->at);
        if (n < 0 && errno != EAGAIN) {
          perror("write");
          return 1;
        }
        if (n > 0) p->at += (int)n;
      }
      if (p->at == p->size && p->left == 0) {
        if (busy > 0 && !(ready[i].events & EPOLLIN)) {
          shutdown(p->fd, SHUT_WR);
          sent_at = now_ns();
          busy--;
          struct epoll_event want = {.events = EPOLLIN, .data.ptr = p};
          epoll_ctl(poll, EPOLL_CTL_MOD, p->fd, &want);
        } else {
          char end[16];
          if (read(p->fd, end, sizeof end) <= 0) {
            epoll_ctl(poll, EPOLL_CTL_DEL, p->fd, NULL);
            close(p->fd);
            open--;
          }
        }
      }
    }
  }
  double seconds = (sent_at - start) / 1e9;
  printf("%ld %.3f %.0f\n", given, seconds, given / seconds);
  return 0;
}

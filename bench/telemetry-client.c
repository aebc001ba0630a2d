/* A client of the telemetry sidecar that counts and times every line it sends.
 *
 *   gcc -O2 -o telemetry-client telemetry-client.c
 *   ./telemetry-client PORT [connections=4] [lines=N | seconds=S] [rate=R] [ack=none|received|durable]
 *                      [numbered=1] [stay=1] [slots=FILE]
 *
 * Lines of 199 bytes with their line feed over up to 9 connections, `src` bench-1, bench-2 ..., `ts` being
 * now. rate: lines a second over all connections; 0, the default, is as fast as they are taken. With ack it
 * keeps to its credit and waits for the last acknowledgement. A paced line has its time, to half a
 * millisecond, and is late from then on, whoever held it up, the client itself too; one that is not paced
 * counts from when it is written.
 *
 * numbered: the endpoint in a line is its number on its connection. stay: a connection that is cut is made
 * anew, and goes on behind what was acknowledged; without, a cut is an error. slots: writes the longest
 * time to an acknowledgement for lines of each 10 ms ("UNIX-MS MICROSECONDS"). On SIGTERM it makes no new
 * lines, and ends as it would.
 *
 * Prints: sent= acked= nacks= cuts= seconds= rate= p50= p99= max= late99= (milliseconds; late99: how late
 * the client itself was). Exit code 1: a cut, a refusal, or no acknowledgement for a minute. Only ever
 * talks to 127.0.0.1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LINE 199
#define BLOCK 320 /* lines written at once: just below 64 KiB */
#define RING 16384 /* more than any credit */
#define MAX_PEERS 9
#define NUMBER 13 /* digits */
#define TICK_NS 500000L
#define SLOT_NS 10000000L
#define PATIENCE_NS 60000000000L

static const char *form =
    "{\"v\":1,\"src\":\"bench-%d\",\"ts\":%013ld,\"type\":\"metric\",\"data\":{\"name\":\"response_time_ms\",\"value\":125.5,"
    "\"unit\":\"milliseconds\",\"tags\":{\"endpoint\":\"%s\",\"method\":\"GET\",\"status\":\"200\"}}}\n";
static const char *endpoint = "/api/v1/orders/7", *counted = "/o/0000000000000";

enum state { CUT, GREETING, OPEN, ENDING, DONE };

struct peer {
  enum state state;
  int fd, number, size, at, in_size;
  long share;  /* lines it sends in all */
  long sent;   /* number of the last line that was put into a block */
  long made;   /* the highest of them so far */
  long acked, credit;
  char stream[40], in[8192], block[BLOCK * LINE + 1];
  long times[RING]; /* of lines that are not paced, by number */
};

/* Times: the first 100 ms by microsecond, beyond by millisecond. */
#define FINE 100000
#define COARSE 100000
struct times {
  long fine[FINE], coarse[COARSE], count, max;
};

static struct peer peers[MAX_PEERS];
static struct times acks, lateness;
static int port, connections = 4, acked_mode, numbered, stay, poller, timer = -1;
static long start, now, nacks, cuts, last_ack, last_tick;
static double rate;
static const char *ack = "none";
static volatile sig_atomic_t stopping;
static unsigned *slots; /* longest, in microseconds */
static long slot_count, start_ms;

static long clock_ns(clockid_t which) {
  struct timespec t;
  clock_gettime(which, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void record(struct times *to, long ns) {
  long us = ns < 0 ? 0 : ns / 1000;
  if (us < FINE) to->fine[us]++;
  else to->coarse[us / 1000 < COARSE ? us / 1000 : COARSE - 1]++;
  to->count++;
  if (us > to->max) to->max = us;
}

static double quantile(const struct times *of, double q) { /* in milliseconds */
  long rank = (long)(q * of->count), seen = 0;
  for (long i = 0; i < FINE; i++)
    if ((seen += of->fine[i]) > rank) return (i + 1) / 1000.0;
  for (long i = 0; i < COARSE; i++)
    if ((seen += of->coarse[i]) > rank) return i + 1;
  return of->max / 1000.0;
}

static void on_signal(int number) {
  (void)number;
  stopping = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "telemetry-client: %s\n", what);
  exit(1);
}

/* Nanoseconds between two lines of a connection. */
static double interval(void) { return 1e9 * connections / rate; }

/* When a paced line has its time: with the tick behind its share of the second. */
static long due(long line) { return start + ((long)((line - 1) * interval() / TICK_NS) + 1) * TICK_NS; }

static long due_lines(void) { /* how many have had their time */
  double ticks = (double)((now - start) / TICK_NS) * TICK_NS / interval();
  long whole = (long)ticks;
  return whole < ticks ? whole + 1 : whole;
}

static void slot(long at, long ns) {
  long i = (at - start) / SLOT_NS;
  if (!slots || i < 0) return;
  if (i >= slot_count) {
    slots = realloc(slots, 2 * (i + 1) * sizeof *slots);
    memset(slots + slot_count, 0, (2 * (i + 1) - slot_count) * sizeof *slots);
    slot_count = 2 * (i + 1);
  }
  if (ns / 1000 > slots[i]) slots[i] = (unsigned)(ns / 1000);
}

static void settled(struct peer *p, long upto) {
  for (long line = p->acked + 1; line <= upto && start > 0; line++) {
    long at = rate > 0 ? due(line) : p->times[line % RING];
    record(&acks, now - at);
    slot(at, now - at);
  }
  if (upto > p->acked) {
    p->acked = upto;
    last_ack = now;
  }
}

static void cut(struct peer *p, const char *why) {
  if (!stay) fail(why);
  cuts++;
  close(p->fd);
  p->state = CUT;
}

static void reply(struct peer *p, const char *line) {
  const char *field;
  if (strstr(line, "\"error\"")) {
    cut(p, line);
  } else if (strstr(line, "\"nack\"")) {
    if (nacks++ == 0) fprintf(stderr, "telemetry-client: %s\n", line);
  } else {
    long upto = (field = strstr(line, "\"ack\":")) ? atol(field + 6) : 0;
    if (upto > p->made) fail("more is acknowledged than was sent");
    settled(p, upto);
    if ((field = strstr(line, "\"credit\":"))) {
      p->credit = atol(field + 9);
      if (p->credit >= RING) p->credit = RING - 1;
    }
    if (p->state == GREETING) {
      p->state = OPEN;
    }
  }
}

/* Reads what there is; true if there was something. */
static int listen_to(struct peer *p) {
  int any = 0;
  while (p->state != CUT && p->state != DONE) {
    ssize_t n = read(p->fd, p->in + p->in_size, sizeof p->in - 1 - p->in_size);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n <= 0) {
      if (p->state == ENDING && n == 0) {
        close(p->fd);
        p->state = DONE;
      } else {
        cut(p, "a connection was cut");
      }
      return 1;
    }
    any = 1;
    p->in_size += (int)n;
    p->in[p->in_size] = 0;
    char *from = p->in, *end;
    while ((end = strchr(from, '\n')) && p->state != CUT) {
      *end = 0;
      reply(p, from);
      from = end + 1;
    }
    p->in_size = (int)strlen(from);
    memmove(p->in, from, p->in_size + 1);
  }
  return any;
}

static void fill(struct peer *p, long lines) {
  char one[2 * LINE];
  long ms = clock_ns(CLOCK_REALTIME) / 1000000L;
  if (sprintf(one, form, p->number, ms, numbered ? counted : endpoint) != LINE) fail("a line has not 199 bytes");
  size_t digits = (size_t)(strstr(one, numbered ? counted : endpoint) - one) + 3;
  for (long i = 0; i < lines; i++) {
    char *to = p->block + i * LINE;
    long line = p->sent + 1 + i, rest = line;
    memcpy(to, one, LINE);
    for (int d = NUMBER - 1; numbered && d >= 0 && rest > 0; d--, rest /= 10) to[digits + d] = (char)('0' + rest % 10);
    p->times[line % RING] = now;
  }
  p->sent += lines;
  if (p->sent > p->made) p->made = p->sent;
  p->size = (int)(lines * LINE);
  p->at = 0;
}

/* Writes one block at most; true if something was written. */
static int talk(struct peer *p) {
  if (p->state != OPEN) return 0;
  if (p->at == p->size) {
    long share = stopping ? p->made : p->share, lines = share - p->sent;
    if (lines <= 0) {
      if (!acked_mode || p->acked == p->sent) {
        shutdown(p->fd, SHUT_WR);
        p->state = ENDING;
        return 1;
      }
      return 0;
    }
    if (acked_mode && p->acked + p->credit - p->sent < lines) lines = p->acked + p->credit - p->sent;
    if (rate > 0 && due_lines() - p->sent < lines) lines = due_lines() - p->sent;
    if (lines > BLOCK) lines = BLOCK;
    if (lines <= 0) return 0;
    fill(p, lines);
  }
  ssize_t n = write(p->fd, p->block + p->at, p->size - p->at);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) cut(p, "a connection was cut");
    return 0;
  }
  p->at += (int)n;
  return 1;
}

static int connect_peer(struct peer *p) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  p->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(p->fd, (struct sockaddr *)&to, sizeof to)) {
    close(p->fd);
    return 0;
  }
  setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  p->at = p->size = p->in_size = 0;
  p->state = OPEN;
  if (acked_mode) {
    char hello[256];
    int n = sprintf(hello,
        "{\"v\":1,\"type\":\"hello\",\"src\":\"bench-%d\",\"data\":{\"ack\":\"%s\",\"stream\":\"%s\",\"resume\":%ld}}\n",
        p->number, ack, p->stream, p->acked);
    p->sent = p->acked; /* what the other side has beyond it comes again, and is discarded */
    p->state = GREETING;
    if (write(p->fd, hello, n) != n) {
      close(p->fd);
      p->state = CUT;
      return 0;
    }
  }
  fcntl(p->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event want = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = p};
  epoll_ctl(poller, EPOLL_CTL_ADD, p->fd, &want);
  return 1;
}

static int in_state(enum state which) {
  int count = 0;
  for (int i = 0; i < connections; i++) count += peers[i].state == which;
  return count;
}

static void await_greetings(void) {
  long since = clock_ns(CLOCK_MONOTONIC);
  while (in_state(OPEN) < connections) {
    struct epoll_event ready[16];
    epoll_wait(poller, ready, 16, 100);
    now = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < connections; i++) listen_to(&peers[i]);
    if (now - since > PATIENCE_NS) fail("no answer to a hello");
  }
}

static void set_ticking(void) {
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  long first = start + TICK_NS;
  struct itimerspec ticks = {
      .it_interval = {0, TICK_NS}, .it_value = {first / 1000000000L, first % 1000000000L}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &ticks, NULL);
  struct epoll_event want = {.events = EPOLLIN | EPOLLET};
  epoll_ctl(poller, EPOLL_CTL_ADD, timer, &want);
}

int main(int argc, char **argv) {
  long lines = 0, sent = 0, done = 0;
  double seconds = 0;
  const char *slots_file = NULL;
  if (argc < 2) fail("which port?");
  port = atoi(argv[1]);
  for (int i = 2; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    if (!value) fail(argv[i]);
    *value++ = 0;
    if (!strcmp(argv[i], "connections")) connections = atoi(value);
    else if (!strcmp(argv[i], "lines")) lines = atol(value);
    else if (!strcmp(argv[i], "seconds")) seconds = atof(value);
    else if (!strcmp(argv[i], "rate")) rate = atof(value);
    else if (!strcmp(argv[i], "ack")) ack = value;
    else if (!strcmp(argv[i], "numbered")) numbered = atoi(value);
    else if (!strcmp(argv[i], "stay")) stay = atoi(value);
    else if (!strcmp(argv[i], "slots")) slots_file = value;
    else fail(argv[i]);
  }
  if (connections < 1 || connections > MAX_PEERS) fail("1 to 9 connections");
  acked_mode = strcmp(ack, "none") != 0;
  if (stay && !acked_mode) fail("only what is acknowledged can stay");
  if (seconds > 0 && rate > 0) lines = (long)(seconds * rate);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, on_signal);
  poller = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    struct peer *p = &peers[i];
    p->number = i + 1;
    p->share = lines ? lines / connections + (i < lines % connections) : LONG_MAX;
    sprintf(p->stream, "%lx-%d", clock_ns(CLOCK_REALTIME), i);
    if (!connect_peer(p)) fail("nobody listens");
  }
  await_greetings();
  if (slots_file) slots = calloc(1, sizeof *slots), slot_count = 1;
  start_ms = clock_ns(CLOCK_REALTIME) / 1000000L;
  start = now = last_ack = clock_ns(CLOCK_MONOTONIC);
  if (rate > 0) set_ticking();
  long ended = start, tried = start;
  while (in_state(DONE) < connections) {
    struct epoll_event ready[16];
    epoll_wait(poller, ready, 16, 20);
    long ticks;
    if (timer >= 0 && read(timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN) fail("timer"); /* it goes on once it is read */
    int busy = 1;
    while (busy) {
      now = clock_ns(CLOCK_MONOTONIC);
      if (rate > 0 && (now - start) / TICK_NS > last_tick) {
        record(&lateness, now - (start + (last_tick + 1) * TICK_NS));
        last_tick = (now - start) / TICK_NS;
      }
      if (!lines && seconds > 0 && now - start >= seconds * 1e9) stopping = 1;
      busy = 0;
      for (int i = 0; i < connections; i++) {
        busy |= listen_to(&peers[i]);
        busy |= talk(&peers[i]);
      }
      if (in_state(OPEN) + in_state(CUT) + in_state(GREETING) > 0) ended = now;
    }
    if (now - tried >= 20000000L) {
      tried = now;
      for (int i = 0; i < connections; i++)
        if (peers[i].state == CUT) connect_peer(&peers[i]);
    }
    if (acked_mode && now - last_ack > PATIENCE_NS) fail("no acknowledgement for a minute");
  }
  for (int i = 0; i < connections; i++) {
    sent += peers[i].made;
    done += peers[i].acked;
  }
  if (slots_file) {
    FILE *out = fopen(slots_file, "w");
    for (long i = 0; out && i < slot_count; i++)
      if (slots[i]) fprintf(out, "%ld %u\n", start_ms + i * 10, slots[i]);
    if (!out || fclose(out)) fail(slots_file);
  }
  double took = ((acked_mode ? last_ack : ended) - start) / 1e9;
  printf("sent=%ld acked=%ld nacks=%ld cuts=%ld seconds=%.3f rate=%.0f p50=%.3f p99=%.3f max=%.3f late99=%.3f\n", sent,
      done, nacks, cuts, took, sent / took, quantile(&acks, 0.5), quantile(&acks, 0.99), acks.max / 1000.0,
      quantile(&lateness, 0.99));
  return nacks > 0;
}

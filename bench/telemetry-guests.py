#!/usr/bin/env python3
"""Clients of the telemetry sidecar that cost it memory, not work.

    bench/telemetry-guests.py PORT [--idle 1000] [--slow 100] [--spans 50000]

Idle connections that never send a byte; slow ones that send a line a byte at a time, ten a second; one
that sends a line without an end, 640 KB a second; one that sends a trace of so many spans, 5,000 a second,
its root first and last. On SIGTERM they send what is missing of their lines, and close. Prints how many
lines were sent whole, the endless one too; exits with 1 if a connection was closed on them. Only ever
talks to 127.0.0.1.
"""
import argparse, json, signal, socket, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--idle", type=int, default=1000)
parser.add_argument("--slow", type=int, default=100)
parser.add_argument("--spans", type=int, default=50000)
options = parser.parse_args()
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(True))


def connect():
    return socket.create_connection(("127.0.0.1", options.port), 60)


def message(**fields):
    return (json.dumps({"v": 1, "ts": int(time.time() * 1000), **fields}, separators=(",", ":")) + "\n").encode()


def slow_line():
    data = {"name": "response_time_ms", "value": 125.5, "unit": "milliseconds", "tags": {"method": "GET"}}
    return message(src="slow", type="metric", data=data)


def span(number):
    start = int(time.time() * 1000)
    data = {"name": "step", "start": start, "end": start + 1, "status": "success", "tags": {"n": number}}
    parent = {"pid": "root"}
    sid = "span-%d" % number
    if number in (1, options.spans):  # a start and an end of its own
        parent, sid = {}, "root"
        data.update(end=None, status="started") if number == 1 else data.update(name="", start=0)
    return message(src="tracer", type="span", tid="large", sid=sid, data=data, **parent)


idle = [connect() for _ in range(options.idle)]
slow = [[connect(), b""] for _ in range(options.slow)]
endless, tracer = connect(), connect()
lines = spans = 0
while not over:
    began = time.monotonic()
    for each in slow:
        if not each[1]:
            each[1] = slow_line()
        each[0].sendall(each[1][:1])
        each[1] = each[1][1:]
        lines += not each[1]
    endless.sendall(b"x" * 65536)
    if spans < options.spans:
        count = min(500, options.spans - spans)
        tracer.sendall(b"".join(span(spans + 1 + n) for n in range(count)))
        spans += count
        lines += count
    time.sleep(max(0, 0.1 - (time.monotonic() - began)))
for connection, rest in slow:
    connection.sendall(rest)
    lines += bool(rest)
endless.sendall(b"\n")
closed = 0
for connection in idle + [each[0] for each in slow] + [endless, tracer]:
    connection.setblocking(False)
    try:
        connection.recv(1)  # they are told nothing: all there could be is the end
        closed += 1
    except BlockingIOError:
        pass
    connection.close()
print(lines + 1)
if closed:
    sys.exit("%d connections were closed" % closed)

"""Drives the SDK for Python: reads {"op":"log_event","args":[...]} a line and prints {"result":...}."""
import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, sys.argv[1])
from monitoring_sdk import MonitoringSDK

sdk = None
pipes = 0


def value(arg):
    """{"float":"nan"} and {"repeat":["x",n]} stand for what JSON cannot say, or only at length."""
    if isinstance(arg, dict) and 'float' in arg:
        return float(arg['float'])
    if isinstance(arg, dict) and 'repeat' in arg:
        return arg['repeat'][0] * arg['repeat'][1]
    if isinstance(arg, dict):
        return {k: value(v) for k, v in arg.items()}
    return arg


def call(op, args):
    result = getattr(sdk, op)(*map(value, args))
    return True if op in ('close', 'set_trace_id', 'set_context') else result


def waits():
    """How often this thread has given up the processor to wait, and not because its time was over."""
    with open('/proc/thread-self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('voluntary_ctxt_switches:'))


def repeat(n, op, args, counts):
    """Calls n times; # in a text argument stands for the number of the call. Times in microseconds. With "waits" also
    how many calls took over 50 ms because they waited."""
    micros, good, waited = [], 0, 0
    for i in range(n):
        numbered = [arg.replace('#', str(i)) if isinstance(arg, str) else arg for arg in args]
        before, start = waits() if counts else 0, time.perf_counter()
        good += call(op, numbered) is True
        micros.append((time.perf_counter() - start) * 1e6)
        waited += counts and micros[-1] > 50000 and waits() > before
    micros.sort()
    return {'true': good, 'false': n - good, 'p99_us': micros[n * 99 // 100], 'max_us': micros[-1],
            'waited_50_ms': waited}


def threads(n, each):
    """Threads that send "i" of 0, 1 ... each, and wait while the ring is half full."""
    sent = [0] * n

    def run(thread):
        for i in range(each):
            while sdk.get_stats()['buffer_size'] > 500:
                time.sleep(0.0001)
            sent[thread] += sdk.log_event('info', 'threads', {'thread': thread, 'i': i, 'pad': 'x' * (i % 300)})
    running = [threading.Thread(target=run, args=(t,)) for t in range(n)]
    for t in running:
        t.start()
    for t in running:
        t.join()
    return sum(sent)


def fork(calls):
    """A child makes the calls and ends as any process does; their results."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        results = [call(c['op'], c.get('args', [])) for c in calls]
        os.write(write, json.dumps(results).encode())
        os.close(write)
        sys.exit(0)
    os.close(write)
    with os.fdopen(read) as results:
        text = results.read()
    os.wait()
    return json.loads(text)


def on_pipe(*_):
    global pipes
    pipes += 1


signal.signal(signal.SIGPIPE, on_pipe)
for line in sys.stdin:
    request = json.loads(line)
    op, args = request['op'], request.get('args', [])
    if op == 'new':
        sdk = MonitoringSDK(**request['options'])
        answer = True
    elif op == 'repeat':
        answer = repeat(request['n'], request['call'], args, request.get('waits', False))
    elif op == 'threads':
        answer = threads(request['n'], request['each'])
    elif op == 'fork':
        answer = fork(request['calls'])
    elif op == 'sigpipes':
        answer = pipes
    else:
        answer = call(op, args)
    print(json.dumps({'result': answer}), flush=True)

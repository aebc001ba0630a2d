#!/usr/bin/env python3
"""Measures how long keys of a node that is killed get no new grant.

    bench/failover.py [--kills 20] [--signal 9|15] [--load 0]

Starts a cluster of three with bin/leasehold cluster in a temporary directory, kills one node after
another, and asks a surviving node every 20 ms for a new lock on a key of the node that is gone.
Prints each time, then the median, the worst and p99. The killed node is started again by the cluster.
--load N keeps N more connections busy meanwhile. Only ever talks to 127.0.0.1.
"""
import argparse, json, os, re, signal, socket, subprocess, sys, tempfile, threading, time, urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("--kills", type=int, default=20)
parser.add_argument("--signal", type=int, default=9)
parser.add_argument("--load", type=int, default=0)
options = parser.parse_args()

home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
work = tempfile.mkdtemp(prefix="leasehold-failover-")
out = open(os.path.join(work, "cluster.log"), "w")
cluster = subprocess.Popen([home + "/bin/leasehold", "cluster", "--set", "telemetry.enabled=false", "--data-dir", work], stdout=out, stderr=out)


def text():
    return open(out.name).read()


def ports(node):
    return json.load(open("%s/node-%d/ports.json" % (work, node)))


def pid(node):
    return int(re.findall(r"node %d \(pid (\d+)\)" % node, text())[-1])


def ready(node):
    try:
        url = "http://127.0.0.1:%d/ready" % ports(node)["monitor"]
        return json.load(urllib.request.urlopen(url, timeout=3))["ready"]
    except Exception:
        return False


def members(node):
    url = "http://127.0.0.1:%d/cluster/members" % ports(node)["management"]
    return len(json.load(urllib.request.urlopen(url, timeout=3))["members"])


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, **request):
        self.socket.sendall((json.dumps(request) + "\n").encode())

    def read(self):
        return json.loads(self.file.readline())

    def ask(self, **request):
        self.send(**request)
        return self.read()


over = False


def busy(port, number):
    while not over:
        try:
            client = Client(port)
            while not over:
                key = "busy-%d" % number
                client.ask(action="acquire", key=key, ttl=60, owner="b")
                client.ask(action="release", key=key, owner="b")
        except (OSError, ValueError):
            time.sleep(0.2)


def owned_by(client, address, run):
    """A key of that node: the answers to requests with an id say whose it is."""
    for i in range(200):
        key = "probe-%d-%d" % (run, i)
        if client.ask(action="exists", key=key, id=i).get("owner_node") == address:
            return key
    return None


def once(run):
    victim = run % 3 + 1
    survivor = victim % 3 + 1
    client = Client(ports(survivor)["lock"])
    key = owned_by(client, "127.0.0.1:%d" % ports(victim)["lock"], run)
    if key is None:
        return None
    done = threading.Event()
    granted = []

    def listen():
        while not done.is_set():
            answer = client.read()
            if answer.get("success"):
                granted.append(time.monotonic())
                done.set()

    threading.Thread(target=listen, daemon=True).start()
    process = pid(victim)
    started = time.monotonic()
    os.kill(process, options.signal)
    number = 0
    while not done.is_set() and time.monotonic() - started < 60:
        number += 1
        client.send(action="acquire", key="%s" % key, ttl=600, owner="p%d" % number, id=number)
        time.sleep(0.02)
    return granted[0] - started if granted else 60.0


def wait_for_all():
    for _ in range(600):
        try:
            if all(ready(n) for n in (1, 2, 3)) and members(1) == 3:
                return
        except Exception:
            pass
        time.sleep(0.2)
    raise SystemExit("the cluster is not ready: see " + out.name)


try:
    for _ in range(600):
        if os.path.exists("%s/node-3/ports.json" % work):
            break
        time.sleep(0.2)
    wait_for_all()
    for i in range(options.load):
        threading.Thread(target=busy, args=(ports(i % 3 + 1)["lock"], i), daemon=True).start()
    times = []
    run = 0
    while len(times) < options.kills and run < 3 * options.kills:
        time.sleep(8)  # partitions have been shared out again by then
        took = once(run)
        run += 1
        if took is not None:
            times.append(took)
            print("kill %2d: %.2f s" % (len(times), took), flush=True)
            time.sleep(2)
        wait_for_all()
    times.sort()
    print(
        "%d kills with signal %d: median %.2f s, p99 %.2f s, worst %.2f s"
        % (len(times), options.signal, times[len(times) // 2], times[int(0.99 * len(times) - 0.01)], times[-1])
    )
finally:
    over = True
    cluster.send_signal(signal.SIGTERM)
    cluster.wait(60)

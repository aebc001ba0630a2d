"""Sends events, metrics, progress, resource figures and spans to a telemetry sidecar, as JSON lines over TCP.
No call blocks, raises or signals: what cannot be sent at once waits in a ring of 1,000 messages and goes with a later
call. Everything happens in the caller's thread; threads may share an object. Python 3.8, standard library only."""
import atexit, collections, errno, json, math, os, random, select, socket, string, sys, threading, time, weakref

RING = 1000       # messages; when it is full the oldest goes
MAX_LINE = 65536  # bytes with the newline
MAX_DELAY = 30.0  # seconds between two tries to connect
BUDGET = 0.01     # seconds that one call may spend on what has waited
_ALIVE = weakref.WeakSet()
def random_id():
    return ''.join(random.SystemRandom().choices(string.ascii_letters + string.digits, k=16))

def _finite(value):
    if not math.isfinite(value):
        raise ValueError('%r: must be a finite number' % value)
    return value + 0 if isinstance(value, (int, float)) else float(value)

class MonitoringSDK:
    def __init__(self, source, tcp_host=None, tcp_port=None, timeout=5, debug=0, trace_id=None, parent_id=None,
                 ack='none', token=None, socket_path=None, reconnect_min=1.0):
        """timeout: seconds for a connect and for close(); ack: none, received or durable; reconnect_min: seconds."""
        if not source or ack not in ('none', 'received', 'durable'):
            raise ValueError('source = %r, ack = %r: a source, and one of none received durable' % (source, ack))
        self.source, self.trace_id, self.parent_id = str(source), trace_id, parent_id
        self._host = tcp_host or os.environ.get('MONITORING_TCP_HOST') or 'localhost'
        self._port = int(tcp_port or os.environ.get('MONITORING_TCP_PORT') or 17000)
        self._timeout, self._debug, self._ack, self._token, self._min = timeout, debug, ack, token, reconnect_min
        self._targets = [(socket.AF_UNIX, socket_path)] if socket_path else []
        self._context, self._spans, self._closed = {}, [], False
        self._begin()
        self._pump()  # looks the host up here and not in a call: a name server may take its time
        _ALIVE.add(self)

    def _begin(self):
        """The state of a process that has sent nothing: a child begins here again after a fork."""
        self._lock, self._busy, self._stream = threading.RLock(), False, random_id()
        self._ring = collections.deque()  # what is sent and not settled stands in front
        self._sock, self._connected, self._refused, self._proven = None, False, None, False
        self._in, self._out, self._credit, self._resume_at, self._since = b'', b'', 8192, 0.0, 0.0
        # The ring begins with number base + 1; those up to high were sent at some time, `sent` of them on this
        # connection. `fill` numbers went with a full ring, but the server counts lines: heartbeats take their place.
        self._base = self._high = self._sent = self._fill = self._settled = 0
        self._delay, self._retry_at, self._tries, self._breaker, self._last_error = 0.0, 0.0, 0, 'closed', ''
        self._buffered = self._dropped = self._overflows = 0

    def log_event(self, level, msg, ctx=None):
        return self._message('event', lambda: {'level': level, 'msg': msg, 'ctx': {**self._context, **(ctx or {})}})
    def log_metric(self, name, value, unit='', tags=None):
        return self._message('metric', lambda: {'name': name, 'value': _finite(value), 'unit': unit,
                                                'tags': dict(tags or {})})
    def log_progress(self, job_id, percent, status='running'):
        return self._message('progress', lambda: {'job_id': job_id, 'percent': max(0, min(100, int(_finite(percent)))),
                                                  'status': status})
    def log_resource(self, cpu=None, mem=None, disk=None, net=None):
        given = {k: v for k, v in (('cpu', cpu), ('mem', mem), ('disk', disk), ('net', net)) if v is not None}
        return self._message('resource', lambda: {
            **(self._jobs.usage() if len(given) < 4 else {}), **{k: _finite(v) for k, v in given.items()},
            'pid': os.getpid(), **(self._jobs.figures() if '_jobs' in self.__dict__ else {})})

    def start_span(self, name, trace_id=None):
        with self._lock:
            self.trace_id, sid = trace_id or self.trace_id or random_id(), random_id()
            parent = self._spans[-1][0] if self._spans else self.parent_id
            self._spans = self._spans[-RING:] + [(sid, self.trace_id)]
            self._message('span', lambda: {'name': name, 'start': time.time_ns() // 1000000, 'end': None,
                                           'status': 'started', 'tags': {}}, pid=parent)
            return sid
    def end_span(self, span_id, status='success', tags=None):
        with self._lock:
            trace = next((t for s, t in self._spans if s == span_id), None) or self.trace_id or random_id()
            self._spans = [span for span in self._spans if span[0] != span_id]
            return self._message('span', lambda: {'name': '', 'start': 0, 'end': time.time_ns() // 1000000,
                                                  'status': status, 'tags': dict(tags or {})}, tid=trace, sid=span_id)

    def set_trace_id(self, trace_id):
        self.trace_id = trace_id
    def set_context(self, key, value):
        self._context = {**self._context, str(key): value}

    def get_stats(self):
        with self._lock:
            self._pump()
            state = 'connected' if self._connected else 'disconnected'
            return dict(source=self.source, state='overflow' if len(self._ring) >= RING else state,
                        messages_sent=self._high, messages_buffered=self._buffered, messages_dropped=self._dropped,
                        buffer_size=len(self._ring), overflow_count=self._overflows, breaker=self._breaker,
                        reconnect_count=max(0, self._tries - 1), last_error=self._last_error)

    def close(self):
        """Sends what waits if there is a connection, for at most `timeout` seconds, then goodbye. Harmless twice."""
        if self.__dict__.get('_closed', True):
            return
        self._closed, said, end = True, False, time.monotonic() + self._timeout
        with self._lock:
            self._pump() if self._ring else None  # a child that has sent nothing does not connect to say goodbye
            while self._sock and self._breaker == 'closed' and time.monotonic() < end and (
                    self._ring or self._out or not said):
                if self._connected and not said and not self._out and self._sent == len(self._ring):
                    self._out, said = self._line('goodbye', {}), True
                self._poll(select.POLLOUT if self._out or not self._connected else select.POLLIN, 0.05)
                self._pump()
            self._release()
            self._dropped, self._retry_at = self._dropped + len(self._ring), math.inf
            self._ring.clear()
    __del__ = close

    def __getattr__(self, name):  # the calls of the second file, which is loaded for those who need it
        if name == '_jobs':
            from monitoring_jobs import Jobs
            self._jobs = Jobs(self)
        elif name.startswith('_'):
            raise AttributeError(name)
        return self._jobs if name == '_jobs' else getattr(self._jobs, name)

    def _line(self, type, data, tid=None, sid=None, pid=None):
        message = {'v': 1, 'src': self.source, 'ts': time.time_ns() // 1000000, 'type': type, 'pid': pid, 'data': data,
                   'tid': tid or self.trace_id, 'sid': sid or (self._spans[-1][0] if self._spans else None)}
        message = {k: v for k, v in message.items() if k == 'data' or v and (type != 'hello' or k[1:] != 'id')}
        text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(',', ':'), default=str)
        return text.encode('utf-8', 'replace') + b'\n'
    def _message(self, type, data, **ids):
        if self._closed:
            return self._note('closed', 1)
        with self._lock:
            try:
                line = self._line(type, data(), **ids)
                if len(line) > MAX_LINE:
                    raise ValueError('%d bytes: a message has at most %d' % (len(line), MAX_LINE))
            except Exception as e:
                return self._note(e, 1)
            self._push(line)
            self._pump()
            self._buffered += self._sent < len(self._ring)
            return True

    def _note(self, why, dropped=0):
        self._last_error, self._dropped = str(why), self._dropped + dropped
        if self._debug:
            print('MonitoringSDK %s: %s' % (self.source, why), file=sys.stderr)
        return not dropped
    def _push(self, line):
        if len(self._ring) >= RING:
            self._ring.popleft()
            self._overflows, self._dropped = self._overflows + 1, self._dropped + 1
            if self._base < self._high:  # it had a number
                self._fill += self._connected and not self._sent and self._ack != 'none'
                self._base, self._sent = self._base + 1, max(0, self._sent - 1)
        self._ring.append(line)
    def _pump(self):  # nothing from here on waits, but for _poll in close()
        if self._busy:  # a signal handler came between: its message stands in the ring
            return
        self._busy, now = True, time.monotonic()
        try:
            if self._connected:
                self._read()
            if not self._connected and now >= self._retry_at:
                self._connect(now)
            while self._connected and self._next(now) and time.monotonic() - now < BUDGET:
                self._out = self._out[self._sock.send(self._out, socket.MSG_NOSIGNAL):]
                if not self._out and self._ack == 'none':  # written is all there is to know
                    self._settle(self._base + self._sent)
        except Exception as e:
            if not isinstance(e, BlockingIOError):
                self._lost(e, True)
        finally:
            self._busy = False

    def _connect(self, now):
        code = errno.ETIMEDOUT if self._sock and now - self._since > self._timeout else 0
        if not self._sock:
            self._tries, self._since, self._refused, self._proven = self._tries + 1, now, None, False
            self._breaker = 'half_open' if self._breaker == 'open' else 'closed'
            if not self._targets:  # IPv4 first
                self._targets = sorted(socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM))
            target = self._targets[(self._tries - 1) % len(self._targets)]
            self._sock = socket.socket(target[0], socket.SOCK_STREAM)
            self._sock.setblocking(False)
            code = self._sock.connect_ex(target[-1])
        if code in (0, errno.EINPROGRESS):
            if not self._poll(select.POLLOUT, 0):
                return
            code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self._connected, self._breaker, self._since = True, 'closed', now
        self._in, self._credit, self._resume_at, self._fill = b'', 8192, 0.0, 0
        hello = {'ack': self._ack, **({'token': self._token} if self._token else {}),
                 **({'stream': self._stream, 'resume': self._base} if self._ack != 'none' else {})}
        self._out = self._line('hello', hello) if len(hello) > 1 else b''

    def _poll(self, events, seconds):
        poll = select.poll()
        poll.register(self._sock, events)
        return poll.poll(seconds * 1000)
    def _next(self, now):
        if not self._out and self._fill:
            self._out, self._fill = self._line('heartbeat', {}), self._fill - 1
        elif not self._out and self._sent < min(len(self._ring), self._credit) and now >= self._resume_at:
            self._out, self._sent = self._ring[self._sent], self._sent + 1
            self._high = max(self._high, self._base + self._sent)
            self._settle(self._settled)
        return self._out  # the line to write, or its rest; empty if there is none that may go
    def _settle(self, number):
        self._settled = max(self._settled, number)
        while self._sent and self._base < self._settled:  # only what was sent on this connection: it is counted there
            self._ring.popleft()
            self._base, self._sent = self._base + 1, self._sent - 1

    def _read(self):
        try:
            for chunk in iter(lambda: self._sock.recv(65536), b''):
                *lines, self._in = (self._in + chunk).split(b'\n')
                for line in filter(None, lines):
                    self._reply(json.loads(line))
                self._in = self._in if len(self._in) < MAX_LINE else json.loads(self._in)  # nobody answers so: fails
        except BlockingIOError:
            return
        self._lost('closed by the sidecar', False)
    def _reply(self, reply):
        self._credit, index = reply.get('credit', self._credit), reply.get('nack', 0) - self._base - 1
        if 0 <= index < self._sent:
            line, self._ring[index] = self._ring[index], self._line('heartbeat', {})  # the number stays taken
            if reply.get('retry'):
                self._resume_at = time.monotonic() + self._min
                self._push(line)
            else:
                self._note('refused: %s' % reply.get('code'), 1)
        self._proven = self._proven or 'ack' in reply
        self._settle(reply.get('ack', 0))
        if 'error' in reply:
            self._refused = '%s: %s' % (reply['error'], reply.get('why', ''))

    def _lost(self, why, failed):
        self._note(self._refused or why)
        now, self._retry_at = time.monotonic(), 0.0
        # A peer that refuses us, or closes at once, does not work: then the delay goes on growing.
        works = self._connected and not self._refused and (self._proven or now - self._since >= self._min)
        self._delay = 0.0 if works else self._delay
        self._release()
        if failed or not works:
            self._delay, self._breaker = min(MAX_DELAY, self._delay * 2 or self._min), 'open'
            self._retry_at = now + self._delay * random.uniform(0.8, 1.2)
    def _release(self):
        if self._sock:
            self._sock.close()
        self._sock, self._connected, self._out, self._sent = None, False, b'', 0

os.register_at_fork(after_in_child=lambda: [(sdk._release(), sdk._begin()) for sdk in list(_ALIVE)])
atexit.register(lambda: [sdk.close() for sdk in list(_ALIVE)])

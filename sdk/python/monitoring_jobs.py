"""The second file of monitoring_sdk: what a process uses, and the analysis of jobs. Loaded by those who need it."""
import os, pathlib, time

from monitoring_sdk import random_id

MAX_SUBJOBS = 1000  # open ones; the oldest is forgotten first


def _lines(file):
    """The lines of a file below /proc, split at blanks; none if it cannot be read."""
    try:
        return [line.split() for line in pathlib.Path('/proc', file).read_text().splitlines()]
    except OSError:
        return []


def _children():
    return [pid for fields in _lines('thread-self/children') for pid in fields]


def _megabytes(statm):
    return sum(int(fields[1]) for fields in statm) * os.sysconf('SC_PAGE_SIZE') / 1048576


def _stat(pid, *indexes):
    """Times of a process in seconds, from behind its name, which may hold blanks; 0 if it is gone."""
    fields = ' '.join(' '.join(line) for line in _lines(pid + '/stat')).rpartition(')')[2].split()
    return sum(int(fields[i]) for i in indexes if fields) / os.sysconf('SC_CLK_TCK')


class Jobs:
    def __init__(self, sdk):
        self._sdk, self._enabled, self._job, self._subjobs = sdk, None, None, {}
        self._begun = self._completed = 0
        uptime = _lines('uptime')
        age = float(uptime[0][0]) - _stat('self', 19) if uptime else 0
        self._since, self._used = time.monotonic() - age, 0.0  # since the process began

    def usage(self):
        """CPU percent of this process since the last time, its memory in MB, MB read from and written to disks by it,
        MB that the machine's network received and sent; 0 for what cannot be told."""
        now, used = time.monotonic(), time.process_time()
        cpu = 100 * (used - self._used) / max(now - self._since, 0.001)
        self._since, self._used = now, used
        disk = sum(int(f[1]) for f in _lines('self/io') if f[0] in ('read_bytes:', 'write_bytes:'))
        net = sum(int(f[1]) + int(f[9]) for f in _lines('net/dev')[2:] if f[0] != 'lo:')
        return {'cpu': cpu, 'mem': _megabytes(_lines('self/statm')), 'disk': disk / 1048576, 'net': net / 1048576}

    def figures(self):
        """What log_resource sends besides while jobs are analysed; nothing otherwise."""
        if not self._enabled:
            return {}
        job = self._job or {'id': None, 'name': None, 'type': None, 'start': None}
        runtime = {} if self._job is None else {'job_runtime': time.time() - job['start']}
        return {'job_id': job['id'], 'job_name': job['name'], 'job_type': job['type'], **runtime,
                'active_subjobs': len(self._subjobs), **self._load()}

    def _load(self):
        children, load = _children(), os.getloadavg()
        used = self.usage()
        status = {f[0]: f[1] for f in _lines('self/status') if len(f) > 1}
        return {
            'process_cpu_percent': used['cpu'], 'process_memory_mb': used['mem'],
            'process_threads': int(status.get('Threads:', 1)), 'process_fds': len(os.listdir('/proc/self/fd')) - 1,
            'process_status': 'running', 'children_count': len(children),
            'children_cpu_total': sum(_stat(pid, 11, 12) for pid in children),
            'children_memory_total_mb': sum(_megabytes(_lines(pid + '/statm')) for pid in children),
            'load_avg_1m': load[0], 'load_avg_5m': load[1], 'load_avg_15m': load[2]}

    def enable_job_analysis(self, on=True):
        self._enabled = bool(on)

    def start_job_analysis(self, name, type='main'):
        self._enabled = True if self._enabled is None else self._enabled
        self._job = {'id': self._id(name), 'name': name, 'type': type, 'start': time.time()}
        self._subjobs, self._begun, self._completed = {}, 0, 0
        load = self._load()
        self._event('Job analysis started: %s' % name, {
            'job_id': self._job['id'], 'job_type': type, 'process_count': 1 + load['children_count'],
            'thread_count': load['process_threads']})
        return self._job['id']

    def track_subjob(self, name, type='process'):
        subjob = self._id(name)
        if len(self._subjobs) >= MAX_SUBJOBS:
            del self._subjobs[next(iter(self._subjobs))]
        self._subjobs[subjob], self._begun = (name, time.monotonic()), self._begun + 1
        self._event('Subjob started: %s' % name, {
            'subjob_id': subjob, 'subjob_type': type, 'parent_job_id': self._job['id'] if self._job else None})
        return subjob

    def end_subjob(self, id, status='completed'):
        if id not in list(self._subjobs):  # whatever it is, also what no key can be
            return False
        (name, start), self._completed = self._subjobs.pop(id), self._completed + 1
        return self._event('Subjob completed: %s' % name, {
            'subjob_id': id, 'status': status, 'duration': time.monotonic() - start})

    def end_job_analysis(self, status='completed'):
        if self._job is None:
            return False
        job, now = self._job, time.time()
        self._event('Job analysis completed: %s' % job['name'], {
            **self.figures(), 'status': status, 'end_time': now, 'total_duration': now - job['start'],
            'completed_subjobs': self._completed})
        tags = {'job_name': job['name'], 'job_type': job['type']}
        self._job = None
        return not self._enabled or (
            self._sdk.log_metric('job_duration_seconds', now - job['start'], 'seconds', {**tags, 'status': status})
            and self._sdk.log_metric('job_subjobs_count', self._begun, 'count', tags))

    def _event(self, msg, ctx):
        return not self._enabled or self._sdk.log_event('info', msg, ctx)

    @staticmethod
    def _id(name):
        return ('%s-%d-%s' % (str(name)[:12], time.time(), random_id()))[:32]  # room for the random part

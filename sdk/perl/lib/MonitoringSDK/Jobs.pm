package MonitoringSDK::Jobs;
# The second file of MonitoringSDK: what a process uses, and the analysis of jobs. Loaded for those who need it.
use strict; use warnings;
use feature 'signatures'; no warnings 'experimental::signatures';
use POSIX ();
use Scalar::Util qw(weaken);
use Time::HiRes qw(time clock_gettime CLOCK_PROCESS_CPUTIME_ID);

use constant {MAX_SUBJOBS => 1000, MIB => 1048576};    # open subjobs; the oldest is forgotten first
my $TICKS = POSIX::sysconf(POSIX::_SC_CLK_TCK());
my $PAGE = POSIX::sysconf(POSIX::_SC_PAGESIZE());

sub new($class, $sdk) {
    my $self = bless {sdk => $sdk, order => [], open => {}, begun => 0, completed => 0}, $class;
    my ($uptime) = split ' ', join '', _lines('uptime');
    my $started = (_stat($$))[19];
    @$self{qw(since used)} = (time - (defined $started ? $uptime - $started / $TICKS : 0), 0);    # since it began
    weaken($self->{sdk});
    return $self;
}

# The lines of a file below /proc; none if it cannot be read.
sub _lines($file) {
    open my $in, '<', "/proc/$file" or return;
    return <$in>;
}
sub _megabytes($pid) {
    my ($statm) = _lines("$pid/statm");
    return $statm ? (split ' ', $statm)[1] * $PAGE / MIB : 0;
}
# What is told of a process behind its name, which may hold blanks: its state is the first; none if it is gone.
sub _stat($pid) { return split ' ', join('', _lines("$pid/stat")) =~ s/.*\)//sr }
sub _cpu_seconds($pid) {
    my @fields = _stat($pid);
    return @fields ? ($fields[11] + $fields[12]) / $TICKS : 0;
}

# CPU percent of this process since the last time, its memory in MB, MB read from and written to disks by it, MB that
# the machine's network received and sent; 0 for what cannot be told.
sub usage($self) {
    my ($now, $used, $disk, $net) = (time, clock_gettime(CLOCK_PROCESS_CPUTIME_ID), 0, 0);
    my $wall = $now - $self->{since};
    my $cpu = 100 * ($used - $self->{used}) / ($wall > 0.001 ? $wall : 0.001);
    @$self{qw(since used)} = ($now, $used);
    /^(?:read|write)_bytes: (\d+)/ and $disk += $1 for _lines("$$/io");
    /^\s*(?!lo:)\S+:\s*(\d+)(?:\s+\d+){7}\s+(\d+)/ and $net += $1 + $2 for _lines('net/dev');
    return {cpu => $cpu, mem => _megabytes($$), disk => $disk / MIB, net => $net / MIB};
}

# What log_resource sends besides while jobs are analysed; nothing otherwise.
sub figures($self) {
    return {} if !$self->{enabled};
    my $job = $self->{job};
    return {
        job_id => $job->{id}, job_name => $job->{name}, job_type => $job->{type},
        active_subjobs => scalar @{$self->{order}}, $job ? (job_runtime => time - $job->{start}) : (), $self->_load};
}
sub _load($self) {
    my @children = map {split} _lines("$$/task/$$/children");
    my ($cpu, $memory) = (0, 0);
    $cpu += _cpu_seconds($_), $memory += _megabytes($_) for @children;
    my ($threads) = join('', _lines("$$/status")) =~ /^Threads:\s+(\d+)/m;
    my @fds = glob "/proc/$$/fd/*";
    my ($one, $five, $fifteen) = split ' ', join '', _lines('loadavg');
    my $used = $self->usage;
    return (
        process_cpu_percent => $used->{cpu}, process_memory_mb => $used->{mem}, process_threads => ($threads // 1) + 0,
        process_fds => scalar @fds, process_status => 'running', children_count => scalar @children,
        children_cpu_total => $cpu, children_memory_total_mb => $memory, load_avg_1m => ($one // 0) + 0,
        load_avg_5m => ($five // 0) + 0, load_avg_15m => ($fifteen // 0) + 0);
}

sub enable_job_analysis($self, $on = 1, @) { $self->{enabled} = $on ? 1 : 0; return }

sub start_job_analysis($self, $name = '', $type = 'main', @) {
    $self->{enabled} //= 1;
    $self->{job} = {id => _id($name), name => "$name", type => $type, start => time};
    @$self{qw(order open begun completed)} = ([], {}, 0, 0);
    my %load = $self->_load;
    $self->_event("Job analysis started: $name", {
        job_id => $self->{job}{id}, job_type => $type, process_count => 1 + $load{children_count},
        thread_count => $load{process_threads}});
    return $self->{job}{id};
}
sub track_subjob($self, $name = '', $type = 'process', @) {
    my $id = _id($name);
    delete $self->{open}{shift @{$self->{order}}} if @{$self->{order}} >= MAX_SUBJOBS;
    push @{$self->{order}}, $id;
    $self->{open}{$id} = [$name, time];
    $self->{begun}++;
    $self->_event("Subjob started: $name",
        {subjob_id => $id, subjob_type => $type, parent_job_id => $self->{job} ? $self->{job}{id} : undef});
    return $id;
}
sub end_subjob($self, $id = '', $status = 'completed', @) {
    my $subjob = delete $self->{open}{$id} or return 0;
    @{$self->{order}} = grep {$_ ne $id} @{$self->{order}};
    $self->{completed}++;
    return $self->_event("Subjob completed: $subjob->[0]",
        {subjob_id => $id, status => $status, duration => time - $subjob->[1]});
}
sub end_job_analysis($self, $status = 'completed', @) {
    my $job = $self->{job} or return 0;
    my $duration = time - $job->{start};
    $self->_event("Job analysis completed: $job->{name}", {
        %{$self->figures}, status => $status, end_time => $job->{start} + $duration, total_duration => $duration,
        completed_subjobs => $self->{completed}});
    $self->{job} = undef;
    my %tags = (job_name => $job->{name}, job_type => $job->{type});
    return !$self->{enabled}
        || $self->{sdk}->log_metric('job_duration_seconds', $duration, 'seconds', {%tags, status => $status})
        && $self->{sdk}->log_metric('job_subjobs_count', $self->{begun}, 'count', \%tags);
}
sub _event($self, $msg, $ctx) { return !$self->{enabled} || $self->{sdk}->log_event('info', $msg, $ctx) }
sub _id($name) {    # with room for the random part
    return substr sprintf('%s-%d-%s', substr($name, 0, 12), time, MonitoringSDK::random_id()), 0, 32;
}
1;

package MonitoringSDK;
# Sends events, metrics, progress, resource figures and spans to a telemetry sidecar, as JSON lines over TCP. No call
# blocks, dies or signals: what cannot be sent at once waits in a ring of 1,000 messages and goes with a later call.
# Text may be characters or UTF-8 bytes. Perl 5.20 or newer, core modules only.
use strict; use warnings;
use feature 'signatures'; no warnings 'experimental::signatures';
use Errno qw(EAGAIN EINTR EINPROGRESS ETIMEDOUT);
use Digest::MD5 qw(md5_base64); use IO::Handle; use JSON::PP;
use Scalar::Util qw(looks_like_number refaddr weaken);
use Socket qw(:addrinfo AF_UNIX SOCK_STREAM SOL_SOCKET SO_ERROR pack_sockaddr_un);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

use constant {RING => 1000, MAX_LINE => 65536, MAX_DELAY => 30, BUDGET => 0.01};    # messages, bytes, s, s
my $JSON = JSON::PP->new->allow_blessed->allow_unknown->max_depth(60);
my (%ALIVE, $ids);

# source, tcp_host, tcp_port, timeout (seconds, for a connect and for close), debug, trace_id, parent_id, ack (none,
# received, durable), token, socket_path, reconnect_min (seconds). Only source is required.
sub new($class, %o) {
    my $self = bless {timeout => 5, ack => 'none', reconnect_min => 1, spans => [], context => {}, %o}, $class;
    die "source is missing, or ack is none of none received durable\n"
        unless length($o{source} // '') && $self->{ack} =~ /^(?:none|received|durable)\z/;
    $self->{host} = $o{tcp_host} || $ENV{MONITORING_TCP_HOST} || 'localhost';
    $self->{port} = $o{tcp_port} || $ENV{MONITORING_TCP_PORT} || 17000;
    $self->{targets} = [{family => AF_UNIX, addr => pack_sockaddr_un($o{socket_path})}] if $o{socket_path};
    $self->_begin->_pump;    # looks the host up here and not in a call: a name server may take its time
    weaken($ALIVE{refaddr $self} = $self);
    return $self;
}
# The state of a process that has sent nothing: a child begins here again after a fork.
sub _begin($self) {
    # The ring begins with number base + 1; those up to high were sent at some time, `sent` of them on this connection.
    # `fill` numbers went with a full ring, but the server counts lines: heartbeats take their place.
    @$self{qw(base high sent fill settled tries delay retry_at resume_at buffered dropped overflows)} = (0) x 12;
    @$self{qw(pid stream ring breaker last_error)} = ($$, random_id(), [], 'closed', '');
    @$self{qw(sock connected in out refused proven)} = (undef, 0, '', '', '', 0);
    return $self;
}
sub _own { return $_[0]{pid} == $$ ? $_[0] : $_[0]->_begin }

sub log_event($self, $level = 'info', $msg = '', $ctx = {}, @) {
    my %ctx = (%{$self->{context}}, ref $ctx eq 'HASH' ? %$ctx : ());
    return $self->_message('event', {level => $level // 'info', msg => $msg // '', ctx => \%ctx});
}
sub log_metric($self, $name = '', $value = undef, $unit = '', $tags = {}, @) {
    my %data = (name => $name // '', value => $value, unit => $unit // '', tags => $tags || {});
    return $self->_message('metric', \%data, 'value');
}
sub log_progress($self, $job = '', $percent = undef, $status = 'running', @) {
    $percent = int($percent < 0 ? 0 : $percent > 100 ? 100 : $percent) if _finite($percent);
    my %data = (job_id => $job // '', percent => $percent, status => $status // 'running');
    return $self->_message('progress', \%data, 'percent');
}
sub log_resource($self, @given) {
    my %data = (%{grep({defined} @given[0 .. 3]) < 4 ? $self->_jobs->usage : {}}, pid => $$);
    defined $given[$_] and $data{(qw(cpu mem disk net))[$_]} = $given[$_] for 0 .. 3;
    return $self->_message('resource', {%data, $self->{jobs} ? %{$self->{jobs}->figures} : ()}, qw(cpu mem disk net));
}

sub start_span($self, $name = '', $trace_id = undef, @) {
    my ($sid, $parent) = (random_id(), ($self->{spans}[-1] || [$self->{parent_id}])->[0]);
    $self->{trace_id} = $trace_id || $self->{trace_id} || random_id();
    push @{$self->{spans}}, [$sid, $self->{trace_id}];
    shift @{$self->{spans}} if @{$self->{spans}} > RING;
    local $self->{parent} = $parent;
    $self->_message('span', {name => $name // '', start => _now(), end => undef, status => 'started', tags => {}});
    return $sid;
}
sub end_span($self, $sid = '', $status = 'success', $tags = {}, @) {
    my ($span) = grep {$_->[0] eq ($sid //= '')} @{$self->{spans}};
    @{$self->{spans}} = grep {$_->[0] ne $sid} @{$self->{spans}};
    local @$self{qw(tid sid)} = ($span ? $span->[1] : $self->{trace_id} || random_id(), $sid);
    my %data = (name => '', start => 0, end => _now(), status => $status // 'success', tags => $tags || {});
    return $self->_message('span', \%data);
}
sub set_trace_id($self, $id = undef, @) { $self->{trace_id} = $id; return }
sub set_context($self, $key = '', $value = undef, @) { $self->{context}{$key} = $value; return }
sub get_stats($self) {
    $self->_own->_pump;
    my ($held, $state) = (scalar @{$self->{ring}}, $self->{connected} ? 'connected' : 'disconnected');
    return {(map {$_ => $self->{$_}} qw(source breaker last_error)), state => $held >= RING ? 'overflow' : $state,
        messages_sent => $self->{high}, messages_buffered => $self->{buffered}, messages_dropped => $self->{dropped},
        buffer_size => $held, overflow_count => $self->{overflows}, reconnect_count => ($self->{tries} || 1) - 1};
}
# Sends what waits if there is a connection, for at most `timeout` seconds, then goodbye. Harmless twice.
sub close($self) {
    return if $self->_own->{closed}++;
    my ($said, $end) = (0, _clock() + $self->{timeout});
    $self->_pump if @{$self->{ring}};    # a child that has sent nothing does not connect to say goodbye
    while ($self->{sock} && $self->{breaker} eq 'closed' && _clock() < $end
        && (@{$self->{ring}} || length $self->{out} || !$said)) {
        ($self->{out}, $said) = ($self->_line('goodbye', {}), 1)
            if $self->{connected} && !$said && !length $self->{out} && $self->{sent} == @{$self->{ring}};
        $self->_poll(length $self->{out} || !$self->{connected}, 0.05);
        $self->_pump;
    }
    $self->_release;
    $self->{dropped} += @{$self->{ring}};
    @$self{qw(ring retry_at)} = ([], 9**9**9);
}
sub DESTROY($self) { local ($@, $!, $?); delete $ALIVE{refaddr $self}; $self->close if $self->{pid} }
END { local ($@, $!, $?); $_ and $_->close for values %ALIVE }
sub _jobs { require MonitoringSDK::Jobs; return $_[0]{jobs} ||= MonitoringSDK::Jobs->new($_[0]) }
for my $call (qw(start_job_analysis track_subjob end_subjob end_job_analysis enable_job_analysis)) {
    no strict 'refs'; *$call = sub { my $self = shift; return $self->_jobs->$call(@_) };
}

# Not rand alone: processes of one fork share its numbers.
sub random_id { return substr md5_base64(join ' ', $$, $ids++, _clock(), rand) =~ tr{+/}{xy}r, 0, 16 }
sub _now { return int(Time::HiRes::time() * 1000) }
sub _clock { return clock_gettime(CLOCK_MONOTONIC) }
sub _finite { return looks_like_number($_[0]) && $_[0] - $_[0] == 0 }
sub _line($self, $type, $data) {
    my %message = (v => 1, src => "$self->{source}", ts => _now(), type => $type, data => $data);
    my %id = $type eq 'hello' ? () : (tid => $self->{tid} || $self->{trace_id}, pid => $self->{parent},
        sid => $self->{sid} || ($self->{spans}[-1] || [])->[0]);
    length($id{$_} // '') and $message{$_} = "$id{$_}" for keys %id;
    my $line = my $copy = $JSON->encode(\%message) . "\n";
    utf8::encode($line) unless utf8::downgrade($line, 1) && utf8::decode($copy);    # it may be UTF-8 already
    die "NaN or infinite: must be a finite number\n"
        if $line =~ /[:,\[]-?(?:nan|inf)/i && $line =~ s/"(?:[^"\\]++|\\.)*+"//gr =~ /nan|inf/i;
    return $line;
}
sub _message($self, $type, $data, @numbers) {
    local ($@, $!, $SIG{__DIE__});
    my $line = eval {
        $self->_own->{closed} and die "closed\n";
        _finite($data->{$_}) ? ($data->{$_} += 0) : die "$_ is not a finite number\n" for @numbers;
        my $encoded = $self->_line($type, $data);
        length $encoded <= MAX_LINE ? $encoded : die length($encoded), ' bytes: a message has at most ', MAX_LINE, "\n";
    } // return $self->_note($@, 1);
    $self->_push($line);
    $self->_pump;
    $self->{buffered}++ if $self->{sent} < @{$self->{ring}};
    return 1;
}
sub _note($self, $why, $dropped = 0) {
    chomp($self->{last_error} = "$why");
    $self->{dropped} += $dropped // 0;
    print STDERR "MonitoringSDK $self->{source}: $self->{last_error}\n" if $self->{debug};
    return 0;
}
sub _push($self, $line) {
    if (@{$self->{ring}} >= RING) {
        shift @{$self->{ring}};
        $self->{$_}++ for qw(overflows dropped);
        my $skips = $self->{base} < $self->{high} && ++$self->{base} && $self->{connected} && $self->{ack} ne 'none';
        $self->{sent} ? $self->{sent}-- : ($self->{fill} += !!$skips);
    }
    push @{$self->{ring}}, $line;
}

sub _pump($self) {    # nothing from here on waits, but for _poll in close
    return if $self->{busy};    # a signal handler came between: its message stands in the ring
    local ($@, $!, $SIG{__DIE__});
    local ($self->{busy}, $SIG{PIPE}) = (1, 'IGNORE');
    my $now = _clock();
    eval {
        $self->_read if $self->{connected};
        $self->_connect($now) if !$self->{connected} && $now >= $self->{retry_at};
        while ($self->{connected} && length $self->_next($now) && _clock() - $now < BUDGET) {
            my $written = syswrite $self->{sock}, $self->{out};
            $written or $! == EAGAIN || $! == EINTR ? last : die "$!\n";
            substr($self->{out}, 0, $written) = '';
            $self->_settle($self->{base} + $self->{sent}) if $self->{ack} eq 'none' && !length $self->{out};
        }
        1;
    } or $self->_lost($@, 1);
}
sub _connect($self, $now) {
    my $code = $self->{sock} && $now - $self->{since} > $self->{timeout} ? ETIMEDOUT : 0;
    if (!$self->{sock}) {
        @$self{qw(since refused proven tries)} = ($now, '', 0, $self->{tries} + 1);
        $self->{breaker} = 'half_open' if $self->{breaker} eq 'open';
        my ($error, @found) = $self->{targets} ? ('', @{$self->{targets}})
            : getaddrinfo($self->{host}, $self->{port}, {socktype => SOCK_STREAM});
        $error and die "$self->{host}: $error\n";
        $self->{targets} ||= [sort {$a->{family} <=> $b->{family}} @found];    # IPv4 first
        my $target = $self->{targets}[($self->{tries} - 1) % @{$self->{targets}}];
        socket($self->{sock}, $target->{family}, SOCK_STREAM, 0) or die "$!\n";
        $self->{sock}->blocking(0);
        $code = $! + 0 unless connect $self->{sock}, $target->{addr};
    }
    if ($code == 0 || $code == EINPROGRESS) {
        return unless $self->_poll(1, 0);
        $code = unpack 'i', getsockopt($self->{sock}, SOL_SOCKET, SO_ERROR);
    }
    $! = $code and die "$!\n";
    @$self{qw(connected breaker since in credit resume_at fill)} = (1, 'closed', $now, '', 8192, 0, 0);
    my %hello = (ack => $self->{ack}, $self->{token} ? (token => "$self->{token}") : (),
        $self->{ack} eq 'none' ? () : (stream => $self->{stream}, resume => $self->{base}));
    $self->{out} = keys %hello > 1 ? $self->_line('hello', \%hello) : '';
}
sub _poll($self, $to_write, $seconds) {
    vec(my $bits = '', fileno $self->{sock}, 1) = 1;
    return 0 < ($to_write ? select undef, $bits, undef, $seconds : select $bits, undef, undef, $seconds);
}
sub _next($self, $now) {
    return $self->{out} if length $self->{out};    # the line to write, or its rest; empty if there is none that may go
    return $self->{out} = $self->_line('heartbeat', {}) if $self->{fill} && $self->{fill}--;
    my $last = $self->{credit} < @{$self->{ring}} ? $self->{credit} : @{$self->{ring}};
    return '' if $self->{sent} >= $last || $now < $self->{resume_at};
    $self->{out} = $self->{ring}[$self->{sent}++];
    $self->{high}++ if $self->{high} < $self->{base} + $self->{sent};
    $self->_settle($self->{settled});
    return $self->{out};
}
sub _settle($self, $number) {
    $self->{settled} = $number if $number > $self->{settled};
    while ($self->{sent} && $self->{base} < $self->{settled}) {    # only what this connection has counted
        shift @{$self->{ring}};
        @$self{qw(base sent)} = ($self->{base} + 1, $self->{sent} - 1);
    }
}
sub _read($self) {
    my $got;
    while ($got = sysread $self->{sock}, $self->{in}, MAX_LINE, length $self->{in}) {
        $self->_reply($JSON->decode($1)) while $self->{in} =~ s/^(.*)\n//;
        die "a reply without an end\n" if length $self->{in} > MAX_LINE;
    }
    return $self->_lost('closed by the sidecar', 0) if defined $got;
    die "$!\n" unless $! == EAGAIN || $! == EINTR;
}
sub _reply($self, $reply) {
    $self->{credit} = $reply->{credit} // $self->{credit};
    my $index = ($reply->{nack} // 0) - $self->{base} - 1;
    if ($index >= 0 && $index < $self->{sent}) {
        my $line = $self->{ring}[$index];
        $self->{ring}[$index] = $self->_line('heartbeat', {});    # the number stays taken
        $reply->{retry} ? $self->_push($line) : $self->_note('refused: ' . ($reply->{code} // ''), 1);
        $self->{resume_at} = _clock() + $self->{reconnect_min} if $reply->{retry};
    }
    $self->{proven} = 1 if defined $reply->{ack};
    $self->_settle($reply->{ack} // 0);
    $self->{refused} = "$reply->{error}: " . ($reply->{why} // '') if $reply->{error};
}
sub _lost($self, $why, $failed) {
    my $now = _clock();
    $self->_note($self->{refused} || $why);
    # A peer that refuses us, or closes at once, does not work: then the delay goes on growing.
    my $lived = $self->{proven} || $now - ($self->{since} // $now) >= $self->{reconnect_min};
    my $works = $self->{connected} && !$self->{refused} && $lived;
    $self->_release;
    my $delay = $works && !$failed ? 0 : ($works ? 0 : $self->{delay} * 2) || $self->{reconnect_min};
    $delay = MAX_DELAY if $delay > MAX_DELAY;
    $self->{breaker} = 'open' if $delay;
    @$self{qw(delay retry_at)} = ($delay, $delay && $now + $delay * (0.8 + rand 0.4));
}
sub _release { @{$_[0]}{qw(sock connected out sent)} = (undef, 0, '', 0) }
1;

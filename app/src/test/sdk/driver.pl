# Drives the SDK for Perl: reads {"op":"log_event","args":[...]} a line and prints {"result":...}.
use strict;
use warnings;
use JSON::PP;
use Time::HiRes qw(time);
use MonitoringSDK;

my ($sdk, $pipes) = (undef, 0);
my $json = JSON::PP->new->utf8->allow_nonref;
my %bool = map {$_ => 1} qw(log_event log_metric log_progress log_resource end_span end_subjob end_job_analysis);

# {"float":"nan"} and {"repeat":["x",n]} stand for what JSON cannot say, or only at length.
sub value {
    my ($arg) = @_;
    return $arg if ref $arg ne 'HASH';
    return $arg->{float} eq 'nan' ? 9**9**9 / 9**9**9 : $arg->{float} eq 'inf' ? 9**9**9 : -9**9**9 if $arg->{float};
    return $arg->{repeat}[0] x $arg->{repeat}[1] if $arg->{repeat};
    return {map {$_ => value($arg->{$_})} keys %$arg};
}

sub call {
    my ($op, @args) = @_;
    my $result = $sdk->$op(map {value($_)} @args);
    return $bool{$op} ? ($result ? JSON::PP::true : JSON::PP::false) : $result // JSON::PP::true;
}

# How often this process has given up the processor to wait, and not because its time was over.
sub waits {
    open my $status, '<', '/proc/self/status' or die "/proc/self/status: $!";
    my ($waits) = map {/^voluntary_ctxt_switches:\s+(\d+)/} <$status>;
    return $waits;
}

# Calls n times; # in a text argument stands for the number of the call. Times in microseconds. With "waits" also how
# many calls took over 50 ms because they waited.
sub repeat {
    my ($counts, $n, $op, @args) = @_;
    my ($good, $waited, @micros) = (0, 0);
    my @texts = grep {!ref $args[$_] && "$args[$_]" =~ /#/} 0 .. $#args;
    for my $i (0 .. $n - 1) {
        my @numbered = @args;
        $numbered[$_] =~ s/#/$i/ for @texts;
        my ($before, $start) = ($counts && waits(), time);
        $good++ if call($op, @numbered);
        push @micros, (time - $start) * 1e6;
        $waited++ if $counts && $micros[-1] > 50_000 && waits() > $before;
    }
    @micros = sort {$a <=> $b} @micros;
    return {true => $good, false => $n - $good, p99_us => $micros[$n * 99 / 100], max_us => $micros[-1],
        waited_50_ms => $waited};
}

# A child makes the calls and ends as any process does; their results.
sub fork_and_call {
    my (@calls) = @_;
    pipe my $in, my $out or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        close $in;
        my @results = map {call($_->{op}, @{$_->{args} || []})} @calls;
        print $out $json->encode(\@results);
        close $out;
        exit 0;
    }
    close $out;
    my $text = join '', <$in>;
    waitpid $pid, 0;
    return $json->decode($text);
}

$SIG{PIPE} = sub {$pipes++};
$| = 1;
while (my $line = <STDIN>) {
    my $request = $json->decode($line);
    my ($op, @args) = ($request->{op}, @{$request->{args} || []});
    my $answer
        = $op eq 'new' ? ($sdk = MonitoringSDK->new(%{$request->{options}})) && JSON::PP::true
        : $op eq 'repeat' ? repeat(@$request{qw(waits n call)}, @args)
        : $op eq 'fork' ? fork_and_call(@{$request->{calls}})
        : $op eq 'sigpipes' ? $pipes
        :                   call($op, @args);
    print $json->encode({result => $answer}), "\n";
}

#!/usr/bin/env perl
# Works off three jobs, each by a loader that is a process of its own and goes on with the job's trace:
# 7 events, 5 metrics, 6 span messages, 6 of progress.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../../perl/lib";
use MonitoringSDK;
use Time::HiRes qw(time);

my $sdk = MonitoringSDK->new(source => 'queue-service');
my @queue = map {"job-$_"} 1001 .. 1003;
$sdk->log_event('info', 'Queue manager started', {queue => 'imports'});
$sdk->log_metric('queue_depth', scalar @queue, 'count');

my $done = 0;
for my $job (@queue) {
    my $start = time;
    my $span = $sdk->start_span('process_job', $job);
    $sdk->log_event('info', 'Job dequeued', {job_id => $job});
    $sdk->log_progress($job, 0, 'processing');
    my $failed = do {
        local @ENV{qw(TRACE_ID PARENT_SPAN_ID)} = ($job, $span);
        system $^X, "$FindBin::Bin/script_db_loader.pl", $job;
    };
    $done++ unless $failed;
    $sdk->log_progress($job, 100, $failed ? 'failed' : 'completed');
    $sdk->log_metric('job_duration_ms', (time - $start) * 1000, 'milliseconds', {job_id => $job});
    $sdk->log_event($failed ? 'error' : 'info', 'Job finished', {job_id => $job, exit_code => $failed >> 8});
    $sdk->end_span($span, $failed ? 'error' : 'success', {job_id => $job});
}
$sdk->log_metric('jobs_processed', $done, 'count');
$sdk->close;
exit($done == @queue ? 0 : 1);

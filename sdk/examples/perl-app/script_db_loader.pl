#!/usr/bin/env perl
# Loads rows in batches, below the span of its caller (TRACE_ID, PARENT_SPAN_ID): 13 events, 2 span messages,
# 6 of progress, 6 of resources, 3 metrics.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../../perl/lib";
use File::Temp qw(tempfile);
use MonitoringSDK;

my $job = $ARGV[0] // 'job-0';
my $sdk = MonitoringSDK->new(
    source => 'db-loader', trace_id => $ENV{TRACE_ID}, parent_id => $ENV{PARENT_SPAN_ID});
my $span = $sdk->start_span('load_data', $ENV{TRACE_ID});
$sdk->start_job_analysis('db_load');
$sdk->log_event('info', 'Loader started', {job_id => $job});
$sdk->log_event('debug', 'Opening table');
my ($table, $file) = tempfile(UNLINK => 1);
$sdk->log_event('info', 'Table open', {table => 'orders'});
$sdk->log_event('debug', 'Transaction begun');
$sdk->log_progress($job, 0, 'loading');
$sdk->log_resource();

my ($rows, $batches) = (0, 5);
for my $batch (1 .. $batches) {
    print $table map {join("\t", $batch, $_, $batch * $_) . "\n"} 1 .. 2000;
    $rows += 2000;
    $sdk->log_event('info', 'Batch loaded', {batch => $batch, rows => $rows});
    $sdk->log_progress($job, 100 * $batch / $batches, 'loading');
    $sdk->log_resource();
}
close $table or die "$file: $!\n";
$sdk->log_event('info', 'Transaction committed', {rows => $rows});
$sdk->log_metric('rows_loaded', $rows, 'count', {job_id => $job});
$sdk->log_event('info', 'Loader finished', {job_id => $job});
$sdk->end_job_analysis('completed');
$sdk->end_span($span, 'success', {rows => $rows});
$sdk->close;

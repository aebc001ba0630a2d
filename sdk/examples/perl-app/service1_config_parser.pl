#!/usr/bin/env perl
# Reads a configuration, checks it, and tells how that went: 4 events and 3 metrics.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../../perl/lib";
use MonitoringSDK;
use Time::HiRes qw(time);

my $sdk = MonitoringSDK->new(source => 'config-service');
my $file = $ARGV[0] // "$FindBin::Bin/app.conf";
$sdk->log_event('info', 'Config parser started', {file => $file});

my $start = time;
open my $in, '<', $file or die "$file: $!\n";
my %config;
while (my $line = <$in>) {
    next if $line =~ /^\s*(?:#|$)/;
    my ($key, $value) = $line =~ /^\s*([\w.]+)\s*=\s*(.*?)\s*$/ or die "$file:$.: not key = value\n";
    $config{$key} = $value;
}
$sdk->log_event('info', 'Config read', {keys => scalar keys %config});

my @missing = grep {!length($config{$_} // '')} qw(inbox queue.name loader.batch_size);
die "$file: missing: @missing\n" if @missing;
$sdk->log_event('info', 'Config is valid', {queue => $config{'queue.name'}});

$sdk->log_metric('config_parse_ms', (time - $start) * 1000, 'milliseconds', {file => 'app.conf'});
$sdk->log_metric('config_keys', scalar keys %config, 'count');
$sdk->log_metric('config_size', -s $file, 'bytes');
$sdk->log_event('info', 'Config parser finished');
$sdk->close;

#!/usr/bin/env perl
# Takes three files in, checks each, and tells how that went: 10 events and 9 metrics.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../../perl/lib";
use Digest::MD5;
use File::Temp qw(tempdir);
use MonitoringSDK;
use Time::HiRes qw(time);

my $sdk = MonitoringSDK->new(source => 'file-receiver');
my $inbox = tempdir(CLEANUP => 1);
my %expected;
for my $n (1 .. 3) {    # what a partner would have sent
    open my $out, '>', "$inbox/orders-$n.csv" or die "$inbox: $!\n";
    print $out "id,amount\n", map {"$n$_," . $_ * 10 . "\n"} 1 .. 100 * $n;
    close $out;
    $expected{"orders-$n.csv"} = 100 * $n;
}
$sdk->log_event('info', 'File receiver started', {files => scalar keys %expected});

for my $name (sort keys %expected) {
    my $start = time;
    $sdk->log_event('info', 'Receiving file', {file => $name});
    open my $in, '<', "$inbox/$name" or die "$name: $!\n";
    my ($head, @rows) = <$in>;
    my $bad = grep {!/^\d+,\d+$/} @rows;
    if ($head eq "id,amount\n" && !$bad && @rows == $expected{$name}) {
        $sdk->log_event('info', 'File is valid', {file => $name, rows => scalar @rows});
    } else {
        $sdk->log_event('error', 'File is not valid', {file => $name, bad_rows => $bad});
    }
    seek $in, 0, 0;
    $sdk->log_event('info', 'File stored', {file => $name, md5 => Digest::MD5->new->addfile($in)->hexdigest});
    $sdk->log_metric('file_size', -s $in, 'bytes', {file => $name});
    $sdk->log_metric('file_rows', scalar @rows, 'count', {file => $name});
    $sdk->log_metric('file_receive_ms', (time - $start) * 1000, 'milliseconds', {file => $name});
}
$sdk->close;

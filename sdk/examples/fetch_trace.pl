#!/usr/bin/env perl
# fetch_trace.pl URL: prints a trace of the sidecar when it is closed. Ends with 1 if that takes more than 10 s.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Time::HiRes qw(sleep time);

my ($url) = @ARGV;
my $end = time + 10;
my $answer;
while (time < $end) {
    $answer = HTTP::Tiny->new(timeout => 5)->get($url);
    if ($answer->{success} && decode_json($answer->{content})->{state} eq 'closed') {
        print $answer->{content}, "\n";
        exit 0;
    }
    sleep 0.1;
}
die "$url: $answer->{status} $answer->{content}\n";

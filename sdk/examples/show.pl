#!/usr/bin/env perl
# show.pl TRACE FOLDER SOURCE=LINES...: prints how many lines of each source and type the files of a folder hold, and
# a trace, the document that /traces/ID of the sidecar answers, as a tree. Ends with 1 if a source has not as many
# lines as it should, or the trace is not complete.
use strict;
use warnings;
use JSON::PP;

my ($document, $folder, @expected) = @ARGV;
my (%lines, %types);
for my $file (sort glob "$folder/*.jsonl") {
    open my $in, '<', $file or die "$file: $!\n";
    while (my $line = <$in>) {
        my $message = decode_json($line);
        $lines{$message->{src}}++;
        $types{$message->{src}}{$message->{type}}++;
    }
}

my $bad = 0;
for (@expected) {
    my ($source, $want) = split /=/;
    my $got = $lines{$source} // 0;
    my $kinds = join ', ', map {"$types{$source}{$_} $_"} sort keys %{$types{$source} || {}};
    printf "%-16s %3d lines  %s%s\n", $source, $got, $kinds, $got == $want ? '' : "  <-- expected $want";
    $bad ||= $got != $want;
}

sub show {
    my ($spans, $depth) = @_;
    for my $span (@$spans) {
        my $took = defined $span->{duration_ms} ? "$span->{duration_ms} ms" : 'open';
        printf "%s%s (%s) %s, %s\n", '  ' x $depth, $span->{name}, $span->{src}, $took, $span->{status} // 'started';
        show($span->{children}, $depth + 1);
    }
}
open my $in, '<', $document or die "$document: $!\n";
my $trace = decode_json(do {local $/; <$in>});
print "\ntrace $trace->{tid}\n";
show($trace->{roots}, 1);
my $messages = join ', ', map {"$_->{messages} of $_->{src}"} @{$trace->{sources}};
printf "  %s (%s), messages: %s\n", $trace->{complete} ? 'complete' : 'not complete', $trace->{reason}, $messages;
exit($bad || !$trace->{complete} ? 1 : 0);

#!/usr/bin/env perl
# show.pl TRACE FOLDER SOURCE=LINES...: prints how many lines of each source and type the files of a folder hold, and
# the spans of a trace as a tree. Ends with 1 if a source has not as many lines as it should.
use strict;
use warnings;
use JSON::PP;

my ($trace, $folder, @expected) = @ARGV;
my (%lines, %types, %spans);
for my $file (sort glob "$folder/*.jsonl") {
    open my $in, '<', $file or die "$file: $!\n";
    while (my $line = <$in>) {
        my $message = decode_json($line);
        my ($source, $type, $data) = @$message{qw(src type data)};
        $lines{$source}++;
        $types{$source}{$type}++;
        next if $type ne 'span' || $message->{tid} ne $trace;
        my $span = $spans{$message->{sid}} ||= {source => $source};
        @$span{qw(name start pid)} = ($data->{name}, $data->{start}, $message->{pid}) if $data->{name} ne '';
        @$span{qw(end status)} = @$data{qw(end status)} if $data->{end};
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
    my ($parent, $depth) = @_;
    my @ids = grep {($spans{$_}{pid} // '') eq $parent} keys %spans;
    for my $id (sort {$spans{$a}{start} <=> $spans{$b}{start}} @ids) {
        my $span = $spans{$id};
        my $took = $span->{end} ? ($span->{end} - $span->{start}) . ' ms' : 'open';
        printf "%s%s (%s) %s, %s\n", '  ' x $depth, $span->{name}, $span->{source}, $took, $span->{status} // 'started';
        show($id, $depth + 1);
    }
}
print "\ntrace $trace\n";
show('', 1);
exit $bad;

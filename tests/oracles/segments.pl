# Counts the words of many texts by Perl's \b{wb}: the segments that hold a letter (Alphabetic) or a number (N).
#
# Speaks as services/count/examples/counts.rs does: each text behind a line with its length in bytes, a line with its
# number for each. A character that this Perl's Unicode does not know yet is told by an "n" behind the number.
use v5.22;
use warnings;
use Encode ();

binmode STDIN;
$| = 1;
while (defined(my $length = <STDIN>)) {
    my $bytes = '';
    read(STDIN, $bytes, $length) == $length or die "a text ends early\n";
    my $text = Encode::decode('UTF-8', $bytes);
    my $words = () = grep { /[\p{Alphabetic}\p{N}]/ } split /\b{wb}/, $text;
    my $new = $text =~ /\p{Unassigned}/ ? 'n' : '';
    print "$words$new\n";
}

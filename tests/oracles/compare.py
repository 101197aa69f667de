"""Compares Tally's definitions of a word with the programs that they are named after: `make test-oracles`.

Prints a table of what was compared, and every class of difference with the words that it moves. Exits with 1 where a
number differs and no class explains it, and with 0 where an oracle cannot be had: then the last line says so.
"""

import argparse
import contextlib
import sys
import unicodedata

import classes
import programs
import texts
from classes import Explained
from writer import Writer

DEFAULT_SEED = 4
"""The same texts unless others are asked for: a change that has nothing to do with words is never failed by chance."""

MOST_BY_DICTIONARY = 0.03
"""How far the words of a language may be from ICU's where only the dictionaries differ."""


def spread(these, number):
    """So many of these, evenly spread."""
    step = max(1, len(these) // max(1, number))
    return these[::step][:number]


class Run:
    """One run of everything: the texts, Tally, and what was found."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.tally = programs.Tally(arguments.tally)
        self.corpora, self.missing = texts.real(arguments.packages)
        self.real = [text for corpus in self.corpora for text in corpus.texts]
        self.generated = texts.generated(arguments.seed, arguments.texts)
        self.faults = []
        self.absent = []

    def kept(self, definition, oracle):
        """Asks the oracle about the texts that the ordinary tests keep what it said of."""
        lines = [line for line in texts.kept(self.arguments.kept) if line[0] == definition]
        said = oracle.counts([text for _, text, _ in lines])
        for (_, text, told), now in zip(lines, said):
            if told != now:
                self.faults.append(f"{definition}: {ascii(text)} is kept as {told}, and {oracle.version} says {now}")

    def languages(self):
        """Every language with its real texts."""
        for language in sorted({corpus.language for corpus in self.corpora}):
            yield language, [text for corpus in self.corpora if corpus.language == language for text in corpus.texts]

    def ours(self, definition, these):
        return [counted[definition] for counted in self.tally.counts(these)]

    def both(self, definition, oracle):
        """Counts texts by Tally and by the oracle."""
        return lambda these: (self.ours(definition, these), oracle.counts(these))

    def compare(self, definition, oracle, kind, these, known=()):
        """Compares by one oracle and prints the row; what no class explains is a fault."""
        both = self.both(definition, oracle)
        found = Explained()
        found.add(these, *both(these), known, both)
        self.show(definition, oracle, kind, found)

    def show(self, definition, oracle, kind, found):
        equal = found.texts - found.differing
        print(f"{definition:<12} {oracle.version:<34} {kind:<18} {found.texts:>7} {found.words:>9} {equal:>7} {found.differing:>7}")
        for name, (number, moved, example) in found.classes.items():
            print(f"{'':<12}   {name}: {number} texts, {moved} words, as in {ascii(example)[:60]}")
        if found.unexplained:
            self.faults.append(f"{definition}, {kind}: {len(found.unexplained)} texts differ and nothing explains it")
            for text, difference in sorted(found.unexplained, key=lambda one: len(one[0]))[:10]:
                print(f"{'':<12}   UNEXPLAINED {difference:+}: {ascii(text)[:400]}")
        sys.stdout.flush()

    def newer(self, definition, oracle, known=()):
        """The class of characters that the oracle counts otherwise, alone and among others: its Unicode is older."""
        asked = [chr(code) for code in range(0x40000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]
        around = [f"{c} a{c}a 1{c}1 \u30a2{c}\u30a2 \u05d0{c}\u05d0 a'{c}a 1,{c}1" for c in asked]
        for one in known:
            around = [one.mend(text) for text in around]
        ours, theirs = self.both(definition, oracle)(around)
        return classes.newer({c for c, a, b in zip(asked, ours, theirs) if a != b})

    def wc(self):
        oracle = programs.Wc()
        self.kept("wc", oracle)
        self.compare("wc", oracle, "real", self.real)
        self.compare("wc", oracle, "generated", self.generated)
        damaged = texts.damaged(self.arguments.seed, self.generated)
        self.compare("wc", oracle, "no UTF-8", damaged)

    def unicode(self):
        oracle = programs.Perl()
        self.kept("unicode", oracle)
        known = [self.newer("unicode", oracle)]
        self.compare("unicode", oracle, "real", self.real, known)
        self.compare("unicode", oracle, "generated", self.generated, known)

    def dictionary(self):
        oracle = programs.Icu()
        self.kept("dictionary", oracle)
        known = [self.newer("dictionary", oracle, classes.ICU), *classes.ICU]
        both = self.both("dictionary", oracle)
        for language, these in self.languages():
            # Paragraph by paragraph, so that only those that differ are counted again for each class.
            lines = [line for text in these for line in text.splitlines()]
            found = Explained()
            found.add(lines, *both(lines), known, both)
            self.show("dictionary", oracle, language, found)
            moved = sum(entry[1] for name, entry in found.classes.items() if name.startswith("dictionaries"))
            if moved > MOST_BY_DICTIONARY * found.words:
                self.faults.append(f"dictionary, {language}: {moved} of {found.words} words differ by dictionary")
        self.compare("dictionary", oracle, "generated", self.generated, known)

    def libreoffice(self):
        oracle = Writer()
        with contextlib.closing(oracle):
            self.kept("libreoffice", oracle)
            for language, these in self.languages():
                self.paragraphs(oracle, language, sorted({line for text in these for line in text.splitlines()}))
            # It does not open every text with a NUL in it, and ends a paragraph at these two.
            lines = [text.translate({0: " ", 10: " ", 13: " "}) for text in self.generated]
            self.paragraphs(oracle, "generated", lines)

    def paragraphs(self, oracle, kind, these):
        """Compares paragraphs, few of those about which it is known to differ: each has to be asked about alone."""
        differs = lambda text: classes.GIVES_UP.mend(text) != text
        plain, odd = [text for text in these if not differs(text)], list(filter(differs, these))
        asked = spread(plain, self.arguments.paragraphs) + spread(odd, self.arguments.paragraphs // 20)
        ours = self.ours("libreoffice", asked)
        theirs = list(ours)
        for place, words in oracle.differing(asked, ours).items():
            theirs[place] = words
        found = Explained()
        found.add(asked, ours, theirs, classes.WRITER, self.both("libreoffice", oracle))
        self.show("libreoffice", oracle, kind, found)

    def gmx(self):
        for language, these in self.languages():
            oracle = programs.Gmx(self.arguments.gmx, language)
            self.compare("gmx", oracle, language, these, classes.gmx(language))

    def ascii(self):
        oracle = programs.Grep()
        self.kept("ascii", oracle)
        self.compare("ascii", oracle, "real", self.real)
        self.compare("ascii", oracle, "generated", self.generated)

    def all(self):
        print(f"{'definition':<12} {'oracle':<34} {'texts':<18} {'number':>7} {'words':>9} {'equal':>7} {'differ':>7}")
        for definition in (self.wc, self.unicode, self.ascii, self.dictionary, self.libreoffice, self.gmx):
            if definition.__name__ not in (self.arguments.only or definition.__name__):
                continue
            try:
                definition()
            except programs.Absent as reason:
                self.absent.append(f"{definition.__name__} ({reason})")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tally", required=True, help="the example `counts`, built")
    parser.add_argument("--packages", required=True, help="where packages of texts are kept")
    parser.add_argument("--kept", required=True, help="the file of what oracles said that the ordinary tests keep")
    parser.add_argument("--gmx", required=True, help="the folder of the package gmx-word-counter")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of the generated texts")
    parser.add_argument("--texts", type=int, default=6000, help="how many texts are generated")
    parser.add_argument("--paragraphs", type=int, default=1000, help="how many of each language LibreOffice reads")
    parser.add_argument("only", nargs="*", help="definitions to compare (default: all that have an oracle)")
    arguments = parser.parse_args()
    print(f"generated texts: ORACLES_SEED={arguments.seed}")
    run = Run(arguments)
    run.all()
    for fault in run.faults:
        print(f"FAILED: {fault}")
    if run.missing:
        print(f"packages of texts that could not be had: {', '.join(run.missing)}")
    print(f"oracles: {len(run.faults)} faults", *(f"; NOT RUN: {absent}" for absent in run.absent), sep="")
    return 1 if run.faults else 0


if __name__ == "__main__":
    sys.exit(main())

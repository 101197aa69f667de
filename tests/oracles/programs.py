"""The programs that are asked: Tally, and an oracle for each definition that has one.

Every class here answers for many texts at once, in the order of the texts, and knows nothing of why numbers differ.
An oracle that is not on this machine raises Absent, with the reason, when it is made.
"""

import collections
import json
import os
import shutil
import subprocess
import tempfile


class Absent(Exception):
    """The oracle cannot be had here."""


def framed(texts):
    """Texts as bytes, each behind a line with its length."""
    encoded = (text if isinstance(text, bytes) else text.encode() for text in texts)
    return b"".join(b"%d\n%b" % (len(text), text) for text in encoded)


def said(command, data=None, **options):
    """What a command prints."""
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True, **options).stdout.decode()


def first_line(command):
    return said(command).lstrip().splitlines()[0]


class Tally:
    """The example `counts` of services/count."""

    def __init__(self, program):
        self.program = program
        self.labels = self._lines([])[0].split()

    def counts(self, texts):
        """For each text the words by each definition, keyed by the definition's name."""
        names = [label.split("-")[0] for label in self.labels]
        lines = self._lines(texts)[1:]
        return [dict(zip(names, map(int, line.split()))) for line in lines]

    def _lines(self, texts):
        return said([self.program], framed(texts)).splitlines()


class InFiles:
    """A program that reads files: all texts lie in one folder, named by their number."""

    def _run(self, texts, run):
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(texts):
                with open(f"{folder}/{number}", "wb") as file:
                    file.write(text if isinstance(text, bytes) else text.encode())
            names = "".join(f"{number}\0" for number in range(len(texts)))
            return run(folder, names.encode()) if texts else []


class Wc(InFiles):
    """`LC_ALL=C.UTF-8 wc -w`. Only coreutils 9.1 with glibc 2.36 counts as the definition says."""

    def __init__(self):
        self.version = first_line(["wc", "--version"])
        libc = first_line(["ldd", "--version"])
        if not self.version.endswith(" 9.1") or not libc.endswith(" 2.36"):
            raise Absent(f"the definition is that of coreutils 9.1 with glibc 2.36, here are {self.version} and {libc}")

    def counts(self, texts):
        def run(folder, names):
            environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
            lines = said(["wc", "-w", "--files0-from=-"], names, cwd=folder, env=environment).splitlines()
            return [int(line.split()[0]) for line in lines[: len(texts)]]

        return self._run(texts, run)


class Grep(InFiles):
    """`grep -oE '[A-Za-z]+'`, a line for each word."""

    def __init__(self):
        self.version = first_line(["grep", "--version"])

    def counts(self, texts):
        def run(folder, names):
            command = ["xargs", "-0", "grep", "-aoHE", "[A-Za-z]+"]
            lines = subprocess.run(
                command, input=names, stdout=subprocess.PIPE, cwd=folder, env={**os.environ, "LC_ALL": "C"}
            ).stdout
            found = collections.Counter(line.split(b":", 1)[0] for line in lines.splitlines())
            return [found[b"%d" % number] for number in range(len(texts))]

        return self._run(texts, run)


class Perl:
    """Perl's `\\b{wb}`."""

    def __init__(self):
        version = said(["perl", "-MUnicode::UCD", "-e", "print $^V, ' ', Unicode::UCD::UnicodeVersion()"])
        self.version = "Perl {} (Unicode {})".format(*version.split())
        self.unknown = set()

    def counts(self, texts):
        script = os.path.join(os.path.dirname(__file__), "segments.pl")
        lines = said(["perl", script], framed(texts)).splitlines()
        self.unknown.update(text for text, line in zip(texts, lines) if line.endswith("n"))
        return [int(line.rstrip("n")) for line in lines]


class Icu:
    """ICU4C's word segmenter with its dictionaries, through PyICU."""

    def __init__(self):
        try:
            import icu
        except ImportError as error:
            raise Absent(f"PyICU (python3-icu): {error}") from error
        self.icu = icu
        self.version = f"ICU4C {icu.ICU_VERSION} (PyICU {icu.VERSION})"
        self.breaker = icu.BreakIterator.createWordInstance(icu.Locale.getRoot())
        self.letters = icu.UnicodeSet("[[:Alphabetic:][:N:]]")

    def counts(self, texts):
        return [self._count(text) for text in texts]

    def _count(self, text):
        breaker, words, start = self.breaker, 0, 0
        breaker.setText(self.icu.UnicodeString(text))
        units = text.encode("utf-16-le")
        for end in breaker:
            segment = units[2 * start : 2 * end].decode("utf-16-le", "replace")
            # The first character nearly always decides, and Python knows it at once.
            words += segment[:1].isalpha() or any(map(self.letters.contains, segment))
            start = end
        return words


class Gmx:
    """The npm package gmx-word-counter, told the language."""

    def __init__(self, folder, language):
        if not shutil.which("node"):
            raise Absent("there is no node here")
        if not os.path.exists(os.path.join(folder, "package.json")):
            raise Absent("npm's registry gave no gmx-word-counter; the standard's cases are among the unit tests")
        with open(os.path.join(folder, "package.json")) as file:
            self.version = f"gmx-word-counter {json.load(file)['version']}"
        self.command = ["node", os.path.join(os.path.dirname(__file__), "gmx.mjs"), folder, language]

    def counts(self, texts):
        return list(map(int, said(self.command, framed(texts)).split()))

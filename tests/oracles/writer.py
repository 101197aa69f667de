"""LibreOffice Writer, headless: one process that reads text after text as a text file and tells its word count."""

import os
import subprocess
import tempfile
import time

from programs import Absent, first_line

START_SECONDS = 60
"""How long soffice may take until it answers."""

ATTEMPTS = 3
"""How often a text is offered: now and then soffice opens nothing and says no reason."""

TOGETHER = 64
"""How many texts are read as the paragraphs of one document, before they are told apart."""


class Writer:
    """Counts through UNO, the interface of LibreOffice to other programs."""

    def __init__(self):
        try:
            import uno
        except ImportError as error:
            raise Absent(f"LibreOffice's Python interface (python3-uno): {error}") from error
        self.uno = uno
        try:
            self.version = " ".join(first_line(["soffice", "--version"]).split()[:2])
        except OSError as error:
            raise Absent(f"soffice (libreoffice-writer-nogui): {error}") from error
        self.folder = tempfile.TemporaryDirectory(prefix="tally-oracle-")
        pipe = f"tally-oracle-{os.getpid()}"
        self.process = subprocess.Popen(
            [
                "soffice", "--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp",
                f"-env:UserInstallation=file://{self.folder.name}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.context = self._connect(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        self.services = self.context.ServiceManager
        self.desktop = self.services.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)

    def _connect(self, address):
        local = self.uno.getComponentContext()
        name = "com.sun.star.bridge.UnoUrlResolver"
        resolver = local.ServiceManager.createInstanceWithContext(name, local)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                return resolver.resolve(address)
            except Exception as error:  # what UNO throws while nobody listens yet has no Python class
                if time.monotonic() > until or self.process.poll() not in (None, 0):
                    raise Absent(f"soffice does not answer: {error}") from error
                time.sleep(0.1)

    def counts(self, texts):
        """Each text is read alone."""
        return [self._count(text) for text in texts]

    def differing(self, texts, expected):
        """The places of the paragraphs that Writer counts otherwise than expected, with what it counts.

        Paragraphs are counted together and halved where the sum is another, for each document costs some 30 ms.
        """
        found = {}
        for start in range(0, len(texts), TOGETHER):
            self._search(texts, expected, range(start, min(start + TOGETHER, len(texts))), found)
        return found

    def _search(self, texts, expected, places, found):
        counted = self._count("\n".join(texts[place] for place in places))
        if counted == sum(expected[place] for place in places):
            return
        if len(places) == 1:
            found[places[0]] = counted
            return
        middle = len(places) // 2
        self._search(texts, expected, places[:middle], found)
        self._search(texts, expected, places[middle:], found)

    def _count(self, text):
        for _ in range(ATTEMPTS):
            document = self._load(text)
            if document:
                words = document.WordCount
                document.close(True)
                return words
        raise RuntimeError(f"soffice does not open {ascii(text)[:400]}")

    def _load(self, text):
        stream = self.services.createInstanceWithContext("com.sun.star.io.SequenceInputStream", self.context)
        stream.initialize((self.uno.ByteSequence(text.encode()),))
        arguments = {
            "InputStream": stream,
            "FilterName": "Text (encoded)",
            "FilterOptions": "UTF8,LF,,,",
            "Hidden": True,
        }
        return self.desktop.loadComponentFromURL("private:stream", "_blank", 0, self._properties(arguments))

    def _properties(self, arguments):
        def value(name, content):
            made = self.uno.createUnoStruct("com.sun.star.beans.PropertyValue")
            made.Name, made.Value = name, content
            return made

        return tuple(value(name, content) for name, content in arguments.items())

    def close(self):
        """Ends the process."""
        try:
            self.desktop.terminate()
        except Exception:  # it goes away while it answers
            pass
        self.process.wait(START_SECONDS)
        self.folder.cleanup()

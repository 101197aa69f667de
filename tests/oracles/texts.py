"""The texts that are counted: real ones out of Debian packages, and generated ones.

Packages are fetched once, unpacked beside the build and never installed. A corpus is a name, a language and its texts.
"""

import collections
import glob
import gzip
import gettext
import os
import random
import re
import subprocess
import unicodedata

Corpus = collections.namedtuple("Corpus", "name language texts")

PROSE = {
    "jargon-text": ("en", "usr/share/doc/jargon-text/jargon.txt.gz"),
    "debian-faq-de": ("de", "usr/share/doc/debian/FAQ/debian-faq.de.txt.gz"),
    "debian-faq-fr": ("fr", "usr/share/doc/debian/FAQ/debian-faq.fr.txt.gz"),
    "debian-faq-it": ("it", "usr/share/doc/debian/FAQ/debian-faq.it.txt.gz"),
    "debian-faq-nl": ("nl", "usr/share/doc/debian/FAQ/debian-faq.nl.txt.gz"),
    "debian-faq-ru": ("ru", "usr/share/doc/debian/FAQ/debian-faq.ru.txt.gz"),
    "debian-faq-ko": ("ko", "usr/share/doc/debian/FAQ/debian-faq.ko.txt.gz"),
    "debian-faq-ja": ("ja", "usr/share/doc/debian/FAQ/debian-faq.ja.txt.gz"),
    "debian-reference-ja": ("ja", "usr/share/debian-reference/debian-reference.ja.txt.gz"),
    "debian-reference-zh-cn": ("zh", "usr/share/debian-reference/debian-reference.zh-cn.txt.gz"),
    "fortunes-zh": ("zh", "usr/share/games/fortunes/*.u8"),
    "maint-guide-vi": ("vi", "usr/share/doc/maint-guide-vi/maint-guide.vi.txt.gz"),
}
"""Packages of prose, with where in them it lies."""

MESSAGES = ["am", "ar", "bn", "el", "he", "hi", "ka", "km", "ko", "ta", "th"]
"""Languages of which the messages of LibreOffice are taken: short sentences, many of them."""

MESSAGES_AT = "usr/lib/libreoffice/program/resource/{}/LC_MESSAGES/{}.mo"
CATALOGUES = ["cui", "dba", "sd", "sfx", "svx", "wiz"]


def real(folder):
    """The corpora, with what could not be had."""
    wanted = {name: name for name in PROSE}
    wanted.update({f"messages-{language}": f"libreoffice-l10n-{language}" for language in MESSAGES})
    missing = [name for name, package in wanted.items() if not _unpacked(folder, package)]
    corpora = [_prose(folder, name) for name in PROSE if name not in missing]
    corpora += [_messages(folder, language) for language in MESSAGES if f"messages-{language}" not in missing]
    return corpora, missing


def _unpacked(folder, package):
    place = os.path.join(folder, package)
    if not os.path.isdir(place):
        os.makedirs(folder, exist_ok=True)
        fetched = subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, stderr=subprocess.DEVNULL)
        archives = glob.glob(os.path.join(folder, f"{package}_*.deb"))
        if fetched.returncode != 0 or not archives:
            return False
        subprocess.run(["dpkg-deb", "-x", archives[0], place + ".part"], check=True)
        os.rename(place + ".part", place)
        os.remove(archives[0])
    return True


def _prose(folder, package):
    language, pattern = PROSE[package]
    paths = sorted(glob.glob(os.path.join(folder, package, pattern)))
    if not paths:
        raise FileNotFoundError(f"{package} holds no {pattern}")
    return Corpus(package, language, [_read(path) for path in paths])


def _read(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def _messages(folder, language):
    texts = []
    for catalogue in CATALOGUES:
        path = os.path.join(folder, f"libreoffice-l10n-{language}", MESSAGES_AT.format(language, catalogue))
        with open(path, "rb") as file:
            translations = gettext.GNUTranslations(file)._catalog
        # An underscore stands before the letter that is pressed: a reader sees none.
        said = {message.replace("_", "") for key, message in translations.items() if key and isinstance(message, str)}
        texts.append("\n".join(sorted(said)))
    return Corpus(f"messages-{language}", language, texts)


def kept(path):
    """The lines of the file that the ordinary tests keep: definition, text, what the oracle said."""
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return [(definition, _unescaped(text), int(theirs)) for definition, text, _, theirs, _ in lines]


def _unescaped(text):
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), text)


def _range(first, last):
    return [chr(code) for code in range(first, last + 1) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]


ALPHABETS = {
    "latin": _range(0x61, 0x7A) * 3 + _range(0x41, 0x5A) + _range(0xC0, 0x17F),
    "digits": list("0123456789") * 3 + list("٣७²½Ⅳ①𝟘"),
    "greek and cyrillic": _range(0x370, 0x3FF) + _range(0x400, 0x45F),
    "hebrew and arabic": _range(0x5D0, 0x5F4) + _range(0x600, 0x6FF),
    "indic": _range(0x900, 0x97F) + _range(0xB80, 0xBFF) + _range(0x0D80, 0x0DFF),
    "other alphabets": _range(0x530, 0x58F) + _range(0x10A0, 0x10FF) + _range(0x1200, 0x1250) + _range(0xF00, 0xF80),
    "hangul": _range(0xAC00, 0xACFF) + _range(0x1100, 0x11FF) + _range(0x3130, 0x318F),
    "han and kana": _range(0x3041, 0x30FF) * 2 + _range(0x4E00, 0x4FFF) + ["𠀀", "々", "〇", "豈"],
    "full width": _range(0x3001, 0x301F) + _range(0xFF01, 0xFF9F),
    "thai and its like": _range(0xE01, 0xE5B) + _range(0xE81, 0xEDF) + _range(0x1000, 0x109F) + _range(0x1780, 0x17F9),
    "punctuation": list("""!"#%&'()*,-./:;?@[\\]_{}¡§«¶·»¿""") + list("‐‑‒–—―‖‘’“”„†•…‰′″‹›‼⁄⁊"),
    "joining": list("'’.:·,;_-‧․@/") * 2 + ["\u203f", "\u02d7", "\u05f4", "\ufe52"],
    "symbols": list("$+<=>^`|~¢£¤©®°±´×÷€№™←∀∞≤⌘─■☃♥✓➜") + _range(0x2460, 0x2470),
    "emoji": ["😀", "👍", "👍🏽", "👩\u200d💻", "🇩🇪", "🇩", "❤\ufe0f", "1\ufe0f\u20e3", "🏳\ufe0f\u200d🌈"],
    "marks": _range(0x300, 0x36F) + ["\u0903", "\u093e", "\u094d", "\u20dd", "\ufe0f", "\u3099"],
    "wide spaces": list("\u00a0\u1680\u2000\u2003\u2007\u2009\u202f\u205f\u3000"),
    "white space": list(" \t\n\r\v\f") + ["\r\n", "\u0085", "\u2028", "\u2029"],
    "unseen": list("\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u2060\u2061\ufeff\ufff9"),
    "controls": [chr(code) for code in [*range(0x00, 0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0)]],
}
"""What generated texts are made of."""


def generated(seed, number):
    """Texts of mixed alphabets, parted by white space, the same for the same seed."""
    chance = random.Random(seed)
    return [_made(chance) for _ in range(number)]


def _made(chance):
    names = chance.sample(sorted(ALPHABETS), chance.randint(1, 4))
    parts = []
    for _ in range(chance.randint(1, 24)):
        kind = chance.random()
        if kind < 0.35:
            parts.append(" ")
        elif kind < 0.37:
            parts.append("\n")
        elif kind < 0.38:
            parts.append(_any(chance))
        else:
            alphabet = ALPHABETS[chance.choice(names)]
            parts.extend(chance.choice(alphabet) for _ in range(chance.randint(1, 5)))
    return "".join(parts)


def _any(chance):
    code = chance.randrange(chance.choice([0x250, 0x3000, 0x10000, 0x110000]))
    return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"


def damaged(seed, texts):
    """The same texts as bytes that are no UTF-8: some bytes are left out, changed or put in."""
    chance = random.Random(seed + 1)
    return [_damage(chance, text) for text in texts]


def _damage(chance, text):
    made = bytearray(text.encode())
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(made) + 1)
        made[place : place + chance.randint(0, 1)] = bytes([chance.choice([0xFF, 0xC0, 0x80, 0xE4, 0xF0, 0xED])])
    return bytes(made)

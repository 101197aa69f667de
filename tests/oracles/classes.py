"""Why an oracle counts otherwise: classes of differences, each with a name and a way to take its cause out of a text.

A difference belongs to a class by experiment, not by looks: the cause is taken out of the text, both count again, and
the class gets what the difference changed by. What is left behind the last class is unexplained, and a fault.
"""

import collections
import re
import unicodedata

Class = collections.namedtuple("Class", "name mend")

KATAKANA = r"[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\u309b\u309c\u3031-\u3035\U0001b000]"
CUT_BY_DICTIONARY = {
    "Thai": r"\u0e01-\u0e3a\u0e40-\u0e4e",
    "Lao": r"\u0e81-\u0ecf\u0edc-\u0edf",
    "Burmese": r"\u1000-\u103f\u104c-\u108f\u109a-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f",
    "Khmer": r"\u1780-\u17d3\u17d7\u17dc\u17dd",
    "Chinese and Japanese": r"\u3005-\u3007\u3021-\u3029\u3038-\u303c\u3041-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff",
}
SYLLABLES = r"\uac00-\ud7a3"
NO_DICTIONARY = r"\u1950-\u1974\u1980-\u19df\u1a20-\u1aad\uaa80-\uaadf\U00011700-\U00011746"
UNSPACED = "".join(CUT_BY_DICTIONARY.values())


def replaced(name, pattern, by):
    """The class whose cause is what the pattern finds."""
    found = re.compile(pattern)
    return Class(name, lambda text: found.sub(by, text))


def _beside(letters):
    """Where such a letter stands beside another character."""
    return f"(?<=[{letters}])(?![{letters}])|(?<![{letters}])(?=[{letters}])"


def newer(characters):
    """The class of characters that the oracle's tables do not know as we do, and of those that its time did not know."""
    name = f"{len(characters)} characters of which Unicode says otherwise since, and new ones"

    def is_known(character):
        return character not in characters and unicodedata.category(character) != "Cn"

    return Class(name, lambda text: "".join(filter(is_known, text)))


ICU = [
    replaced("ICU keeps New Tai Lue, Tai Tham, Tai Viet and Ahom together", f"[{NO_DICTIONARY}]", " "),
    replaced("ICU joins words at @", "@", " "),
    replaced("ICU parts words at the colon", "[:\ufe55\uff1a]", " "),
    replaced("ICU cuts katakana by dictionary, UAX #29 does not", rf"{KATAKANA}+", " x "),
    replaced(
        "ICU parts Hangul from other letters and digits", _beside(SYLLABLES), " "
    ),
    replaced("ICU joins letters of unspaced scripts at an underscore", "_", " "),
    replaced("beside letters of unspaced scripts", _beside(UNSPACED), " "),
    *(replaced(f"dictionaries: {name}", f"[{letters}]", " ") for name, letters in CUT_BY_DICTIONARY.items()),
]


def _kept(name, kept, by=" "):
    """The class of all characters but those that are kept."""
    return Class(name, lambda text: "".join(c if kept(c) else by for c in text))


def _is_letter(character):
    return character.isspace() or unicodedata.category(character)[0] in "LM"


GIVES_UP = replaced("at a zero-width space it gives up the paragraph", "\u200b", " ")
WRITER = [
    GIVES_UP,
    _kept("characters that its time did not know", lambda c: unicodedata.category(c) != "Cn", ""),
    replaced("a vertical tab in a text file becomes a number sign", "\v", " "),
    _kept("invisible format characters", lambda c: unicodedata.category(c) != "Cf", ""),
    replaced("characters beyond U+FFFF", "[\U00010000-\U0010ffff]", "\u4e00"),
    _kept("marks with no letter before them", lambda c: unicodedata.category(c)[0] != "M", ""),
]
GMX_CHARACTERS = [
    Class("its text is in NFC first", lambda text: unicodedata.normalize("NFC", text)),
    replaced("it takes \u3005, \u3007 and the like for punctuation", "[\u3005-\u3007\u3021-\u302f\u3031-\u303c]", ""),
    replaced("its hyphens are others", "[\u058a\u05be\u1400\u1806\u2010\u2011\u2e17\u30a0\ufe63\uff0d]", " "),
    _kept("symbols and controls are characters", lambda c: c in "-'\u2019" or c.isspace() or unicodedata.category(c)[0] in "LMN"),
]
GMX_WORDS = [
    replaced("hyphens join", "[-\u2010\u2011]", " "),
    replaced("apostrophes, each language its own way", "['\u2019]", " "),
    _kept("numbers, and letters beside them", lambda c: unicodedata.category(c)[0] != "N", ""),
    _kept("punctuation, symbols and controls inside words", _is_letter),
    _kept("its letters are ASCII's and some more", lambda c: c.isascii(), ""),
]
GMX_ONE_SCRIPT = {"ar": "ARABIC", "ta": "TAMIL"}
COUNTS_NOTHING = Class("it counts nothing in Khmer", lambda text: "")


def gmx(language):
    """The classes of the package for a text in this language."""
    if language in ("zh", "ja", "ko", "th"):
        return GMX_CHARACTERS
    if language in GMX_ONE_SCRIPT:
        script = GMX_ONE_SCRIPT[language]
        others = _kept("letters of other scripts make no words", lambda c: unicodedata.name(c, "SPACE").startswith((script, "SPACE")))
        return [*GMX_WORDS[:-1], others]
    return [COUNTS_NOTHING] if language == "km" else GMX_WORDS


class Explained:
    """What was compared with one oracle, and how the differences fall into classes."""

    def __init__(self):
        self.texts = self.words = self.differing = self.moved = 0
        self.classes = collections.defaultdict(lambda: [0, 0, None])
        self.unexplained = []

    def add(self, texts, ours, theirs, classes, count_both):
        """Compares; `count_both` counts texts anew by Tally and by the oracle."""
        self.texts += len(texts)
        self.words += sum(theirs)
        odd = [(text, text, a - b) for text, a, b in zip(texts, ours, theirs) if a != b]
        self.differing += len(odd)
        self.moved += sum(abs(difference) for _, _, difference in odd)
        for one in classes:
            odd = self._mended(one, odd, count_both)
        self.unexplained += [(text, difference) for text, _, difference in odd]

    def _mended(self, one, odd, count_both):
        mended = [one.mend(text) for _, text, _ in odd]
        changed = [place for place, new in enumerate(mended) if new != odd[place][1]]
        counted = dict(zip(changed, zip(*count_both([mended[place] for place in changed]))))
        left = []
        for place, (original, text, before) in enumerate(odd):
            ours, theirs = counted.get(place, (before, 0))
            moved = before - (ours - theirs)
            if moved:
                entry = self.classes[one.name]
                entry[0] += 1
                entry[1] += abs(moved)
                entry[2] = min(entry[2] or original, original, key=len)
            if ours != theirs:
                left.append((original, mended[place], ours - theirs))
        return left

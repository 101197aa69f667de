//! The definitions of a word, as people know them.

use tally_count::Definition;

/// The name of a definition for people.
pub(crate) const fn name(definition: Definition) -> &'static str {
    match definition {
        Definition::Wc => "wc -w",
        Definition::Unicode => "Unicode",
        Definition::Dictionary => "Dictionary",
        Definition::Office => "Microsoft Word",
        Definition::LibreOffice => "LibreOffice",
        Definition::Gmx => "GMX-V",
        Definition::Cat => "CAT tools",
        Definition::Ascii => "A to Z",
    }
}

/// What it counts, in some words.
pub(crate) const fn summary(definition: Definition) -> &'static str {
    match definition {
        Definition::Wc => "runs between spaces, as on a Unix command line",
        Definition::Unicode => "word boundaries of the Unicode standard",
        Definition::Dictionary => "Unicode, with dictionaries for Chinese, Japanese and Thai",
        Definition::Office => "as Word's own word count",
        Definition::LibreOffice => "as LibreOffice Writer counts",
        Definition::Gmx => "the translation industry's standard",
        Definition::Cat => "splits at hyphens, slashes and apostrophes",
        Definition::Ascii => "runs of the letters A to Z",
    }
}

/// The definition with this name in an address.
pub(crate) fn parse(text: &str) -> Option<Definition> {
    Definition::ALL.iter().copied().find(|definition| definition.as_str() == text)
}

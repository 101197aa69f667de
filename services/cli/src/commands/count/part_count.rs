//! What is counted of a part of a text, and how the sums of parts make the sum of the whole.
//!
//! Where only one or two fast figures are shown, only those are counted: several times faster than everything.

use tally_count::{Definition, LineEnd, Options, Tally, count, unicode_words, wc_words};
use tally_extract::MediaType;

/// What is asked of every part.
#[derive(Clone, Debug)]
pub(super) enum CountMode {
    Full(Options),
    /// Words by `wc` or `unicode` or both, lines and characters.
    Fast(Vec<Definition>),
}

impl Default for CountMode {
    fn default() -> Self {
        Self::Fast(Vec::new())
    }
}

/// What was found in a part, or in all parts so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PartCount {
    Full(Box<Tally>),
    Fast(FastCount),
}

/// A few figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FastCount {
    words: Vec<(Definition, u64)>,
    line_feeds: u64,
    /// Whether the text ends within a line.
    open: bool,
    characters: u64,
}

impl CountMode {
    /// What is enough for these definitions where nothing but a table is shown.
    pub(super) fn for_table(definitions: &[Definition], options: Options) -> Self {
        let fast = |one: &Definition| matches!(one, Definition::Wc | Definition::Unicode);
        if definitions.iter().all(fast) { Self::Fast(definitions.to_vec()) } else { Self::Full(options) }
    }

    /// The mode for a document of this type.
    pub(super) fn for_document(&self, media_type: MediaType) -> Self {
        match self {
            Self::Full(options) if media_type.wraps_lines() => {
                Self::Full(options.clone().with_line_end(LineEnd::Space))
            }
            mode => mode.clone(),
        }
    }

    /// Options for a counter that goes through a text in one go.
    pub(super) fn options(&self) -> Options {
        match self {
            Self::Full(options) => options.clone(),
            Self::Fast(_) => Options::default().with_histogram(0, 0),
        }
    }

    pub(super) fn count(&self, text: &str) -> PartCount {
        match self {
            Self::Full(options) => PartCount::Full(Box::new(count(text, options))),
            Self::Fast(definitions) => PartCount::Fast(FastCount {
                words: definitions.iter().map(|one| (*one, words(*one, text))).collect(),
                line_feeds: memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64,
                open: is_open(text),
                characters: text.chars().count() as u64,
            }),
        }
    }

    /// The sum of a text that was counted in one go; `open` when it ends within a line.
    pub(super) fn sum_of(&self, tally: Tally, open: bool) -> PartCount {
        match self {
            Self::Full(_) => PartCount::Full(Box::new(tally)),
            Self::Fast(definitions) => PartCount::Fast(FastCount {
                words: definitions.iter().map(|one| (*one, tally.words.get(*one))).collect(),
                line_feeds: tally.lines - u64::from(open),
                open,
                characters: tally.characters,
            }),
        }
    }
}

fn words(definition: Definition, text: &str) -> u64 {
    match definition {
        Definition::Wc => wc_words(text),
        _ => unicode_words(text),
    }
}

/// Whether a text ends within a line.
pub(super) fn is_open(text: &str) -> bool {
    !text.is_empty() && !text.ends_with('\n')
}

impl PartCount {
    /// The sum of both; `next` comes after.
    pub(super) fn merge(self, next: Self) -> Self {
        match (self, next) {
            (Self::Full(before), Self::Full(after)) => Self::Full(Box::new(before.merge(*after))),
            (Self::Fast(before), Self::Fast(after)) => Self::Fast(before.merge(&after)),
            // One command asks one thing of all parts, so this is not reached.
            (before, _) => before,
        }
    }

    pub(super) fn words(&self, definition: Definition) -> u64 {
        match self {
            Self::Full(tally) => tally.words.get(definition),
            Self::Fast(fast) => {
                fast.words.iter().find(|(one, _)| *one == definition).map_or(0, |(_, words)| *words)
            }
        }
    }

    pub(super) fn lines(&self) -> u64 {
        match self {
            Self::Full(tally) => tally.lines,
            Self::Fast(fast) => fast.line_feeds + u64::from(fast.open),
        }
    }

    pub(super) fn characters(&self) -> u64 {
        match self {
            Self::Full(tally) => tally.characters,
            Self::Fast(fast) => fast.characters,
        }
    }

    /// All figures, where all were asked for.
    pub(super) fn tally(&self) -> Option<&Tally> {
        match self {
            Self::Full(tally) => Some(tally),
            Self::Fast(_) => None,
        }
    }
}

impl FastCount {
    fn merge(mut self, after: &Self) -> Self {
        for (mine, theirs) in self.words.iter_mut().zip(&after.words) {
            mine.1 += theirs.1;
        }
        self.line_feeds += after.line_feeds;
        if after.characters > 0 {
            self.open = after.open;
        }
        self.characters += after.characters;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_figures_are_those_of_everything() {
        let mode = CountMode::for_table(&[Definition::Unicode, Definition::Wc], Options::default());
        assert!(matches!(mode, CountMode::Fast(_)));
        for (one, other) in [
            ("", ""),
            ("a b\n", "c-d"),
            ("a b\n", ""),
            ("", "x\n\ny\n"),
            ("caf\u{e9} ", "\u{4f60}\u{597d}\n"),
        ] {
            let sum = mode.count(one).merge(mode.count(other));
            let whole = count(&format!("{one}{other}"), &Options::default());
            assert_eq!(sum.words(Definition::Wc), whole.words.get(Definition::Wc), "{one:?} {other:?}");
            assert_eq!(
                sum.words(Definition::Unicode),
                whole.words.get(Definition::Unicode),
                "{one:?} {other:?}"
            );
            assert_eq!((sum.lines(), sum.characters()), (whole.lines, whole.characters), "{one:?} {other:?}");
            assert_eq!(mode.sum_of(count(one, &mode.options()), is_open(one)), mode.count(one));
        }
    }

    #[test]
    fn other_definitions_take_everything() {
        let mode = CountMode::for_table(&[Definition::Wc, Definition::Office], Options::default());
        assert!(mode.count("a b").tally().is_some());
    }
}

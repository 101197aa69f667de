//! What is counted of a part of a text, and how the sums of parts make the sum of the whole.
//!
//! Where only one or two fast figures are shown, only those are counted: several times faster than everything.

use tally_count::{Definition, Options, Tally, count, unicode_words, wc_words};

/// What is asked of every part.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Everything(Options),
    /// Words by `wc` or `unicode` or both, lines and characters.
    Few(Vec<Definition>),
}

impl Default for Asked {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// What was found in a part, or in all parts so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sum {
    Everything(Box<Tally>),
    Few(Few),
}

/// A few figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Few {
    words: Vec<(Definition, u64)>,
    line_feeds: u64,
    /// Whether the text ends within a line.
    open: bool,
    characters: u64,
}

impl Asked {
    /// What is enough for these definitions where nothing but a table is shown.
    pub(super) fn for_table(definitions: &[Definition], options: Options) -> Self {
        let fast = |one: &Definition| matches!(one, Definition::Wc | Definition::Unicode);
        if definitions.iter().all(fast) { Self::Few(definitions.to_vec()) } else { Self::Everything(options) }
    }

    /// Options for a counter that goes through a text in one go.
    pub(super) fn options(&self) -> Options {
        match self {
            Self::Everything(options) => options.clone(),
            Self::Few(_) => Options::default().with_histogram(0, 0),
        }
    }

    /// Counts a part.
    pub(super) fn count(&self, text: &str) -> Sum {
        match self {
            Self::Everything(options) => Sum::Everything(Box::new(count(text, options))),
            Self::Few(definitions) => Sum::Few(Few {
                words: definitions.iter().map(|one| (*one, words(*one, text))).collect(),
                line_feeds: text.bytes().filter(|byte| *byte == b'\n').count() as u64,
                open: is_open(text),
                characters: text.chars().count() as u64,
            }),
        }
    }

    /// The sum of a text that was counted in one go; `open` when it ends within a line.
    pub(super) fn sum_of(&self, tally: Tally, open: bool) -> Sum {
        match self {
            Self::Everything(_) => Sum::Everything(Box::new(tally)),
            Self::Few(definitions) => Sum::Few(Few {
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

impl Sum {
    /// The sum of both; `next` comes after.
    pub(super) fn merge(self, next: Self) -> Self {
        match (self, next) {
            (Self::Everything(before), Self::Everything(after)) => {
                Self::Everything(Box::new(before.merge(*after)))
            }
            (Self::Few(before), Self::Few(after)) => Self::Few(before.merge(&after)),
            // One command asks one thing of all parts, so this is not reached.
            (before, _) => before,
        }
    }

    pub(super) fn words(&self, definition: Definition) -> u64 {
        match self {
            Self::Everything(tally) => tally.words.get(definition),
            Self::Few(few) => {
                few.words.iter().find(|(one, _)| *one == definition).map_or(0, |(_, words)| *words)
            }
        }
    }

    pub(super) fn lines(&self) -> u64 {
        match self {
            Self::Everything(tally) => tally.lines,
            Self::Few(few) => few.line_feeds + u64::from(few.open),
        }
    }

    pub(super) fn characters(&self) -> u64 {
        match self {
            Self::Everything(tally) => tally.characters,
            Self::Few(few) => few.characters,
        }
    }

    /// All figures, where all were asked for.
    pub(super) fn tally(&self) -> Option<&Tally> {
        match self {
            Self::Everything(tally) => Some(tally),
            Self::Few(_) => None,
        }
    }
}

impl Few {
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
        let asked = Asked::for_table(&[Definition::Unicode, Definition::Wc], Options::default());
        assert!(matches!(asked, Asked::Few(_)));
        for (one, other) in [
            ("", ""),
            ("a b\n", "c-d"),
            ("a b\n", ""),
            ("", "x\n\ny\n"),
            ("caf\u{e9} ", "\u{4f60}\u{597d}\n"),
        ] {
            let sum = asked.count(one).merge(asked.count(other));
            let whole = count(&format!("{one}{other}"), &Options::default());
            assert_eq!(sum.words(Definition::Wc), whole.words.get(Definition::Wc), "{one:?} {other:?}");
            assert_eq!(
                sum.words(Definition::Unicode),
                whole.words.get(Definition::Unicode),
                "{one:?} {other:?}"
            );
            assert_eq!((sum.lines(), sum.characters()), (whole.lines, whole.characters), "{one:?} {other:?}");
            assert_eq!(asked.sum_of(count(one, &asked.options()), is_open(one)), asked.count(one));
        }
    }

    #[test]
    fn other_definitions_take_everything() {
        let asked = Asked::for_table(&[Definition::Wc, Definition::Office], Options::default());
        assert!(asked.count("a b").tally().is_some());
    }
}

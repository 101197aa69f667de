//! Text in, a tally out: named definitions of a word, in one pass.
//!
//! Knows text and nothing of where it came from: no files, no markup, no network, no clock.
//! Everything here is pure; a text cut at [`next_cut`], counted in parts and merged gives the
//! same [`Tally`] as counted whole.

mod alone;
mod counter;
mod cut;
mod definition;
mod differences;
mod gmx;
mod grapheme;
mod histogram;
mod key;
mod lanes;
mod language;
mod lexicon;
mod measures;
mod ngrams;
mod options;
#[cfg(test)]
mod oracle;
mod parallel;
mod properties;
mod readability;
mod segments;
mod sentence;
mod tally;
mod undecoded;
mod unprintable;
mod word_break;

pub use alone::{unicode_words, wc_words};
pub use counter::{Counter, count};
pub use cut::next_cut;
pub use definition::{Definition, UnknownDefinition, Words};
pub use differences::{Cause, Difference, Differences, Example, Share};
pub use histogram::Histogram;
pub use language::{Language, keywords};
pub use ngrams::Ngrams;
pub use options::{Case, Options};
pub use parallel::count_parallel;
pub use readability::{Formula, Readability};
pub use tally::{Tally, reading_time_ms, speaking_time_ms};
pub use undecoded::UNDECODED;

//! Counts the words of a text by several named definitions in one pass.
//!
//! Takes text and returns counts. It does no I/O and reads no clock. A text that is cut at
//! [`next_cut`], counted in parts and merged gives the same [`Tally`] as the whole text.

mod byte_block;
mod counter;
mod cut;
mod definition;
mod dictionaries;
mod differences;
mod gmx;
mod grapheme;
mod histogram;
mod key_builder;
mod language;
mod measures;
mod ngrams;
mod options;
#[cfg(test)]
mod oracle;
mod properties;
mod readability;
mod segment_counter;
mod sentence;
mod single_definition;
mod tally;
mod undecoded;
mod unprintable;
mod word_break;

pub use counter::{Counter, count};
pub use cut::next_cut;
pub use definition::{Definition, UnknownDefinition, Words};
pub use differences::{Cause, Difference, Differences, Example, Share};
pub use histogram::Histogram;
pub use language::{Language, keywords};
pub use ngrams::Ngrams;
pub use options::{Case, LineEnd, Options};
pub use readability::{Formula, Readability};
pub use single_definition::{unicode_words, wc_words};
pub use tally::{Tally, reading_time_ms, speaking_time_ms};
pub use undecoded::UNDECODED;

//! The part of a report that only the record shows: the most frequent words, n-grams, differences.
//!
//! With nothing but words, as in nearly every record, it is the [`WordList`]. Otherwise a byte 2, the length of a JSON
//! text as a little-endian `u32`, the JSON text, and the word list. A word list begins with byte 1.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tally_count::Differences;

use super::{Text, UnreadablePart, differences};
use crate::report::{Numbers, Report};
use crate::word_list::WordList;

/// The first byte of a detail with more than words.
const WITH_EXTRAS: u8 = 2;

/// Words, or n-grams, with their counts.
pub(super) type Counted<'a> = Vec<(Text<'a>, u64)>;

/// Beside the words, in the shapes that an older summary has.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct ExtrasShape<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<differences::DifferenceShape<'a>>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub ngrams: Counted<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Detail {
    pub top_words: WordList,
    pub ngrams: WordList,
    pub differences: Option<Differences>,
}

/// The bytes to store.
#[must_use]
pub(super) fn write(report: &Report) -> Bytes {
    if report.ngrams.is_empty() && report.differences.is_none() {
        return report.top_words.to_bytes();
    }
    let extras = ExtrasShape {
        differences: report.differences.as_ref().map(|found| differences::write(found, &report.numbers)),
        ngrams: write_counted(&report.ngrams),
    };
    let json = serde_json::to_vec(&extras).expect("text and numbers always serialise");
    let length = u32::try_from(json.len()).expect("a thousand n-grams are less than 4 GiB");
    [&[WITH_EXTRAS][..], &length.to_le_bytes(), &json, report.top_words.as_bytes()].concat().into()
}

/// Reads them back. A list has no details: then there is nothing.
pub(super) fn read(detail: &Bytes, numbers: &Numbers) -> Result<Detail, UnreadablePart> {
    if detail.first() != Some(&WITH_EXTRAS) {
        let top_words = WordList::from_some((!detail.is_empty()).then(|| detail.clone()))?;
        return Ok(Detail { top_words, ..Detail::default() });
    }
    let cut = || UnreadablePart::Range("detail");
    let length = detail.get(1..5).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let length = usize::try_from(length.ok_or_else(cut)?).map_err(|_| cut())?;
    let end = length.checked_add(5).filter(|end| *end <= detail.len()).ok_or_else(cut)?;
    let extras: ExtrasShape<'_> = serde_json::from_slice(&detail[5..end])?;
    Ok(Detail { top_words: WordList::from_bytes(detail.slice(end..))?, ..read_extras(extras, numbers)? })
}

pub(super) fn read_extras(extras: ExtrasShape<'_>, numbers: &Numbers) -> Result<Detail, UnreadablePart> {
    Ok(Detail {
        top_words: WordList::default(),
        ngrams: read_counted(&extras.ngrams),
        differences: extras.differences.map(|found| differences::read(found, numbers)).transpose()?,
    })
}

pub(super) fn write_counted(words: &WordList) -> Counted<'_> {
    words.iter().map(|(word, count)| (word.into(), count)).collect()
}

pub(super) fn read_counted(words: &Counted<'_>) -> WordList {
    words.iter().map(|(word, count)| (&**word, *count)).collect()
}

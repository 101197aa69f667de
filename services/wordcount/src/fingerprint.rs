//! What makes a request what it is, as one number: for idempotency keys.
//!
//! Made of the parsed values, not of the bytes, so that the same request in another order or coding is the same.

use sha2::{Digest, Sha256};
use tally_count::Case;
use tally_jobs::content::Content;
use tally_jobs::key::Fingerprint;
use tally_jobs::options::JobOptions;

use crate::options::CountOptions;
use crate::source::Source;

/// The first part of every fingerprint's input. Another one when this list changes, so that old keys do not match by
/// accident.
const VERSION: &[u8] = b"tally-request-1";

/// The fingerprint of a request. `digest` is SHA-256 of the content, where it is known.
#[must_use]
pub fn of(
    source: &Source,
    content: Option<&Content>,
    digest: Option<[u8; 32]>,
    job: &JobOptions,
    count: &CountOptions,
) -> Fingerprint {
    let mut hash = Sha256::new();
    part(&mut hash, VERSION);
    match source {
        Source::Url(url) => {
            part(&mut hash, b"url");
            part(&mut hash, url.as_str().as_bytes());
        }
        Source::Text { .. } => part(&mut hash, b"text"),
        Source::File { name, content_type, .. } => {
            part(&mut hash, b"file");
            part(&mut hash, name.as_deref().unwrap_or_default().as_bytes());
            part(&mut hash, content_type.as_deref().unwrap_or_default().as_bytes());
        }
    }
    let digest = digest.or_else(|| match content {
        Some(Content::Inline(bytes)) => Some(Sha256::digest(bytes).into()),
        _ => None,
    });
    part(&mut hash, &digest.unwrap_or_default());
    options(&mut hash, job, count);
    Fingerprint(hash.finalize().into())
}

fn options(hash: &mut Sha256, job: &JobOptions, count: &CountOptions) {
    // Taken apart, so that a new option cannot be forgotten here.
    let CountOptions { definition, top, case, why, ngrams, regions, language } = count;
    let JobOptions { priority, deadline, retention, labels } = job;
    part(hash, definition.map_or("", |one| one.as_str()).as_bytes());
    part(hash, &(*top as u64).to_be_bytes());
    part(hash, case_name(*case).as_bytes());
    hash.update((regions.as_ref().map_or(0, Vec::len) as u64).to_be_bytes());
    for region in regions.iter().flatten() {
        part(hash, region.as_str().as_bytes());
    }
    part(hash, language.as_ref().map_or("", |tag| tag.as_str()).as_bytes());
    part(hash, priority.as_str().as_bytes());
    part(hash, &deadline.as_millis().to_be_bytes());
    part(hash, &retention.as_millis().to_be_bytes());
    for label in labels {
        part(hash, label.name.as_bytes());
        part(hash, label.value.as_bytes());
    }
    // An option that came later adds nothing at its default, so that the keys of earlier requests still match.
    if *why {
        part(hash, b"why");
    }
    if *ngrams > 0 {
        part(hash, b"ngrams");
        part(hash, &(*ngrams as u64).to_be_bytes());
    }
}

/// The name of a case rule in requests, answers and fingerprints.
#[must_use]
pub const fn case_name(case: Case) -> &'static str {
    match case {
        Case::Fold => "fold",
        Case::Keep => "keep",
    }
}

/// Each part with its length, so that no two lists of parts are one list of bytes.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tally_jobs::options::Label;

    use super::*;

    #[test]
    fn another_text_option_or_label_is_another_request() {
        let content = |text: &'static str| Content::Inline(Bytes::from_static(text.as_bytes()));
        let print = |text, job: &JobOptions, count: &CountOptions| {
            of(&Source::Text { bytes: 1 }, Some(&content(text)), None, job, count)
        };
        let (job, count) = (JobOptions::default(), CountOptions::default());
        let first = print("a", &job, &count);
        assert_eq!(first, print("a", &job, &count));
        assert_ne!(first, print("b", &job, &count));
        assert_ne!(first, print("a", &job, &CountOptions { top: 5, ..CountOptions::default() }));
        let labelled = |name, value| JobOptions {
            labels: vec![Label::new(name, value).unwrap()],
            ..JobOptions::default()
        };
        assert_ne!(print("a", &labelled("ab", "c"), &count), print("a", &labelled("a", "bc"), &count));
    }
}

//! What makes a request what it is, as one number: for idempotency keys.
//!
//! Made of the parsed values, not of the bytes, so that the same request in another order or coding is the same.

use sha2::{Digest, Sha256};
use tally_jobs::key::Fingerprint;
use tally_jobs::model::{Content, Source};
use tally_jobs::settings::Settings;

/// The first byte of every fingerprint's input. Another one when this list changes, so that old keys do not match by
/// accident.
const VERSION: &[u8] = b"tally-request-1";

/// The fingerprint of a request. `digest` is the content's, where it is known.
pub(super) fn of(
    source: &Source,
    content: Option<&Content>,
    digest: Option<[u8; 32]>,
    settings: &Settings,
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
    options(&mut hash, settings);
    Fingerprint(hash.finalize().into())
}

fn options(hash: &mut Sha256, settings: &Settings) {
    let Settings {
        definition,
        top,
        case,
        why,
        ngrams,
        regions,
        language,
        priority,
        deadline,
        retain,
        labels,
    } = settings;
    part(hash, definition.map_or("", |one| one.as_str()).as_bytes());
    part(hash, &(*top as u64).to_be_bytes());
    part(hash, crate::dto::case_name(*case).as_bytes());
    hash.update((regions.as_ref().map_or(0, Vec::len) as u64).to_be_bytes());
    for region in regions.iter().flatten() {
        part(hash, region.as_str().as_bytes());
    }
    part(hash, language.as_ref().map_or("", |tag| tag.as_str()).as_bytes());
    part(hash, priority.as_str().as_bytes());
    part(hash, &deadline.as_millis().to_be_bytes());
    part(hash, &retain.as_millis().to_be_bytes());
    for label in labels {
        part(hash, label.name.as_bytes());
        part(hash, label.value.as_bytes());
    }
    // Only when asked for, so that keys of requests from before this option still match.
    if *why {
        part(hash, b"why");
    }
    if *ngrams > 0 {
        part(hash, b"ngrams");
        part(hash, &(*ngrams as u64).to_be_bytes());
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
    use tally_jobs::settings::Label;

    use super::*;

    #[test]
    fn another_text_option_or_label_is_another_request() {
        let source = Source::Text { bytes: 1 };
        let content = |text: &'static str| Content::Inline(Bytes::from_static(text.as_bytes()));
        let plain = Settings::default();
        let first = of(&source, Some(&content("a")), None, &plain);
        assert_eq!(first, of(&source, Some(&content("a")), None, &plain));
        assert_ne!(first, of(&source, Some(&content("b")), None, &plain));
        let top = Settings { top: 5, ..Settings::default() };
        assert_ne!(first, of(&source, Some(&content("a")), None, &top));
        let marked =
            |name, value| Settings { labels: vec![Label::new(name, value).unwrap()], ..Settings::default() };
        let ab = of(&source, Some(&content("a")), None, &marked("ab", "c"));
        assert_ne!(ab, of(&source, Some(&content("a")), None, &marked("a", "bc")));
    }
}

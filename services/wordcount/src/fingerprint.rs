//! What makes a request what it is, as one number: for idempotency keys.
//!
//! Made of the parsed values, not of the bytes, so that the same request in another order or coding is the same.

use serde_json::Value;
use sha2::{Digest, Sha256};
use tally_jobs::content::Content;
use tally_jobs::key::Fingerprint;
use tally_jobs::option_spec::{Fingerprinted, OptionKind, OptionSpec};
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

/// The options that come later follow all those of the first version.
fn options(hash: &mut Sha256, job: &JobOptions, count: &CountOptions) {
    for when in [Fingerprinted::Always, Fingerprinted::UnlessDefault] {
        table(hash, CountOptions::TABLE, when, count);
        table(hash, JobOptions::TABLE, when, job);
    }
}

fn table<O: Default>(hash: &mut Sha256, table: &[OptionSpec<O>], when: Fingerprinted, options: &O) {
    let defaults = O::default();
    for row in table.iter().filter(|row| row.fingerprinted == when) {
        let value = (row.get)(options);
        let is_default = value == (row.get)(&defaults);
        if when == Fingerprinted::UnlessDefault {
            if is_default {
                continue;
            }
            part(hash, row.name.as_bytes());
        }
        match (&row.kind, value) {
            // The name says it all.
            (OptionKind::Flag, _) => {}
            (OptionKind::Text { .. }, _) if is_default => part(hash, b""),
            (_, Value::Null) => part(hash, b""),
            (_, Value::String(text)) => part(hash, text.as_bytes()),
            (OptionKind::Milliseconds(_), ms) => {
                part(hash, &u128::from(ms.as_u64().unwrap_or_default()).to_be_bytes());
            }
            (_, Value::Array(names)) => {
                hash.update((names.len() as u64).to_be_bytes());
                names.iter().for_each(|name| part(hash, name.as_str().unwrap_or_default().as_bytes()));
            }
            (_, Value::Object(pairs)) => {
                for (name, value) in &pairs {
                    part(hash, name.as_bytes());
                    part(hash, value.as_str().unwrap_or_default().as_bytes());
                }
            }
            (_, number) => part(hash, &number.as_u64().unwrap_or_default().to_be_bytes()),
        }
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

//! The parts of a record that belong to its workload: bytes to the engine and to every store.

use bytes::Bytes;

/// What the workload keeps in a record. The engine stores and moves these bytes and never reads them; an empty part is
/// one that the workload does not use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What was asked. Written once, at submit.
    pub spec: Bytes,
    /// What the record shows of the input. Written at submit; the end may replace it.
    pub source: Bytes,
    /// The result as lists and the record show it.
    pub summary: Bytes,
    /// The part of the result that only the record shows.
    pub detail: Bytes,
}

/// The longest name of an attachment, in bytes.
pub const LONGEST_ATTACHMENT_NAME: usize = 32;

/// A named part of a result that may be large and is read alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, unique within the job: 1 to [`LONGEST_ATTACHMENT_NAME`] characters of `a-z`, `0-9` and `-`.
    pub name: AttachmentName,
    pub bytes: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttachmentName(std::borrow::Cow<'static, str>);

impl AttachmentName {
    /// A name that a workload knows when it is compiled.
    ///
    /// # Panics
    /// When it is not a name; a constant then fails to compile.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "an attachment's name has 1 to 32 characters of a-z, 0-9 and -");
        Self(std::borrow::Cow::Borrowed(name))
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_name(text.as_bytes()).then(|| Self(text.to_owned().into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_name(bytes: &[u8]) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    at >= 1 && at <= LONGEST_ATTACHMENT_NAME
}

/// What a successful attempt leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Replaces [`Parts::source`]; `None` leaves it as it is.
    pub source: Option<Bytes>,
    /// Becomes [`Parts::summary`].
    pub summary: Bytes,
    /// Becomes [`Parts::detail`].
    pub detail: Bytes,
    /// Attachments; each name once, none empty.
    pub attachments: Vec<Attachment>,
}

#[cfg(test)]
mod tests {
    use super::AttachmentName;

    #[test]
    fn names_of_attachments_have_bounds() {
        assert_eq!(AttachmentName::parse("words"), Some(AttachmentName::of("words")));
        for bad in ["", "Words", "a b", "a/b", &"x".repeat(33)] {
            assert_eq!(AttachmentName::parse(bad), None, "{bad}");
        }
    }
}

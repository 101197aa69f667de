//! Who a job, a topic or a key belongs to.

use std::fmt;
use std::sync::Arc;

/// The longest owner, in bytes.
pub const LONGEST_OWNER: usize = 64;

/// An account. A server without accounts has one owner, `local`, which costs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId(Option<Arc<str>>);

impl OwnerId {
    /// The owner of everything on a server without accounts.
    pub const LOCAL: Self = Self(None);
    const LOCAL_NAME: &'static str = "local";

    /// Takes 1 to [`LONGEST_OWNER`] characters of `a-z`, `0-9`, `-` and `_`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        let fits = (1..=LONGEST_OWNER).contains(&text.len()) && text.bytes().all(is_allowed);
        fits.then(|| Self((text != Self::LOCAL_NAME).then(|| text.into())))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or(Self::LOCAL_NAME)
    }

    /// Whether this is [`OwnerId::LOCAL`].
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.0.is_none()
    }

    /// Its text, unless it is `local`: stores leave the field out for the most frequent owner.
    #[must_use]
    pub fn stored(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_is_the_default_and_has_one_form() {
        assert_eq!(OwnerId::parse("local"), Some(OwnerId::LOCAL));
        assert_eq!((OwnerId::default().as_str(), OwnerId::LOCAL.stored()), ("local", None));
        let team = OwnerId::parse("team_7").unwrap();
        assert_eq!((team.to_string().as_str(), team.stored()), ("team_7", Some("team_7")));
    }

    #[test]
    fn other_characters_and_lengths_are_refused() {
        for bad in ["", "Team", "a b", "a/b", "ü", &"x".repeat(LONGEST_OWNER + 1)] {
            assert_eq!(OwnerId::parse(bad), None, "{bad}");
        }
    }
}

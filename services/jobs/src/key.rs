//! Idempotency keys: the same key with the same request is the same job.
//!
//! The job's id is derived from the key with a secret, so that two submits with one key meet in the store's primary
//! key, whatever instance took them, and so that nobody can guess an id from a key.

use std::fmt;
use std::sync::{Arc, OnceLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::model::JobId;

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 255;

/// What a client sends as `Idempotency-Key`: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an idempotency key is 1 to {LONGEST_KEY} visible ASCII characters without spaces; a UUID is a good one"
)]
pub struct NoKey;

impl IdempotencyKey {
    /// Takes a key as a client gives it.
    pub fn parse(text: &str) -> Result<Self, NoKey> {
        let fits = (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(NoKey) }
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 over everything in a request that makes it what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// The secret that ids are derived with. One for a store, for as long as the store lives, and for the store that its jobs
/// move to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeySecret([u8; 32]);

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(not shown)")
    }
}

/// Where the secret will be once the store has given it: a process may start before its store answers.
pub type SecretCell = Arc<OnceLock<KeySecret>>;

impl KeySecret {
    /// This secret, at hand from the start.
    #[must_use]
    pub fn at_hand(self) -> SecretCell {
        Arc::new(OnceLock::from(self))
    }

    /// Takes the secret that the store keeps.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Its bytes, to be kept by a store or carried to another.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id of the job that was, or will be, submitted with this key: a UUIDv8 (RFC 9562) of an HMAC-SHA-256.
    #[must_use]
    pub fn job_id(&self, key: &IdempotencyKey) -> JobId {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(key.0.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        JobId::from(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// A key with the request it was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The key.
    pub key: IdempotencyKey,
    /// The request.
    pub fingerprint: Fingerprint,
}

impl From<Uuid> for JobId {
    fn from(id: Uuid) -> Self {
        Self::new(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_one_id_for_each_secret() {
        let key = IdempotencyKey::parse("order-17").unwrap();
        let here = KeySecret::new([1; 32]);
        assert_eq!(here.job_id(&key), here.job_id(&key));
        assert_ne!(here.job_id(&key), KeySecret::new([2; 32]).job_id(&key));
        assert_eq!(here.job_id(&key).uuid().get_version_num(), 8);
    }

    #[test]
    fn keys_are_visible_ascii() {
        assert_eq!(IdempotencyKey::parse(""), Err(NoKey));
        assert_eq!(IdempotencyKey::parse("a b"), Err(NoKey));
        assert_eq!(IdempotencyKey::parse("ключ"), Err(NoKey));
        assert_eq!(IdempotencyKey::parse(&"k".repeat(256)), Err(NoKey));
        assert!(IdempotencyKey::parse(&"k".repeat(255)).is_ok());
    }
}

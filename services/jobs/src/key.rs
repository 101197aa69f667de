//! Idempotency keys: the same key with the same request is the same job.
//!
//! The job's id is derived from the key with a secret. So two submits with one key meet in the store's primary key,
//! whichever process took them, and an id cannot be guessed from a key.

use std::fmt;
use std::sync::{Arc, OnceLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tally_kernel::OwnerId;

use crate::id::JobId;

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 255;

/// What a client sends as `Idempotency-Key`: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// A text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an idempotency key is 1 to {LONGEST_KEY} visible ASCII characters without spaces; a UUID is a good one"
)]
pub struct InvalidKey;

impl IdempotencyKey {
    /// Takes a key as a client gives it.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let fits = (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidKey) }
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

/// The secret that ids are derived with. A store keeps one for its whole life; an export takes it along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeySecret([u8; 32]);

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(not shown)")
    }
}

/// Holds the secret once the store has given it: a process may start before its store answers.
pub type SecretCell = Arc<OnceLock<KeySecret>>;

impl KeySecret {
    /// A cell that holds this secret from the start.
    #[must_use]
    pub fn into_cell(self) -> SecretCell {
        Arc::new(OnceLock::from(self))
    }

    /// Takes the secret that the store keeps.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Its bytes, for a store or an export.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id of the job that this owner submits with this key: a UUIDv8 (RFC 9562) of an HMAC-SHA-256. The owner goes
    /// into the input behind a byte that no key contains; `local` adds nothing, so that the ids from before there were
    /// owners stay the same.
    #[must_use]
    pub fn job_id(&self, owner: &OwnerId, key: &IdempotencyKey) -> JobId {
        self.job_id_of(owner, key, 0)
    }

    /// The id of a later job of the key, after those before it were removed. The generation goes into the input behind
    /// another byte that no key contains; the first generation adds nothing.
    #[must_use]
    pub fn job_id_of(&self, owner: &OwnerId, key: &IdempotencyKey, generation: u32) -> JobId {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(key.0.as_bytes());
        if let Some(owner) = owner.stored() {
            mac.update(&[0]);
            mac.update(owner.as_bytes());
        }
        if generation > 0 {
            mac.update(&[1]);
            mac.update(&generation.to_be_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        JobId::from(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// A key with the request it was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub key: IdempotencyKey,
    /// The request.
    pub fingerprint: Fingerprint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_one_id_for_each_secret_and_owner() {
        let key = IdempotencyKey::parse("order-17").unwrap();
        let id = |secret: u8, owner: &str| {
            KeySecret::new([secret; 32]).job_id(&OwnerId::parse(owner).unwrap(), &key)
        };
        assert_eq!(id(1, "local"), id(1, "local"));
        assert_ne!(id(1, "local"), id(2, "local"));
        assert_ne!(id(1, "local"), id(1, "team"));
        assert_ne!(id(1, "other"), id(1, "team"));
        assert_eq!(id(1, "team").uuid().get_version_num(), 8);
        let later = |generation| KeySecret::new([1; 32]).job_id_of(&OwnerId::LOCAL, &key, generation);
        assert_eq!(later(0), id(1, "local"));
        assert_ne!(later(1), later(0));
        assert_ne!(later(1), later(2));
    }

    #[test]
    fn keys_are_visible_ascii() {
        assert_eq!(IdempotencyKey::parse(""), Err(InvalidKey));
        assert_eq!(IdempotencyKey::parse("a b"), Err(InvalidKey));
        assert_eq!(IdempotencyKey::parse("ключ"), Err(InvalidKey));
        assert_eq!(IdempotencyKey::parse(&"k".repeat(256)), Err(InvalidKey));
        assert!(IdempotencyKey::parse(&"k".repeat(255)).is_ok());
    }
}

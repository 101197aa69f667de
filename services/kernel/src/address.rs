//! An address to fetch, parsed once; every check reads the parsed value.
//!
//! Checks what can be checked without the network. The address guard of `outbound` decides which hosts may be reached.

use std::fmt;

use url::Url;

/// The longest address we take, in bytes of its normal form: the usual limit of browsers and proxies.
pub const LONGEST_ADDRESS: usize = 8 * 1024;

/// An http or https address with a host and without credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicUrl(Url);

/// Why a text is not an address that we fetch. Each says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not parse by the WHATWG URL standard.
    #[error("not an address ({0}); give an absolute one like https://example.com/page")]
    Unreadable(String),
    /// Another scheme than http and https.
    #[error("the scheme `{0}` cannot be fetched; use http or https")]
    Scheme(String),
    /// It contains a user name or a password.
    #[error("credentials in an address are refused; remove the part before the @")]
    Credentials,
    /// White space, control characters or backslashes: parsers disagree about them.
    #[error("white space, control characters and backslashes are refused in an address; percent-encode them")]
    Ambiguous,
    /// Longer than [`LONGEST_ADDRESS`].
    #[error("the address is longer than {LONGEST_ADDRESS} bytes; shorten it")]
    TooLong,
}

impl PublicUrl {
    /// Parses an address as a client gives it. The fragment is dropped: it is never sent.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > LONGEST_ADDRESS {
            return Err(AddressError::TooLong);
        }
        // The standard strips some of these silently; other parsers along the way do not.
        if text.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace()) {
            return Err(AddressError::Ambiguous);
        }
        let url = Url::parse(text).map_err(|error| AddressError::Unreadable(error.to_string()))?;
        Self::from_url(url)
    }

    /// The address that a redirect from this one leads to; `location` may be relative.
    pub fn join(&self, location: &str) -> Result<Self, AddressError> {
        let url = self.0.join(location).map_err(|error| AddressError::Unreadable(error.to_string()))?;
        Self::from_url(url)
    }

    fn from_url(mut url: Url) -> Result<Self, AddressError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        if url.as_str().len() > LONGEST_ADDRESS {
            return Err(AddressError::TooLong);
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// The parsed address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host in its normal form, for filters and limits by host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The host and its port, the default port of the scheme included. Limits per host use it as their key.
    #[must_use]
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.host(), self.0.port_or_known_default().unwrap_or_default())
    }

    /// The address without its query, for logs: queries carry secrets.
    #[must_use]
    pub fn without_query(&self) -> String {
        let mut url = self.0.clone();
        url.set_query(None);
        url.into()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_an_address() {
        let url = PublicUrl::parse("HTTP://0x7f.1:80/a/../b?q=1#part").unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1/b?q=1");
        assert_eq!(url.host(), "127.0.0.1");
        assert_eq!(url.host_and_port(), "127.0.0.1:80");
        assert_eq!(url.without_query(), "http://127.0.0.1/b");
        assert_eq!(PublicUrl::parse("https://[::1]").unwrap().host_and_port(), "[::1]:443");
        assert_eq!(url.join("//example.com/x").unwrap().as_str(), "http://example.com/x");
    }

    #[test]
    fn refuses_an_address_with_its_reason() {
        assert!(matches!(PublicUrl::parse("example.com"), Err(AddressError::Unreadable(_))));
        assert_eq!(PublicUrl::parse("file:///etc/passwd"), Err(AddressError::Scheme("file".into())));
        assert_eq!(PublicUrl::parse("http://a:b@example.com"), Err(AddressError::Credentials));
        assert_eq!(PublicUrl::parse("http://example.com\\@evil"), Err(AddressError::Ambiguous));
        assert_eq!(PublicUrl::parse(" http://example.com"), Err(AddressError::Ambiguous));
        let long = format!("http://example.com/{}", "a".repeat(LONGEST_ADDRESS));
        assert_eq!(PublicUrl::parse(&long), Err(AddressError::TooLong));
    }
}

//! Content codings of HTTP bodies: their names, and the limit on what a coded body may become.
//!
//! Names and arithmetic only. The decoders need I/O; each crate that decodes takes them from `async-compression`.

/// The largest window that a zstd body may ask for, as a power of two: 8 MiB, what RFC 9659 requires and no more.
pub const ZSTD_WINDOW_LOG: u32 = 23;

/// The ratio is not checked up to this many decoded bytes: small documents may be very regular.
const RATIO_FREE_BYTES: u64 = 1 << 20;

/// A content coding that is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentCoding {
    /// The coding that changes nothing.
    Identity,
    /// RFC 1952.
    Gzip,
    /// The zlib format of RFC 1950.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// Why a `Content-Encoding` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodingError {
    /// A coding that is not decoded.
    Unknown,
    /// More than one coding. Each further layer would multiply what a few bytes can become.
    Several,
}

impl ContentCoding {
    /// Reads the values of `Content-Encoding`, each a list with commas.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, CodingError> {
        let names = values.into_iter().flat_map(|value| value.split(',')).map(str::trim);
        let mut found = Self::Identity;
        for name in names.filter(|name| !name.is_empty()) {
            match (Self::named(name).ok_or(CodingError::Unknown)?, found) {
                (Self::Identity, _) => {}
                (coding, Self::Identity) => found = coding,
                _ => return Err(CodingError::Several),
            }
        }
        Ok(found)
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "identity" => Self::Identity,
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// Its name in headers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }
}

/// The limit on a decoded body. It applies behind the decoder: 16 KB of zstd can become 512 MB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodedLimit {
    /// The most decoded bytes.
    pub bytes: u64,
    /// The most decoded bytes for each coded byte.
    pub ratio: u64,
}

/// Which part of a [`DecodedLimit`] a body exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodedLimitExceeded {
    /// [`DecodedLimit::bytes`].
    Bytes,
    /// [`DecodedLimit::ratio`].
    Ratio,
}

impl DecodedLimit {
    /// Checks a body of which `coded` bytes became `decoded` bytes so far.
    pub const fn check(self, coded: u64, decoded: u64) -> Result<(), DecodedLimitExceeded> {
        if decoded > self.bytes {
            return Err(DecodedLimitExceeded::Bytes);
        }
        if decoded > RATIO_FREE_BYTES && decoded > coded.saturating_mul(self.ratio) {
            return Err(DecodedLimitExceeded::Ratio);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_coding_and_refuses_unknown_and_several() {
        for (values, coding) in [
            (&[][..], Ok(ContentCoding::Identity)),
            (&["identity"], Ok(ContentCoding::Identity)),
            (&["GZIP"], Ok(ContentCoding::Gzip)),
            (&["x-gzip"], Ok(ContentCoding::Gzip)),
            (&["identity, ,br"], Ok(ContentCoding::Brotli)),
            (&["deflate", "identity"], Ok(ContentCoding::Deflate)),
            (&["gzip, br"], Err(CodingError::Several)),
            (&["zstd", "zstd"], Err(CodingError::Several)),
            (&["compress"], Err(CodingError::Unknown)),
            (&["gzip, aws-chunked"], Err(CodingError::Unknown)),
        ] {
            assert_eq!(ContentCoding::parse(values.iter().copied()), coding, "{values:?}");
        }
    }

    #[test]
    fn limits_bytes_always_and_the_ratio_above_one_mebibyte() {
        let limit = DecodedLimit { bytes: 10 << 20, ratio: 200 };
        assert_eq!(limit.check(1, 1 << 20), Ok(()));
        assert_eq!(limit.check(1, (1 << 20) + 1), Err(DecodedLimitExceeded::Ratio));
        assert_eq!(limit.check(1 << 20, 10 << 20), Ok(()));
        assert_eq!(limit.check(u64::MAX, (10 << 20) + 1), Err(DecodedLimitExceeded::Bytes));
    }
}

//! Sizes and durations as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

/// A number of bytes: `10MB`, `64 MiB`, `5000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// Decimal units come first: a size is written in the first unit that divides it.
const UNITS: [(&str, u64); 7] = [
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

impl FromStr for ByteSize {
    type Err = InvalidQuantity;

    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim();
        let known = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, bytes)| *bytes);
        let each = if unit.is_empty() { Some(1) } else { known };
        let bytes = each.zip(number.parse::<u64>().ok()).and_then(|(each, number)| number.checked_mul(each));
        bytes.map(Self).ok_or(InvalidQuantity(
            "give a whole number with kB, MB, GB, KiB, MiB, GiB or nothing, as in 50MB",
        ))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, each) = UNITS
            .into_iter()
            .find(|(_, each)| self.0 >= *each && self.0.is_multiple_of(*each))
            .unwrap_or(("B", 1));
        write!(f, "{}{name}", self.0 / each)
    }
}

/// A duration: `25s`, `500ms`, `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(pub Duration);

impl FromStr for HumanDuration {
    type Err = InvalidQuantity;

    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        let parsed = text.trim().parse::<SignedDuration>().ok();
        let positive = parsed.and_then(|duration| Duration::try_from(duration).ok());
        positive
            .map(Self)
            .ok_or(InvalidQuantity("give a number with its unit, as in 500ms, 25s, 5m or 1h 30m"))
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX))
    }
}

/// The text is no such quantity; the message says how to write one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidQuantity(&'static str);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_sizes() {
        for (text, bytes, written) in [
            ("10MB", 10_000_000, "10MB"),
            ("64 MiB", 64 << 20, "64MiB"),
            ("5000", 5_000, "5kB"),
            ("1gb", 1_000_000_000, "1GB"),
            ("0", 0, "0B"),
            ("1234567", 1_234_567, "1234567B"),
        ] {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (bytes, written));
        }
        for bad in ["", "MB", "1.5MB", "-1", "10 apples", "99999999999999999999", "99999999999GB"] {
            assert!(bad.parse::<ByteSize>().is_err(), "{bad}");
        }
    }

    #[test]
    fn parses_and_prints_durations() {
        for (text, ms, written) in
            [("25s", 25_000, "25s"), ("500ms", 500, "500ms"), ("1h 30m", 5_400_000, "1h 30m")]
        {
            let duration: HumanDuration = text.parse().unwrap();
            assert_eq!((duration.0.as_millis(), duration.to_string().as_str()), (ms, written));
        }
        for bad in ["", "25", "-5s", "soon"] {
            assert!(bad.parse::<HumanDuration>().is_err(), "{bad}");
        }
    }
}

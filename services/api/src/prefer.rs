//! How long a client wants to wait: `Prefer: wait=N` (RFC 7240), or the option `wait`.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

/// The forms of the option `wait`.
pub(crate) const WAIT_FORMS: &str =
    "a time such as `5`, `2.5`, `5s` or `500ms`; 0 to 60 seconds, more is cut to 60";

/// Parses the option: seconds, with or without `s`, or milliseconds with `ms`.
pub(crate) fn parse_wait(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str, length: std::ops::RangeInclusive<usize>| {
        length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let fits = digits(whole, 1..=8) && digits(fraction, 0..=3);
    let seconds: f64 = fits.then(|| number.parse().ok()).flatten()?;
    Some(Duration::from_secs_f64(seconds * unit))
}

/// The wait that the `Prefer` header asks for. A preference that cannot be parsed is ignored (RFC 7240, 2).
pub(crate) fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).find_map(|preference| {
        let first = preference.split(';').next().unwrap_or_default();
        let (name, value) = first.split_once('=').unzip();
        if !name.unwrap_or(first).trim().eq_ignore_ascii_case("wait") {
            return None;
        }
        // The standard requires a number; without one the longest wait is meant.
        value.map_or(Some(Duration::MAX), |value| parse_wait(value.trim().trim_matches('"')))
    })
}

/// A granted long poll: the answer waits for the end of the job, up to a time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LongPoll {
    pub(crate) time_limit: Duration,
    /// Whether the header asked for it, so that `Preference-Applied` answers.
    pub(crate) preferred: bool,
}

impl LongPoll {
    /// The wait of the option, or else of the header, at most `longest`. `None` for no wait.
    pub(crate) fn of(headers: &HeaderMap, option: Option<Duration>, longest: Duration) -> Option<Self> {
        let (time_limit, preferred) = match option {
            Some(time_limit) => (time_limit, false),
            None => (preferred_wait(headers)?, true),
        };
        (!time_limit.is_zero()).then(|| Self { time_limit: time_limit.min(longest), preferred })
    }

    /// The value of `Preference-Applied`, in whole seconds as the standard has it.
    pub(crate) fn applied(self) -> Option<HeaderValue> {
        let seconds = self.time_limit.as_secs_f64().ceil();
        self.preferred.then(|| HeaderValue::from_str(&format!("wait={seconds}")).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_every_form_of_a_wait() {
        let read = |text| parse_wait(text).map(|wait| wait.as_millis());
        assert_eq!(read("5"), Some(5_000));
        assert_eq!(read("5s"), Some(5_000));
        assert_eq!(read("500ms"), Some(500));
        assert_eq!(read("2.5"), Some(2_500));
        for bad in ["", "s", "-1", "+1", "1e3", "5 s", "five", ".5", "1.2.3", "9999999999999999"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_option_overrides_the_header() {
        let longest = Duration::from_secs(60);
        let mut headers = HeaderMap::new();
        assert_eq!(LongPoll::of(&headers, None, longest), None);
        headers.insert("prefer", HeaderValue::from_static("respond-async, Wait=90; x=1"));
        let wait = LongPoll::of(&headers, None, longest).unwrap();
        assert_eq!((wait.time_limit, wait.preferred), (longest, true));
        assert_eq!(wait.applied().unwrap(), "wait=60");
        assert_eq!(LongPoll::of(&headers, Some(Duration::ZERO), longest), None);
        headers.insert("prefer", HeaderValue::from_static("wait"));
        assert_eq!(LongPoll::of(&headers, None, longest).unwrap().time_limit, longest);
        headers.insert("prefer", HeaderValue::from_static("wait=soon"));
        assert_eq!(LongPoll::of(&headers, None, longest), None);
    }
}

//! Parses `Retry-After`.
//!
//! A date is compared with the response's own `Date`, so that a wrong clock on either side is harmless.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// The longest pause that a host may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The pause of `Retry-After`, at most one hour. `None` if the header is absent or invalid, or has a date but the response
/// has no `Date`. A past date is a pause of zero.
pub(crate) fn parse(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        // A number that overflows exceeds the longest pause too.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
        until.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(pause.min(MAX_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        parse(&headers).map(|pause| pause.as_secs())
    }

    #[test]
    fn reads_seconds_and_dates_up_to_an_hour() {
        let noon = Some("Fri, 31 Jan 2025 12:00:00 GMT");
        assert_eq!(seconds("120", None), Some(120));
        assert_eq!(seconds(" 0 ", None), Some(0));
        assert_eq!(seconds("86400", None), Some(3_600));
        assert_eq!(seconds("99999999999999999999999", None), Some(3_600));
        assert_eq!(seconds("Fri, 31 Jan 2025 12:01:30 GMT", noon), Some(90));
        assert_eq!(seconds("Friday, 31-Jan-25 12:01:30 GMT", noon), Some(90));
        assert_eq!(seconds("Sat, 01 Feb 2025 12:00:00 GMT", noon), Some(3_600));
        assert_eq!(seconds("Fri, 31 Jan 2025 11:00:00 GMT", noon), Some(0));
    }

    #[test]
    fn ignores_invalid_values() {
        assert_eq!(parse(&HeaderMap::new()), None);
        assert_eq!(seconds("soon", None), None);
        assert_eq!(seconds("", None), None);
        assert_eq!(seconds("-5", None), None);
        assert_eq!(seconds("1.5", None), None);
        assert_eq!(seconds("Fri, 31 Jan 2025 12:01:30 GMT", None), None);
    }
}

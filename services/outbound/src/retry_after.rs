//! Reads when a far side wants us back.
//!
//! Needs no clock: a date is read against the answer's own `Date`, so that a wrong clock on either side is harmless.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// The longest wait that a far side may ask of us.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The wish in an answer's `Retry-After`, at most one hour. `None` when there is none that can be read; a date counts
/// only beside a `Date`. A date that has passed is a wish of zero.
pub(crate) fn wish(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wish = if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        // More digits than a number holds are more than the longest wait, too.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
        until.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(wish.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        wish(&headers).map(|wish| wish.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read_and_capped_at_an_hour() {
        let noon = Some("Fri, 31 Jan 2025 12:00:00 GMT");
        assert_eq!(read("120", None), Some(120));
        assert_eq!(read(" 0 ", None), Some(0));
        assert_eq!(read("86400", None), Some(3_600));
        assert_eq!(read("99999999999999999999999", None), Some(3_600));
        assert_eq!(read("Fri, 31 Jan 2025 12:01:30 GMT", noon), Some(90));
        assert_eq!(read("Friday, 31-Jan-25 12:01:30 GMT", noon), Some(90));
        assert_eq!(read("Sat, 01 Feb 2025 12:00:00 GMT", noon), Some(3_600));
        assert_eq!(read("Fri, 31 Jan 2025 11:00:00 GMT", noon), Some(0));
    }

    #[test]
    fn what_cannot_be_read_is_no_wish() {
        assert_eq!(wish(&HeaderMap::new()), None);
        assert_eq!(read("soon", None), None);
        assert_eq!(read("", None), None);
        assert_eq!(read("-5", None), None);
        assert_eq!(read("1.5", None), None);
        assert_eq!(read("Fri, 31 Jan 2025 12:01:30 GMT", None), None);
    }
}

//! Recognises text formats by their first lines.
//!
//! Only formats whose first lines are unmistakable.

use crate::media_type::MediaType;

/// The format of a text without a useful declared type or name.
pub(super) fn format_of(head: &[u8]) -> Option<MediaType> {
    let head = String::from_utf8_lossy(head);
    // Files that were joined or saved twice have several byte order marks.
    let head = head.trim_start_matches('\u{FEFF}');
    if head
        .strip_prefix("WEBVTT")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    {
        return Some(MediaType::WebVtt);
    }
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    if first.eq_ignore_ascii_case("[script info]") {
        return Some(MediaType::SubStationAlpha);
    }
    if first.bytes().all(|byte| byte.is_ascii_digit()) && lines.next().is_some_and(is_srt_timing) {
        return Some(MediaType::SubRip);
    }
    let mut fields = head.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = fields.next()?;
    let is_po = first.starts_with("msgid \"") || first.starts_with("msgctxt \"");
    is_po.then_some(MediaType::Po)
}

/// A line such as `00:00:01,000 --> 00:00:02,000`.
fn is_srt_timing(line: &str) -> bool {
    let is_time = |time: &str| {
        time.split([':', ',', '.']).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).count() == 4
    };
    line.split_once(" --> ").is_some_and(|(from, to)| {
        is_time(from.trim()) && is_time(to.split_whitespace().next().unwrap_or_default())
    })
}

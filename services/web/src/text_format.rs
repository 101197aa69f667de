//! Numbers, sizes, spans of time and moments, as people read them.

use std::time::Duration;

use maud::{Markup, html};
use tally_kernel::Timestamp;

/// A number with a comma between thousands: `12,480`.
pub(crate) fn grouped(number: impl Into<i128>) -> String {
    let number: i128 = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('\u{2212}');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A change with its sign: `+12`, `−3`, `±0`.
pub(crate) fn signed(change: i128) -> String {
    match change {
        0 => "±0".to_owned(),
        1.. => format!("+{}", grouped(change)),
        _ => grouped(change),
    }
}

/// `word` or `words`.
pub(crate) const fn plural<'a>(number: u64, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// A size: `21 bytes`, `64.0 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} {}", plural(bytes, "byte", "bytes"));
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1023.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// A span in its two largest units: `3 min 20 s`.
pub(crate) fn span(length: Duration) -> String {
    let (ms, seconds) = (length.as_millis(), length.as_secs());
    match seconds {
        0 => format!("{ms} ms"),
        1..10 => format!("{:.1} s", length.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3_600 => pair(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => pair(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds / 3_600 % 24, "h"),
    }
}

fn pair(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// A moment as seen from now, with the exact one in its title.
pub(crate) fn moment(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at) title=(at) { (relative(at, now)) } }
}

fn relative(at: Timestamp, now: Timestamp) -> String {
    let (past, future) = (now.since(at), at.since(now));
    let rough = |length: Duration| match length.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    };
    if future.as_secs() > 0 {
        format!("in {}", rough(future))
    } else if past.as_secs() < 2 {
        "just now".to_owned()
    } else {
        format!("{} ago", rough(past))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups_of_three() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678"), (-1_200, "−1,200")]
        {
            assert_eq!(grouped(number), text);
        }
        assert_eq!((signed(3), signed(0), signed(-3)), ("+3".into(), "±0".into(), "−3".into()));
    }

    #[test]
    fn sizes_and_spans_are_short() {
        assert_eq!(
            (size(1), size(1_023), size(65_536), size(5 << 30)),
            ("1 byte".into(), "1023 bytes".into(), "64.0 KiB".into(), "5.0 GiB".into())
        );
        let of = |ms| span(Duration::from_millis(ms));
        assert_eq!(
            (of(12), of(1_260), of(200_000), of(90_000_000)),
            ("12 ms".into(), "1.3 s".into(), "3 min 20 s".into(), "1 d 1 h".into())
        );
    }

    #[test]
    fn moments_are_relative() {
        let now = Timestamp::from_ms(100_000_000);
        let of = |ms| relative(Timestamp::from_ms(ms), now);
        assert_eq!(
            (of(100_000_000), of(99_990_000), of(100_500_000)),
            ("just now".into(), "10 s ago".into(), "in 8 min".into())
        );
    }
}

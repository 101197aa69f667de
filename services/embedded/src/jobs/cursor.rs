//! Where a page of a list begins, as text.
//!
//! A cursor is a job's number with a check, so that what is not ours is told from what is.

use tally_kernel::Cursor;

/// Hexadecimal digits of the number.
const NUMBER: usize = 16;
/// Hexadecimal digits of the check.
const CHECK: usize = 8;

/// The cursor of the page after the job with this number.
pub fn write(seq: i64) -> Cursor {
    Cursor::new(format!(
        "{seq:0width$x}{check:0check_width$x}",
        width = NUMBER,
        check = check(seq),
        check_width = CHECK
    ))
}

/// Reads it back. `None` when it is not one of ours.
pub fn read(cursor: &Cursor) -> Option<i64> {
    let text = cursor.as_str();
    if text.len() != NUMBER + CHECK || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    {
        return None;
    }
    let seq = i64::from_str_radix(&text[..NUMBER], 16).ok()?;
    (u32::from_str_radix(&text[NUMBER..], 16).ok()? == check(seq)).then_some(seq)
}

/// FNV-1a over the bytes of the number: against typing errors, not against intent, which gains nothing here.
fn check(seq: i64) -> u32 {
    seq.to_be_bytes()
        .iter()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_others_are_refused() {
        for seq in [1, 17, i64::MAX] {
            assert_eq!(read(&write(seq)), Some(seq));
        }
        let good = write(255).as_str().to_owned();
        for bad in ["", "ff", &good.to_uppercase(), &good.replace('f', "e"), &format!("{good}0")] {
            assert_eq!(read(&Cursor::new(bad)), None, "{bad}");
        }
    }
}

//! The cursor of a page of a list, as text.
//!
//! A cursor is a job's number and a checksum, so that text of another origin is rejected.

use tally_kernel::Cursor;

/// Hexadecimal digits of the number.
const NUMBER_DIGITS: usize = 16;
/// Hexadecimal digits of the checksum.
const CHECKSUM_DIGITS: usize = 8;

/// The cursor of the page after the job with this number.
pub fn write(seq: i64) -> Cursor {
    Cursor::new(format!(
        "{seq:0width$x}{checksum:0checksum_width$x}",
        width = NUMBER_DIGITS,
        checksum = checksum(seq),
        checksum_width = CHECKSUM_DIGITS
    ))
}

/// Reads a cursor. `None` when `write` did not make it.
pub fn read(cursor: &Cursor) -> Option<i64> {
    let text = cursor.as_str();
    if text.len() != NUMBER_DIGITS + CHECKSUM_DIGITS
        || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    {
        return None;
    }
    let seq = i64::from_str_radix(&text[..NUMBER_DIGITS], 16).ok()?;
    (u32::from_str_radix(&text[NUMBER_DIGITS..], 16).ok()? == checksum(seq)).then_some(seq)
}

/// FNV-1a over the bytes of the number: finds typing errors. A forged cursor gives its author nothing.
fn checksum(seq: i64) -> u32 {
    seq.to_be_bytes()
        .iter()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_its_cursors_and_rejects_other_text() {
        for seq in [1, 17, i64::MAX] {
            assert_eq!(read(&write(seq)), Some(seq));
        }
        let valid = write(255).as_str().to_owned();
        for invalid in ["", "ff", &valid.to_uppercase(), &valid.replace('f', "e"), &format!("{valid}0")] {
            assert_eq!(read(&Cursor::new(invalid)), None, "{invalid}");
        }
    }
}

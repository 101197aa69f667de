//! Pagination cursors as text: the position of a job in the order of admission, its id, and a checksum that detects
//! foreign text.

use tally_jobs::id::JobId;
use tally_kernel::Cursor;
use uuid::Uuid;

/// Hexadecimal digits of the position.
const PLACE: usize = 16;
/// Hexadecimal digits of the id.
const ID: usize = 32;
/// Hexadecimal digits of the checksum.
const CHECK: usize = 8;

/// A position in a list. Two processes may assign the same `seq` in the same millisecond; the id breaks the tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPosition {
    /// The position in the order of admission.
    pub seq: i64,
    pub id: JobId,
}

/// The cursor of the page after this position.
pub fn write(place: ListPosition) -> Cursor {
    let id = place.id.uuid().simple();
    Cursor::new(format!("{:0PLACE$x}{id}{:0CHECK$x}", place.seq, check(place)))
}

/// Parses a cursor. `None` if it is not one of ours.
pub fn read(cursor: &Cursor) -> Option<ListPosition> {
    let text = cursor.as_str();
    if text.len() != PLACE + ID + CHECK || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let seq = i64::from_str_radix(&text[..PLACE], 16).ok()?;
    let id = JobId::new(Uuid::try_parse(&text[PLACE..PLACE + ID]).ok()?);
    let place = ListPosition { seq, id };
    (u32::from_str_radix(&text[PLACE + ID..], 16).ok()? == check(place)).then_some(place)
}

/// FNV-1a. Guards against typing errors; forging a cursor gains nothing.
fn check(place: ListPosition) -> u32 {
    let bytes = place.seq.to_be_bytes().into_iter().chain(*place.id.uuid().as_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_own_cursors_and_rejects_others() {
        let place = ListPosition { seq: 0x00ab_cdef_0123, id: JobId::new(Uuid::from_u128(0xfedc_ba98)) };
        let good = write(place);
        assert_eq!(read(&good), Some(place));
        let good = good.as_str();
        for bad in ["", "ff", &good.to_uppercase(), &good.replace('f', "e"), &format!("{good}0"), &good[1..]]
        {
            assert_eq!(read(&Cursor::new(bad)), None, "{bad}");
        }
    }
}

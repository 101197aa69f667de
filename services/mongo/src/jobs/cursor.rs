//! Where a page of a list begins, as text: a job's place in the order of admission, its id, and a check, so that what
//! is not ours is told from what is.

use tally_jobs::model::JobId;
use tally_kernel::Cursor;
use uuid::Uuid;

/// Hexadecimal digits of the place.
const PLACE: usize = 16;
/// Hexadecimal digits of the id.
const ID: usize = 32;
/// Hexadecimal digits of the check.
const CHECK: usize = 8;

/// A place in a list: two processes may give the same number in the same instant, so the id decides between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number.
    pub seq: i64,
    /// The job.
    pub id: JobId,
}

/// The cursor of the page after this place.
pub fn write(place: Place) -> Cursor {
    let id = place.id.uuid().simple();
    Cursor::new(format!("{:0PLACE$x}{id}{:0CHECK$x}", place.seq, check(place)))
}

/// Reads it back. `None` when it is not one of ours.
pub fn read(cursor: &Cursor) -> Option<Place> {
    let text = cursor.as_str();
    if text.len() != PLACE + ID + CHECK || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let seq = i64::from_str_radix(&text[..PLACE], 16).ok()?;
    let id = JobId::new(Uuid::try_parse(&text[PLACE..PLACE + ID]).ok()?);
    let place = Place { seq, id };
    (u32::from_str_radix(&text[PLACE + ID..], 16).ok()? == check(place)).then_some(place)
}

/// FNV-1a: against typing errors, not against intent, which gains nothing here.
fn check(place: Place) -> u32 {
    let bytes = place.seq.to_be_bytes().into_iter().chain(*place.id.uuid().as_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_others_are_refused() {
        let place = Place { seq: 0x00ab_cdef_0123, id: JobId::new(Uuid::from_u128(0xfedc_ba98)) };
        let good = write(place);
        assert_eq!(read(&good), Some(place));
        let good = good.as_str();
        for bad in ["", "ff", &good.to_uppercase(), &good.replace('f', "e"), &format!("{good}0"), &good[1..]] {
            assert_eq!(read(&Cursor::new(bad)), None, "{bad}");
        }
    }
}

//! Tickets as bytes: one as `{"v":1,"id":"0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90","epoch":7}`, several that travel together
//! as `{"v":2,"tickets":[["0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90",7],…]}`.
//!
//! JSON, so that whoever looks into a queue sees what is in it; about 70 bytes, and 45 for each of many. The priority is not
//! part of it: the queue says it. Later versions may add fields without raising `v`; they raise it when an older reader
//! would do wrong.

use serde::Deserialize;
use tally_jobs::model::{JobId, Ticket};
use tally_jobs::settings::Priority;

/// The most tickets that are put into one message. What it costs a broker is shared by them; what is handed out together
/// goes to one worker.
pub(crate) const MOST_TICKETS: usize = 32;
/// The newest version that is understood.
const VERSION: u64 = 2;
/// No message of any version is longer, in bytes.
const LONGEST: usize = 4096;

/// Why a message is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Foreign {
    /// A later version of Tally wrote it.
    #[error("a ticket of version {0}, this process knows up to {VERSION}")]
    Newer(u64),
    /// It is something else.
    #[error("not a ticket")]
    NotATicket,
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

#[derive(Deserialize)]
struct One {
    id: String,
    epoch: u64,
}

#[derive(Deserialize)]
struct Many {
    tickets: Vec<(String, u64)>,
}

/// The bytes of a message with these tickets. One alone is as every version reads it.
pub(crate) fn encode(tickets: &[Ticket]) -> Vec<u8> {
    if let [alone] = tickets {
        return format!(r#"{{"v":1,"id":"{}","epoch":{}}}"#, alone.id, alone.epoch).into_bytes();
    }
    let mut bytes = br#"{"v":2,"tickets":["#.to_vec();
    for (place, ticket) in tickets.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        bytes.extend(format!(r#"{comma}["{}",{}]"#, ticket.id, ticket.epoch).into_bytes());
    }
    bytes.extend(b"]}");
    bytes
}

/// The tickets in a message from the queue of this class, one at least.
pub(crate) fn decode(bytes: &[u8], priority: Priority, redelivered: bool) -> Result<Vec<Ticket>, Foreign> {
    if bytes.len() > LONGEST {
        return Err(Foreign::NotATicket);
    }
    let version: Version = read(bytes)?;
    let tickets = match version.v {
        ..=1 => read(bytes).map(|One { id, epoch }| vec![(id, epoch)])?,
        VERSION => read::<Many>(bytes)?.tickets,
        newer => return Err(Foreign::Newer(newer)),
    };
    if tickets.is_empty() {
        return Err(Foreign::NotATicket);
    }
    let ticket = |(id, epoch): (String, u64)| {
        let id = JobId::parse(&id).ok_or(Foreign::NotATicket)?;
        Ok(Ticket { id, epoch, priority, redelivered })
    };
    tickets.into_iter().map(ticket).collect()
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Foreign> {
    serde_json::from_slice(bytes).map_err(|_| Foreign::NotATicket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90";

    fn read(text: &str) -> Result<Vec<Ticket>, Foreign> {
        decode(text.as_bytes(), Priority::Low, true)
    }

    #[test]
    fn a_ticket_reads_what_it_writes_and_is_small() {
        let id = JobId::parse(ID).unwrap();
        for count in 1..=MOST_TICKETS {
            let ticket = |epoch| Ticket { id, epoch, priority: Priority::High, redelivered: false };
            let tickets: Vec<_> = [0, 7, u64::MAX].into_iter().cycle().take(count).map(ticket).collect();
            let bytes = encode(&tickets);
            assert!(bytes.len() <= 20 + 65 * count && bytes.len() < LONGEST, "{}", bytes.len());
            assert_eq!(decode(&bytes, Priority::High, false), Ok(tickets));
        }
    }

    #[test]
    fn the_format_is_the_documented_one_and_may_grow_fields() {
        let plain = format!(r#"{{"v":1,"id":"{ID}","epoch":7}}"#);
        let one = read(&plain).unwrap();
        assert_eq!(encode(&one), plain.as_bytes());
        assert_eq!((one[0].priority, one[0].redelivered), (Priority::Low, true), "the queue says these");
        assert_eq!(read(&format!(r#"{{"epoch":7,"trace":"x","id":"{ID}","v":1}}"#)), Ok(one));
        let plain = format!(r#"{{"v":2,"tickets":[["{ID}",7],["{ID}",8]]}}"#);
        let two = read(&plain).unwrap();
        assert_eq!(encode(&two), plain.as_bytes());
        assert_eq!(two.iter().map(|ticket| ticket.epoch).collect::<Vec<_>>(), [7, 8]);
        assert_eq!(read(&format!(r#"{{"tickets":[["{ID}",7],["{ID}",8]],"v":2,"x":[]}}"#)), Ok(two));
    }

    #[test]
    fn what_is_no_ticket_is_told_from_a_newer_one() {
        assert_eq!(read(r#"{"v":3,"ids":[]}"#), Err(Foreign::Newer(3)));
        let too_long = format!(r#"{{"v":1,"id":"{ID}","epoch":7,"x":"{}"}}"#, "y".repeat(LONGEST));
        let no_version = format!(r#"{{"id":"{ID}","epoch":7}}"#);
        let negative = format!(r#"{{"v":1,"id":"{ID}","epoch":-1}}"#);
        let damaged = format!(r#"{{"v":2,"tickets":[["{ID}",7],["x",8]]}}"#);
        let none = r#"{"v":2,"tickets":[]}"#;
        let single = r#"{"v":1,"id":"x","epoch":1}"#;
        for bad in ["", "hello", "{}", "[1]", single, &too_long, &no_version, &negative, &damaged, none] {
            assert_eq!(read(bad), Err(Foreign::NotATicket), "{bad}");
        }
        assert_eq!(decode(&[0xff, 0xfe], Priority::Low, false), Err(Foreign::NotATicket));
    }
}

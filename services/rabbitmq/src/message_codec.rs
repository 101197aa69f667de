//! The message format. One ticket is `{"v":1,"id":"0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90","epoch":7}`; a batch is
//! `{"v":2,"tickets":[["0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90",7],…]}`.
//!
//! JSON, so that an operator can read what is in a queue. One ticket takes about 70 bytes, each ticket of a batch 45. The
//! priority is not in the message: it follows from the queue. A later version may add fields without raising `v`. It
//! raises `v` when an older reader would misread the message.

use serde::Deserialize;
use tally_jobs::id::JobId;
use tally_jobs::options::Priority;
use tally_jobs::record::Ticket;

/// The most tickets in one message. They share the broker's cost of a message, and they all go to one worker.
pub(crate) const MAX_TICKETS: usize = 32;
/// The newest version that this process can read.
const VERSION: u64 = 2;
/// No message of any version is longer than this.
const MAX_BYTES: usize = 4096;

/// Why a message holds no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// A newer version of Tally wrote it.
    #[error("a ticket of version {0}, this process knows up to {VERSION}")]
    Newer(u64),
    #[error("not a ticket")]
    NotATicket,
}

#[derive(Deserialize)]
struct VersionField {
    v: u64,
}

#[derive(Deserialize)]
struct SingleTicket {
    id: String,
    epoch: u64,
}

#[derive(Deserialize)]
struct TicketBatch {
    tickets: Vec<(String, u64)>,
}

/// Encodes tickets as one message. A single ticket is written as version 1, which every reader knows.
pub(crate) fn encode(tickets: &[Ticket]) -> Vec<u8> {
    if let [single] = tickets {
        return format!(r#"{{"v":1,"id":"{}","epoch":{}}}"#, single.id, single.epoch).into_bytes();
    }
    let mut bytes = br#"{"v":2,"tickets":["#.to_vec();
    for (index, ticket) in tickets.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        bytes.extend(format!(r#"{comma}["{}",{}]"#, ticket.id, ticket.epoch).into_bytes());
    }
    bytes.extend(b"]}");
    bytes
}

/// Decodes a message from the queue of this priority into one or more tickets.
pub(crate) fn decode(
    bytes: &[u8],
    priority: Priority,
    redelivered: bool,
) -> Result<Vec<Ticket>, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::NotATicket);
    }
    let version: VersionField = read(bytes)?;
    let tickets = match version.v {
        ..=1 => read(bytes).map(|SingleTicket { id, epoch }| vec![(id, epoch)])?,
        VERSION => read::<TicketBatch>(bytes)?.tickets,
        newer => return Err(DecodeError::Newer(newer)),
    };
    if tickets.is_empty() {
        return Err(DecodeError::NotATicket);
    }
    let ticket = |(id, epoch): (String, u64)| {
        let id = JobId::parse(&id).ok_or(DecodeError::NotATicket)?;
        Ok(Ticket { id, epoch, priority, redelivered })
    };
    tickets.into_iter().map(ticket).collect()
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(bytes).map_err(|_| DecodeError::NotATicket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90";

    fn read(text: &str) -> Result<Vec<Ticket>, DecodeError> {
        decode(text.as_bytes(), Priority::Low, true)
    }

    #[test]
    fn decodes_what_it_encodes_and_stays_small() {
        let id = JobId::parse(ID).unwrap();
        for count in 1..=MAX_TICKETS {
            let ticket = |epoch| Ticket { id, epoch, priority: Priority::High, redelivered: false };
            let tickets: Vec<_> = [0, 7, u64::MAX].into_iter().cycle().take(count).map(ticket).collect();
            let bytes = encode(&tickets);
            assert!(bytes.len() <= 20 + 65 * count && bytes.len() < MAX_BYTES, "{}", bytes.len());
            assert_eq!(decode(&bytes, Priority::High, false), Ok(tickets));
        }
    }

    #[test]
    fn reads_the_documented_format_and_ignores_new_fields() {
        let plain = format!(r#"{{"v":1,"id":"{ID}","epoch":7}}"#);
        let one = read(&plain).unwrap();
        assert_eq!(encode(&one), plain.as_bytes());
        assert_eq!((one[0].priority, one[0].redelivered), (Priority::Low, true), "these come from the queue");
        assert_eq!(read(&format!(r#"{{"epoch":7,"trace":"x","id":"{ID}","v":1}}"#)), Ok(one));
        let plain = format!(r#"{{"v":2,"tickets":[["{ID}",7],["{ID}",8]]}}"#);
        let two = read(&plain).unwrap();
        assert_eq!(encode(&two), plain.as_bytes());
        assert_eq!(two.iter().map(|ticket| ticket.epoch).collect::<Vec<_>>(), [7, 8]);
        assert_eq!(read(&format!(r#"{{"tickets":[["{ID}",7],["{ID}",8]],"v":2,"x":[]}}"#)), Ok(two));
    }

    #[test]
    fn the_bytes_of_a_message_are_golden() {
        let ticket = |id, epoch| {
            let id = JobId::parse(id).unwrap();
            Ticket { id, epoch, priority: Priority::High, redelivered: true }
        };
        let first = ticket(ID, 0);
        let second = ticket("ffffffff-ffff-8fff-bfff-ffffffffffff", u64::MAX);
        let golden = r#"{"v":1,"id":"ffffffff-ffff-8fff-bfff-ffffffffffff","epoch":18446744073709551615}"#;
        assert_eq!(encode(&[second]), golden.as_bytes());
        let golden = concat!(
            r#"{"v":2,"tickets":[["0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90",0],"#,
            r#"["ffffffff-ffff-8fff-bfff-ffffffffffff",18446744073709551615],"#,
            r#"["0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90",0]]}"#
        );
        assert_eq!(encode(&[first, second, first]), golden.as_bytes());
    }

    #[test]
    fn tells_a_newer_version_from_a_message_that_is_not_a_ticket() {
        assert_eq!(read(r#"{"v":3,"ids":[]}"#), Err(DecodeError::Newer(3)));
        let too_long = format!(r#"{{"v":1,"id":"{ID}","epoch":7,"x":"{}"}}"#, "y".repeat(MAX_BYTES));
        let no_version = format!(r#"{{"id":"{ID}","epoch":7}}"#);
        let negative = format!(r#"{{"v":1,"id":"{ID}","epoch":-1}}"#);
        let damaged = format!(r#"{{"v":2,"tickets":[["{ID}",7],["x",8]]}}"#);
        let none = r#"{"v":2,"tickets":[]}"#;
        let single = r#"{"v":1,"id":"x","epoch":1}"#;
        for bad in ["", "hello", "{}", "[1]", single, &too_long, &no_version, &negative, &damaged, none] {
            assert_eq!(read(bad), Err(DecodeError::NotATicket), "{bad}");
        }
        assert_eq!(decode(&[0xff, 0xfe], Priority::Low, false), Err(DecodeError::NotATicket));
    }
}

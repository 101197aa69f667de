//! A ticket as bytes: `{"v":1,"id":"0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90","epoch":7}`.
//!
//! JSON, so that whoever looks into a queue sees what is in it; about 70 bytes. The priority is not part of it: the
//! queue says it. Later versions may add fields without raising `v`; they raise it when an older reader would do wrong.

use serde::Deserialize;
use tally_jobs::model::{JobId, Ticket};
use tally_jobs::settings::Priority;

/// The version that is written, and the newest that is understood.
const VERSION: u64 = 1;
/// No ticket of any version is longer, in bytes.
const LONGEST: usize = 256;

/// Why a message is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Foreign {
    /// A later version of Tally wrote it.
    #[error("a ticket of version {0}, this process knows up to 1")]
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
struct Body {
    id: String,
    epoch: u64,
}

/// The bytes of a ticket.
pub(crate) fn encode(ticket: &Ticket) -> Vec<u8> {
    format!(r#"{{"v":{VERSION},"id":"{}","epoch":{}}}"#, ticket.id, ticket.epoch).into_bytes()
}

/// The ticket in a message from the queue of this class.
pub(crate) fn decode(bytes: &[u8], priority: Priority, redelivered: bool) -> Result<Ticket, Foreign> {
    if bytes.len() > LONGEST {
        return Err(Foreign::NotATicket);
    }
    let version: Version = serde_json::from_slice(bytes).map_err(|_| Foreign::NotATicket)?;
    if version.v > VERSION {
        return Err(Foreign::Newer(version.v));
    }
    let body: Body = serde_json::from_slice(bytes).map_err(|_| Foreign::NotATicket)?;
    let id = JobId::parse(&body.id).ok_or(Foreign::NotATicket)?;
    Ok(Ticket { id, epoch: body.epoch, priority, redelivered })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90";

    fn read(text: &str) -> Result<Ticket, Foreign> {
        decode(text.as_bytes(), Priority::Low, true)
    }

    #[test]
    fn a_ticket_reads_what_it_writes_and_is_small() {
        for epoch in [0, 7, u64::MAX] {
            let id = JobId::parse(ID).unwrap();
            let ticket = Ticket { id, epoch, priority: Priority::High, redelivered: false };
            let bytes = encode(&ticket);
            assert!(bytes.len() <= LONGEST, "{}", bytes.len());
            assert_eq!(decode(&bytes, Priority::High, false), Ok(ticket));
        }
    }

    #[test]
    fn the_format_is_the_documented_one_and_may_grow_fields() {
        let plain = format!(r#"{{"v":1,"id":"{ID}","epoch":7}}"#);
        let ticket = read(&plain).unwrap();
        assert_eq!(encode(&ticket), plain.as_bytes());
        assert_eq!((ticket.priority, ticket.redelivered), (Priority::Low, true), "the queue says these");
        assert_eq!(read(&format!(r#"{{"epoch":7,"trace":"x","id":"{ID}","v":1}}"#)), Ok(ticket));
    }

    #[test]
    fn what_is_no_ticket_is_told_from_a_newer_one() {
        assert_eq!(read(r#"{"v":2,"ids":[]}"#), Err(Foreign::Newer(2)));
        let too_long = format!(r#"{{"v":1,"id":"{ID}","epoch":7,"x":"{}"}}"#, "y".repeat(LONGEST));
        let no_version = format!(r#"{{"id":"{ID}","epoch":7}}"#);
        let negative = format!(r#"{{"v":1,"id":"{ID}","epoch":-1}}"#);
        for bad in
            ["", "hello", "{}", "[1]", r#"{"v":1,"id":"x","epoch":1}"#, &too_long, &no_version, &negative]
        {
            assert_eq!(read(bad), Err(Foreign::NotATicket), "{bad}");
        }
        assert_eq!(decode(&[0xff, 0xfe], Priority::Low, false), Err(Foreign::NotATicket));
    }
}

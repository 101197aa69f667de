//! The history of attempts: `[["worker",12,340,"fetch-timeout"],["worker",2400]]`, moments in milliseconds after the
//! job's creation. An attempt that runs has no end; one that succeeded has no name, because nearly all do.

use std::borrow::Cow;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::Value;
use tally_kernel::Timestamp;

use super::Unreadable;
use crate::history::{AttemptEnd, AttemptRecord, History};
use crate::id::WorkerId;

struct AttemptShape<'a>(&'a AttemptRecord, Timestamp);

impl Serialize for AttemptShape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(attempt, created_at) = self;
        let offset = |at: Timestamp| at.as_ms().saturating_sub(created_at.as_ms());
        let mut row = serializer.serialize_seq(None)?;
        row.serialize_element(&*attempt.worker.0)?;
        row.serialize_element(&offset(attempt.started_at))?;
        if let Some((at, end)) = &attempt.ended {
            row.serialize_element(&offset(*at))?;
            if *end != AttemptEnd::Succeeded {
                row.serialize_element(end.as_str())?;
            }
        }
        row.end()
    }
}

/// The text to store; none when there was no attempt.
#[must_use]
pub fn write(history: &History, created_at: Timestamp) -> Option<String> {
    let rows: Vec<_> = history.attempts().iter().map(|one| AttemptShape(one, created_at)).collect();
    (!rows.is_empty()).then(|| serde_json::to_string(&rows).expect("text and numbers always serialise"))
}

/// Reads it back.
pub fn read(text: Option<&str>, created_at: Timestamp) -> Result<History, Unreadable> {
    let Some(text) = text else { return Ok(History::default()) };
    let rows: Vec<Vec<Value>> = serde_json::from_str(text)?;
    rows.iter().map(|row| read_attempt(row, created_at)).collect::<Result<_, _>>().map(History::of)
}

fn read_attempt(row: &[Value], created_at: Timestamp) -> Result<AttemptRecord, Unreadable> {
    let wrong = || Unreadable::Range("attempt");
    let moment = |value: &Value| {
        let offset = value.as_i64().ok_or_else(wrong)?;
        Ok::<_, Unreadable>(Timestamp::from_ms(created_at.as_ms().saturating_add(offset)))
    };
    let worker: Cow<'_, str> = row.first().and_then(Value::as_str).ok_or_else(wrong)?.into();
    let ended = match row.get(2) {
        None => None,
        Some(at) => {
            let end =
                row.get(3).map_or(Some(AttemptEnd::Succeeded), |name| name.as_str().map(AttemptEnd::parse));
            Some((moment(at)?, end.ok_or_else(wrong)?))
        }
    };
    let started_at = moment(row.get(1).ok_or_else(wrong)?)?;
    Ok(AttemptRecord { worker: WorkerId::from(&*worker), started_at, ended })
}

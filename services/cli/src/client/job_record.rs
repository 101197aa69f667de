//! A job's record from the server. It keeps all members, so that `-o json` prints them all.

use serde::Serialize;
use serde_json::Value;

use crate::exit::Exit;

#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct JobRecord(pub(crate) Value);

impl JobRecord {
    pub(crate) fn id(&self) -> &str {
        self.text("/id")
    }

    pub(crate) fn state(&self) -> &str {
        self.text("/state")
    }

    /// A text of the record, such as `/created_at`; empty if it has none.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn number(&self, pointer: &str) -> Option<u64> {
        self.0.pointer(pointer).and_then(Value::as_u64)
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state(), "succeeded" | "failed" | "cancelled")
    }

    pub(crate) fn exit(&self) -> Exit {
        match self.state() {
            "succeeded" => Exit::Ok,
            "failed" | "cancelled" => Exit::JobFailed,
            _ => Exit::StillRunning,
        }
    }

    /// What was submitted, for people: the address, the name of the file, or the kind.
    pub(crate) fn source(&self) -> &str {
        let named = ["/source/url", "/source/name", "/source/kind"].map(|pointer| self.text(pointer));
        named.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    }

    pub(crate) fn failure(&self) -> Option<String> {
        let (title, detail) = (self.text("/error/title"), self.text("/error/detail"));
        match self.state() {
            "failed" if detail.is_empty() => Some(title.to_lowercase()),
            "failed" => Some(detail.to_owned()),
            "cancelled" => Some("it was cancelled".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_the_members_of_a_record() {
        let job = JobRecord(json!({
            "id": "1", "state": "failed", "source": {"kind": "url", "url": "http://x/"},
            "error": {"type": "/problems/unreachable", "title": "T", "detail": "no route"}
        }));
        assert_eq!((job.id(), job.source(), job.exit()), ("1", "http://x/", Exit::JobFailed));
        assert_eq!(job.failure().as_deref(), Some("no route"));
        assert!(job.has_ended());
        assert_eq!(JobRecord(json!({"state": "running"})).exit(), Exit::StillRunning);
    }
}

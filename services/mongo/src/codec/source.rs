//! What was handed in, as the record tells it: `{kind: "url", url: …, host: …}`.

use serde::{Deserialize, Serialize};
use tally_jobs::address::PublicUrl;
use tally_jobs::model::Source;

use super::{Unreadable, signed, unsigned};

/// Its shape.
#[derive(Debug, Serialize, Deserialize)]
pub struct SourceShape {
    kind: String,
    #[serde(default)]
    bytes: i64,
    /// The address, or the name of a file: what lists search in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The host of an address, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
}

/// The document to store.
pub fn write(source: &Source) -> SourceShape {
    let (kind, name, host, content_type) = match source {
        Source::Url(url) => ("url", Some(url.as_str().to_owned()), Some(url.host().to_owned()), None),
        Source::Text { .. } => ("text", None, None, None),
        Source::File { name, content_type, .. } => ("file", name.clone(), None, content_type.clone()),
    };
    SourceShape { kind: kind.to_owned(), bytes: signed(source.bytes()), name, host, content_type }
}

/// Reads it back.
pub fn read(shape: SourceShape) -> Result<Source, Unreadable> {
    let bytes = unsigned(shape.bytes, "size")?;
    match shape.kind.as_str() {
        "text" => Ok(Source::Text { bytes }),
        "file" => Ok(Source::File { name: shape.name, content_type: shape.content_type, bytes }),
        "url" => {
            let address = PublicUrl::parse(shape.name.as_deref().unwrap_or_default());
            Ok(Source::Url(address.map_err(|_| Unreadable::Range("address"))?))
        }
        _ => Err(Unreadable::Name { what: "kind of source", name: shape.kind }),
    }
}

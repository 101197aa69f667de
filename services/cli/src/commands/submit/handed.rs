//! One thing to hand in, recognised by how it looks, and its way onto the wire without being held in memory.

use std::io;

use serde_json::json;
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use url::Url;

use crate::client::Body;
use crate::commands::count::is_address;
use crate::exit::Exit;
use crate::trouble::{Trouble, reason};

/// What is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    Text(String),
    Address(String),
    File(String),
    Stdin,
}

/// Recognises every argument; `texts` are texts whatever they look like. One that cannot be handed in does not keep
/// the others from it.
pub(super) fn all(sources: &[String], texts: &[String]) -> Result<Vec<Result<Handed, Trouble>>, Trouble> {
    if sources.iter().filter(|source| *source == "-").count() > 1 {
        return Err(Trouble::new(Exit::Usage, "standard input can be handed in once only"));
    }
    let texts = texts.iter().cloned().map(|text| Ok(Handed::Text(text)));
    Ok(sources.iter().map(|source| Handed::of(source)).chain(texts).collect())
}

impl Handed {
    /// An address by its scheme, a file by being there, a text by its spaces. A single word that is no file is more
    /// likely a mistyped name than a text.
    fn of(source: &str) -> Result<Self, Trouble> {
        if source == "-" {
            return Ok(Self::Stdin);
        }
        if is_address(source) {
            return Ok(Self::Address(source.to_owned()));
        }
        match std::fs::metadata(source) {
            Ok(about) if about.is_dir() => Err(Trouble::new(Exit::Error, format!("{source}: is a folder"))
                .hint(format!("name its files, as in {}/*", source.trim_end_matches('/')))),
            Ok(_) => Ok(Self::File(source.to_owned())),
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    || error.kind() == io::ErrorKind::InvalidFilename =>
            {
                if source.contains(char::is_whitespace) {
                    return Ok(Self::Text(source.to_owned()));
                }
                Err(Trouble::new(Exit::Error, format!("{source}: no such file"))
                    .hint(format!("to count it as a text: tally submit --text {source}")))
            }
            Err(error) => Err(unreadable(source, &error)),
        }
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Stdin => "standard input",
            Self::Address(name) | Self::File(name) => name,
        }
    }

    /// Says what it is: the name goes into the query, the type into a header. What a file is, its content tells the
    /// server better than a guess of ours.
    pub(super) fn describe(&self, url: &mut Url) -> Vec<(&'static str, String)> {
        match self {
            Self::File(path) => {
                let name = path.rsplit('/').next().unwrap_or(path);
                url.query_pairs_mut().append_pair("filename", name);
                vec![("content-type", "application/octet-stream".to_owned())]
            }
            Self::Stdin => vec![("content-type", "application/octet-stream".to_owned())],
            Self::Text(_) | Self::Address(_) => Vec::new(),
        }
    }

    /// The body; `None` when it can be had only once and `again` is asked.
    pub(super) async fn body(&self, again: bool) -> Result<Option<Body>, Trouble> {
        Ok(Some(match self {
            Self::Text(text) => Body::Json(json!({ "text": text })),
            Self::Address(address) => Body::Json(json!({ "url": address })),
            Self::File(path) => {
                let file = File::open(path).await.map_err(|error| unreadable(path, &error))?;
                let about = file.metadata().await.map_err(|error| unreadable(path, &error))?;
                // A pipe has no length of its own.
                let length = about.is_file().then_some(about.len());
                Body::Stream(
                    reqwest::Body::wrap_stream(ReaderStream::with_capacity(file, 256 * 1024)),
                    length,
                )
            }
            Self::Stdin if again => return Ok(None),
            Self::Stdin => {
                let stream = ReaderStream::with_capacity(tokio::io::stdin(), 64 * 1024);
                Body::Stream(reqwest::Body::wrap_stream(stream), None)
            }
        }))
    }
}

fn unreadable(source: &str, error: &io::Error) -> Trouble {
    Trouble::new(Exit::Error, format!("{source}: {}", reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_recognised_by_how_they_look() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("two words.txt");
        std::fs::write(&file, "x").unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(Handed::of("-").unwrap(), Handed::Stdin);
        assert_eq!(Handed::of("HTTPS://example.com").unwrap(), Handed::Address("HTTPS://example.com".into()));
        assert_eq!(Handed::of(file).unwrap(), Handed::File(file.into()));
        assert_eq!(Handed::of("hello brave world").unwrap(), Handed::Text("hello brave world".into()));
        let typo = Handed::of("report.tx").unwrap_err();
        assert_eq!((typo.exit(), typo.said()), (Exit::Error, "report.tx: no such file"));
        assert!(Handed::of(folder.path().to_str().unwrap()).is_err());
        assert_eq!(all(&["-".into(), "-".into()], &[]).unwrap_err().exit(), Exit::Usage);
    }

    #[test]
    fn a_long_text_is_no_file_name() {
        let text = "many words ".repeat(1_000);
        assert_eq!(Handed::of(&text).unwrap(), Handed::Text(text));
    }

    #[test]
    fn only_the_name_of_a_file_is_told() {
        let mut url = Url::parse("http://localhost/jobs").unwrap();
        Handed::File("/home/me/a b.txt".into()).describe(&mut url);
        assert_eq!(url.query(), Some("filename=a+b.txt"));
    }
}

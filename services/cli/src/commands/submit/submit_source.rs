//! An input to submit, recognised by its form, and its request body. Files are streamed.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;

use serde_json::json;
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use url::Url;

use crate::client::Body;
use crate::command_error::{CommandError, reason};
use crate::commands::count::is_address;
use crate::exit::Exit;
use crate::screen::shown_name;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SubmitSource {
    Text(String),
    Address(String),
    File(PathBuf),
    Stdin,
}

/// Recognises every argument. `texts` are always texts. An argument that cannot be submitted does not stop the others.
pub(super) fn recognise(
    sources: &[OsString],
    texts: &[String],
) -> Result<Vec<Result<SubmitSource, CommandError>>, CommandError> {
    if sources.iter().filter(|source| *source == "-").count() > 1 {
        return Err(CommandError::new(Exit::Usage, "standard input can be submitted only once"));
    }
    let texts = texts.iter().cloned().map(|text| Ok(SubmitSource::Text(text)));
    Ok(sources.iter().map(SubmitSource::of).chain(texts).collect())
}

impl SubmitSource {
    /// An address has a scheme, a file exists, a text has spaces. A single word that is not a file is more likely a
    /// mistyped name than a text.
    fn of(given: impl AsRef<OsStr>) -> Result<Self, CommandError> {
        let given = given.as_ref();
        let source = &*shown_name(given);
        if source == "-" {
            return Ok(Self::Stdin);
        }
        if is_address(source) {
            return Ok(Self::Address(source.to_owned()));
        }
        match std::fs::metadata(given) {
            Ok(about) if about.is_dir() => {
                Err(CommandError::new(Exit::Error, format!("{source}: is a folder"))
                    .hint(format!("name its files, such as {}/*", source.trim_end_matches('/'))))
            }
            Ok(_) => Ok(Self::File(given.into())),
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    || error.kind() == io::ErrorKind::InvalidFilename =>
            {
                if source.contains(char::is_whitespace) {
                    return Ok(Self::Text(source.to_owned()));
                }
                Err(CommandError::new(Exit::Error, format!("{source}: no such file"))
                    .hint(format!("to count it as a text: tally submit --text {source}")))
            }
            Err(error) => Err(unreadable(source, &error)),
        }
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Text(_) => "text".into(),
            Self::Stdin => "standard input".into(),
            Self::Address(name) => name.into(),
            Self::File(path) => shown_name(path.as_os_str()),
        }
    }

    /// Adds the file name to the query, and returns the headers. The type stays generic: the server recognises the
    /// content better than a guess from the name.
    pub(super) fn describe(&self, url: &mut Url) -> Vec<(&'static str, String)> {
        match self {
            Self::File(path) => {
                let name = shown_name(path.file_name().unwrap_or(path.as_os_str()));
                url.query_pairs_mut().append_pair("filename", &name);
                vec![("content-type", "application/octet-stream".to_owned())]
            }
            Self::Stdin => vec![("content-type", "application/octet-stream".to_owned())],
            Self::Text(_) | Self::Address(_) => Vec::new(),
        }
    }

    /// The body. `None` for a repeat (`again`) of standard input.
    pub(super) async fn body(&self, again: bool) -> Result<Option<Body>, CommandError> {
        Ok(Some(match self {
            Self::Text(text) => Body::Json(json!({ "text": text })),
            Self::Address(address) => Body::Json(json!({ "url": address })),
            Self::File(path) => {
                let unreadable = |error| unreadable(&self.name(), &error);
                let file = File::open(path).await.map_err(unreadable)?;
                let about = file.metadata().await.map_err(unreadable)?;
                // A pipe has no length.
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

fn unreadable(source: &str, error: &io::Error) -> CommandError {
    CommandError::new(Exit::Error, format!("{source}: {}", reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_arguments_by_their_form() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("two words.txt");
        std::fs::write(&file, "x").unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(SubmitSource::of("-").unwrap(), SubmitSource::Stdin);
        assert_eq!(
            SubmitSource::of("HTTPS://example.com").unwrap(),
            SubmitSource::Address("HTTPS://example.com".into())
        );
        assert_eq!(SubmitSource::of(file).unwrap(), SubmitSource::File(file.into()));
        assert_eq!(
            SubmitSource::of("hello brave world").unwrap(),
            SubmitSource::Text("hello brave world".into())
        );
        let typo = SubmitSource::of("report.tx").unwrap_err();
        assert_eq!((typo.exit(), typo.message()), (Exit::Error, "report.tx: no such file"));
        assert!(SubmitSource::of(folder.path().to_str().unwrap()).is_err());
        assert_eq!(recognise(&["-".into(), "-".into()], &[]).unwrap_err().exit(), Exit::Usage);
    }

    #[test]
    fn a_long_text_is_not_a_file_name() {
        let text = "many words ".repeat(1_000);
        assert_eq!(SubmitSource::of(&text).unwrap(), SubmitSource::Text(text));
    }

    #[test]
    fn sends_only_the_name_of_a_file_without_its_folder() {
        let mut url = Url::parse("http://localhost/jobs").unwrap();
        SubmitSource::File("/home/me/a b.txt".into()).describe(&mut url);
        assert_eq!(url.query(), Some("filename=a+b.txt"));
    }
}

//! The connection to a server: where it is, how long it may take, and what its refusals mean.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::problem;
use crate::exit::Exit;
use crate::trouble::Trouble;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may send nothing: more than its longest wait, which is a minute.
const SILENCE: Duration = Duration::from_secs(75);
/// The longest pause that a server may ask for before it takes a job.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often a job that the server cannot take just now is handed in again.
const TRIES: u32 = 6;

/// Which server is meant.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServerOption {
    /// The server's address
    #[arg(long, env = "TALLY_URL", value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = base)]
    pub(crate) server: Url,
}

fn base(text: &str) -> Result<Url, String> {
    let wanted = "give an address as in http://127.0.0.1:8080";
    // A host and port parse as a scheme, so they are recognised first.
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url = Url::parse(&text).map_err(|error| format!("{error}; {wanted}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wanted.to_owned());
    }
    // So that paths are joined below it, also where the server has a prefix.
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// A server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    base: Url,
    http: Client,
}

/// What goes with a request.
pub(crate) enum Body {
    None,
    Json(Value),
    /// A document; its length, where it is known.
    Stream(reqwest::Body, Option<u64>),
}

impl Server {
    pub(crate) fn new(option: &ServerOption) -> Result<Self, Trouble> {
        // A second provider is refused, which is fine: it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("tally/", env!("CARGO_PKG_VERSION")));
        if option.server.scheme() == "http" {
            // Reading the system's certificates takes longer than all the rest, and needs them to be there.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|error| {
            Trouble::new(
                Exit::Defect,
                format!("cannot set up the connection: {}", problem::innermost(&error)),
            )
        })?;
        Ok(Self { base: option.server.clone(), http })
    }

    /// The server's address, without the final slash.
    pub(crate) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// An address on the server; `path` is relative, such as `jobs/…`.
    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path.trim_start_matches('/')).expect("our paths are relative and plain")
    }

    /// Asks, and takes whatever the server answers.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: Url,
        headers: &[(&'static str, String)],
        body: Body,
    ) -> Result<Response, Trouble> {
        let mut request = self.http.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request = match body {
            Body::None => request,
            Body::Json(value) => request.header(CONTENT_TYPE, "application/json").body(value.to_string()),
            Body::Stream(stream, length) => {
                let request = match length {
                    Some(length) => request.header(CONTENT_LENGTH, length),
                    None => request,
                };
                request.body(stream)
            }
        };
        request.send().await.map_err(|error| problem::unreachable(self.base(), &error))
    }

    /// Asks, and takes JSON; everything but success is trouble.
    pub(crate) async fn json(&self, method: Method, url: Url) -> Result<Value, Trouble> {
        let response = self.ask(method, url, &[], Body::None).await?;
        self.value(response).await
    }

    /// The JSON of an answer; everything but success is trouble.
    pub(crate) async fn value(&self, response: Response) -> Result<Value, Trouble> {
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| problem::unreachable(self.base(), &error))?;
        if !status.is_success() {
            return Err(problem::refusal(self.base(), status, &bytes));
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|_| problem::foreign(self.base()))
    }

    /// Hands something in that can be made again: a server that takes nothing just now is asked again when it said.
    pub(crate) async fn hand_in(
        &self,
        url: Url,
        headers: &[(&'static str, String)],
        mut body: impl AsyncFnMut() -> Result<Option<Body>, Trouble>,
    ) -> Result<Value, Trouble> {
        let mut tries = 1;
        let mut made = body().await?;
        loop {
            let response = self.ask(Method::POST, url.clone(), headers, made.unwrap_or(Body::None)).await?;
            let busy =
                matches!(response.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
            let pause = retry_after(&response).unwrap_or(Duration::from_secs(1));
            if !busy || tries == TRIES || pause > LONGEST_PAUSE {
                return self.value(response).await;
            }
            // What cannot be made twice, as standard input, is not tried twice.
            made = match body().await? {
                Some(body) => Some(body),
                None => return self.value(response).await,
            };
            tries += 1;
            tokio::time::sleep(pause).await;
        }
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers_are_brought_into_shape() {
        for (given, taken) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("localhost:8080", "http://localhost:8080/"),
            ("https://example.com/tally?x#y", "https://example.com/tally/"),
        ] {
            assert_eq!(base(given).unwrap().as_str(), taken);
        }
        for bad in ["", "ftp://example.com", "http://", "::"] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_joined_below_a_prefix() {
        let option = ServerOption { server: base("http://example.com/tally").unwrap() };
        let server = Server::new(&option).unwrap();
        assert_eq!(server.url("/jobs/1").as_str(), "http://example.com/tally/jobs/1");
        assert_eq!(server.base(), "http://example.com/tally");
    }
}

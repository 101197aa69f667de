//! The HTTP client of a server, with its time limits and retries.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::problem;
use crate::command_error::CommandError;
use crate::exit::Exit;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than the longest wait of a server, which is a minute.
const READ_TIMEOUT: Duration = Duration::from_secs(75);
/// The longest `Retry-After` that the client waits for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10);
/// How often a submit is sent while the server is overloaded.
const MAX_ATTEMPTS: u32 = 6;

/// The option that names the server.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServerOption {
    /// The server's address
    #[arg(long, env = "TALLY_URL", value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = parse_base_url)]
    pub(crate) server: Url,
}

fn parse_base_url(text: &str) -> Result<Url, String> {
    let wanted = "give an address such as http://127.0.0.1:8080";
    // `host:port` would parse as a scheme.
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url = Url::parse(&text).map_err(|error| format!("{error}; {wanted}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wanted.to_owned());
    }
    // Paths are joined below the path of the server.
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

#[derive(Clone, Debug)]
pub(crate) struct ApiClient {
    base: Url,
    http: Client,
}

pub(crate) enum Body {
    None,
    Json(Value),
    /// A document, and its length if it is known.
    Stream(reqwest::Body, Option<u64>),
}

impl ApiClient {
    pub(crate) fn new(option: &ServerOption) -> Result<Self, CommandError> {
        // A second call fails, which is fine: it would install the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .user_agent(concat!("tally/", env!("CARGO_PKG_VERSION")));
        if option.server.scheme() == "http" {
            // Reading the system's certificates takes longer than the request, and fails if there are none.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|error| {
            CommandError::new(
                Exit::Defect,
                format!("cannot set up the connection: {}", problem::root_cause(&error)),
            )
        })?;
        Ok(Self { base: option.server.clone(), http })
    }

    /// The server's URL without the final slash.
    pub(crate) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// A URL on the server; `path` is relative, such as `jobs/…`.
    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path.trim_start_matches('/')).expect("our paths are relative and plain")
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: Url,
        headers: &[(&'static str, String)],
        body: Body,
    ) -> Result<Response, CommandError> {
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

    /// Sends a GET request, and returns the JSON of a successful response.
    pub(crate) async fn get_json(&self, url: Url) -> Result<Value, CommandError> {
        let response = self.send(Method::GET, url, &[], Body::None).await?;
        self.read_json(response).await
    }

    /// The JSON of a successful response; null if it is empty.
    pub(crate) async fn read_json(&self, response: Response) -> Result<Value, CommandError> {
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| problem::unreachable(self.base(), &error))?;
        if !status.is_success() {
            return Err(problem::from_response(self.base(), status, &bytes));
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|_| problem::not_tally(self.base()))
    }

    /// Submits a job. Retries while the server is overloaded, if `body` can make the body again.
    pub(crate) async fn submit(
        &self,
        url: Url,
        headers: &[(&'static str, String)],
        mut body: impl AsyncFnMut() -> Result<Option<Body>, CommandError>,
    ) -> Result<Value, CommandError> {
        let mut attempts = 1;
        let mut request_body = body().await?;
        loop {
            let response =
                self.send(Method::POST, url.clone(), headers, request_body.unwrap_or(Body::None)).await?;
            let busy =
                matches!(response.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
            let pause = retry_after(&response).unwrap_or(Duration::from_secs(1));
            if !busy || attempts == MAX_ATTEMPTS || pause > MAX_RETRY_AFTER {
                return self.read_json(response).await;
            }
            // Standard input can be read only once.
            request_body = match body().await? {
                Some(body) => Some(body),
                None => return self.read_json(response).await,
            };
            attempts += 1;
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
    fn normalises_server_addresses() {
        for (given, wanted) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("localhost:8080", "http://localhost:8080/"),
            ("https://example.com/tally?x#y", "https://example.com/tally/"),
        ] {
            assert_eq!(parse_base_url(given).unwrap().as_str(), wanted);
        }
        for bad in ["", "ftp://example.com", "http://", "::"] {
            assert!(parse_base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn joins_paths_below_a_prefix() {
        let option = ServerOption { server: parse_base_url("http://example.com/tally").unwrap() };
        let client = ApiClient::new(&option).unwrap();
        assert_eq!(client.url("/jobs/1").as_str(), "http://example.com/tally/jobs/1");
        assert_eq!(client.base(), "http://example.com/tally");
    }
}

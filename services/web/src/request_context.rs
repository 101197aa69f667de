//! What a page knows of its request: the address, the query, the time.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use tally_kernel::Timestamp;
use url::form_urlencoded;

/// The request of a page.
pub(crate) struct RequestContext {
    pub(crate) now: Timestamp,
    /// The server's address, for command lines.
    pub(crate) base: String,
    pairs: Vec<(String, String)>,
}

impl RequestContext {
    pub(crate) fn of(request: &Request, now: Timestamp) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self::new(query, base(request.headers()), now)
    }

    pub(crate) fn new(query: &str, base: String, now: Timestamp) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
        Self { now, base, pairs: pairs.filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// The value of a parameter; an empty one is not given, because forms send every field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Every parameter.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

/// The server's own address as the browser has it. A `Host` that is no host is not repeated.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let plain =
        |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
    let scheme =
        headers.get("x-forwarded-proto").filter(|scheme| *scheme == "https").map_or("http", |_| "https");
    format!("{scheme}://{}", host.filter(plain).unwrap_or("localhost:8080"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_hostile_host_is_not_repeated() {
        for (host, expected) in
            [("tally.example:81", "http://tally.example:81"), ("a';rm -rf ~'", "http://localhost:8080")]
        {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            assert_eq!(base(&headers), expected);
        }
    }

    #[test]
    fn empty_fields_are_not_given() {
        let context = RequestContext::new(
            "q=&state=failed&label=a%3Ab&label=c:d",
            String::new(),
            Timestamp::from_ms(0),
        );
        assert_eq!((context.get("q"), context.get("state")), (None, Some("failed")));
        assert_eq!(context.all("label").collect::<Vec<_>>(), ["a:b", "c:d"]);
    }
}

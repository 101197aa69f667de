//! Content codings of answers: zstd, br and gzip, for bodies that are worth it.

use std::io;

use async_compression::Level;
use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use http_body::Body as _;
use tokio_util::io::{ReaderStream, StreamReader};

/// Bodies up to so many bytes are not worth it.
const WORTH_IT: u64 = 1 << 10;

/// A coding that we give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// In the order in which we like them.
    const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// Its name in headers.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The coding that a client likes best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offer(Option<Coding>);

impl Offer {
    /// Reads `Accept-Encoding`: the best weight wins, our own order among equals (RFC 9110, 12.5.3).
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if !headers.contains_key(ACCEPT_ENCODING) {
            return Self(None);
        }
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let accepted: Vec<(&str, u16)> = values.flat_map(|value| value.split(',')).map(weighed).collect();
        let weight = |coding: Coding| {
            let named = accepted.iter().find(|(name, _)| is(name, coding));
            named.or_else(|| accepted.iter().find(|(name, _)| *name == "*")).map_or(0, |(_, weight)| *weight)
        };
        let plain = accepted.iter().find(|(name, _)| name.eq_ignore_ascii_case("identity"));
        let least = plain.map_or(1, |(_, weight)| (*weight).max(1));
        let mut best = None;
        for coding in Coding::ALL {
            let weight = weight(coding);
            if weight >= least && best.is_none_or(|(_, so_far)| weight > so_far) {
                best = Some((coding, weight));
            }
        }
        Self(best.map(|(coding, _)| coding))
    }
}

fn is(name: &str, coding: Coding) -> bool {
    name.eq_ignore_ascii_case(coding.as_str())
        || (coding == Coding::Gzip && name.eq_ignore_ascii_case("x-gzip"))
}

/// `br;q=0.5` as its name and its weight in thousandths.
fn weighed(text: &str) -> (&str, u16) {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = parameters.split(';').find_map(|parameter| {
        let value = parameter.trim().strip_prefix("q=").or_else(|| parameter.trim().strip_prefix("Q="))?;
        value.trim().parse::<f32>().ok()
    });
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ..= 1000")]
    let thousandths = (weight.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u16;
    (name.trim(), thousandths)
}

/// The coding that an answer gets.
pub(crate) fn choose(response: &Response, offer: Offer) -> Option<Coding> {
    offer.0.filter(|_| is_worth_it(response))
}

/// Whether an answer gains by any coding: a text, and not a short one. Streams are not short.
fn is_worth_it(response: &Response) -> bool {
    let headers = response.headers();
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let bytes = announced.or_else(|| response.body().size_hint().exact());
    bytes.is_none_or(|bytes| bytes > WORTH_IT) && !headers.contains_key(CONTENT_ENCODING) && is_text(headers)
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.starts_with("text/") || ["json", "javascript", "xml", "ndjson"].iter().any(|end| kind.ends_with(end))
}

/// Gives an answer the coding that the client likes best.
pub(crate) fn answer(mut response: Response, offer: Offer, method: &Method) -> Response {
    if !is_worth_it(&response) {
        return response;
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    let Some(coding) = offer.0 else { return response };
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.remove(ACCEPT_RANGES);
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.as_str()));
    if method == Method::HEAD {
        *response.body_mut() = without_length();
        return response;
    }
    response.map(|body| encode(body, coding))
}

/// Nothing, of which the framework does not know that it is nothing: it announces no length for it.
pub(crate) fn without_length() -> Body {
    Body::from_stream(stream::empty::<io::Result<Bytes>>())
}

fn encode(body: Body, coding: Coding) -> Body {
    let reader = StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    // Levels at which each costs about what JSON costs to make.
    match coding {
        Coding::Zstd => streamed(ZstdEncoder::with_quality(reader, Level::Precise(3))),
        Coding::Brotli => streamed(BrotliEncoder::with_quality(reader, Level::Precise(3))),
        Coding::Gzip => streamed(GzipEncoder::with_quality(reader, Level::Precise(4))),
    }
}

fn streamed(reader: impl tokio::io::AsyncRead + Send + 'static) -> Body {
    Body::from_stream(ReaderStream::with_capacity(reader, 16 << 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(text: &str) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(text).unwrap());
        Offer::of(&headers).0
    }

    #[test]
    fn the_best_weight_wins_and_our_order_among_equals() {
        assert_eq!(offer("gzip, deflate, br, zstd"), Some(Coding::Zstd));
        assert_eq!(offer("gzip;q=1.0, br;q=0.5"), Some(Coding::Gzip));
        assert_eq!(offer("*"), Some(Coding::Zstd));
        assert_eq!(offer("zstd;q=0, *;q=0.1"), Some(Coding::Brotli));
        assert_eq!(offer("gzip;q=0"), None);
        assert_eq!(offer("identity, gzip;q=0.5"), None);
        assert_eq!(offer("deflate"), None);
        assert_eq!(Offer::of(&HeaderMap::new()).0, None);
    }
}

//! `Accept` and `Accept-Encoding`: lists of names with weights (RFC 9110, 12.4.2 and 12.5).

use axum::http::header::{ACCEPT, ACCEPT_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// A weight in thousandths: 0 refuses, 1000 is the highest and the default.
pub(crate) type Weight = u16;

/// The media types that a client accepts.
pub(crate) struct AcceptedTypes<'a>(Vec<(&'a str, Weight)>);

impl<'a> AcceptedTypes<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let members = weighted(headers, ACCEPT);
        Self(
            members
                .filter(|(name, _, _)| name.contains('/'))
                .map(|(name, weight, _)| (name, weight))
                .collect(),
        )
    }

    /// Whether the client says nothing of types.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The weight of a type such as `text/csv`, which the most specific range decides. 0 if none matches.
    pub(crate) fn weight(&self, media_type: &str) -> Weight {
        let kind = media_type.split('/').next().unwrap_or_default();
        let named = self.named(media_type).or_else(|| self.named(&format!("{kind}/*")));
        named.or_else(|| self.named("*/*")).unwrap_or(0)
    }

    /// The weight of a range by its exact name.
    pub(crate) fn named(&self, range: &str) -> Option<Weight> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(range)).map(|(_, weight)| *weight)
    }
}

/// Removes the refusal of the plain form from `Accept-Encoding`, so that a request never runs and is then answered with
/// 406. A client that accepts a coding still gets it.
pub(crate) fn accept_plain_form(headers: &mut HeaderMap) {
    let refuses_plain =
        |name: &str, weight| weight == 0 && (name == "*" || name.eq_ignore_ascii_case("identity"));
    if !weighted(headers, ACCEPT_ENCODING).any(|(name, weight, _)| refuses_plain(name, weight)) {
        return;
    }
    let kept: Vec<_> = weighted(headers, ACCEPT_ENCODING)
        .filter(|(name, weight, _)| !refuses_plain(name, *weight))
        .map(|(_, _, member)| member)
        .collect();
    let kept =
        HeaderValue::from_str(&kept.join(",")).expect("parts of a header value make up a header value");
    headers.insert(ACCEPT_ENCODING, kept);
}

/// The members of the list that all headers of this name make up: name, weight, and the member as it was sent.
fn weighted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, Weight, &str)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|member| !member.is_empty()).map(
        |member| {
            let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
            (name.trim(), weight(parameters), member)
        },
    )
}

fn weight(parameters: &str) -> Weight {
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok()).flatten()
    });
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ..= 1000")]
    let thousandths = (weight.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0).round() as Weight;
    thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_types_and_weights_from_every_header() {
        let mut headers = HeaderMap::new();
        assert!(AcceptedTypes::of(&headers).is_empty());
        headers.append(ACCEPT, HeaderValue::from_static("text/html;level=1; Q=0.25, ,*/*;q=0"));
        headers.append(ACCEPT, HeaderValue::from_static("Text/CSV ; q=7, a/b;q=?, gzip"));
        let types = [("text/html", 250), ("*/*", 0), ("Text/CSV", 1000), ("a/b", 1000)];
        assert_eq!(AcceptedTypes::of(&headers).0, types);
    }

    #[test]
    fn prefers_the_most_specific_range() {
        let types = AcceptedTypes(vec![("*/*", 100), ("text/*", 500), ("Text/CSV", 0)]);
        assert_eq!(types.weight("text/csv"), 0);
        assert_eq!(types.weight("text/html"), 500);
        assert_eq!(types.weight("application/json"), 100);
        assert_eq!(AcceptedTypes(Vec::new()).weight("application/json"), 0);
    }

    #[test]
    fn the_plain_form_stays_acceptable() {
        for (sent, kept) in [
            ("gzip, identity;q=0", "gzip"),
            ("zstd;q=0, *;q=0.1", "zstd;q=0, *;q=0.1"),
            ("br;q=0.5, *;q=0", "br;q=0.5"),
            ("gzip;q=0, Identity;q=0, *;q=0.000", "gzip;q=0"),
            ("identity;q=0", ""),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(sent));
            accept_plain_form(&mut headers);
            assert_eq!(headers[ACCEPT_ENCODING], kept, "{sent}");
        }
    }
}

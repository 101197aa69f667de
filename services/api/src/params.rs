//! Query strings and forms as pairs of text. Broken UTF-8 and unknown names are errors.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::problem::{InputError, Problem, ProblemKind};
use crate::suggest::nearest;

/// A decoded name and its decoded value.
pub(crate) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Parses a query string. Empty pairs are skipped, as browsers do.
pub(crate) fn query_pairs(query: Option<&str>) -> Result<Vec<Pair<'_>>, Problem> {
    let Some(query) = query else { return Ok(Vec::new()) };
    pairs(query.as_bytes()).ok_or_else(|| {
        let detail = "the query string is not UTF-8 once its percent-encoding is undone";
        Problem::new(ProblemKind::InvalidQuery, detail)
    })
}

/// Parses `name=value&…` by the rules of `application/x-www-form-urlencoded`. `None` if it is not UTF-8.
pub(crate) fn pairs(text: &[u8]) -> Option<Vec<Pair<'_>>> {
    let parts = text.split(|&byte| byte == b'&').filter(|part| !part.is_empty());
    parts.map(pair).collect()
}

fn pair(part: &[u8]) -> Option<Pair<'_>> {
    let cut = part.iter().position(|&byte| byte == b'=');
    let (name, value) = cut.map_or((part, &[][..]), |at| (&part[..at], &part[at + 1..]));
    Some((decoded(name)?, decoded(value)?))
}

/// Decodes `+` and `%XX`. A `%` without two hex digits after it is kept (WHATWG URL).
fn decoded(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.contains(&b'+') {
        return percent_decode(text).decode_utf8().ok();
    }
    let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(|text| Cow::Owned(text.into_owned()))
}

/// The parameters of a route: each known, and given once.
pub(crate) struct Params<'a> {
    pairs: Vec<Pair<'a>>,
    errors: Vec<InputError>,
}

impl<'a> Params<'a> {
    /// Parses the query of a route that knows these parameters; `repeated` ones may be given several times.
    pub(crate) fn of(query: Option<&'a str>, known: &[&str], repeated: &[&str]) -> Result<Self, Problem> {
        let pairs = query_pairs(query)?;
        let mut errors = Vec::new();
        for (at, (name, _)) in pairs.iter().enumerate() {
            if repeated.contains(&&**name) {
                continue;
            }
            if !known.contains(&&**name) {
                errors.push(unknown(
                    &format!("?{name}"),
                    "parameter",
                    name,
                    known.iter().chain(repeated).copied(),
                ));
            } else if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                errors.push(InputError::new(format!("?{name}"), "given more than once; give it once"));
            }
        }
        Ok(Self { pairs, errors })
    }

    /// The value of one parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| &**value)
    }

    /// All values of one parameter.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| &**value)
    }

    /// The value as `read` parses it. If it cannot, the error says what is `wanted`.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        wanted: impl FnOnce() -> String,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let given = self.get(name)?;
        let taken = read(given);
        if taken.is_none() {
            self.errors.push(InputError::new(format!("?{name}"), wanted()));
        }
        taken
    }

    /// Records an error.
    pub(crate) fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        self.errors.push(InputError::new(format!("?{name}"), detail));
    }

    /// Fails if any error was recorded.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::input(self.errors)) }
    }
}

/// The error of an unknown name, with the name that was probably meant.
pub(crate) fn unknown<'a>(
    pointer: &str,
    what: &str,
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> InputError {
    let detail = match nearest(typed, known) {
        Some(meant) => format!("unknown {what}; did you mean `{meant}`?"),
        None => format!("unknown {what}; leave it out (GET /docs lists those that exist)"),
    };
    // The client chooses the name; a long one is not echoed as a whole.
    InputError::new(pointer.chars().take(128).collect::<String>(), detail)
}

/// A whole number within bounds, in plain digits.
pub(crate) fn whole(text: &str, bounds: std::ops::RangeInclusive<u64>) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| bounds.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_pairs_strictly() {
        let taken = pairs(b"a=1&b=x%20y+z&&c&d=%zz%C3%A9").unwrap();
        let taken: Vec<(&str, &str)> = taken.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(taken, [("a", "1"), ("b", "x y z"), ("c", ""), ("d", "%zzé")]);
        assert_eq!(pairs(b"a=%FF"), None);
        assert_eq!(pairs(b"a=\xff"), None);
    }

    #[test]
    fn rejects_unknown_and_repeated_parameters() {
        let params = Params::of(Some("tpo=1&limit=2&limit=3&label=a&label=b"), &["top", "limit"], &["label"]);
        let problem = params.unwrap().finish().unwrap_err();
        assert_eq!(problem.errors[0], InputError::new("?tpo", "unknown parameter; did you mean `top`?"));
        assert_eq!(problem.errors[1], InputError::new("?limit", "given more than once; give it once"));
        assert_eq!(problem.errors.len(), 2);
    }

    #[test]
    fn whole_numbers_are_plain_digits() {
        assert_eq!(whole("007", 0..=9), Some(7));
        for bad in ["", "+7", "-1", "1.0", "10", "１", "99999999999999999999"] {
            assert_eq!(whole(bad, 0..=9), None, "{bad:?}");
        }
    }
}

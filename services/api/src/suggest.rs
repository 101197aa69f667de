//! The known name that a mistyped one most likely means.

use strsim::osa_distance;

/// A longer name is not compared: no known name is that long, even with typos.
const LONGEST_TYPED: usize = 32;

/// The nearest of `known` to a mistyped name, if one is near enough to suggest.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if typed.len() > LONGEST_TYPED {
        return None;
    }
    let typed = typed.to_lowercase();
    let letters = typed.chars().count();
    let near = letters.div_ceil(3).clamp(1, 3);
    let rated = known.into_iter().map(|name| {
        // `deadline` is `deadline_ms` without its unit, however many letters that is away.
        let is_start = letters >= 4 && name.starts_with(&typed);
        (if is_start { 1 } else { osa_distance(&typed, name) }, name)
    });
    rated
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_name_behind_a_typo_and_nothing_for_nonsense() {
        let known = ["url", "text", "top", "language", "deadline_ms"];
        assert_eq!(nearest("txet", known), Some("text"));
        assert_eq!(nearest("tpo", known), Some("top"));
        assert_eq!(nearest("LANGUAGE", known), Some("language"));
        assert_eq!(nearest("deadlin", known), Some("deadline_ms"));
        assert_eq!(nearest("xyzzy", known), None);
        assert_eq!(nearest("", known), None);
    }
}

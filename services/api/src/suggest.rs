//! The name that somebody most likely meant.

/// The nearest of `known` to a mistyped name, if any is near enough to be worth saying.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer than any name of ours with its typos: comparing would be work for nothing.
    if typed.len() > 32 {
        return None;
    }
    let typed: Vec<char> = typed.to_lowercase().chars().collect();
    let near = typed.len().div_ceil(3).clamp(1, 3);
    let rated = known.into_iter().map(|name| (distance(&typed, &name.chars().collect::<Vec<_>>()), name));
    // `deadline` is `deadline_ms` without its unit, however many letters that is away.
    let is_start = |name: &str| typed.len() >= 4 && name.chars().take(typed.len()).eq(typed.iter().copied());
    let rated = rated.map(|(away, name)| (if is_start(name) { 1 } else { away }, name));
    rated.filter(|(away, _)| *away <= near).min_by_key(|(away, _)| *away).map(|(_, name)| name)
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other (optimal string
/// alignment): swaps are the most frequent typo.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let swapped: &Vec<usize> = &before;
                row[j] = row[j].min(swapped[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_name_and_nonsense_finds_none() {
        let known = ["url", "text", "top", "language", "deadline_ms"];
        assert_eq!(nearest("txet", known), Some("text"));
        assert_eq!(nearest("tpo", known), Some("top"));
        assert_eq!(nearest("LANGUAGE", known), Some("language"));
        assert_eq!(nearest("deadlin", known), Some("deadline_ms"));
        assert_eq!(nearest("xyzzy", known), None);
        assert_eq!(nearest("", known), None);
    }
}

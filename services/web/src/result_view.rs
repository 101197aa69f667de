//! The result of a count: the headline number, every definition, the regions, the words.

use std::time::Duration;

use maud::{Markup, html};
use tally_count::Definition;
use tally_extract::Region;
use tally_wordcount::WordList;
use tally_wordcount::report::Report;

use crate::definition_text::{name, summary};
use crate::request_context::RequestContext;
use crate::text_format::{grouped, plural, signed, span};

/// How many words the page shows.
const TOP: usize = 12;

/// The headline number with its definition, and the other measures.
pub(crate) fn headline(report: &Report) -> Markup {
    let numbers = &report.numbers;
    let words = numbers.words_by(report.definition);
    let unique = format!(
        "{}{}",
        if numbers.unique_words_estimated { "≈ " } else { "" },
        grouped(numbers.unique_words)
    );
    let time = |ms| span(Duration::from_millis(ms));
    html! {
        section.headline aria-label="Result" {
            p.number { strong { (grouped(words)) } " " span { (plural(words, "word", "words")) } }
            p.soft { "by " strong { (name(report.definition)) } ", " (summary(report.definition)) " " code { (report.definition.versioned()) } }
            dl.measures {
                (measure("Characters", &grouped(numbers.characters)))
                (measure("Sentences", &grouped(numbers.sentences)))
                (measure("Paragraphs", &grouped(numbers.paragraphs)))
                (measure("Different words", &unique))
                (measure("Reading time", &time(report.reading_time_ms)))
                (measure("Speaking time", &time(report.speaking_time_ms)))
            }
        }
    }
}

fn measure(title: &str, value: &str) -> Markup {
    html! { div { dt { (title) } dd { (value) } } }
}

/// What to know before the numbers are trusted.
pub(crate) fn warnings(report: &Report) -> Markup {
    html! {
        @if !report.document.warnings.is_empty() {
            section.notice aria-label="Warnings" {
                ul.plain { @for one in &report.document.warnings { li { (one.detail) " " code { (one.code) } } } }
            }
        }
    }
}

/// Words by every definition; each leads to the bridge from the headline's.
pub(crate) fn definitions(report: &Report) -> Markup {
    let words = |definition| report.numbers.words_by(definition);
    let headline = words(report.definition);
    let most = Definition::ALL.iter().map(|one| words(*one)).max().unwrap_or(0).max(1);
    html! {
        section.card aria-labelledby="definitions-title" {
            h2 #definitions-title { "Every definition" }
            ul.bars {
                @for &one in Definition::ALL {
                    li aria-current=[(one == report.definition).then_some("true")] {
                        a href={ "?from=" (report.definition) "&to=" (one) "#bridge" } {
                            span.name { (name(one)) small { (summary(one)) } }
                            (bar(words(one), most))
                            span.figure { (grouped(words(one))) }
                            span.delta { @if one != report.definition { (signed(i128::from(words(one)) - i128::from(headline))) } }
                        }
                    }
                }
            }
        }
    }
}

/// The regions, to be switched on and off.
pub(crate) fn regions(
    report: &Report,
    counting: impl Fn(Region) -> bool,
    context: &RequestContext,
) -> Markup {
    let words = |numbers: &tally_wordcount::report::Numbers| numbers.words_by(report.definition);
    let most = report.regions.iter().map(|(_, numbers)| words(numbers)).max().unwrap_or(0).max(1);
    html! {
        section.card #regions aria-labelledby="regions-title" {
            h2 #regions-title { "Parts of the document" }
            @if report.regions.is_empty() { p.soft { "There is no text in it." } } @else {
                form method="get" action="#regions" data-auto {
                    @for field in ["from", "to"] {
                        @if let Some(value) = context.get(field) { input type="hidden" name=(field) value=(value); }
                    }
                    ul.bars.switches {
                        @for (region, numbers) in &report.regions {
                            li { label {
                                input type="checkbox" name="regions" value=(region.as_str()) checked[counting(*region)];
                                span.name { (region.as_str().replace('_', " ")) }
                                (bar(words(numbers), most))
                                span.figure { (grouped(words(numbers))) }
                            } }
                        }
                    }
                    button.small type="submit" { "Count these" }
                }
            }
        }
    }
}

/// The most frequent words.
pub(crate) fn words(title: &str, list: &WordList) -> Markup {
    let most = list.iter().next().map_or(1, |(_, count)| count).max(1);
    html! {
        @if !list.is_empty() {
            section.card {
                h2 { (title) }
                ol.bars.words {
                    @for (word, count) in list.iter().take(TOP) {
                        li { span.name dir="auto" { (word) } (bar(count, most)) span.figure { (grouped(count)) } }
                    }
                }
            }
        }
    }
}

/// A bar whose length is its share of the largest.
fn bar(value: u64, most: u64) -> Markup {
    #[expect(clippy::cast_precision_loss, reason = "a length on a screen")]
    let share = value as f64 / most as f64 * 100.0;
    html! {
        svg.share width="100%" height="8" aria-hidden="true" {
            rect.track width="100%" height="8" rx="4" {}
            rect.part width={ (format!("{share:.2}")) "%" } height="8" rx="4" {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use tally_count::{Options, Tally, count};
    use tally_kernel::Timestamp;
    use tally_wordcount::report::{Document, Numbers};

    use super::*;

    /// A report as the workload makes one of a text.
    pub(crate) fn report(tally: &Tally) -> Report {
        let numbers = Numbers::from(tally);
        Report {
            document: Document {
                final_url: None,
                bytes: 1,
                media_type: "text/plain".into(),
                charset: "utf-8".into(),
                charset_source: "default".into(),
                replacement_characters: 0,
                title: None,
                warnings: Vec::new(),
            },
            definition: Definition::Unicode,
            regions: vec![(Region::Body, numbers.clone())],
            numbers,
            language: None,
            reading_time_ms: 60_000,
            speaking_time_ms: 90_000,
            top_words: [("<b>bold</b>", 2)].into_iter().collect(),
            keywords: WordList::default(),
            ngrams: WordList::default(),
            readability: Vec::new(),
            differences: tally.differences(),
            histogram_complete: true,
            histogram_left_out: 0,
        }
    }

    fn context(query: &str) -> RequestContext {
        RequestContext::new(query, "http://localhost".into(), Timestamp::from_ms(0))
    }

    #[test]
    fn hostile_words_and_examples_are_text() {
        let tally =
            count("<img/src=x-onerror=alert(1)> well-known", &Options::default().with_differences(true));
        let report = report(&tally);
        let html = html! {
            (headline(&report)) (definitions(&report)) (words("Words", &report.top_words))
            (regions(&report, |_| true, &context(""))) (crate::bridge_view::bridge(&report, &context("from=wc&to=cat")))
        };
        let html = html.into_string();
        assert!(!html.contains("<b>") && !html.contains("<img"), "{html}");
        assert!(html.contains("&lt;b&gt;bold&lt;/b&gt;"));
    }

    #[test]
    fn the_bridge_names_its_causes_and_shows_examples() {
        let tally = count("a well-known fact", &Options::default().with_differences(true));
        let report = report(&tally);
        let html = crate::bridge_view::bridge(&report, &context("from=wc&to=unicode")).into_string();
        assert!(html.contains("Unicode counts <strong>1</strong> more than wc -w"), "{html}");
        assert!(html.contains("Hyphens") && html.contains("<mark dir=\"auto\">well-known</mark>"), "{html}");
        let same = crate::bridge_view::bridge(&report, &context("from=wc&to=wc")).into_string();
        assert!(same.contains("agree on every word"), "{same}");
    }
}

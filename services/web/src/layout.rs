//! The frame of every page.

use maud::{DOCTYPE, Markup, html};

use crate::assets;

/// The content security policy of the pages: nothing but what this server sends.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A place in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Count,
    Overview,
    Jobs,
    Errors,
}

const SECTIONS: [(Section, &str, &str); 4] = [
    (Section::Count, "/", "Count"),
    (Section::Overview, "/ui", "Overview"),
    (Section::Jobs, "/ui/jobs", "Jobs"),
    (Section::Errors, "/ui/errors", "Errors"),
];

/// What the frame shows besides the content.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PageHead<'a> {
    pub(crate) title: &'a str,
    pub(crate) section: Option<Section>,
    /// After how many milliseconds the page asks for its next version, if it changes by itself.
    pub(crate) live_ms: Option<u32>,
    /// Whether the page also reloads itself without JavaScript.
    pub(crate) reloads: bool,
}

/// A whole page.
pub(crate) fn page(head: &PageHead<'_>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (head.title) " · Tally" }
                link rel="icon" href=(assets::path("icon.svg"));
                link rel="stylesheet" href=(assets::path("tally.css"));
                @if head.reloads { noscript { meta http-equiv="refresh" content="2"; } }
                script type="module" src=(assets::path("app.js")) {}
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                (top_bar(head))
                main #content data-live=[head.live_ms] { (content) }
                (foot())
            }
        }
    }
}

fn top_bar(head: &PageHead<'_>) -> Markup {
    html! {
        header.top {
            div.wide {
                a.brand href="/" aria-label="Tally, count" { (logo()) span { "Tally" } }
                nav aria-label="Pages" {
                    @for (section, path, name) in SECTIONS {
                        a href=(path) aria-current=[(head.section == Some(section)).then_some("page")] { (name) }
                    }
                }
                @if head.live_ms.is_some() { p #live-state.live role="status" hidden { "live" } }
            }
        }
    }
}

fn foot() -> Markup {
    html! {
        footer.foot {
            div.wide {
                span { "Tally " (env!("CARGO_PKG_VERSION")) }
                a href="/docs" { "API" }
                a href="/openapi.json" { "OpenAPI" }
                a href="/problems" { "Problems" }
                a href="/health/ready" { "Health" }
                a href="/metrics" { "Metrics" }
            }
        }
    }
}

/// Four strokes and the fifth across them.
fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 28 24" width="28" height="24" aria-hidden="true" {
            path.strokes d="M5 3v18M11 3v18M17 3v18M23 3v18" {}
            path.across d="M1.5 18 26.5 6" {}
        }
    }
}

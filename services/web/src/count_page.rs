//! The page that counts: a text, a file or an address.

use std::sync::Arc;

use maud::{Markup, html};
use tally_count::Definition;
use tally_jobs::ports::JobQuery;
use tally_kernel::{OwnerId, Page};

use crate::layout::{PageHead, Section, page as frame};
use crate::page_error::PageError;
use crate::request_context::RequestContext;
use crate::router::PageDeps;
use crate::{definition_text, job_table, shell_lines};

/// How many earlier jobs it shows.
const RECENT: usize = 5;

/// The page.
pub(crate) async fn page(deps: &Arc<PageDeps>, context: &RequestContext) -> Result<Markup, PageError> {
    let query = JobQuery { owner: OwnerId::LOCAL, ..JobQuery::default() };
    let recent = deps.query.catalogue.list(&query, &Page { limit: RECENT, cursor: None }).await?;
    let head = PageHead { title: "Count words", section: Some(Section::Count), ..PageHead::default() };
    let content = html! {
        div.narrow {
            header.hero {
                h1 { "How many words?" }
                p.lead { "Paste a text, drop a document or give an address. Tally counts it by eight definitions of a word at once, and shows why they differ." }
            }
            (form())
            @if !recent.items.is_empty() {
                section aria-labelledby="recent-title" {
                    h2 #recent-title { "Recent" }
                    (job_table::table(&recent.items, context)?)
                }
            }
            (shell_lines::shell_lines(&[
                format!("curl -s '{}/jobs?wait=5s&why=true' -d 'hello brave new world'", context.base),
                "tally count report.docx".to_owned(),
            ]))
        }
    };
    Ok(frame(&head, &content))
}

/// One form with all three sources; the API ignores those that are left empty.
fn form() -> Markup {
    html! {
        form.count #count method="post" action="/jobs" enctype="multipart/form-data" {
            input type="hidden" name="why" value="true";
            label.field.text {
                span { "Text" }
                textarea name="text" rows="8" dir="auto" spellcheck="false" placeholder="Paste or type here" autofocus {}
            }
            div.sources {
                label.field {
                    span { "or a file" }
                    input type="file" name="file";
                }
                label.field {
                    span { "or an address" }
                    input type="url" name="url" placeholder="https://example.com/article" autocomplete="url" inputmode="url";
                }
            }
            (options())
            div.submit {
                button.large type="submit" { "Count" }
                p #progress.soft role="status" { "Text, HTML, Markdown, Word, ODT, EPUB, PDF, subtitles, PO, XLIFF, CSV" }
            }
            p #failure.notice role="alert" hidden {}
        }
    }
}

fn options() -> Markup {
    html! {
        details.options {
            summary { "Options" }
            div.sources {
                label.field {
                    span { "Headline definition" }
                    select name="definition" {
                        option value="" { "by the text's language" }
                        @for &one in Definition::ALL { option value=(one) { (definition_text::name(one)) } }
                    }
                }
                label.field { span { "Language" } input name="language" placeholder="auto" maxlength="35"; }
                label.field { span { "Label" } input name="label" placeholder="team:docs" maxlength="257"; }
            }
        }
    }
}

//! The command lines that do what a page does.

use maud::{Markup, html};
use tally_jobs::record::Job;
use tally_wordcount::{CountRecord, Source};

/// The section with these command lines.
pub(crate) fn shell_lines(lines: &[String]) -> Markup {
    html! {
        section.shell aria-label="The same from a shell" {
            h2 { "The same from a shell" }
            @for line in lines { pre tabindex="0" { code { (line) } } }
        }
    }
}

/// Submits the same and reads the job.
pub(crate) fn of_job(job: &Job, count: &CountRecord, base: &str) -> Markup {
    let submit = match &count.source {
        Source::Url(url) => format!(
            "curl -s '{base}/jobs?wait=5s&why=true' --data-urlencode {}",
            quoted(&format!("url={}", url.as_str()))
        ),
        Source::File { name, .. } => {
            let name = name.as_deref().unwrap_or("document");
            format!("curl -s '{base}/jobs?wait=5s&why=true' -F {}", quoted(&format!("file=@{name}")))
        }
        Source::Text { .. } => format!("curl -s '{base}/jobs?wait=5s&why=true' -d 'your text'"),
    };
    let id = job.id;
    shell_lines(&[format!("tally get {id}"), format!("curl -s {base}/jobs/{id}"), submit])
}

/// A word that a shell takes as it is.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_cannot_end_its_quotes() {
        assert_eq!(quoted("it's; rm -rf ~"), r"'it'\''s; rm -rf ~'");
    }
}

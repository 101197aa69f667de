//! Markdown to text as a reader sees it: no markup, no link targets, embedded HTML read as HTML.
//!
//! `pulldown-cmark` reads CommonMark with tables, strikethrough, task lists and footnotes. The text is held as a whole,
//! because its last line may define a link. Blocks become elements of a page, so that HTML around or between them works
//! as on a web page.

mod front_matter;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::error::ExtractError;
use crate::html::{HtmlPage, Tokenizer};
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{Separator, WhiteSpace};

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS);

#[derive(Debug)]
pub(crate) struct MarkdownReader {
    text: String,
    /// How many bytes may be markup.
    marks: usize,
    limits: Limits,
}

impl MarkdownReader {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { text: String::new(), marks: 0, limits }
    }

    pub(crate) fn push(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.text.len() + text.len() > self.limits.markdown_bytes {
            let limit_bytes = self.limits.markdown_bytes as u64;
            let advice = "send it as text/plain, or split it and send the parts";
            return Err(ExtractError::TooLarge { limit_bytes, advice });
        }
        self.marks += text.bytes().filter(|byte| byte.is_ascii_punctuation() || *byte == b'\n').count();
        if self.marks > self.limits.markdown_marks {
            let (what, limit_bytes) = ("the markup of a Markdown text", self.limits.markdown_marks);
            return Err(ExtractError::TooComplex { what, limit_bytes });
        }
        self.text.push_str(text);
        Ok(())
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let mut renderer = MarkdownRenderer {
            page: HtmlPage::new(Region::Body, false, self.limits.depth),
            html: Tokenizer::new(self.limits.html_memory_bytes),
            alt: None,
        };
        let (settings, text) = front_matter::split(&self.text);
        renderer.front_matter(settings)?;
        for event in Parser::new_ext(text, OPTIONS) {
            renderer.event(event)?;
            renderer.page.buffer.drain_if_large(sink);
        }
        renderer.page.buffer.drain(sink);
        Ok(())
    }
}

struct MarkdownRenderer {
    page: HtmlPage,
    html: Tokenizer,
    /// The alternative text of the current image, and the depth of nested images.
    alt: Option<(String, u32)>,
}

impl MarkdownRenderer {
    fn front_matter(&mut self, settings: &str) -> Result<(), ExtractError> {
        self.page.open_region(Region::FrontMatter, WhiteSpace::Preserve)?;
        self.page.buffer.push(settings);
        self.page.close_region();
        Ok(())
    }

    fn event(&mut self, event: Event<'_>) -> Result<(), ExtractError> {
        if self.alt.is_some() {
            self.alt_event(&event);
            return Ok(());
        }
        match event {
            Event::Start(tag) => return self.start(&tag),
            Event::End(tag) => return self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.page.push_text(&text);
            }
            Event::Html(html) | Event::InlineHtml(html) => return self.html.push(&html, &mut self.page),
            Event::SoftBreak => self.page.buffer.separate(Separator::Space),
            Event::HardBreak => self.page.buffer.line_break(),
            Event::Rule => self.page.buffer.separate(Separator::Paragraph),
            // Markers, not words of the author.
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        match tag {
            Tag::Image { .. } => {
                self.alt = Some((String::new(), 1));
                Ok(())
            }
            Tag::FootnoteDefinition(_) => self.page.open_region(Region::Notes, WhiteSpace::Collapse),
            tag => match element_of(&tag.to_end()) {
                Some(name) => self.page.handle_bare_tag(name, false),
                None => Ok(()),
            },
        }
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), ExtractError> {
        // A blank line ended the block, so markup left open in it does not continue in the next.
        let element = element_of(&tag);
        if element.is_some() || tag == TagEnd::HtmlBlock {
            self.html.finish(&mut self.page);
        }
        if tag == TagEnd::FootnoteDefinition {
            self.page.close_region();
        }
        element.map_or(Ok(()), |name| self.page.handle_bare_tag(name, true))
    }

    fn alt_event(&mut self, event: &Event<'_>) {
        let Some((alt, depth)) = &mut self.alt else { return };
        match event {
            Event::Start(Tag::Image { .. }) => *depth += 1,
            Event::End(TagEnd::Image) => *depth -= 1,
            Event::Text(text) | Event::Code(text) => alt.push_str(text),
            Event::SoftBreak | Event::HardBreak => alt.push(' '),
            _ => {}
        }
        if *depth == 0 {
            self.page.buffer.push_into(Region::Alt, alt);
            self.page.buffer.separate(Separator::Space);
            self.alt = None;
        }
    }
}

/// The HTML element for a block; inline markup has none.
fn element_of(tag: &TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph => "p",
        TagEnd::Heading(_) => "h1",
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::CodeBlock => "pre",
        TagEnd::List(_) => "ul",
        TagEnd::Item => "li",
        TagEnd::DefinitionList => "dl",
        TagEnd::DefinitionListTitle => "dt",
        TagEnd::DefinitionListDefinition => "dd",
        TagEnd::Table => "table",
        TagEnd::TableHead | TagEnd::TableRow => "tr",
        TagEnd::TableCell => "td",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

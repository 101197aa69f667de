//! Markdown to text as a reader sees it: no marks, no link targets, the HTML in it read as HTML.
//!
//! CommonMark with tables, strikethrough, task lists, footnotes and front matter, read by `pulldown-cmark`. Held
//! whole, since a link may be defined on the last line. Blocks become elements of a page, so that HTML around or
//! between them has the same effect as on a web page.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::failure::ExtractError;
use crate::flow::{Gap, Space};
use crate::html::{Page, Tokenizer};
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS)
    .union(Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS);

/// A Markdown text that is being collected.
#[derive(Debug)]
pub(crate) struct Markdown {
    text: String,
    /// Bytes that may be marks.
    marks: usize,
    limits: Limits,
}

impl Markdown {
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
        let mut rendering = Rendering {
            page: Page::new(Region::Body, false, self.limits.depth),
            html: Tokenizer::new(self.limits.html_memory_bytes),
            alt: None,
        };
        for event in Parser::new_ext(&self.text, OPTIONS) {
            rendering.event(event)?;
            rendering.page.flow.drain_if_large(sink);
        }
        rendering.page.flow.drain(sink);
        Ok(())
    }
}

struct Rendering {
    page: Page,
    html: Tokenizer,
    /// The text that stands for an image, and how many images are inside each other.
    alt: Option<(String, u32)>,
}

impl Rendering {
    fn event(&mut self, event: Event<'_>) -> Result<(), ExtractError> {
        if self.alt.is_some() {
            self.alt_event(&event);
            return Ok(());
        }
        match event {
            Event::Start(tag) => return self.start(&tag),
            Event::End(tag) => return self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.page.text(&text);
            }
            Event::Html(html) | Event::InlineHtml(html) => return self.html.push(&html, &mut self.page),
            Event::SoftBreak => self.page.flow.gap(Gap::Space),
            Event::HardBreak => self.page.flow.line_break(),
            Event::Rule => self.page.flow.gap(Gap::Paragraph),
            // Signs, not words of the author.
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
            Tag::MetadataBlock(_) => self.page.open_region(Region::FrontMatter, Space::Kept),
            Tag::FootnoteDefinition(_) => self.page.open_region(Region::Notes, Space::Collapsed),
            tag => match element_of(&tag.to_end()) {
                Some(name) => self.page.element(name, false),
                None => Ok(()),
            },
        }
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), ExtractError> {
        // Markup that a block left open does not go on in the next: a blank line ended the block.
        let element = element_of(&tag);
        if element.is_some() || tag == TagEnd::HtmlBlock {
            self.html.finish(&mut self.page);
        }
        match tag {
            TagEnd::MetadataBlock(_) | TagEnd::FootnoteDefinition => self.page.close_region(),
            _ => {}
        }
        element.map_or(Ok(()), |name| self.page.element(name, true))
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
            self.page.flow.note(Region::Alt, alt);
            self.page.flow.gap(Gap::Space);
            self.alt = None;
        }
    }
}

/// The element that a block is in HTML; inline marks leave no trace.
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

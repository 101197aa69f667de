//! What DOCX, ODT and EPUB share: they are ZIP archives of XML parts, and have a title.

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::xml::{self, DecodingStats, PartContext, XmlHandler, XmlTag};
use crate::zip_reader::ZipReader;

const MAX_TITLE_BYTES: usize = 1024;

/// Parses a part. Returns how many entity references were left out, or `None` if the part does not exist.
pub(crate) fn read_part(
    archive: &mut ZipReader<'_>,
    name: &str,
    limits: Limits,
    stats: &mut DecodingStats,
    handler: &mut impl XmlHandler,
) -> Result<Option<u64>, ExtractError> {
    let context = PartContext { format: archive.format(), part: name };
    let Some(part) = archive.part(name)? else { return Ok(None) };
    xml::parse(part, context, limits, stats, handler).map(Some)
}

/// The region of text inside an element that asks for `wanted`. Hidden, deleted and alternative text stays in its
/// region.
pub(crate) fn nested_region(outer: Option<Region>, wanted: Region) -> Option<Region> {
    let outer = outer?;
    Some(match (outer, wanted) {
        (Region::Hidden | Region::Deleted | Region::Alt, _) => outer,
        (Region::Header | Region::Footer | Region::Comments | Region::Notes, Region::TextBox) => outer,
        _ => wanted,
    })
}

/// Reads the title, the text of `dc:title`, from a part with metadata.
pub(crate) struct TitleHandler<'a, S> {
    sink: &'a mut S,
    title: String,
    depth: usize,
    /// The depth of the open title.
    open: Option<usize>,
}

impl<'a, S: Sink> TitleHandler<'a, S> {
    pub(crate) fn new(sink: &'a mut S) -> Self {
        Self { sink, title: String::new(), depth: 0, open: None }
    }

    /// Gives the title to the sink and returns it, with white space collapsed, cut to 1024 bytes.
    pub(crate) fn into_title(self) -> Option<String> {
        let words: Vec<_> = self.title.split_ascii_whitespace().collect();
        let mut title = words.join(" ");
        if title.is_empty() {
            return None;
        }
        self.sink.text(Region::Title, &title);
        title.truncate(title.floor_char_boundary(MAX_TITLE_BYTES));
        Some(title)
    }
}

impl<S: Sink> XmlHandler for TitleHandler<'_, S> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        self.depth += 1;
        if tag.name() == "dc:title" && self.title.is_empty() {
            self.open = Some(self.depth);
        }
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        if self.open == Some(self.depth) {
            self.open = None;
        }
        self.depth -= 1;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.open.is_some() {
            self.title.push_str(text);
        }
        Ok(())
    }
}

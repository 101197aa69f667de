//! What the formats that are archives of XML share: reading a part by its name, and the title.

use crate::archive::Archive;
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::xml::{self, Charsets, Handler, Place, Tag};

/// A title is kept up to this many bytes.
const TITLE_KEPT: usize = 1024;

/// Reads a part. Returns how many references to entities were left out, or `None` where there is no such part.
pub(crate) fn read_part(
    archive: &mut Archive<'_>,
    name: &str,
    limits: Limits,
    charsets: &mut Charsets,
    handler: &mut impl Handler,
) -> Result<Option<u64>, ExtractError> {
    let place = Place { format: archive.format(), part: name };
    let Some(part) = archive.part(name)? else { return Ok(None) };
    xml::read(part, place, limits, charsets, handler).map(Some)
}

/// The place of text inside an element that wants it elsewhere. What is hidden, deleted or beside the text stays so.
pub(crate) fn inner(outer: Option<Region>, wanted: Region) -> Option<Region> {
    let outer = outer?;
    Some(match (outer, wanted) {
        (Region::Hidden | Region::Deleted | Region::Alt, _) => outer,
        (Region::Header | Region::Footer | Region::Comments | Region::Notes, Region::TextBox) => outer,
        _ => wanted,
    })
}

/// Takes the title out of a part that says something about the document: the text of `dc:title`.
pub(crate) struct Titled<'a, S> {
    sink: &'a mut S,
    title: String,
    depth: usize,
    /// The depth of the title while it is open.
    open: Option<usize>,
}

impl<'a, S: Sink> Titled<'a, S> {
    pub(crate) fn new(sink: &'a mut S) -> Self {
        Self { sink, title: String::new(), depth: 0, open: None }
    }

    /// The title, which the sink has got as well; white space collapsed, cut to 1024 bytes.
    pub(crate) fn title(self) -> Option<String> {
        let words: Vec<_> = self.title.split_ascii_whitespace().collect();
        let mut title = words.join(" ");
        if title.is_empty() {
            return None;
        }
        self.sink.text(Region::Title, &title);
        title.truncate(title.floor_char_boundary(TITLE_KEPT));
        Some(title)
    }
}

impl<S: Sink> Handler for Titled<'_, S> {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        self.depth += 1;
        if tag.name() == "dc:title" && self.title.is_empty() {
            self.open = Some(self.depth);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExtractError> {
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

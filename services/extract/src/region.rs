//! The regions of a document.
//!
//! Knows what each region means and which count by default, but not how formats find them.

use std::fmt;
use std::str::FromStr;

/// A part of a document. Every piece of text belongs to exactly one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// All text of a format without regions; the running text of Markdown, documents and books; the cues of subtitles;
    /// the source text of a translation.
    Body,
    /// The subject of a page: everything a reader sees that is in no other region.
    Main,
    /// Menus and other links to elsewhere.
    Nav,
    /// The page's own header; an article's header is [`Region::Main`]. In a document, the header of its pages.
    Header,
    /// The page's own footer; an article's footer is [`Region::Main`]. In a document, the footer of its pages.
    Footer,
    /// Text beside the subject: side bars, boxes.
    Aside,
    /// Forms and their controls.
    Form,
    /// Text that readers do not see; source text that is not to be translated.
    Hidden,
    /// The document's title.
    Title,
    /// Alternative text: of images, for screen readers, and the ruby annotations of Han characters.
    Alt,
    /// What the document tells machines about itself: its description.
    Meta,
    /// Preformatted blocks. Code inside a sentence belongs to the sentence.
    Code,
    /// Tables, including those used for layout.
    Table,
    /// The settings block before a Markdown text.
    FrontMatter,
    /// Footnotes and endnotes.
    Notes,
    /// Boxes and shapes of a document that contain text.
    TextBox,
    /// Remarks that are not for readers: comments in the margin, notes to translators.
    Comments,
    /// Text deleted by tracked changes that is still in the document.
    Deleted,
    /// The target text of a translation.
    Translation,
}

impl Region {
    /// All regions, in the order of their declaration.
    pub const ALL: &'static [Self] = &[
        Self::Body,
        Self::Main,
        Self::Nav,
        Self::Header,
        Self::Footer,
        Self::Aside,
        Self::Form,
        Self::Hidden,
        Self::Title,
        Self::Alt,
        Self::Meta,
        Self::Code,
        Self::Table,
        Self::FrontMatter,
        Self::Notes,
        Self::TextBox,
        Self::Comments,
        Self::Deleted,
        Self::Translation,
    ];

    /// The stable name, as in requests and results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Main => "main",
            Self::Nav => "nav",
            Self::Header => "header",
            Self::Footer => "footer",
            Self::Aside => "aside",
            Self::Form => "form",
            Self::Hidden => "hidden",
            Self::Title => "title",
            Self::Alt => "alt",
            Self::Meta => "meta",
            Self::Code => "code",
            Self::Table => "table",
            Self::FrontMatter => "front_matter",
            Self::Notes => "notes",
            Self::TextBox => "text_box",
            Self::Comments => "comments",
            Self::Deleted => "deleted",
            Self::Translation => "translation",
        }
    }

    /// Whether the region counts by default: what a reader sees, without a page's boilerplate.
    ///
    /// Forms count, because whole sites wrap every page in one `<form>`. A lone search field adds a word or two;
    /// leaving forms out would lose all text of such a page.
    pub const fn is_default(self) -> bool {
        match self {
            Self::Body | Self::Main | Self::Form | Self::Code | Self::Table => true,
            Self::Notes | Self::TextBox => true,
            Self::Nav | Self::Header | Self::Footer | Self::Aside | Self::Hidden => false,
            Self::Title | Self::Alt | Self::Meta | Self::FrontMatter => false,
            Self::Comments | Self::Deleted | Self::Translation => false,
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name is not one of [`Region::ALL`]. `Display` lists those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRegion(String);

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown region {:?}; use one of ", self.0)?;
        for (index, region) in Region::ALL.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{region}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownRegion {}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(name: &str) -> Result<Self, UnknownRegion> {
        let found = Self::ALL.iter().copied().find(|region| region.as_str() == name);
        found.ok_or_else(|| UnknownRegion(name.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::Region;

    #[test]
    fn parses_every_region_from_its_name() {
        for region in Region::ALL {
            assert_eq!(region.as_str().parse(), Ok(*region));
        }
    }

    #[test]
    fn lists_regions_in_declaration_order() {
        for (index, region) in Region::ALL.iter().enumerate() {
            assert_eq!(*region as usize, index);
        }
    }

    #[test]
    fn unknown_name_error_lists_the_regions() {
        let error = "sidebar".parse::<Region>().expect_err("no such region").to_string();
        assert!(error.contains("\"sidebar\""), "{error}");
        assert!(error.contains("body, main, nav"), "{error}");
    }
}

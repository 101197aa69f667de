//! The parts of a document that are told apart.
//!
//! Knows what each part means and which are counted unasked; not how a format finds them.

use std::fmt;
use std::str::FromStr;

/// A part of a document. Every piece of text belongs to exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// The text of a format that knows no parts; the running text of Markdown, documents and books; what subtitles
    /// say; the source text of a translation.
    Body,
    /// What a page is about: everything a reader sees that is in no other region.
    Main,
    /// Menus and other links to elsewhere.
    Nav,
    /// The page's own header; an article's header is [`Region::Main`]. Of a document, what stands at the top of its
    /// pages.
    Header,
    /// The page's own footer; an article's footer is [`Region::Main`]. Of a document, what stands at the foot of its
    /// pages.
    Footer,
    /// Text beside the subject: side bars, boxes.
    Aside,
    /// Forms and their controls.
    Form,
    /// In the document, but not shown to a reader; source text that is not to be translated.
    Hidden,
    /// The document's title.
    Title,
    /// Text that stands for something else: of an image, of a label for screen readers, the reading of a Han character.
    Alt,
    /// What the document says about itself to machines: its description.
    Meta,
    /// Preformatted blocks. Code inside a sentence belongs to the sentence.
    Code,
    /// Tables, those used for layout as well.
    Table,
    /// The settings block before a Markdown text.
    FrontMatter,
    /// Footnotes and endnotes.
    Notes,
    /// Boxes and shapes of a document that hold text of their own.
    TextBox,
    /// What people wrote about the text and not for its readers: comments in the margin, notes to translators.
    Comments,
    /// Text that was deleted while changes were tracked, and is still in the document.
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

    /// Whether the region counts when the caller chose none: what a reader sees, without the page's furniture.
    ///
    /// Forms count, because whole sites wrap every page in one `<form>`; a lone search field costs a word or two,
    /// leaving forms out would cost such a page all of its text.
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

/// The name is none of [`Region::ALL`]. Its `Display` lists those that exist.
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
    fn every_region_is_read_back_from_its_name() {
        for region in Region::ALL {
            assert_eq!(region.as_str().parse(), Ok(*region));
        }
    }

    #[test]
    fn regions_are_listed_in_their_order() {
        for (index, region) in Region::ALL.iter().enumerate() {
            assert_eq!(*region as usize, index);
        }
    }

    #[test]
    fn an_unknown_name_is_told_which_exist() {
        let error = "sidebar".parse::<Region>().expect_err("no such region").to_string();
        assert!(error.contains("\"sidebar\""), "{error}");
        assert!(error.contains("body, main, nav"), "{error}");
    }
}

//! The elements that affect the text, and their properties in the HTML standard.
//!
//! One table. `page` decides what follows from the properties.

use super::local_name::LocalName;
use crate::text_buffer::Separator;

/// An element that some rule mentions. All others are [`Element::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Element {
    Other,
    A,
    Annotation,
    Article,
    Aside,
    Block,
    Body,
    Br,
    Button,
    Caption,
    Colgroup,
    Datalist,
    Dd,
    Defs,
    Desc,
    Dialog,
    Div,
    Dt,
    ForeignObject,
    Fallback,
    Footer,
    Form,
    Formatting,
    Head,
    Header,
    Heading,
    Hr,
    Html,
    Iframe,
    Image,
    Input,
    Li,
    List,
    Listing,
    Main,
    Marker,
    Math,
    MathText,
    Meta,
    Nav,
    Noframes,
    Noscript,
    Object,
    Optgroup,
    Option,
    P,
    Plaintext,
    Pre,
    Ruby,
    RubyBase,
    RubyParenthesis,
    RubyText,
    Script,
    Section,
    Select,
    Style,
    Svg,
    SvgText,
    Table,
    TableCell,
    TableRow,
    TableSection,
    Template,
    Textarea,
    Title,
    Void,
    Xmp,
}

/// The number of [`Element`]s.
pub(super) const ELEMENTS: usize = Element::Xmp as usize + 1;

/// The properties of an element in the HTML standard.
#[derive(Debug, Clone, Copy)]
pub(super) struct ElementProperties {
    pub(super) element: Element,
    /// What separates its text from the text around it.
    pub(super) separator: Separator,
    flags: u8,
}

const SPECIAL: u8 = 1;
const VOID: u8 = 2;
const CLOSES_P: u8 = 4;
const SCOPE: u8 = 8;
const BREAKOUT: u8 = 16;
const BLOCK: u8 = SPECIAL | CLOSES_P;

impl ElementProperties {
    const fn new(element: Element, separator: Separator, flags: u8) -> Self {
        Self { element, separator, flags }
    }

    /// "Special" in the standard: the end tag of another element does not reach past it.
    pub(super) const fn is_special(self) -> bool {
        self.flags & SPECIAL != 0
    }

    /// It has no content and no end tag.
    pub(super) const fn is_void(self) -> bool {
        self.flags & VOID != 0
    }

    /// Its start tag closes an open `<p>`.
    pub(super) const fn closes_p(self) -> bool {
        self.flags & CLOSES_P != 0
    }

    /// A scope boundary in the standard: an end tag inside does not close elements outside.
    pub(super) const fn is_scope(self) -> bool {
        self.flags & SCOPE != 0
    }

    /// The element's properties inside SVG or MathML, where only few elements affect the text.
    pub(super) const fn as_foreign(self) -> Self {
        match self.element {
            Element::Annotation | Element::Defs | Element::Desc | Element::ForeignObject | Element::Math => {
                self
            }
            Element::MathText | Element::Script | Element::Style | Element::Svg | Element::SvgText => self,
            Element::Title => self,
            _ => OTHER,
        }
    }

    /// Whether the content of this SVG or MathML element follows the rules of HTML.
    pub(super) const fn is_integration(self) -> bool {
        matches!(self.element, Element::Desc | Element::ForeignObject | Element::MathText | Element::Title)
    }

    /// Its start tag closes an open `<svg>` or `<math>`.
    pub(super) const fn breaks_out(self) -> bool {
        self.flags & BREAKOUT != 0
    }
}

const OTHER: ElementProperties = ElementProperties::new(Element::Other, Separator::None, 0);

const ROWS: [(&str, ElementProperties); 136] = {
    use Element as E;
    use Separator::{Line, None, Paragraph, Space};
    const fn row(
        name: &'static str,
        element: E,
        separator: Separator,
        flags: u8,
    ) -> (&'static str, ElementProperties) {
        (name, ElementProperties::new(element, separator, flags))
    }
    const OUT: u8 = BREAKOUT;
    [
        row("a", E::A, None, 0),
        row("address", E::Div, Line, BLOCK),
        row("annotation", E::Annotation, None, 0),
        row("annotation-xml", E::Annotation, None, SPECIAL | SCOPE),
        row("applet", E::Marker, Line, SPECIAL | SCOPE),
        row("area", E::Image, None, SPECIAL | VOID),
        row("article", E::Article, Paragraph, BLOCK),
        row("aside", E::Aside, Paragraph, BLOCK),
        row("audio", E::Fallback, Space, 0),
        row("b", E::Formatting, None, OUT),
        row("base", E::Void, None, SPECIAL | VOID),
        row("basefont", E::Void, None, SPECIAL | VOID),
        row("bgsound", E::Void, None, SPECIAL | VOID),
        row("big", E::Formatting, None, OUT),
        row("blockquote", E::Block, Paragraph, BLOCK | OUT),
        row("body", E::Body, Paragraph, SPECIAL | OUT),
        row("br", E::Br, None, SPECIAL | VOID | OUT),
        row("button", E::Button, None, SPECIAL),
        row("canvas", E::Fallback, Space, 0),
        row("caption", E::Caption, Line, SPECIAL | SCOPE),
        row("center", E::Block, Line, BLOCK | OUT),
        row("clippath", E::Defs, None, 0),
        row("code", E::Formatting, None, OUT),
        row("col", E::Void, None, SPECIAL | VOID),
        row("colgroup", E::Colgroup, None, SPECIAL),
        row("datalist", E::Datalist, None, 0),
        row("dd", E::Dd, Line, SPECIAL | OUT),
        row("defs", E::Defs, None, 0),
        row("desc", E::Desc, None, 0),
        row("details", E::Block, Paragraph, BLOCK),
        row("dialog", E::Dialog, Paragraph, BLOCK),
        row("dir", E::List, Paragraph, BLOCK),
        row("div", E::Div, Line, BLOCK | OUT),
        row("dl", E::Block, Paragraph, BLOCK | OUT),
        row("dt", E::Dt, Line, SPECIAL | OUT),
        row("em", E::Formatting, None, OUT),
        row("embed", E::Void, Space, SPECIAL | VOID | OUT),
        row("fieldset", E::Block, Paragraph, BLOCK),
        row("figcaption", E::Block, Line, BLOCK),
        row("figure", E::Block, Paragraph, BLOCK),
        row("font", E::Formatting, None, 0),
        row("footer", E::Footer, Paragraph, BLOCK),
        row("foreignobject", E::ForeignObject, Line, SPECIAL | SCOPE),
        row("form", E::Form, Paragraph, BLOCK),
        row("frame", E::Void, None, SPECIAL | VOID),
        row("frameset", E::Other, None, SPECIAL),
        row("h1", E::Heading, Paragraph, BLOCK | OUT),
        row("h2", E::Heading, Paragraph, BLOCK | OUT),
        row("h3", E::Heading, Paragraph, BLOCK | OUT),
        row("h4", E::Heading, Paragraph, BLOCK | OUT),
        row("h5", E::Heading, Paragraph, BLOCK | OUT),
        row("h6", E::Heading, Paragraph, BLOCK | OUT),
        row("head", E::Head, None, SPECIAL | OUT),
        row("header", E::Header, Paragraph, BLOCK),
        row("hgroup", E::Block, Paragraph, BLOCK),
        row("hr", E::Hr, Paragraph, BLOCK | VOID | OUT),
        row("html", E::Html, None, SPECIAL),
        row("i", E::Formatting, None, OUT),
        row("iframe", E::Iframe, Space, SPECIAL),
        row("img", E::Image, Space, SPECIAL | VOID | OUT),
        row("input", E::Input, Space, SPECIAL | VOID),
        row("keygen", E::Void, Space, SPECIAL | VOID),
        row("legend", E::Other, Line, 0),
        row("li", E::Li, Line, SPECIAL | OUT),
        row("link", E::Void, None, SPECIAL | VOID),
        row("listing", E::Listing, Paragraph, BLOCK | OUT),
        row("main", E::Main, Paragraph, BLOCK),
        row("marquee", E::Marker, Line, SPECIAL | SCOPE),
        row("mask", E::Defs, None, 0),
        row("math", E::Math, None, 0),
        row("menu", E::List, Paragraph, BLOCK | OUT),
        row("meta", E::Meta, None, SPECIAL | VOID | OUT),
        row("metadata", E::Desc, None, 0),
        row("mi", E::MathText, None, SPECIAL | SCOPE),
        row("mn", E::MathText, None, SPECIAL | SCOPE),
        row("mo", E::MathText, None, SPECIAL | SCOPE),
        row("ms", E::MathText, None, SPECIAL | SCOPE),
        row("mtext", E::MathText, None, SPECIAL | SCOPE),
        row("nav", E::Nav, Paragraph, BLOCK),
        row("nobr", E::Formatting, None, OUT),
        row("noembed", E::Noframes, None, SPECIAL),
        row("noframes", E::Noframes, None, SPECIAL),
        row("noscript", E::Noscript, None, SPECIAL),
        row("object", E::Object, Space, SPECIAL | SCOPE),
        row("ol", E::List, Paragraph, BLOCK | OUT),
        row("optgroup", E::Optgroup, Line, 0),
        row("option", E::Option, Line, 0),
        row("p", E::P, Paragraph, BLOCK | OUT),
        row("param", E::Void, None, SPECIAL | VOID),
        row("pattern", E::Defs, None, 0),
        row("plaintext", E::Plaintext, Paragraph, BLOCK),
        row("pre", E::Pre, Paragraph, BLOCK | OUT),
        row("progress", E::Fallback, Space, 0),
        row("meter", E::Fallback, Space, 0),
        // Not a tag; see `HtmlPage::open_region`.
        row(" region", E::Block, Paragraph, BLOCK),
        row("rp", E::RubyParenthesis, None, 0),
        row("rt", E::RubyText, Line, 0),
        row("rtc", E::RubyText, Line, 0),
        row("rb", E::RubyBase, None, 0),
        row("ruby", E::Ruby, None, OUT),
        row("s", E::Formatting, None, OUT),
        row("script", E::Script, None, SPECIAL),
        row("search", E::Block, Paragraph, BLOCK),
        row("section", E::Section, Paragraph, BLOCK),
        row("select", E::Select, None, SPECIAL),
        row("small", E::Formatting, None, OUT),
        row("source", E::Void, None, SPECIAL | VOID),
        row("span", E::Other, None, OUT),
        row("strike", E::Formatting, None, OUT),
        row("strong", E::Formatting, None, OUT),
        row("style", E::Style, None, SPECIAL),
        row("sub", E::Other, None, OUT),
        row("summary", E::Block, Line, BLOCK),
        row("sup", E::Other, None, OUT),
        row("svg", E::Svg, Space, 0),
        row("symbol", E::Defs, None, 0),
        row("table", E::Table, Paragraph, BLOCK | SCOPE | OUT),
        row("tbody", E::TableSection, Line, SPECIAL),
        row("td", E::TableCell, Line, SPECIAL | SCOPE),
        row("template", E::Template, None, SPECIAL | SCOPE),
        row("text", E::SvgText, Line, 0),
        row("textarea", E::Textarea, None, SPECIAL),
        row("tfoot", E::TableSection, Line, SPECIAL),
        row("th", E::TableCell, Line, SPECIAL | SCOPE),
        row("thead", E::TableSection, Line, SPECIAL),
        row("title", E::Title, None, SPECIAL),
        row("tr", E::TableRow, Line, SPECIAL),
        row("track", E::Void, None, SPECIAL | VOID),
        row("tt", E::Formatting, None, OUT),
        row("u", E::Formatting, None, OUT),
        row("ul", E::List, Paragraph, BLOCK | OUT),
        row("var", E::Other, None, OUT),
        row("video", E::Fallback, Space, 0),
        // `<wbr>` allows a line break but is not a word boundary.
        row("wbr", E::Void, None, SPECIAL | VOID),
        row("xmp", E::Xmp, Paragraph, BLOCK),
        row("image", E::Image, Space, SPECIAL | VOID),
    ]
};

const BITS: u32 = 9;
const FREE: u8 = u8::MAX;

/// A hash table of row numbers by [`LocalName::slot`]; a collision takes the next free slot.
const SLOTS: [u8; 1 << BITS] = {
    let mut slots = [FREE; 1 << BITS];
    let mut row = 0;
    while row < ROWS.len() {
        let mut slot = LocalName::of(ROWS[row].0).slot(BITS);
        while slots[slot] != FREE {
            slot = (slot + 1) % (1 << BITS);
        }
        slots[slot] = row as u8;
        row += 1;
    }
    slots
};

const NAMES: [LocalName; ROWS.len()] = {
    let mut names = [LocalName::of(""); ROWS.len()];
    let mut row = 0;
    while row < ROWS.len() {
        names[row] = LocalName::of(ROWS[row].0);
        row += 1;
    }
    names
};

static SLOT_OF: [u8; 1 << BITS] = SLOTS;
static NAME_OF: [LocalName; ROWS.len()] = NAMES;
static ROW_OF: [(&str, ElementProperties); ROWS.len()] = ROWS;

pub(super) fn properties(name: LocalName) -> ElementProperties {
    let mut slot = name.slot(BITS);
    while SLOT_OF[slot] != FREE {
        let row = usize::from(SLOT_OF[slot]);
        if NAME_OF[row].is(name) {
            return ROW_OF[row].1;
        }
        slot = (slot + 1) % (1 << BITS);
    }
    OTHER
}

#[cfg(test)]
mod tests {
    use super::{Element, NAMES, ROWS, properties};
    use crate::html::local_name::LocalName;

    #[test]
    fn finds_every_row_by_name() {
        for (row, (name, expected)) in ROWS.iter().enumerate() {
            let found = properties(LocalName::of(name));
            assert_eq!(found.element, expected.element, "{name}");
            assert!(!NAMES[..row].contains(&NAMES[row]), "{name} is there twice");
        }
        assert_eq!(properties(LocalName::of("my-component")).element, Element::Other);
        assert_eq!(properties(LocalName::of("a-component-with-a-long-name")).element, Element::Other);
    }
}

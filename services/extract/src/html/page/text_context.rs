//! Decides which region an element's text belongs to.
//!
//! The nearest enclosing element decides, with three exceptions. Hidden text stays hidden. Boilerplate (nav, header,
//! footer, aside) keeps the tables, code and forms inside it. `<main>` is the page's subject wherever it is.

use crate::html::element::{Element, ElementProperties};
use crate::html::tag::HtmlTag;
use crate::region::Region;
use crate::text_buffer::WhiteSpace;

/// Where text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::html) struct TextContext {
    /// `None` if it is not text.
    pub(in crate::html) region: Option<Region>,
    pub(in crate::html) white_space: WhiteSpace,
    /// Inside an article, a section or the like, whose header is not the page's header.
    pub(in crate::html) in_section: bool,
    /// Inside `<svg>` or `<math>`, which have rules of their own.
    pub(in crate::html) foreign: bool,
}

impl TextContext {
    /// Whether text here does not appear between the texts around it.
    pub(in crate::html) fn is_out_of_flow(self) -> bool {
        matches!(self.region, None | Some(Region::Hidden | Region::Alt | Region::Title))
    }
}

/// The context inside an element that starts in `outer`. `base` is the region of the page's subject.
pub(in crate::html) fn context_of(
    tag: &HtmlTag,
    element: Element,
    outer: TextContext,
    base: Region,
) -> TextContext {
    let starts_section = matches!(
        element,
        Element::Article | Element::Section | Element::Main | Element::Nav | Element::Aside
    );
    let preserves = matches!(
        element,
        Element::Pre | Element::Listing | Element::Plaintext | Element::Textarea | Element::Xmp
    );
    TextContext {
        region: region_of(tag, element, outer, base),
        white_space: if preserves { WhiteSpace::Preserve } else { outer.white_space },
        in_section: outer.in_section || starts_section,
        foreign: matches!(element, Element::Svg | Element::Math),
    }
}

/// Like [`context_of`], for an element of SVG or MathML.
pub(in crate::html) fn foreign_context_of(
    tag: &HtmlTag,
    properties: ElementProperties,
    outer: TextContext,
) -> TextContext {
    let region = match properties.element {
        Element::Script | Element::Style => None,
        _ if outer.region == Some(Region::Hidden) => outer.region,
        Element::Defs | Element::Annotation | Element::Desc => Some(Region::Hidden),
        _ if tag.is_hidden => Some(Region::Hidden),
        Element::Title => Some(Region::Alt),
        _ => outer.region,
    };
    TextContext { region: outer.region.and(region), foreign: !properties.is_integration(), ..outer }
}

fn region_of(tag: &HtmlTag, element: Element, outer: TextContext, base: Region) -> Option<Region> {
    let region = outer.region?;
    if is_skipped(tag, element) {
        return None;
    }
    if region == Region::Hidden || tag.is_hidden || is_hidden(tag, element) {
        return Some(Region::Hidden);
    }
    let in_boilerplate = matches!(region, Region::Nav | Region::Header | Region::Footer | Region::Aside);
    Some(match element {
        Element::Title => Region::Title,
        Element::RubyText => Region::Alt,
        Element::Nav => Region::Nav,
        Element::Aside => Region::Aside,
        Element::Header if !outer.in_section => Region::Header,
        Element::Footer if !outer.in_section => Region::Footer,
        Element::Main => base,
        Element::Article if region == Region::Form => base,
        _ if in_boilerplate => region,
        Element::Table => Region::Table,
        Element::Pre | Element::Listing | Element::Plaintext | Element::Xmp => Region::Code,
        Element::Form | Element::Button | Element::Select | Element::Textarea => Region::Form,
        _ => region,
    })
}

/// Whether the content is not text. `<noscript>` is skipped, as in a browser that runs scripts.
fn is_skipped(tag: &HtmlTag, element: Element) -> bool {
    match element {
        Element::Template => !tag.is_shadow_root,
        Element::Script | Element::Style | Element::Noscript | Element::Iframe | Element::Noframes => true,
        // The brackets around an annotation, for browsers that cannot place it above the text.
        Element::RubyParenthesis => true,
        _ => false,
    }
}

/// Whether the content is shown never, or only where something else fails.
fn is_hidden(tag: &HtmlTag, element: Element) -> bool {
    match element {
        Element::Dialog => !tag.is_open,
        Element::Fallback | Element::Datalist | Element::Annotation | Element::Defs | Element::Desc => true,
        _ => false,
    }
}

//! Which region an element's text is in.
//!
//! The nearest enclosing element decides, with three exceptions: what is hidden stays hidden, a page's furniture (nav,
//! header, footer, aside) keeps the tables, code and forms in it, and `<main>` is the page's subject wherever it is.

use super::stack::Context;
use crate::flow::Space;
use crate::html::element::{Element, Properties};
use crate::html::tag::Tag;
use crate::region::Region;

/// The context of the text inside an element that starts in `outer`; `base` is the region of a page's subject.
pub(in crate::html) fn context_of(tag: &Tag, element: Element, outer: Context, base: Region) -> Context {
    let sections = matches!(
        element,
        Element::Article | Element::Section | Element::Main | Element::Nav | Element::Aside
    );
    let keeps = matches!(
        element,
        Element::Pre | Element::Listing | Element::Plaintext | Element::Textarea | Element::Xmp
    );
    Context {
        place: place_of(tag, element, outer, base),
        space: if keeps { Space::Kept } else { outer.space },
        sectioned: outer.sectioned || sections,
        foreign: matches!(element, Element::Svg | Element::Math),
    }
}

/// The same in SVG and MathML.
pub(in crate::html) fn foreign_context_of(tag: &Tag, properties: Properties, outer: Context) -> Context {
    let region = match properties.element {
        Element::Script | Element::Style => None,
        _ if outer.place == Some(Region::Hidden) => outer.place,
        Element::Defs | Element::Annotation | Element::Desc => Some(Region::Hidden),
        _ if tag.hides => Some(Region::Hidden),
        Element::Title => Some(Region::Alt),
        _ => outer.place,
    };
    Context { place: outer.place.and(region), foreign: !properties.is_integration(), ..outer }
}

fn place_of(tag: &Tag, element: Element, outer: Context, base: Region) -> Option<Region> {
    let region = outer.place?;
    if is_skipped(tag, element) {
        return None;
    }
    if region == Region::Hidden || tag.hides || is_hidden(tag, element) {
        return Some(Region::Hidden);
    }
    let furniture = matches!(region, Region::Nav | Region::Header | Region::Footer | Region::Aside);
    Some(match element {
        Element::Title => Region::Title,
        Element::RubyText => Region::Alt,
        Element::Nav => Region::Nav,
        Element::Aside => Region::Aside,
        Element::Header if !outer.sectioned => Region::Header,
        Element::Footer if !outer.sectioned => Region::Footer,
        Element::Main => base,
        Element::Article if region == Region::Form => base,
        _ if furniture => region,
        Element::Table => Region::Table,
        Element::Pre | Element::Listing | Element::Plaintext | Element::Xmp => Region::Code,
        Element::Form | Element::Button | Element::Select | Element::Textarea => Region::Form,
        _ => region,
    })
}

/// No text at all. `<noscript>` is, as in a browser that runs scripts.
fn is_skipped(tag: &Tag, element: Element) -> bool {
    match element {
        Element::Template => !tag.is_shadow_root,
        Element::Script | Element::Style | Element::Noscript | Element::Iframe | Element::Noframes => true,
        // The brackets around a reading, for browsers that cannot put it above.
        Element::RubyParenthesis => true,
        _ => false,
    }
}

/// Text that is shown only where something else fails, or never.
fn is_hidden(tag: &Tag, element: Element) -> bool {
    match element {
        Element::Dialog => !tag.is_open,
        Element::Fallback | Element::Datalist | Element::Annotation | Element::Defs | Element::Desc => true,
        _ => false,
    }
}

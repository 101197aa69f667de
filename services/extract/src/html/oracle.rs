//! Extracts a page through html5ever's tree, as a test oracle.
//!
//! html5ever builds the tree as browsers do; a walk over it applies the rules for regions and separators. It is slow,
//! and quadratic on hostile pages, but independent of our tokenizer and element stack.

use html5ever::tendril::TendrilSink;
use html5ever::{Attribute, ParseOpts, parse_document, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use super::element::{Element, properties};
use super::local_name::LocalName;
use super::page::separate_contexts;
use super::page::text_context::TextContext;
use super::page::text_context::{context_of, foreign_context_of};
use super::tag::HtmlTag;
use crate::region::Region;
use crate::tests::Texts;
use crate::text_buffer::{Separator, TextBuffer, WhiteSpace};

/// The texts of a page by region, in the order of their first text.
pub(crate) fn read_by_tree(html: &str) -> Texts {
    let tree_builder = TreeBuilderOpts { scripting_enabled: true, ..TreeBuilderOpts::default() };
    let options = ParseOpts { tree_builder, ..ParseOpts::default() };
    let dom = parse_document(RcDom::default(), options).one(html);
    let mut walk = TreeWalk { buffer: TextBuffer::new(Region::Main) };
    let base = TextContext {
        region: Some(Region::Main),
        white_space: WhiteSpace::Collapse,
        in_section: false,
        foreign: false,
    };
    walk.children(&dom.document, base);
    let mut texts = Texts::new();
    walk.buffer.drain(&mut |region: Region, text: &str| match texts
        .iter_mut()
        .find(|(known, _)| *known == region)
    {
        Some((_, known)) => known.push_str(text),
        None => texts.push((region, text.to_owned())),
    });
    texts
}

struct TreeWalk {
    buffer: TextBuffer,
}

impl TreeWalk {
    fn children(&mut self, node: &Handle, context: TextContext) {
        for child in node.children.borrow().iter() {
            match &child.data {
                NodeData::Text { contents } => self.buffer.push(&contents.borrow()),
                NodeData::Element { name, attrs, .. } => {
                    let foreign = &*name.ns != "http://www.w3.org/1999/xhtml";
                    let tag = tag_of(&name.local, &attrs.borrow());
                    self.element(child, &tag, foreign, context);
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, node: &Handle, tag: &HtmlTag, foreign: bool, outer: TextContext) {
        let mut properties = properties(tag.name);
        let element = properties.element;
        let starts_foreign = matches!(element, Element::Svg | Element::Math) && !outer.foreign;
        if (starts_foreign || !foreign) && properties.is_void() {
            self.texts(tag, outer);
            if element == Element::Br && !tag.is_hidden {
                self.buffer.line_break();
            } else if !tag.is_hidden {
                self.buffer.separate(properties.separator);
            }
            return;
        }
        self.texts(tag, outer);
        if matches!(element, Element::Html | Element::Head | Element::Body | Element::Colgroup) {
            return self.children(node, outer);
        }
        let inner = if foreign && !starts_foreign {
            properties = properties.as_foreign();
            foreign_context_of(tag, properties, outer)
        } else {
            context_of(tag, element, outer, Region::Main)
        };
        if properties.separator == Separator::Space && !tag.is_hidden && (starts_foreign || !foreign) {
            self.buffer.separate(Separator::Space);
        }
        separate_contexts(&mut self.buffer, outer, inner, properties.separator);
        self.children(node, inner);
        separate_contexts(&mut self.buffer, outer, inner, properties.separator);
        self.buffer.set_region(outer.region, outer.white_space);
    }

    fn texts(&mut self, tag: &HtmlTag, outer: TextContext) {
        if outer.region.is_none() || outer.region == Some(Region::Hidden) || tag.is_hidden {
            return;
        }
        for text in [&tag.alt, &tag.label] {
            if !text.is_empty() {
                self.buffer.push_into(Region::Alt, text);
            }
        }
        if properties(tag.name).element == Element::Meta && tag.is_description {
            self.buffer.push_into(Region::Meta, &tag.content);
        }
    }
}

fn tag_of(name: &str, attributes: &[Attribute]) -> HtmlTag {
    let mut tag = HtmlTag::bare(LocalName::of(&name.to_ascii_lowercase()), false);
    for attribute in attributes {
        tag.begin_attribute();
        tag.attribute_name(attribute.name.local.as_bytes());
        tag.end_attribute_name();
        tag.value(&attribute.value, usize::MAX).expect("no limit");
        tag.end_value();
    }
    tag
}

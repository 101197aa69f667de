//! The text of a page by way of a tree: html5ever builds it as browsers do, and a walk over it applies the rules for
//! regions and borders. Slow, and quadratic on hostile pages, but an independent reading of what a document's tags
//! and characters are.

use html5ever::tendril::TendrilSink;
use html5ever::{Attribute, ParseOpts, parse_document, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use super::element::{Element, properties};
use super::name::Name;
use super::page::border;
use super::page::place::{context_of, foreign_context_of};
use super::page::stack::Context;
use super::tag::Tag;
use crate::flow::{Flow, Gap, Space};
use crate::region::Region;
use crate::tests::Texts;

/// The regions of a page in the order of their first text.
pub(crate) fn read_by_tree(html: &str) -> Texts {
    let tree_builder = TreeBuilderOpts { scripting_enabled: true, ..TreeBuilderOpts::default() };
    let options = ParseOpts { tree_builder, ..ParseOpts::default() };
    let dom = parse_document(RcDom::default(), options).one(html);
    let mut walk = Walk { flow: Flow::new(Region::Main) };
    let base =
        Context { place: Some(Region::Main), space: Space::Collapsed, sectioned: false, foreign: false };
    walk.children(&dom.document, base);
    let mut texts = Texts::new();
    walk.flow.drain(&mut |region: Region, text: &str| match texts
        .iter_mut()
        .find(|(known, _)| *known == region)
    {
        Some((_, known)) => known.push_str(text),
        None => texts.push((region, text.to_owned())),
    });
    texts
}

struct Walk {
    flow: Flow,
}

impl Walk {
    fn children(&mut self, node: &Handle, context: Context) {
        for child in node.children.borrow().iter() {
            match &child.data {
                NodeData::Text { contents } => self.flow.text(&contents.borrow()),
                NodeData::Element { name, attrs, .. } => {
                    let foreign = &*name.ns != "http://www.w3.org/1999/xhtml";
                    let tag = tag_of(&name.local, &attrs.borrow());
                    self.element(child, &tag, foreign, context);
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, node: &Handle, tag: &Tag, foreign: bool, outer: Context) {
        let mut properties = properties(tag.name);
        let element = properties.element;
        let starts_foreign = matches!(element, Element::Svg | Element::Math) && !outer.foreign;
        if (starts_foreign || !foreign) && properties.is_void() {
            self.texts(tag, outer);
            if element == Element::Br && !tag.hides {
                self.flow.line_break();
            } else if !tag.hides {
                self.flow.gap(properties.gap);
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
        if properties.gap == Gap::Space && !tag.hides && (starts_foreign || !foreign) {
            self.flow.gap(Gap::Space);
        }
        border(&mut self.flow, outer, inner, properties.gap);
        self.children(node, inner);
        border(&mut self.flow, outer, inner, properties.gap);
        self.flow.go(outer.place, outer.space);
    }

    fn texts(&mut self, tag: &Tag, outer: Context) {
        if outer.place.is_none() || outer.place == Some(Region::Hidden) || tag.hides {
            return;
        }
        for text in [&tag.alt, &tag.label] {
            if !text.is_empty() {
                self.flow.note(Region::Alt, text);
            }
        }
        if properties(tag.name).element == Element::Meta && tag.is_description {
            self.flow.note(Region::Meta, &tag.content);
        }
    }
}

fn tag_of(name: &str, attributes: &[Attribute]) -> Tag {
    let mut tag = Tag::bare(Name::of(&name.to_ascii_lowercase()), false);
    for attribute in attributes {
        tag.begin_attribute();
        tag.attribute_name(attribute.name.local.as_bytes());
        tag.end_attribute_name();
        tag.value(&attribute.value, usize::MAX).expect("no limit");
        tag.end_value();
    }
    tag
}

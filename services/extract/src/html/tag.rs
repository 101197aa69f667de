//! A tag as the tokenizer builds it: its name, and of its attributes only what matters to the text.
//!
//! Attributes that do not matter take no memory, however long and many they are. What the others mean is decided in
//! `page`.

use super::element::{Element, properties};
use super::name::Name;
use crate::failure::ExtractError;

/// A start or end tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    pub(super) name: Name,
    pub(super) is_end: bool,
    pub(super) self_closing: bool,
    /// `hidden`, whatever its value, `aria-hidden=true`, or a style that shows nothing.
    pub(super) hides: bool,
    /// `open`, on a `<dialog>`.
    pub(super) is_open: bool,
    /// `shadowrootmode`, on a `<template>` that is shown.
    pub(super) is_shadow_root: bool,
    /// `name=description`, on a `<meta>`.
    pub(super) is_description: bool,
    pub(super) alt: String,
    pub(super) label: String,
    pub(super) content: String,
    seen: u16,
    reading: Attribute,
    attribute: Name,
    /// What was read of a short value, or of one declaration of a style, white space left out.
    short: Name,
}

/// An attribute that matters. The numbers are those of the bits in `seen`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Attribute {
    #[default]
    Ignored,
    Hidden,
    AriaHidden,
    Style,
    Open,
    ShadowRoot,
    MetaName,
    Alt,
    Label,
    Content,
}

impl Tag {
    /// A tag without attributes.
    pub(super) fn bare(name: Name, is_end: bool) -> Self {
        Self { name, is_end, ..Self::default() }
    }

    /// Begins a new tag, keeping the memory of the last.
    pub(super) fn begin(&mut self, is_end: bool) {
        self.name = Name::default();
        self.is_end = is_end;
        self.self_closing = false;
        self.hides = false;
        self.is_open = false;
        self.is_shadow_root = false;
        self.is_description = false;
        self.seen = 0;
        self.alt.clear();
        self.label.clear();
        self.content.clear();
    }

    pub(super) fn begin_attribute(&mut self) {
        self.attribute = Name::default();
    }

    pub(super) fn attribute_name(&mut self, bytes: &[u8]) {
        self.attribute = self.attribute.then_all(bytes);
    }

    /// The attribute's name is complete. The first of two with one name counts.
    pub(super) fn end_attribute_name(&mut self) {
        let attribute = if self.is_end { Attribute::Ignored } else { attribute_of(self.attribute) };
        let bit = 1 << attribute as u16;
        self.reading = if self.seen & bit == 0 { attribute } else { Attribute::Ignored };
        self.seen |= bit;
        self.short = Name::default();
        match self.reading {
            Attribute::Hidden => self.hides = true,
            Attribute::Open => self.is_open = true,
            Attribute::ShadowRoot => self.is_shadow_root = true,
            Attribute::Alt | Attribute::Content if !self.keeps(self.reading) => {
                self.reading = Attribute::Ignored;
            }
            _ => {}
        }
    }

    /// A piece of the attribute's value.
    pub(super) fn value(&mut self, piece: &str, memory: usize) -> Result<(), ExtractError> {
        let (text, what) = match self.reading {
            Attribute::Style => {
                self.style(piece);
                return Ok(());
            }
            Attribute::AriaHidden | Attribute::MetaName => {
                self.short(piece);
                return Ok(());
            }
            Attribute::Alt => (&mut self.alt, "an alt attribute"),
            Attribute::Label => (&mut self.label, "an aria-label attribute"),
            Attribute::Content => (&mut self.content, "a meta element's content"),
            _ => return Ok(()),
        };
        if text.len() + piece.len() > memory {
            return Err(ExtractError::TooComplex { what, limit_bytes: memory });
        }
        text.push_str(piece);
        Ok(())
    }

    pub(super) fn end_value(&mut self) {
        match self.reading {
            Attribute::Style => self.end_declaration(),
            Attribute::AriaHidden => self.hides |= self.short.is(const { Name::of("true") }),
            Attribute::MetaName => self.is_description = self.short.is(const { Name::of("description") }),
            _ => {}
        }
        self.reading = Attribute::Ignored;
    }

    /// Whether this element's attribute is text.
    fn keeps(&self, attribute: Attribute) -> bool {
        match properties(self.name).element {
            Element::Image | Element::Input => attribute == Attribute::Alt,
            Element::Meta => attribute == Attribute::Content,
            _ => false,
        }
    }

    fn short(&mut self, piece: &str) {
        let solid = piece.bytes().filter(|byte| !byte.is_ascii_whitespace());
        self.short = solid.fold(self.short, |name, byte| name.then(byte));
    }

    /// Styles may be as long as a picture written into them, so one declaration after the other is looked at.
    fn style(&mut self, piece: &str) {
        let mut declarations = piece.split(';');
        self.short(declarations.next().unwrap_or_default());
        for declaration in declarations {
            self.end_declaration();
            self.short(declaration);
        }
    }

    fn end_declaration(&mut self) {
        const HIDING: [Name; 2] = [Name::of("display:none"), Name::of("visibility:hidden")];
        const HIDING_IMPORTANT: [Name; 2] =
            [Name::of("display:none!important"), Name::of("visibility:hidden!important")];
        self.hides |= HIDING.contains(&self.short) || HIDING_IMPORTANT.contains(&self.short);
        self.short = Name::default();
    }
}

fn attribute_of(name: Name) -> Attribute {
    const KNOWN: [(Name, Attribute); 9] = [
        (Name::of("style"), Attribute::Style),
        (Name::of("alt"), Attribute::Alt),
        (Name::of("name"), Attribute::MetaName),
        (Name::of("content"), Attribute::Content),
        (Name::of("aria-hidden"), Attribute::AriaHidden),
        (Name::of("aria-label"), Attribute::Label),
        (Name::of("hidden"), Attribute::Hidden),
        (Name::of("open"), Attribute::Open),
        (Name::of("shadowrootmode"), Attribute::ShadowRoot),
    ];
    let known = KNOWN.iter().find(|(known, _)| known.is(name));
    known.map_or(Attribute::Ignored, |(_, attribute)| *attribute)
}

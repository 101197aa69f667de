//! A tag as the tokenizer builds it: its name, and the attributes that matter for the text.
//!
//! Other attributes take no memory, however long and many they are.

use super::element::{Element, properties};
use super::local_name::LocalName;
use crate::error::ExtractError;

/// A start or end tag.
#[derive(Debug, Default)]
pub(super) struct HtmlTag {
    pub(super) name: LocalName,
    pub(super) is_end: bool,
    pub(super) self_closing: bool,
    /// Set by `hidden` with any value, or a style that hides the element.
    pub(super) is_hidden: bool,
    /// Set by `aria-hidden=true`, which hides the element only from assistive technology.
    pub(super) is_aria_hidden: bool,
    /// Set by `multiple` or a `size` above 1 on a `<select>`, which then shows all its options.
    pub(super) is_list: bool,
    /// Set by `selected` on an `<option>`.
    pub(super) is_selected: bool,
    /// Set by `disabled` on an `<option>`.
    pub(super) is_disabled: bool,
    /// Set by `open` on a `<dialog>`.
    pub(super) is_open: bool,
    /// Set by `shadowrootmode` on a `<template>`, which is then shown.
    pub(super) is_shadow_root: bool,
    /// Set by `name=description` on a `<meta>`.
    pub(super) is_description: bool,
    pub(super) alt: String,
    pub(super) label: String,
    pub(super) content: String,
    seen: u16,
    current: Attribute,
    attribute: LocalName,
    /// The value read so far, or the current declaration of a style, without white space.
    short_value: LocalName,
}

/// An attribute that matters. The discriminants are bit numbers in `seen`.
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
    AriaLabel,
    Content,
    Multiple,
    Size,
    Selected,
    Disabled,
}

impl HtmlTag {
    /// A tag without attributes.
    pub(super) fn bare(name: LocalName, is_end: bool) -> Self {
        Self { name, is_end, ..Self::default() }
    }

    /// Starts a new tag and reuses the memory of the last.
    pub(super) fn begin(&mut self, is_end: bool) {
        self.name = LocalName::default();
        self.is_end = is_end;
        self.self_closing = false;
        self.is_hidden = false;
        self.is_aria_hidden = false;
        self.is_list = false;
        self.is_selected = false;
        self.is_disabled = false;
        self.is_open = false;
        self.is_shadow_root = false;
        self.is_description = false;
        self.seen = 0;
        self.alt.clear();
        self.label.clear();
        self.content.clear();
    }

    pub(super) fn begin_attribute(&mut self) {
        self.attribute = LocalName::default();
    }

    pub(super) fn attribute_name(&mut self, bytes: &[u8]) {
        self.attribute = self.attribute.with_bytes(bytes);
    }

    /// Ends an attribute's name. Of two attributes with one name the first counts.
    pub(super) fn end_attribute_name(&mut self) {
        let attribute = if self.is_end { Attribute::Ignored } else { attribute_of(self.attribute) };
        let bit = 1 << attribute as u16;
        self.current = if self.seen & bit == 0 { attribute } else { Attribute::Ignored };
        self.seen |= bit;
        self.short_value = LocalName::default();
        match self.current {
            Attribute::Hidden => self.is_hidden = true,
            Attribute::Open => self.is_open = true,
            Attribute::ShadowRoot => self.is_shadow_root = true,
            Attribute::Multiple => self.is_list = true,
            Attribute::Selected => self.is_selected = true,
            Attribute::Disabled => self.is_disabled = true,
            Attribute::Alt | Attribute::Content if !self.is_text(self.current) => {
                self.current = Attribute::Ignored;
            }
            _ => {}
        }
    }

    /// Adds a piece of the attribute's value.
    pub(super) fn value(&mut self, piece: &str, memory: usize) -> Result<(), ExtractError> {
        let (text, what) = match self.current {
            Attribute::Style => {
                self.push_style(piece);
                return Ok(());
            }
            Attribute::AriaHidden | Attribute::MetaName | Attribute::Size => {
                self.push_short_value(piece);
                return Ok(());
            }
            Attribute::Alt => (&mut self.alt, "an alt attribute"),
            Attribute::AriaLabel => (&mut self.label, "an aria-label attribute"),
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
        match self.current {
            Attribute::Style => self.end_declaration(),
            Attribute::AriaHidden => {
                self.is_aria_hidden = self.short_value.is(const { LocalName::of("true") });
            }
            Attribute::Size => self.is_list |= !self.is_size_of_closed_list(),
            Attribute::MetaName => {
                self.is_description = self.short_value.is(const { LocalName::of("description") });
            }
            _ => {}
        }
        self.current = Attribute::Ignored;
    }

    /// Whether this attribute of this element is text.
    fn is_text(&self, attribute: Attribute) -> bool {
        match properties(self.name).element {
            Element::Image | Element::Input => attribute == Attribute::Alt,
            Element::Meta => attribute == Attribute::Content,
            _ => false,
        }
    }

    /// Whether the value is a size that shows one option: 0 and what is no number stand for the default.
    fn is_size_of_closed_list(&self) -> bool {
        let is = |value: &str| self.short_value.is(LocalName::of(value));
        is("") || is("0") || is("1") || !self.short_value.is_number()
    }

    fn push_short_value(&mut self, piece: &str) {
        let solid = piece.bytes().filter(|byte| !byte.is_ascii_whitespace());
        self.short_value = solid.fold(self.short_value, |name, byte| name.with_byte(byte));
    }

    /// Checks a style one declaration at a time, because a style may contain a whole picture.
    fn push_style(&mut self, piece: &str) {
        let mut declarations = piece.split(';');
        self.push_short_value(declarations.next().unwrap_or_default());
        for declaration in declarations {
            self.end_declaration();
            self.push_short_value(declaration);
        }
    }

    fn end_declaration(&mut self) {
        const HIDING: [LocalName; 2] = [LocalName::of("display:none"), LocalName::of("visibility:hidden")];
        const HIDING_IMPORTANT: [LocalName; 2] =
            [LocalName::of("display:none!important"), LocalName::of("visibility:hidden!important")];
        self.is_hidden |= HIDING.contains(&self.short_value) || HIDING_IMPORTANT.contains(&self.short_value);
        self.short_value = LocalName::default();
    }
}

fn attribute_of(name: LocalName) -> Attribute {
    // Constants, so that the compiler can search them as a tree: this runs for every attribute.
    const STYLE: LocalName = LocalName::of("style");
    const ALT: LocalName = LocalName::of("alt");
    const NAME: LocalName = LocalName::of("name");
    const CONTENT: LocalName = LocalName::of("content");
    const ARIA_HIDDEN: LocalName = LocalName::of("aria-hidden");
    const ARIA_LABEL: LocalName = LocalName::of("aria-label");
    const HIDDEN: LocalName = LocalName::of("hidden");
    const OPEN: LocalName = LocalName::of("open");
    const SHADOW_ROOT: LocalName = LocalName::of("shadowrootmode");
    const MULTIPLE: LocalName = LocalName::of("multiple");
    const SIZE: LocalName = LocalName::of("size");
    const SELECTED: LocalName = LocalName::of("selected");
    const DISABLED: LocalName = LocalName::of("disabled");
    match name {
        STYLE => Attribute::Style,
        ALT => Attribute::Alt,
        NAME => Attribute::MetaName,
        CONTENT => Attribute::Content,
        ARIA_HIDDEN => Attribute::AriaHidden,
        ARIA_LABEL => Attribute::AriaLabel,
        HIDDEN => Attribute::Hidden,
        OPEN => Attribute::Open,
        SHADOW_ROOT => Attribute::ShadowRoot,
        MULTIPLE => Attribute::Multiple,
        SIZE => Attribute::Size,
        SELECTED => Attribute::Selected,
        DISABLED => Attribute::Disabled,
        _ => Attribute::Ignored,
    }
}

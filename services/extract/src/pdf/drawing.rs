//! Follows the operators of a page, and of the forms that it draws, to the characters that they show.
//!
//! Only those that move or show text are followed; of the others it is known that something is drawn. Text counts
//! whether it can be seen or not: a scan's recognised text is drawn invisibly.

use hayro_font::kurbo::Affine;
use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use hayro_syntax::page::Resources;

use super::contents::{Contents, END};
use super::fonts::Fonts;
use super::layout::Layout;
use super::state::State;
use crate::failure::ExtractError;
use crate::sink::Sink;

/// How many forms may be inside each other.
const DEEPEST: usize = 32;

/// How many states are kept; what is saved when there are so many is not.
const KEPT: usize = 512;

/// A page on its way to the layout.
pub(super) struct Drawing<'d, 'a, 's, S> {
    fonts: &'d mut Fonts<'a>,
    layout: &'d mut Layout<'s, S>,
    state: State,
    saved: Vec<State>,
    /// So many more were to be saved.
    unsaved: usize,
    /// Nothing was found missing.
    whole: bool,
}

impl<'d, 'a, 's, S: Sink> Drawing<'d, 'a, 's, S> {
    /// Reads a page. `false`: some of it is missing, or could not be read.
    pub(super) fn page(
        contents: &Contents,
        resources: &Resources<'a>,
        fonts: &'d mut Fonts<'a>,
        layout: &'d mut Layout<'s, S>,
    ) -> Result<bool, ExtractError> {
        let (state, saved) = (State::new(), Vec::new());
        let mut drawing = Self { fonts, layout, state, saved, unsaved: 0, whole: true };
        drawing.follow(contents, resources, 0)?;
        Ok(drawing.whole)
    }

    fn follow(
        &mut self,
        contents: &Contents,
        resources: &Resources<'a>,
        depth: usize,
    ) -> Result<(), ExtractError> {
        self.whole &= contents.whole;
        let (kept, unsaved) = (self.saved.len(), std::mem::take(&mut self.unsaved));
        let mut chosen = Chosen::default();
        let mut ended = false;
        let mut operators = UntypedIter::new(&contents.bytes);
        while let Some(operator) = operators.next() {
            match &**operator.operator {
                b"Tf" => self.choose(&operator, resources, &mut chosen),
                b"Do" => {
                    if let Some(name) = operator.operands().find_map(as_name) {
                        self.draw(name, resources, depth)?;
                    }
                }
                b"q" if self.saved.len() < KEPT => self.saved.push(self.state),
                b"q" => self.unsaved += 1,
                b"Q" if self.unsaved > 0 => self.unsaved -= 1,
                b"Q" if self.saved.len() > kept => self.state = self.saved.pop().unwrap_or(self.state),
                // A picture without an end is all that follows.
                b"BI" if !operator.operands().any(|operand| matches!(operand, Object::Stream(_))) => break,
                END => ended = true,
                _ => self.obey(&operator),
            }
        }
        self.whole &= ended;
        self.saved.truncate(kept);
        self.unsaved = unsaved;
        Ok(())
    }

    /// Obeys an operator that needs nothing but the state.
    fn obey(&mut self, operator: &Instruction<'_, '_>) {
        let state = &mut self.state;
        match &**operator.operator {
            b"cm" => with(operator, |by| state.drawing *= Affine::new(by)),
            b"BT" => state.put(Affine::IDENTITY),
            b"Tm" => with(operator, |to| state.put(Affine::new(to))),
            b"Td" => with(operator, |[x, y]| state.next_line((x, y))),
            b"TD" => with(operator, |[x, y]| {
                state.leading = -y;
                state.next_line((x, y));
            }),
            b"T*" => state.next_line((0.0, -state.leading)),
            b"TL" => with(operator, |[leading]| state.leading = leading),
            b"Tc" => with(operator, |[spacing]| state.spacing = spacing),
            b"Tw" => with(operator, |[spacing]| state.word_spacing = spacing),
            b"Tz" => with(operator, |[stretch]| state.stretch = stretch),
            b"Ts" => with(operator, |[rise]| state.rise = rise),
            b"Tj" => self.show_first(operator),
            b"TJ" => {
                if let Some(parts) = operator.operands().find_map(as_array) {
                    self.show_parts(parts);
                }
            }
            b"'" => {
                state.next_line((0.0, -state.leading));
                self.show_first(operator);
            }
            b"\"" => {
                with(operator, |[words, characters]| {
                    (state.word_spacing, state.spacing) = (words, characters);
                });
                state.next_line((0.0, -state.leading));
                self.show_first(operator);
            }
            b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" | b"sh" | b"BI" => {
                self.layout.drawn();
            }
            _ => {}
        }
    }

    fn choose(&mut self, operator: &Instruction<'_, '_>, resources: &Resources<'a>, chosen: &mut Chosen) {
        with(operator, |[size]| self.state.size = size);
        if let Some(name) = operator.operands().find_map(as_name) {
            let known = chosen.0.iter().find(|(known, _)| **known == **name);
            self.state.font = match known {
                Some((_, font)) => *font,
                None => {
                    let font = self.fonts.find(name, resources);
                    chosen.0.push((name.to_vec(), font));
                    font
                }
            };
        }
    }

    fn show_first(&mut self, operator: &Instruction<'_, '_>) {
        if let Some(text) = operator.operands().find_map(as_text) {
            self.show(text);
        }
    }

    fn show_parts(&mut self, parts: &Array<'_>) {
        let horizontal = self.state.font.is_none_or(|font| self.fonts.font(font).is_horizontal());
        for part in parts.iter::<Object<'_>>() {
            match part {
                Object::String(text) => self.show(&text),
                Object::Number(by) => self.state.adjust(by.as_f64(), horizontal),
                _ => {}
            }
        }
    }

    fn show(&mut self, text: &PdfString<'_>) {
        let mut text = text.as_bytes();
        if text.is_empty() {
            return;
        }
        let Some(font) = self.state.font else {
            self.whole = false;
            return self.layout.drawn();
        };
        let font = self.fonts.font(font);
        let horizontal = font.is_horizontal();
        let writing = self.state.writing(horizontal);
        let (mut along, mut from) = (0.0, writing.at(0.0));
        while !text.is_empty() {
            let glyph = font.first(text);
            let spacing = self.state.spacing + if glyph.is_space { self.state.word_spacing } else { 0.0 };
            along += (glyph.advance * self.state.size + spacing) * writing.scale;
            let to = writing.at(along);
            self.layout.show(&glyph.characters, writing.line, from, to);
            from = to;
            text = text.get(glyph.bytes..).unwrap_or_default();
        }
        let by = if horizontal { (along, 0.0) } else { (0.0, along) };
        self.state.place *= Affine::translate(by);
    }

    fn draw(&mut self, name: &Name<'_>, resources: &Resources<'a>, depth: usize) -> Result<(), ExtractError> {
        let Some(object) = resources.get_x_object(name) else {
            self.whole = false;
            return Ok(());
        };
        let dictionary = object.dict();
        if dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Image") {
            self.layout.drawn();
            return Ok(());
        }
        self.draw_form(&object, resources, depth)
    }

    fn draw_form(
        &mut self,
        form: &Stream<'a>,
        outer: &Resources<'a>,
        depth: usize,
    ) -> Result<(), ExtractError> {
        if depth == DEEPEST {
            let why = "its drawings are inside each other without end".to_owned();
            return Err(ExtractError::Broken { format: super::FORMAT, why });
        }
        let contents = Contents::of_form(form);
        let own = form.dict().get::<Dict<'a>>(b"Resources").map(Resources::new);
        let before = self.state;
        if let Some(by) = form.dict().get::<[f64; 6]>(b"Matrix") {
            self.state.drawing *= Affine::new(by);
        }
        // A form that has no resources finds them where it is drawn.
        self.follow(&contents, own.as_ref().unwrap_or(outer), depth + 1)?;
        self.state = before;
        Ok(())
    }
}

/// The fonts that were chosen by name in a page or form.
#[derive(Default)]
struct Chosen(Vec<(Vec<u8>, Option<usize>)>);

/// Does something with an operator's numbers, if it has as many.
fn with<const N: usize>(operator: &Instruction<'_, '_>, then: impl FnOnce([f64; N])) {
    let mut numbers = [0.0; N];
    let mut found = 0;
    for operand in operator.operands() {
        if let (Object::Number(number), Some(free)) = (operand, numbers.get_mut(found)) {
            *free = number.as_f64();
            found += 1;
        }
    }
    if found == N {
        then(numbers);
    }
}

const fn as_name<'o, 'c>(operand: &'o Object<'c>) -> Option<&'o Name<'c>> {
    if let Object::Name(name) = operand { Some(name) } else { None }
}

const fn as_array<'o, 'c>(operand: &'o Object<'c>) -> Option<&'o Array<'c>> {
    if let Object::Array(array) = operand { Some(array) } else { None }
}

const fn as_text<'o, 'c>(operand: &'o Object<'c>) -> Option<&'o PdfString<'c>> {
    if let Object::String(text) = operand { Some(text) } else { None }
}

//! Executes the operators of a page, and of the forms it draws, to find the text they show.
//!
//! Only operators that move or show text are executed; others just mark the page as not blank. Invisible text counts
//! too, because OCR text of a scan is drawn invisibly.

use hayro_font::kurbo::Affine;
use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use hayro_syntax::page::{Page, Resources};

use super::content_stream::{ContentStream, END_MARKER};
use super::drawing_budget::DrawingBudget;
use super::fonts::Fonts;
use super::graphics_state::GraphicsState;
use super::layout::Layout;
use crate::error::ExtractError;
use crate::sink::Sink;

/// How deep forms may nest.
const MAX_FORM_DEPTH: usize = 32;

/// How many graphics states are saved. Beyond that, saves are only counted.
const MAX_SAVED_STATES: usize = 512;

/// Sends the text of a page to the layout.
pub(super) struct ContentInterpreter<'d, 'a, 's, S> {
    fonts: &'d mut Fonts<'a>,
    layout: &'d mut Layout<'s, S>,
    state: GraphicsState,
    saved: Vec<GraphicsState>,
    /// How many saves were only counted.
    unsaved: usize,
    budget: &'d mut DrawingBudget,
    /// Nothing is missing so far.
    complete: bool,
}

impl<'d, 'a, 's, S: Sink> ContentInterpreter<'d, 'a, 's, S> {
    pub(super) fn new(
        fonts: &'d mut Fonts<'a>,
        layout: &'d mut Layout<'s, S>,
        budget: &'d mut DrawingBudget,
    ) -> Self {
        Self {
            fonts,
            layout,
            state: GraphicsState::new(),
            saved: Vec::new(),
            unsaved: 0,
            budget,
            complete: true,
        }
    }

    /// Whether everything so far was read.
    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }

    pub(super) const fn layout(&mut self) -> &mut Layout<'s, S> {
        self.layout
    }

    pub(super) fn interpret_page(&mut self, page: &Page<'a>) -> Result<(), ExtractError> {
        let contents = ContentStream::of_page(page.raw(), self.budget.bytes_left());
        self.interpret(&contents, page.resources(), 0)
    }

    /// Interprets a form that is shown on a page, at a place of its own.
    pub(super) fn interpret_form(
        &mut self,
        form: &Stream<'a>,
        resources: &Resources<'a>,
        transform: Affine,
    ) -> Result<(), ExtractError> {
        self.state = GraphicsState::new();
        self.state.transform = transform;
        self.draw_form(form, resources, 0)
    }

    fn interpret(
        &mut self,
        contents: &ContentStream,
        resources: &Resources<'a>,
        depth: usize,
    ) -> Result<(), ExtractError> {
        self.complete &= contents.complete;
        if !self.budget.takes(contents.bytes.len()) {
            self.complete = false;
            return Ok(());
        }
        let (kept, unsaved) = (self.saved.len(), std::mem::take(&mut self.unsaved));
        let mut selected = SelectedFonts::default();
        let mut ended = false;
        let mut operators = UntypedIter::new(&contents.bytes);
        while let Some(operator) = operators.next() {
            match &**operator.operator {
                b"Tf" => self.select_font(&operator, resources, &mut selected),
                b"Do" => {
                    if let Some(name) = operator.operands().find_map(as_name) {
                        self.draw_object(name, resources, depth)?;
                    }
                    if self.budget.is_exhausted() {
                        break;
                    }
                }
                b"q" if self.saved.len() < MAX_SAVED_STATES => self.saved.push(self.state),
                b"q" => self.unsaved += 1,
                b"Q" if self.unsaved > 0 => self.unsaved -= 1,
                b"Q" if self.saved.len() > kept => self.state = self.saved.pop().unwrap_or(self.state),
                // An inline image without an end takes the rest of the stream.
                b"BI" if !operator.operands().any(|operand| matches!(operand, Object::Stream(_))) => break,
                END_MARKER => ended = true,
                _ => self.execute(&operator),
            }
        }
        self.complete &= ended;
        self.saved.truncate(kept);
        self.unsaved = unsaved;
        Ok(())
    }

    /// Executes an operator that needs only the graphics state.
    fn execute(&mut self, operator: &Instruction<'_, '_>) {
        let state = &mut self.state;
        match &**operator.operator {
            b"cm" => with_numbers(operator, |by| state.transform *= Affine::new(by)),
            b"BT" => state.move_to(Affine::IDENTITY),
            b"Tm" => with_numbers(operator, |to| state.move_to(Affine::new(to))),
            b"Td" => with_numbers(operator, |[x, y]| state.next_line((x, y))),
            b"TD" => with_numbers(operator, |[x, y]| {
                state.leading = -y;
                state.next_line((x, y));
            }),
            b"T*" => state.next_line((0.0, -state.leading)),
            b"TL" => with_numbers(operator, |[leading]| state.leading = leading),
            b"Tc" => with_numbers(operator, |[spacing]| state.spacing = spacing),
            b"Tw" => with_numbers(operator, |[spacing]| state.word_spacing = spacing),
            b"Tz" => with_numbers(operator, |[stretch]| state.stretch = stretch),
            b"Ts" => with_numbers(operator, |[rise]| state.rise = rise),
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
                with_numbers(operator, |[words, characters]| {
                    (state.word_spacing, state.spacing) = (words, characters);
                });
                state.next_line((0.0, -state.leading));
                self.show_first(operator);
            }
            b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" | b"sh" | b"BI" => {
                self.layout.mark_drawn();
            }
            _ => {}
        }
    }

    fn select_font(
        &mut self,
        operator: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        selected: &mut SelectedFonts,
    ) {
        with_numbers(operator, |[size]| self.state.size = size);
        if let Some(name) = operator.operands().find_map(as_name) {
            let known = selected.0.iter().find(|(known, _)| **known == **name);
            self.state.font = match known {
                Some((_, font)) => *font,
                None => {
                    let font = self.fonts.find(name, resources);
                    selected.0.push((name.to_vec(), font));
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
            self.complete = false;
            return self.layout.mark_drawn();
        };
        let font = self.fonts.font(font);
        let horizontal = font.is_horizontal();
        let run = self.state.run_geometry(horizontal);
        let (mut along, mut from) = (0.0, run.at(0.0));
        while !text.is_empty() {
            let glyph = font.first(text);
            let spacing = self.state.spacing + if glyph.is_space { self.state.word_spacing } else { 0.0 };
            along += (glyph.advance * self.state.size + spacing) * run.scale;
            let to = run.at(along);
            self.layout.show_glyph(&glyph.characters, run.baseline, from, to);
            from = to;
            text = text.get(glyph.bytes..).unwrap_or_default();
        }
        let by = if horizontal { (along, 0.0) } else { (0.0, along) };
        self.state.position *= Affine::translate(by);
    }

    fn draw_object(
        &mut self,
        name: &Name<'_>,
        resources: &Resources<'a>,
        depth: usize,
    ) -> Result<(), ExtractError> {
        let Some(object) = resources.get_x_object(name) else {
            self.complete = false;
            return Ok(());
        };
        let dictionary = object.dict();
        if dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Image") {
            self.layout.mark_drawn();
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
        if depth == MAX_FORM_DEPTH {
            let reason = "its drawings are nested too deeply".to_owned();
            return Err(ExtractError::Broken { format: super::FORMAT, reason });
        }
        let contents = ContentStream::of_form(form, self.budget.bytes_left());
        let own = form.dict().get::<Dict<'a>>(b"Resources").map(Resources::new);
        let before = self.state;
        if let Some(by) = form.dict().get::<[f64; 6]>(b"Matrix") {
            self.state.transform *= Affine::new(by);
        }
        // A form without resources uses those of its caller.
        self.interpret(&contents, own.as_ref().unwrap_or(outer), depth + 1)?;
        self.state = before;
        Ok(())
    }
}

/// The fonts selected by name in the current page or form.
#[derive(Default)]
struct SelectedFonts(Vec<(Vec<u8>, Option<usize>)>);

/// Calls `then` with an operator's numbers, if it has enough of them.
fn with_numbers<const N: usize>(operator: &Instruction<'_, '_>, then: impl FnOnce([f64; N])) {
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

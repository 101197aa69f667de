//! Remembers where a page shows characters, to skip text that is drawn twice at nearly the same place.
//!
//! Programs make text bold, or give it a shadow, by drawing it again with a small offset. Text can only be drawn again
//! after a jump back or to another line, so only then is a character looked up. The distances are those of pdftotext.

use std::collections::HashMap;

use hayro_font::kurbo::{Point, Vec2};

use super::layout::Baseline;

/// How far apart two drawings of a character may be, in units of the font size.
const MAX_ALONG: f32 = 0.1;
const MAX_ACROSS: f32 = 0.2;
/// A move of this size is a jump, in units of the font size.
const JUMP: f64 = 0.05;
/// The height of the stripes that characters are sorted into, in units of the page.
const STRIPE: f64 = 4.0;
/// How many characters are compared on one page. Only hostile pages need more.
const MAX_COMPARED: usize = 2_000_000;

/// How many characters of a page are remembered, and what a stripe counts as.
const MAX_REMEMBERED: usize = 1_000_000;
const STRIPE_COST: usize = 8;

#[derive(Debug, Default)]
pub(super) struct DrawnText {
    /// The number of each stripe in `stripes`, by its direction and place.
    numbers: HashMap<(i8, i8, i64), usize>,
    stripes: Vec<Vec<DrawnCharacter>>,
    /// The stripe of the last character.
    current: usize,
    /// Where the last character ended.
    pen: Option<Point>,
    /// The text that is being drawn again: its stripe, and the number of its next character.
    repeated: Option<(usize, usize)>,
    compared: usize,
    remembered: usize,
}

#[derive(Debug, Clone, Copy)]
struct DrawnCharacter {
    along: f32,
    across: f32,
    character: char,
}

impl DrawnText {
    /// Forgets a page, but keeps its memory.
    pub(super) fn begin_page(&mut self) {
        self.numbers.clear();
        self.stripes.clear();
        self.pen = None;
        self.repeated = None;
        self.compared = 0;
        self.remembered = 0;
    }

    /// Records a character that is shown between two points. Returns whether it was shown there before.
    pub(super) fn repeats(&mut self, character: char, baseline: Baseline, from: Point, to: Point) -> bool {
        let jumped = self.pen.is_none_or(|pen| is_jump(from - pen, baseline));
        self.pen = Some(to);
        if character.is_whitespace() {
            return self.repeated.is_some() && !jumped;
        }
        let way = from.to_vec2();
        let across = way.cross(baseline.forward);
        let shown =
            DrawnCharacter { along: way.dot(baseline.forward) as f32, across: across as f32, character };
        let size = baseline.size as f32;
        if jumped {
            self.repeated = self.find(baseline.forward, across, shown, size);
            if self.remembered < MAX_REMEMBERED {
                // A stripe takes the memory of some characters.
                self.remembered += STRIPE_COST;
                self.current = self.stripe(baseline.forward, across);
            }
        } else if let Some((stripe, next)) = self.repeated {
            let continues = self.stripes[stripe].get(next).is_some_and(|other| is_same(*other, shown, size));
            self.repeated = if continues {
                Some((stripe, next + 1))
            } else {
                self.find(baseline.forward, across, shown, size)
            };
        }
        if self.repeated.is_none() && self.remembered < MAX_REMEMBERED {
            self.remembered += 1;
            self.stripes[self.current].push(shown);
        }
        self.repeated.is_some()
    }

    fn stripe(&mut self, forward: Vec2, across: f64) -> usize {
        let next = self.stripes.len();
        let number = *self.numbers.entry(key(forward, across)).or_insert(next);
        if number == next {
            self.stripes.push(Vec::new());
        }
        number
    }

    /// Finds a character at nearly the same place. Returns the place after it.
    fn find(
        &mut self,
        forward: Vec2,
        across: f64,
        shown: DrawnCharacter,
        size: f32,
    ) -> Option<(usize, usize)> {
        for offset in [0.0, -STRIPE, STRIPE] {
            let Some(&number) = self.numbers.get(&key(forward, across + offset)) else { continue };
            let stripe = &self.stripes[number];
            if self.compared + stripe.len() > MAX_COMPARED {
                return None;
            }
            self.compared += stripe.len();
            if let Some(found) = stripe.iter().position(|other| is_same(*other, shown, size)) {
                return Some((number, found + 1));
            }
        }
        None
    }
}

/// The key of the stripe at this place. Text in the same direction shares stripes.
fn key(forward: Vec2, across: f64) -> (i8, i8, i64) {
    let direction = |part: f64| (part * 16.0).round() as i8;
    (direction(forward.x), direction(forward.y), (across / STRIPE).floor() as i64)
}

/// Whether a move leads back or to another line.
fn is_jump(way: Vec2, baseline: Baseline) -> bool {
    let step = JUMP * baseline.size;
    way.dot(baseline.forward) < -step || way.cross(baseline.forward).abs() > step
}

fn is_same(one: DrawnCharacter, other: DrawnCharacter, size: f32) -> bool {
    one.character == other.character
        && (one.along - other.along).abs() < MAX_ALONG * size
        && (one.across - other.across).abs() < MAX_ACROSS * size
}

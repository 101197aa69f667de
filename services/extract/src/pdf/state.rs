//! Where text stands: the state that the operators of a page change.
//!
//! Numbers only; knows no objects, no fonts and no text.

use hayro_font::kurbo::{Affine, Point, Vec2};

use super::layout::Line;

/// What an operator that saves the state saves.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// From the drawing's units to the page's.
    pub(super) drawing: Affine,
    /// From the text's units to the drawing's, where the next character stands.
    pub(super) place: Affine,
    /// The same at the beginning of the line.
    pub(super) line: Affine,
    /// The font's number; `None` if none was chosen, or one that cannot be read.
    pub(super) font: Option<usize>,
    pub(super) size: f64,
    /// After each character.
    pub(super) spacing: f64,
    /// After each space besides.
    pub(super) word_spacing: f64,
    /// How much wider than high, in hundredths.
    pub(super) stretch: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
}

impl State {
    /// At the beginning of a page.
    pub(super) const fn new() -> Self {
        Self {
            drawing: Affine::IDENTITY,
            place: Affine::IDENTITY,
            line: Affine::IDENTITY,
            font: None,
            size: 0.0,
            spacing: 0.0,
            word_spacing: 0.0,
            stretch: 100.0,
            leading: 0.0,
            rise: 0.0,
        }
    }

    /// Puts text at a place.
    pub(super) const fn put(&mut self, place: Affine) {
        self.line = place;
        self.place = place;
    }

    /// Goes on to a line that begins so far from this one's beginning.
    pub(super) fn next_line(&mut self, by: (f64, f64)) {
        self.put(self.line * Affine::translate(by));
    }

    /// Moves the next character, by a number that is subtracted, in thousandths of the type's size.
    pub(super) fn adjust(&mut self, by: f64, horizontal: bool) {
        let by = -by / 1000.0 * self.size;
        let by = if horizontal { (by * self.stretch / 100.0, 0.0) } else { (0.0, by) };
        self.place *= Affine::translate(by);
    }

    /// Where and how what is written next is written.
    pub(super) fn writing(&self, horizontal: bool) -> Writing {
        let transform = self.drawing * self.place;
        let [across, up] = [Vec2::new(1.0, 0.0), Vec2::new(0.0, 1.0)].map(|unit| turned(transform, unit));
        // A type's size may be negative, which turns the text round.
        let stretch = self.stretch / 100.0;
        let (unit, direction) = if horizontal {
            (across, self.size.signum() * stretch.signum())
        } else {
            (up, -self.size.signum())
        };
        let length = unit.hypot();
        let size = up.hypot() * self.size.abs();
        // A document may give any number, or none.
        let line = (length.is_normal() && size.is_normal())
            .then(|| Line { forward: unit * (direction / length), size });
        let scale = if horizontal { stretch } else { 1.0 };
        Writing { start: transform * Point::new(0.0, self.rise), unit, scale, line }
    }
}

fn turned(transform: Affine, vector: Vec2) -> Vec2 {
    let [a, b, c, d, ..] = transform.as_coeffs();
    Vec2::new(a * vector.x + c * vector.y, b * vector.x + d * vector.y)
}

/// The way that characters are written one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing {
    start: Point,
    unit: Vec2,
    /// What each step is multiplied by.
    pub(super) scale: f64,
    /// `None` if it has no direction or no size.
    pub(super) line: Option<Line>,
}

impl Writing {
    /// A point so many of the text's units after the start.
    #[inline]
    pub(super) fn at(&self, along: f64) -> Point {
        self.start + self.unit * along
    }
}

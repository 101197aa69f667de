//! The graphics state that a page's operators change, as far as it places text.
//!
//! Numbers only; knows no objects, no fonts and no text.

use hayro_font::kurbo::{Affine, Point, Vec2};

use super::layout::Baseline;

/// The part of the graphics state that places text.
#[derive(Debug, Clone, Copy)]
pub(super) struct GraphicsState {
    /// From the units of the page's content to those of the page.
    pub(super) transform: Affine,
    /// From text units to content units, at the next character.
    pub(super) position: Affine,
    /// The same at the start of the line.
    pub(super) line_start: Affine,
    /// The font's number; `None` if none was selected or it cannot be read.
    pub(super) font: Option<usize>,
    pub(super) size: f64,
    /// Added after each character.
    pub(super) spacing: f64,
    /// Added after each space.
    pub(super) word_spacing: f64,
    /// Horizontal scaling in percent.
    pub(super) stretch: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
}

impl GraphicsState {
    pub(super) const fn new() -> Self {
        Self {
            transform: Affine::IDENTITY,
            position: Affine::IDENTITY,
            line_start: Affine::IDENTITY,
            font: None,
            size: 0.0,
            spacing: 0.0,
            word_spacing: 0.0,
            stretch: 100.0,
            leading: 0.0,
            rise: 0.0,
        }
    }

    /// Moves to a position and starts a line there.
    pub(super) const fn move_to(&mut self, position: Affine) {
        self.line_start = position;
        self.position = position;
    }

    /// Starts a line at an offset from the start of this one.
    pub(super) fn next_line(&mut self, by: (f64, f64)) {
        self.move_to(self.line_start * Affine::translate(by));
    }

    /// Moves the next character back by thousandths of the font size.
    pub(super) fn adjust(&mut self, by: f64, horizontal: bool) {
        let by = -by / 1000.0 * self.size;
        let by = if horizontal { (by * self.stretch / 100.0, 0.0) } else { (0.0, by) };
        self.position *= Affine::translate(by);
    }

    /// The geometry of the text that is shown next.
    pub(super) fn run_geometry(&self, horizontal: bool) -> RunGeometry {
        let to_page = self.transform * self.position;
        let [across, up] = [Vec2::new(1.0, 0.0), Vec2::new(0.0, 1.0)].map(|unit| rotated(to_page, unit));
        // A negative font size rotates the text by 180 degrees.
        let stretch = self.stretch / 100.0;
        let (unit, direction) = if horizontal {
            (across, self.size.signum() * stretch.signum())
        } else {
            (up, -self.size.signum())
        };
        let length = unit.hypot();
        let size = up.hypot() * self.size.abs();
        // The numbers in a document may be zero, infinite or NaN.
        let baseline = (length.is_normal() && size.is_normal())
            .then(|| Baseline { forward: unit * (direction / length), size });
        let scale = if horizontal { stretch } else { 1.0 };
        RunGeometry { start: to_page * Point::new(0.0, self.rise), unit, scale, baseline }
    }
}

fn rotated(transform: Affine, vector: Vec2) -> Vec2 {
    let [a, b, c, d, ..] = transform.as_coeffs();
    Vec2::new(a * vector.x + c * vector.y, b * vector.x + d * vector.y)
}

/// The geometry of a run of glyphs.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunGeometry {
    start: Point,
    unit: Vec2,
    /// The factor for each advance.
    pub(super) scale: f64,
    /// `None` without a direction or a size.
    pub(super) baseline: Option<Baseline>,
}

impl RunGeometry {
    /// The point `along` text units after the start.
    #[inline]
    pub(super) fn at(&self, along: f64) -> Point {
        self.start + self.unit * along
    }
}

//! Where extracted text goes.
//!
//! One method, so that a closure can be a sink.

use crate::region::Region;

/// Receives text as it is found.
pub trait Sink {
    /// Takes more text of a region. All pieces of a region, concatenated, are its text. Pieces may end anywhere, even
    /// inside a word. Block borders arrive as `"
    /// "`. Pieces of different regions come in document order.
    fn text(&mut self, region: Region, text: &str);
}

impl<F: FnMut(Region, &str)> Sink for F {
    fn text(&mut self, region: Region, text: &str) {
        self(region, text);
    }
}

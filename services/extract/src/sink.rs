//! Where text goes.
//!
//! One method, so that a closure will do; nothing is known of what is made of the text.

use crate::region::Region;

/// Takes text as it is found.
pub trait Sink {
    /// More text of a region. The pieces of one region, put together, are its text; where one piece ends and the next
    /// begins means nothing and may fall inside a word. Block borders arrive as `"\n"` in the text. Pieces of
    /// different regions come in the order of the document.
    fn text(&mut self, region: Region, text: &str);
}

impl<F: FnMut(Region, &str)> Sink for F {
    fn text(&mut self, region: Region, text: &str) {
        self(region, text);
    }
}

//! One part of a long list, and where the next begins.

/// A place in a list. Only the adapter that made it can read it; safe to put into a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Takes a cursor as a client or an adapter gives it. Whether it means anything is for the adapter to say.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most so many items.
    pub limit: usize,
    /// Start where this one points to; from the beginning when there is none.
    pub cursor: Option<Cursor>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<Cursor>,
    /// How many items of this part are stored, cannot be read, and were left out.
    pub unreadable: usize,
}

//! Counts lines and paragraphs, and merges the counts of two texts.
//!
//! A line ends with a line feed, as for `wc -l`. A last line without one counts too, because a reader
//! sees it. A paragraph is a block of non-blank lines, separated by blank lines.

/// The position of the end of the text relative to paragraphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ParagraphPosition {
    /// After a blank line, or before the first paragraph.
    Outside,
    /// On a non-blank line.
    OnLine,
    /// On the line after a non-blank one, which is blank so far.
    NextLine,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LineCounter {
    feeds: u64,
    paragraphs: u64,
    /// Line feeds before the first visible character, at most two.
    leading_feeds: u8,
    position: ParagraphPosition,
    /// Whether the text ends with a line feed or is empty.
    closed: bool,
}

impl LineCounter {
    pub(crate) const fn new() -> Self {
        Self { feeds: 0, paragraphs: 0, leading_feeds: 0, position: ParagraphPosition::Outside, closed: true }
    }

    /// Includes a last line without a line feed.
    pub(crate) const fn lines(&self) -> u64 {
        self.feeds + !self.closed as u64
    }

    pub(crate) const fn paragraphs(&self) -> u64 {
        self.paragraphs
    }

    /// The counts that only grow: paragraphs and line feeds.
    pub(super) const fn counts(&mut self) -> [&mut u64; 2] {
        [&mut self.paragraphs, &mut self.feeds]
    }

    pub(crate) const fn push_feed(&mut self) {
        self.feeds += 1;
        if self.paragraphs == 0 && self.leading_feeds < 2 {
            self.leading_feeds += 1;
        }
        self.position = match self.position {
            ParagraphPosition::OnLine => ParagraphPosition::NextLine,
            ParagraphPosition::NextLine | ParagraphPosition::Outside => ParagraphPosition::Outside,
        };
        self.closed = true;
    }

    /// Pushes a character that is not white space.
    pub(crate) const fn push_visible(&mut self) {
        self.paragraphs += matches!(self.position, ParagraphPosition::Outside) as u64;
        self.position = ParagraphPosition::OnLine;
        self.closed = false;
    }

    /// Pushes white space other than a line feed.
    pub(crate) const fn push_space(&mut self) {
        self.closed = false;
    }

    /// Pushes `len` bytes, given the masks of visible characters and of line feeds.
    pub(crate) const fn push_block(&mut self, visible: u64, mut feeds: u64, len: u32) {
        let mut rest = visible;
        let mut from = 0;
        while feeds != 0 {
            let feed = feeds.trailing_zeros();
            let line = (1 << feed) - 1;
            if rest & line != 0 {
                self.push_visible();
                rest &= !line;
            } else if feed > from {
                self.push_space();
            }
            self.push_feed();
            from = feed + 1;
            feeds &= feeds - 1;
        }
        if rest != 0 {
            self.push_visible();
        } else if from < len {
            self.push_space();
        }
    }

    /// The counter of the text of `self` followed by the text of `next`, neither of them empty. If the
    /// first does not end in white space, its last line and paragraph end with it.
    pub(crate) fn merge(self, next: &Self, ends_in_space: bool) -> Self {
        let joined = match (ends_in_space, self.position) {
            (false, _) | (true, ParagraphPosition::Outside) => false,
            (true, ParagraphPosition::OnLine) => next.leading_feeds < 2,
            (true, ParagraphPosition::NextLine) => next.leading_feeds < 1,
        };
        let feeds = self.feeds + next.feeds + u64::from(!ends_in_space && !self.closed);
        let position = match next.paragraphs {
            0 if ends_in_space => self.after_feeds(next.leading_feeds),
            _ => next.position,
        };
        let leading_feeds = match self.paragraphs {
            0 if !ends_in_space => 2,
            0 => (self.leading_feeds + next.leading_feeds).min(2),
            _ => self.leading_feeds,
        };
        let paragraphs = self.paragraphs + next.paragraphs - u64::from(joined && next.paragraphs > 0);
        Self { feeds, paragraphs, leading_feeds, position, closed: next.closed }
    }

    const fn after_feeds(&self, feeds: u8) -> ParagraphPosition {
        match (self.position, feeds) {
            (position, 0) => position,
            (ParagraphPosition::OnLine, 1) => ParagraphPosition::NextLine,
            _ => ParagraphPosition::Outside,
        }
    }
}

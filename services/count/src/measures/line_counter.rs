//! LineCounter and paragraphs, and what they become when two texts are joined.
//!
//! A line ends with a line feed, as for `wc -l`; a last line without one is counted too, because a
//! reader sees it. A paragraph is a block of lines that show something, parted by lines that do not.

/// Where the last line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ParagraphPosition {
    /// No paragraph is open.
    Outside,
    /// On a line of a paragraph that shows something.
    OnLine,
    /// On a line behind a paragraph that shows nothing so far.
    Behind,
}

/// Line feeds and paragraphs of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LineCounter {
    feeds: u64,
    paragraphs: u64,
    /// Line feeds before anything is shown; more than two are as two.
    leading_feeds: u8,
    place: ParagraphPosition,
    /// Whether the text ends with a line feed or is empty.
    closed: bool,
}

impl LineCounter {
    /// Those of an empty text.
    pub(crate) const fn new() -> Self {
        Self { feeds: 0, paragraphs: 0, leading_feeds: 0, place: ParagraphPosition::Outside, closed: true }
    }

    /// LineCounter, a last one without a line feed included.
    pub(crate) const fn lines(&self) -> u64 {
        self.feeds + !self.closed as u64
    }

    /// Blocks of lines that show something.
    pub(crate) const fn paragraphs(&self) -> u64 {
        self.paragraphs
    }

    /// What is counted up: paragraphs and line feeds.
    pub(super) const fn counts(&mut self) -> [&mut u64; 2] {
        [&mut self.paragraphs, &mut self.feeds]
    }

    /// Takes a line feed.
    pub(crate) const fn feed(&mut self) {
        self.feeds += 1;
        if self.paragraphs == 0 && self.leading_feeds < 2 {
            self.leading_feeds += 1;
        }
        self.place = match self.place {
            ParagraphPosition::OnLine => ParagraphPosition::Behind,
            ParagraphPosition::Behind | ParagraphPosition::Outside => ParagraphPosition::Outside,
        };
        self.closed = true;
    }

    /// Takes a character that is no white space.
    pub(crate) const fn visible(&mut self) {
        self.paragraphs += matches!(self.place, ParagraphPosition::Outside) as u64;
        self.place = ParagraphPosition::OnLine;
        self.closed = false;
    }

    /// Takes white space other than a line feed.
    pub(crate) const fn space(&mut self) {
        self.closed = false;
    }

    /// Takes `len` bytes, given where something is shown and where the line feeds are, the first byte
    /// in the lowest bit.
    pub(crate) const fn take_block(&mut self, shown: u64, mut feeds: u64, len: u32) {
        let mut rest = shown;
        let mut from = 0;
        while feeds != 0 {
            let feed = feeds.trailing_zeros();
            let line = (1 << feed) - 1;
            if rest & line != 0 {
                self.visible();
                rest &= !line;
            } else if feed > from {
                self.space();
            }
            self.feed();
            from = feed + 1;
            feeds &= feeds - 1;
        }
        if rest != 0 {
            self.visible();
        } else if from < len {
            self.space();
        }
    }

    /// Those of both texts, neither empty; where the first does not end in white space, a paragraph
    /// ends with it.
    pub(crate) fn merge(self, next: &Self, seam: bool) -> Self {
        let joined = match (seam, self.place) {
            (false, _) | (true, ParagraphPosition::Outside) => false,
            (true, ParagraphPosition::OnLine) => next.leading_feeds < 2,
            (true, ParagraphPosition::Behind) => next.leading_feeds < 1,
        };
        let feeds = self.feeds + next.feeds + u64::from(!seam && !self.closed);
        let place = match next.paragraphs {
            0 if seam => self.after_feeds(next.leading_feeds),
            _ => next.place,
        };
        let leading_feeds = match self.paragraphs {
            0 if !seam => 2,
            0 => (self.leading_feeds + next.leading_feeds).min(2),
            _ => self.leading_feeds,
        };
        let paragraphs = self.paragraphs + next.paragraphs - u64::from(joined && next.paragraphs > 0);
        Self { feeds, paragraphs, leading_feeds, place, closed: next.closed }
    }

    const fn after_feeds(&self, feeds: u8) -> ParagraphPosition {
        match (self.place, feeds) {
            (place, 0) => place,
            (ParagraphPosition::OnLine, 1) => ParagraphPosition::Behind,
            _ => ParagraphPosition::Outside,
        }
    }
}

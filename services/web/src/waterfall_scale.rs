//! The horizontal axis of a waterfall, in percent of its width.

/// Maps words to percent. Begins at zero, unless the changes would be too small to see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaterfallScale {
    low: i128,
    high: i128,
}

impl WaterfallScale {
    /// The scale for these values.
    pub(crate) fn of(values: impl Iterator<Item = i128> + Clone) -> Self {
        let (least, most) = (values.clone().min().unwrap_or(0), values.max().unwrap_or(1));
        let spread = (most - least).max(1);
        // Changes that share less than a ninth of the width are hard to see: then the axis begins later.
        let low = if least > spread * 8 { least - spread } else { 0 };
        Self { low, high: most.max(low + 1) }
    }

    /// Where the axis begins.
    pub(crate) const fn low(self) -> i128 {
        self.low
    }

    /// The place of a number, from 0 to 100.
    #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
    pub(crate) fn place(self, words: i128) -> f64 {
        (words - self.low) as f64 / (self.high - self.low) as f64 * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_with_small_changes_are_cut() {
        let scale = WaterfallScale::of([10_000, 10_040].into_iter());
        assert_eq!((scale.low(), scale.place(10_000), scale.place(10_040)), (9_960, 50.0, 100.0));
    }

    #[test]
    fn small_numbers_begin_at_zero() {
        let scale = WaterfallScale::of([3, 8].into_iter());
        assert_eq!((scale.low(), scale.place(4)), (0, 50.0));
        assert_eq!(WaterfallScale::of(std::iter::empty()).place(0), 0.0);
    }
}

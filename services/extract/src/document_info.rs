//! What a format's parser learns about a document besides its text.
//!
//! Values only. It is separate from the dispatcher in `buffered`, so that no format depends on the code that calls it.

use crate::charset::CharsetSource;
use crate::warning::ExtractWarning;
use crate::xml::DecodingStats;

/// Facts about one document, filled in by the parser of its format.
#[derive(Debug, Default)]
pub(crate) struct DocumentInfo {
    pub(crate) title: Option<String>,
    /// The charset of the text, and what decided it. `None`: the format fixes it.
    pub(crate) charset: Option<(String, CharsetSource)>,
    /// Byte sequences that are not valid in the charset.
    pub(crate) replacements: u64,
    pub(crate) warnings: Vec<ExtractWarning>,
}

impl DocumentInfo {
    /// Records how the parts were decoded.
    pub(crate) fn add_decoding_stats(&mut self, stats: DecodingStats) {
        self.replacements += stats.replacements;
        let charset = stats.last.unwrap_or_else(|| ("utf-8".to_owned(), CharsetSource::Default));
        if self.replacements > 0 {
            let (charset, replacements) = (charset.0.clone(), self.replacements);
            self.warnings.push(ExtractWarning::LossyCharset { charset, replacements });
        }
        self.charset = Some(charset);
    }

    /// Warns of entity references that were left out, if there are any.
    pub(crate) fn add_unresolved(&mut self, count: u64) {
        if count > 0 {
            self.warnings.push(ExtractWarning::UnresolvedEntities { count });
        }
    }
}

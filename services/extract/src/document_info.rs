//! What a format's parser learns about a document besides its text.
//!
//! Values only. It stands apart from the dispatcher in `buffered`, so that no format depends on the code that calls it.

use crate::charset::CharsetSource;
use crate::warning::Warning;
use crate::xml::Charsets;

/// Facts about one document, filled in by the parser of its format.
#[derive(Debug, Default)]
pub(crate) struct DocumentInfo {
    pub(crate) title: Option<String>,
    /// The charset of the text, and what decided it. `None`: the format fixes it.
    pub(crate) charset: Option<(String, CharsetSource)>,
    /// Byte sequences that are not valid in the charset.
    pub(crate) replacements: u64,
    pub(crate) warnings: Vec<Warning>,
}

impl DocumentInfo {
    /// Records how the parts were decoded.
    pub(crate) fn set_charsets(&mut self, charsets: Charsets) {
        self.replacements += charsets.replacements;
        let charset = charsets.last.unwrap_or_else(|| ("utf-8".to_owned(), CharsetSource::Default));
        if self.replacements > 0 {
            let (charset, replacements) = (charset.0.clone(), self.replacements);
            self.warnings.push(Warning::LossyCharset { charset, replacements });
        }
        self.charset = Some(charset);
    }

    /// Warns of entity references that were left out, if there are any.
    pub(crate) fn add_unresolved(&mut self, count: u64) {
        if count > 0 {
            self.warnings.push(Warning::UnresolvedEntities { count });
        }
    }
}

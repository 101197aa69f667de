//! Flat ODT: the parts of an ODT archive as one XML document.

use super::styles::OdtStyles;
use super::text_handler::OdtTextHandler;
use crate::document_info::DocumentInfo;
use crate::error::ExtractError;
use crate::limits::Limits;
use crate::sink::Sink;
use crate::warning::ExtractWarning;
use crate::xml::{self, DecodingStats, PartContext};
use crate::xml_package::TitleHandler;

pub(crate) fn parse_flat(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let context = PartContext { format: "flat ODT", part: "the file" };
    let mut info = DocumentInfo::default();
    let mut title_handler = TitleHandler::new(sink);
    xml::parse(document, context, limits, &mut DecodingStats::default(), &mut title_handler)?;
    info.title = title_handler.into_title();
    let mut stats = DecodingStats::default();
    let mut text = OdtTextHandler::new(sink, OdtStyles::default());
    let unresolved = xml::parse(document, context, limits, &mut stats, &mut text)?;
    let embedded = text.finish();
    if embedded > 0 {
        info.warnings.push(ExtractWarning::EmbeddedObjects { count: embedded });
    }
    info.add_unresolved(unresolved);
    info.add_decoding_stats(stats);
    Ok(info)
}

#[cfg(test)]
mod tests {
    use crate::limits::Limits;
    use crate::tests::{buffered, text_of};
    use crate::{MediaType, Region};

    #[test]
    fn reads_all_parts_of_one_file() {
        let flat = "<?xml version='1.0'?><office:document xmlns:office='o' office:mimetype='application/vnd.oasis.opendocument.text'>\
            <office:meta><dc:title>A day</dc:title><meta:keyword>no</meta:keyword></office:meta>\
            <office:styles><style:style style:name='H'><style:text-properties text:display='none'/></style:style></office:styles>\
            <office:master-styles><style:footer><text:p>foot</text:p></style:footer></office:master-styles>\
            <office:body><office:text><text:h>Head</text:h><text:p>three <text:span>lit</text:span>tle\n words</text:p>\
            <text:p text:style-name='H'>secret</text:p><text:p><draw:frame><draw:image><office:binary-data>aGk=</office:binary-data>\
            </draw:image></draw:frame></text:p></office:text></office:body></office:document>";
        let (extraction, texts) = buffered(flat.as_bytes(), Limits::default()).expect("a document");
        assert_eq!((extraction.media_type, extraction.title.as_deref()), (MediaType::FlatOdt, Some("A day")));
        assert_eq!(text_of(&texts, Region::Body), "Head\n\nthree little words");
        assert_eq!(text_of(&texts, Region::Hidden), "secret");
        assert_eq!(text_of(&texts, Region::Footer), "foot");
        assert_eq!(text_of(&texts, Region::Title), "A day");
    }
}

//! The rules for ODT, with one document each.

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::tests::{Texts, archive, buffered, text_of};
use crate::{ExtractWarning, Extraction, MediaType, Region};

const MIMETYPE: &str = "application/vnd.oasis.opendocument.text";

fn read(styles: &str, content: &str) -> Result<(Extraction, Texts), ExtractError> {
    let content = format!(
        "<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>\
         <office:text>{content}</office:text></office:body></office:document-content>"
    );
    let masters = "<office:document-styles><office:master-styles><style:master-page><style:header><text:p>the \
                   head</text:p></style:header><style:footer><text:p>the foot</text:p></style:footer>\
                   </style:master-page></office:master-styles></office:document-styles>";
    let meta = "<office:document-meta><office:meta><dc:title>My Text</dc:title></office:meta></office:document-meta>";
    let parts = [
        ("mimetype", MIMETYPE),
        ("content.xml", content.as_str()),
        ("styles.xml", masters),
        ("meta.xml", meta),
    ];
    buffered(&archive(&parts), Limits::default())
}

fn texts(content: &str) -> Texts {
    read("", content).expect("a document").1
}

fn body(content: &str) -> String {
    text_of(&texts(content), Region::Body).to_owned()
}

#[test]
fn everything_except_spans_separates_words() {
    for (xml, expected) in [
        ("<text:h>One</text:h>\n  <text:p>two <text:span>th</text:span>ree</text:p>", "One\n\ntwo three"),
        ("<text:p>a<text:tab/>b<text:line-break/>c<text:s text:c='2'/>d  e</text:p>", "a\tb\nc  d e"),
        (
            "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>\
             <table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>",
            "a\n\nb",
        ),
        ("<text:list><text:list-item><text:p>a</text:p></text:list-item></text:list>", "a"),
        (
            "<text:p>page <text:page-number>3</text:page-number> of <text:title>Book</text:title></text:p>",
            "page 3 of Book",
        ),
        ("<text:sequence-decls>no text</text:sequence-decls><text:p/>", ""),
    ] {
        assert_eq!(body(xml), expected, "{xml}");
    }
}

#[test]
fn assigns_every_part_to_its_region() {
    let styles = "<style:style style:name='T1'><style:text-properties text:display='none'/></style:style>\
                  <style:style style:name='T2'><style:text-properties/></style:style>";
    let (extraction, texts) = read(
        styles,
        "<text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>Me\
         </dc:creator></office:change-info><text:p>gone words</text:p></text:deletion></text:changed-region>\
         </text:tracked-changes><text:p>se<text:note><text:note-citation>1</text:note-citation><text:note-body>\
         <text:p>a footnote</text:p></text:note-body></text:note>en<office:annotation><dc:creator>Me</dc:creator>\
         <text:p>a remark</text:p></office:annotation> text<draw:frame><draw:text-box><text:p>in a box</text:p>\
         </draw:text-box><svg:desc>a picture</svg:desc></draw:frame>s</text:p>\
         <text:p><text:span text:style-name='T1'>unseen</text:span><text:span text:style-name='T2'>x</text:span></text:p>\
         <text:section text:display='none'><text:p>a section</text:p></text:section>",
    )
    .expect("a document");
    for (region, expected) in [
        (Region::Body, "seen texts\n\nx"),
        (Region::Notes, "a footnote"),
        (Region::Comments, "a remark"),
        (Region::TextBox, "in a box"),
        (Region::Alt, "a picture"),
        (Region::Deleted, "gone words"),
        (Region::Hidden, "unseen\n\na section"),
        (Region::Header, "the head"),
        (Region::Footer, "the foot"),
        (Region::Title, "My Text"),
    ] {
        assert_eq!(text_of(&texts, region), expected, "{region}");
    }
    assert_eq!((extraction.media_type, extraction.title.as_deref()), (MediaType::Odt, Some("My Text")));
    assert_eq!(extraction.warnings, []);
}

#[test]
fn warns_of_embedded_objects() {
    let (extraction, _) =
        read("", "<text:p><draw:frame><draw:object/></draw:frame></text:p>").expect("a document");
    assert_eq!(extraction.warnings, [ExtractWarning::EmbeddedObjects { count: 1 }]);
}

#[test]
fn rejects_encrypted_documents() {
    let manifest = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry>\
                    </manifest:manifest>";
    let document = archive(&[
        ("mimetype", MIMETYPE),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", "\u{1}\u{2}"),
    ]);
    let error = buffered(&document, Limits::default()).expect_err("encrypted");
    assert_eq!(error, ExtractError::Encrypted { format: "ODT" });
}

#[test]
fn rejects_a_document_without_content() {
    let error = buffered(&archive(&[("mimetype", MIMETYPE)]), Limits::default()).expect_err("empty");
    assert_eq!(error.code(), "document_broken");
}

#[test]
fn limits_the_spaces_of_one_element() {
    let text = body("<text:p>a<text:s text:c='4000000000'/>b<text:s text:c='-1'/>c</text:p>");
    assert_eq!((text.len(), text.split_whitespace().count()), (256 + 1 + 3, 3));
}

//! The rules for OpenDocument texts, each with a document that shows it.

use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::tests::{Texts, archive, of, whole};
use crate::{Extraction, MediaType, Region, Warning};

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
    whole(&archive(&parts), Limits::default())
}

fn texts(content: &str) -> Texts {
    read("", content).expect("a document").1
}

fn body(content: &str) -> String {
    of(&texts(content), Region::Body).to_owned()
}

#[test]
fn spans_do_not_cut_words_and_all_else_does() {
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
fn every_part_has_its_region() {
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
        assert_eq!(of(&texts, region), expected, "{region}");
    }
    assert_eq!((extraction.media_type, extraction.title.as_deref()), (MediaType::Odt, Some("My Text")));
    assert_eq!(extraction.warnings, []);
}

#[test]
fn embedded_objects_are_told() {
    let (extraction, _) =
        read("", "<text:p><draw:frame><draw:object/></draw:frame></text:p>").expect("a document");
    assert_eq!(extraction.warnings, [Warning::EmbeddedObjects { count: 1 }]);
}

#[test]
fn encrypted_documents_are_refused() {
    let manifest = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry>\
                    </manifest:manifest>";
    let document = archive(&[
        ("mimetype", MIMETYPE),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", "\u{1}\u{2}"),
    ]);
    let error = whole(&document, Limits::default()).expect_err("a secret");
    assert_eq!(error, ExtractError::Encrypted { format: "ODT" });
}

#[test]
fn a_document_without_content_is_broken() {
    let error = whole(&archive(&[("mimetype", MIMETYPE)]), Limits::default()).expect_err("nothing in it");
    assert_eq!(error.code(), "document_broken");
}

#[test]
fn one_element_stands_for_a_bounded_number_of_spaces() {
    let text = body("<text:p>a<text:s text:c='4000000000'/>b<text:s text:c='-1'/>c</text:p>");
    assert_eq!((text.len(), text.split_whitespace().count()), (256 + 1 + 3, 3));
}

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

/// Body and hidden text of a document with these named styles.
fn shown_and_hidden(named: &str, styles: &str, content: &str) -> (String, String) {
    let content = format!(
        "<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>\
         <office:text>{content}</office:text></office:body></office:document-content>"
    );
    let named = format!(
        "<office:document-styles><office:styles>{named}</office:styles><office:automatic-styles>\
         <style:style style:name='P1' style:family='paragraph'><style:text-properties text:display='none'/>\
         </style:style></office:automatic-styles></office:document-styles>"
    );
    let parts = [("mimetype", MIMETYPE), ("content.xml", content.as_str()), ("styles.xml", named.as_str())];
    let (_, texts) = buffered(&archive(&parts), Limits::default()).expect("a document");
    (text_of(&texts, Region::Body).to_owned(), text_of(&texts, Region::Hidden).to_owned())
}

#[test]
fn styles_hide_text() {
    let named = "<style:style style:name='Hid' style:family='text'><style:text-properties text:display='none'/></style:style>\
                 <style:style style:name='Child' style:family='text' style:parent-style-name='Hid'/>\
                 <style:style style:name='Shown' style:family='text' style:parent-style-name='Hid'>\
                 <style:text-properties text:display='true'/></style:style>\
                 <style:style style:name='Loop' style:family='text' style:parent-style-name='Loop'/>\
                 <style:style style:name='Para' style:family='paragraph'><style:text-properties text:display='none'/></style:style>";
    let automatic = "<style:style style:name='T1' style:family='text' style:parent-style-name='Child'/>\
                     <style:style style:name='P1' style:family='paragraph'/>\
                     <style:style style:name='P2' style:family='paragraph' style:parent-style-name='Para'/>";
    for (style, hides) in [
        ("Hid", true),
        ("Child", true),
        ("T1", true),
        ("Shown", false),
        ("Loop", false),
        ("Para", false),
        ("None", false),
    ] {
        let content =
            format!("<text:p>seen <text:span text:style-name='{style}'>hidden words</text:span></text:p>");
        let expected = if hides { ("seen", "hidden words") } else { ("seen hidden words", "") };
        let (shown, hidden) = shown_and_hidden(named, automatic, &content);
        assert_eq!((shown.as_str(), hidden.as_str()), expected, "{style}");
    }
    for (style, hides) in [("Para", true), ("P2", true), ("P1", false), ("Hid", false)] {
        let content = format!("<text:p text:style-name='{style}'>words</text:p>");
        let expected = if hides { ("", "words") } else { ("words", "") };
        let (shown, hidden) = shown_and_hidden(named, automatic, &content);
        assert_eq!((shown.as_str(), hidden.as_str()), expected, "{style}");
    }
}

#[test]
fn fields_and_sections_hide_text() {
    let field =
        |hidden: &str| format!("<text:hidden-paragraph text:condition='ooow:1' text:is-hidden='{hidden}'/>");
    let (yes, no) = (field("true"), field("false"));
    for (content, shown, hidden) in [
        (format!("<text:p>a</text:p><text:p>{yes}b c</text:p><text:p>d</text:p>"), "a\n\nd", "b c"),
        (
            format!("<text:p>a</text:p><text:p>b <text:span>c</text:span>{yes} d</text:p><text:p>e</text:p>"),
            "a\n\ne",
            "b c d",
        ),
        (format!("<text:p>{no}a</text:p>"), "a", ""),
        (
            format!(
                "<text:p>a<text:note><text:note-body><text:p>note</text:p></text:note-body></text:note>{yes}</text:p><text:p>b</text:p>"
            ),
            "b",
            "a",
        ),
        (
            format!(
                "<text:p>a<text:note><text:note-body><text:p>{yes}note</text:p></text:note-body></text:note> b</text:p>"
            ),
            "a b",
            "note",
        ),
        (
            "<text:p>a <text:hidden-text text:is-hidden='true'>b</text:hidden-text>c</text:p>".to_owned(),
            "a c",
            "b",
        ),
        (
            "<text:p>a <text:hidden-text text:is-hidden='false'>b</text:hidden-text></text:p>".to_owned(),
            "a b",
            "",
        ),
        (
            "<text:section text:display='condition' text:is-hidden='true'><text:p>a</text:p></text:section>"
                .to_owned(),
            "",
            "a",
        ),
        (
            "<text:section text:display='condition' text:is-hidden='false'><text:p>a</text:p></text:section>"
                .to_owned(),
            "a",
            "",
        ),
        (
            "<text:section text:display='none'><text:p>a</text:p></text:section><text:p>b</text:p>"
                .to_owned(),
            "b",
            "a",
        ),
    ] {
        assert_eq!(shown_and_hidden("", "", &content), (shown.to_owned(), hidden.to_owned()), "{content}");
    }
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

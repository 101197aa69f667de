//! The rules for XLIFF, with one file each.

use crate::limits::Limits;
use crate::tests::{Texts, buffered, text_of};
use crate::{MediaType, Region};

fn texts(xliff: &str) -> Texts {
    let (extraction, texts) = buffered(xliff.as_bytes(), Limits::default()).expect("a file");
    assert_eq!(extraction.media_type, MediaType::Xliff);
    texts
}

fn version_1(units: &str) -> Texts {
    texts(&format!("<?xml version='1.0'?><xliff version='1.2'><file><body>{units}</body></file></xliff>"))
}

fn version_2(units: &str) -> Texts {
    texts(&format!("<xliff version='2.0' srcLang='en' trgLang='de'><file id='f'>{units}</file></xliff>"))
}

#[test]
fn reads_version_1_unit_by_unit() {
    let texts = version_1(
        "<trans-unit id='1'><source>One  <g id='1'>wo</g>rd\n more</source><seg-source><mrk>One word \
         more</mrk></seg-source><target>Ein Wort</target><note>Keep short</note><alt-trans><source>no</source>\
         <target>nein</target></alt-trans><context-group><context>file.c</context></context-group></trans-unit>\
         <trans-unit id='2'><source>Two<x id='1' ctype='lb'/>lines</source></trans-unit>\
         <trans-unit id='3' translate='no'><source>KEEP ME</source></trans-unit>",
    );
    assert_eq!(text_of(&texts, Region::Body), "One word more\n\nTwo lines");
    assert_eq!(text_of(&texts, Region::Translation), "Ein Wort");
    assert_eq!(text_of(&texts, Region::Comments), "Keep short");
    assert_eq!(text_of(&texts, Region::Hidden), "KEEP ME");
}

#[test]
fn omits_native_codes_but_reads_their_sub_flows() {
    let texts = version_1(
        "<trans-unit><source>be<bpt id='1'>&lt;b&gt;</bpt>ne<ept id='1'>&lt;/b&gt;</ept>ath <ph id='2'>&lt;img \
         alt='<sub>the sun</sub>'&gt;</ph>it<bx/></source></trans-unit>",
    );
    assert_eq!(text_of(&texts, Region::Body), "beneath the sun it");
}

#[test]
fn reads_version_2_segment_by_segment() {
    let texts = version_2(
        "<unit id='1'><notes><note>Ask Ann</note></notes><originalData><data id='d'>&lt;b></data></originalData>\
         <segment><source>First <pc id='1'>seg</pc>ment.</source><target>Erstes.</target></segment><ignorable>\
         <source> </source></ignorable><segment><source>Se<ph id='2'/>cond.</source></segment>\
         <mtc:matches><mtc:match><source>no</source></mtc:match></mtc:matches></unit>\
         <group translate='no'><unit id='2'><segment><source>fixed</source></segment></unit>\
         <unit id='3' translate='yes'><segment><source>third</source></segment></unit></group>",
    );
    assert_eq!(text_of(&texts, Region::Body), "First segment.\nSecond.\n\nthird");
    assert_eq!(text_of(&texts, Region::Translation), "Erstes.");
    assert_eq!(text_of(&texts, Region::Comments), "Ask Ann");
    assert_eq!(text_of(&texts, Region::Hidden), "fixed");
}

#[test]
fn text_of_an_ignorable_is_hidden() {
    let segment = |text| format!("<segment><source>{text}</source><target>t</target></segment>");
    for (ignorable, hidden) in [
        ("<ignorable><source> not text </source><target>nicht</target></ignorable>", "not text"),
        ("<ignorable id='i'><source><pc id='1'>a <ph id='2'/></pc>b</source></ignorable>", "a b"),
        ("<ignorable><source xml:space='preserve'>\n</source></ignorable>", ""),
        ("<x:ignorable xmlns:x='y'><x:source>c</x:source></x:ignorable>", "c"),
    ] {
        let texts =
            version_2(&format!("<unit id='1'>{}{ignorable}{}</unit>", segment("One"), segment("two")));
        assert_eq!(text_of(&texts, Region::Body), "One\ntwo", "{ignorable}");
        assert_eq!(text_of(&texts, Region::Hidden), hidden, "{ignorable}");
        assert_eq!(text_of(&texts, Region::Translation), "t\nt", "{ignorable}");
    }
}

#[test]
fn rejects_truncated_files() {
    let error = buffered(b"<xliff><file><unit>", Limits::default()).expect_err("truncated");
    assert_eq!(error.code(), "document_broken");
}

//! Compares the division with ICU4X's segmenter, which uses the same dictionaries.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::oracle::texts;

fn ours(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    Dictionaries::shared().divide(PropertyTable::shared(), text, |word, _| words.push(word));
    words
}

fn theirs(text: &str) -> Vec<&str> {
    let ends: Vec<usize> = Dictionaries::shared().segmenter.segment_str(text).collect();
    ends.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

#[test]
fn every_dictionary_has_a_known_format() {
    let dictionaries = Dictionaries::shared();
    assert!(dictionaries.cj.is_some());
    for script in [ScriptClass::Thai, ScriptClass::Lao, ScriptClass::Khmer, ScriptClass::Myanmar] {
        assert!(dictionaries.southeast_asian.has(script), "{script:?}");
    }
}

#[test]
fn every_character_of_the_scripts_equals_the_segmenter() {
    let table = PropertyTable::shared();
    for character in ('\0'..=char::MAX).filter(|&c| table.get(c).is_by_dictionary()) {
        for text in [
            format!("{character}"),
            format!("{character}{character}"),
            format!("一{character}人"),
            format!("ก{character}า"),
        ] {
            assert_eq!(ours(&text), theirs(&text), "{text:?}");
        }
    }
}

#[test]
fn prose_equals_the_segmenter() {
    for text in [
        "我喜歡喝波霸奶茶",
        "中华人民共和国成立于一九四九年十月一日",
        "東京都に住んでいる人々はラーメンとカレーが好きです",
        "吾輩は猫であるまだ名前はない何処で生れたか頓と見当がつかぬ",
        "กรุงเทพมหานครเป็นเมืองหลวงและนครที่มีประชากรมากที่สุดของประเทศไทย",
        "ພາສາລາວເປັນພາສາທາງການຂອງປະເທດລາວ",
        "ភាសាខ្មែរជាភាសាកំណើតនៃប្រជាជនកម្ពុជា",
        "မြန်မာဘာသာစကားသည်မြန်မာနိုင်ငံ၏ရုံးသုံးဘာသာစကားဖြစ်သည်",
    ] {
        assert_eq!(ours(text), theirs(text), "{text:?}");
        assert!(ours(text).len() > 3, "{text:?}");
    }
}

/// Strings of frequent characters, which contain many prefixes of words.
fn strings() -> impl Strategy<Value = String> {
    let of = |sample: &'static str| {
        let characters: Vec<char> = sample.chars().collect();
        proptest::collection::vec(select(characters), 0..30).prop_map(String::from_iter)
    };
    prop_oneof![
        of(
            "一二三人大小中国日本东京東語学生会社不可能性的了是在有我这個いるですまのはをにかし々〇ラーメンコ"
        ),
        of("กขคงจดตนบปมยรลวสหอะาิีึืุูเแโใไ็่้๊์ํำฯๆ๑๒"),
        of("ກຂຄງຈຊຍດຕຖທນບປຜພຟມຢຣລວສຫອຮະາິີຶືຸູເແໂໃໄ່້ົັຼຽໜໝຳ"),
        of("កខគឃងចឆជញដឋឌណតថទនបផពភមយរលវសហអាិីឹឺុូួើេែៃោៅំះ់្៖"),
        of("ကခဂငစဆညတထဒနပဖဗဘမယရလဝသဟအာိီုူေဲံ့း္်ျြွှဿ၏"),
        "[一-龥]{0,30}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn random_runs_equal_the_segmenter(text in strings()) {
        prop_assert_eq!(ours(&text), theirs(&text));
    }

    #[test]
    fn mixed_runs_equal_the_segmenter(text in texts()) {
        let table = PropertyTable::shared();
        for run in text.split(|c| !(table.get(c).is_by_dictionary() || table.get(c).attaches())) {
            prop_assert_eq!(ours(run), theirs(run));
        }
    }
}

//! White space and borders, however the text is cut.

use super::{Flow, Gap, Space};
use crate::region::Region;

fn drained(flow: &mut Flow) -> Vec<(Region, String)> {
    let mut pieces = Vec::new();
    flow.drain(&mut |region: Region, text: &str| pieces.push((region, text.to_owned())));
    pieces
}

fn collapsed(texts: &[&str]) -> String {
    let mut flow = Flow::new(Region::Main);
    texts.iter().for_each(|text| flow.text(text));
    drained(&mut flow).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_run_of_white_space_is_one_space_wherever_it_is_cut() {
    let text =
        "\n one  two\tthree\u{1}four \u{A0} five six seven eight nine ten eleven twelve\n\n\r\n thirteen ";
    let expected = "one two three\u{1}four \u{A0} five six seven eight nine ten eleven twelve thirteen";
    assert_eq!(collapsed(&[text]), expected);
    for (cut, _) in text.char_indices() {
        assert_eq!(collapsed(&[&text[..cut], &text[cut..]]), expected, "cut at {cut}");
    }
}

#[test]
fn the_widest_gap_counts_and_none_is_at_the_ends() {
    let mut flow = Flow::new(Region::Main);
    flow.gap(Gap::Paragraph);
    flow.text("a ");
    flow.gap(Gap::Line);
    flow.gap(Gap::Paragraph);
    flow.gap(Gap::Line);
    flow.text(" b");
    flow.gap(Gap::Paragraph);
    assert_eq!(drained(&mut flow), [(Region::Main, "a\n\nb".to_owned())]);
    flow.text("c");
    assert_eq!(drained(&mut flow), [(Region::Main, "\n\nc".to_owned())]);
}

#[test]
fn regions_keep_their_gaps_apart() {
    let mut flow = Flow::new(Region::Main);
    flow.text("a ");
    flow.note(Region::Alt, " x  y ");
    flow.text("b");
    flow.note(Region::Alt, "z");
    let expected = [(Region::Main, "a"), (Region::Alt, "x y"), (Region::Main, " b"), (Region::Alt, "\nz")];
    assert_eq!(drained(&mut flow), expected.map(|(region, text)| (region, text.to_owned())));
}

#[test]
fn kept_white_space_has_newlines_of_one_kind_wherever_it_is_cut() {
    let text = "\r\na\r\n\r b\n\r\n";
    for cut in 0..=text.len() {
        let mut flow = Flow::new(Region::Code);
        flow.go(Some(Region::Code), Space::Kept);
        flow.skip_newline(true);
        flow.text(&text[..cut]);
        flow.text(&text[cut..]);
        let all: String = drained(&mut flow).into_iter().map(|(_, text)| text).collect();
        assert_eq!(all, "a\n\n b\n\n", "cut at {cut}");
    }
}

//! White space and separators, wherever the text is split.

use super::{Separator, TextBuffer, WhiteSpace};
use crate::region::Region;

fn drained(buffer: &mut TextBuffer) -> Vec<(Region, String)> {
    let mut pieces = Vec::new();
    buffer.drain(&mut |region: Region, text: &str| pieces.push((region, text.to_owned())));
    pieces
}

fn collapsed(texts: &[&str]) -> String {
    let mut buffer = TextBuffer::new(Region::Main);
    texts.iter().for_each(|text| buffer.push(text));
    drained(&mut buffer).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn collapses_white_space_wherever_the_text_is_split() {
    let text =
        "\n one  two\tthree\u{1}four \u{A0} five six seven eight nine ten eleven twelve\n\n\r\n thirteen ";
    let expected = "one two three\u{1}four \u{A0} five six seven eight nine ten eleven twelve thirteen";
    assert_eq!(collapsed(&[text]), expected);
    for (cut, _) in text.char_indices() {
        assert_eq!(collapsed(&[&text[..cut], &text[cut..]]), expected, "cut at {cut}");
    }
}

#[test]
fn strongest_separator_wins_and_none_is_at_the_ends() {
    let mut buffer = TextBuffer::new(Region::Main);
    buffer.separate(Separator::Paragraph);
    buffer.push("a ");
    buffer.separate(Separator::Line);
    buffer.separate(Separator::Paragraph);
    buffer.separate(Separator::Line);
    buffer.push(" b");
    buffer.separate(Separator::Paragraph);
    assert_eq!(drained(&mut buffer), [(Region::Main, "a\n\nb".to_owned())]);
    buffer.push("c");
    assert_eq!(drained(&mut buffer), [(Region::Main, "\n\nc".to_owned())]);
}

#[test]
fn every_region_has_its_own_separators() {
    let mut buffer = TextBuffer::new(Region::Main);
    buffer.push("a ");
    buffer.push_into(Region::Alt, " x  y ");
    buffer.push("b");
    buffer.push_into(Region::Alt, "z");
    let expected = [(Region::Main, "a"), (Region::Alt, "x y"), (Region::Main, " b"), (Region::Alt, "\nz")];
    assert_eq!(drained(&mut buffer), expected.map(|(region, text)| (region, text.to_owned())));
}

#[test]
fn normalizes_line_ends_of_preserved_text_wherever_it_is_split() {
    let text = "\r\na\r\n\r b\n\r\n";
    for cut in 0..=text.len() {
        let mut buffer = TextBuffer::new(Region::Code);
        buffer.set_region(Some(Region::Code), WhiteSpace::Preserve);
        buffer.skip_newline(true);
        buffer.push(&text[..cut]);
        buffer.push(&text[cut..]);
        let all: String = drained(&mut buffer).into_iter().map(|(_, text)| text).collect();
        assert_eq!(all, "a\n\n b\n\n", "cut at {cut}");
    }
}

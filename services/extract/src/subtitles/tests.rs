//! The rules for subtitles, with one file each.

use crate::tests::{extract, region};
use crate::{Declared, Limits, Region};

fn srt(subtitles: &str) -> String {
    region(subtitles, "application/x-subrip", Region::Body)
}

fn vtt(subtitles: &str) -> String {
    region(subtitles, "text/vtt", Region::Body)
}

#[test]
fn extracts_only_the_text_of_cues() {
    let film = "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>Hello</i>,\r\n{\\an8}wor<b>ld</b>.\r\n\r\n\
                2\r\n00:00:03,000 --> 00:00:04,000 X1:40 X2:600\r\n<font color=\"#fff\">42</font>\r\n\r\n\r\n";
    assert_eq!(srt(film), "Hello,\nworld.\n\n42");
}

#[test]
fn malformed_files_lose_no_words() {
    for (file, expected) in [
        // No empty line between cues.
        ("1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb", "a\n\nb"),
        // An empty line in a cue, and a number that is text.
        (
            "1\n00:00:01,000 --> 00:00:02,000\nthree\n\n1984\n\n2\n00:00:03.000 --> 00:00:04.000\n7",
            "three\n1984\n\n7",
        ),
        // No numbers. What only looks like a tag or a timing is text.
        (
            "00:01 --> 00:02\n5 < 6 and 7 > 6\na --> b {not a tag} <3",
            "5 < 6 and 7 > 6\na --> b {not a tag} <3",
        ),
        ("1\n00:00:01,000 --> 00:00:02,000\none\\Ntwo\\hthree R&amp;D AT&T", "one two\u{A0}three R&D AT&T"),
        ("just text", "just text"),
        ("", ""),
    ] {
        assert_eq!(srt(file), expected, "{file}");
    }
}

#[test]
fn reads_webvtt_as_browsers_do() {
    let film = "WEBVTT - A film\nKind: captions\n\nNOTE\nAsk Ann\nabout this\n\nSTYLE\n::cue { color: red }\n\n\
                intro\n00:01.000 --> 00:02.000 align:start\n<v Mary><c.loud>Hel</c>lo</v> &amp; <00:01.500>good\nday\n\n\
                no cue at all\nand no timing\n\n00:00:03.000 --> 00:00:04.000\n- Bye\n\nNOTE one line\n";
    assert_eq!(vtt(film), "Hello & good\nday\n\n- Bye");
    assert_eq!(region(film, "text/vtt", Region::Comments), "Ask Ann\nabout this\n\none line");
}

#[test]
fn only_an_empty_line_ends_a_webvtt_block() {
    let cue = "00:01.000 --> 00:02.000";
    for (file, expected) in [
        (
            format!("WEBVTT\n\n{cue}\none\n \ntwo\n\t\n\u{A0}\nthree\n\n{cue}\nfour"),
            "one\ntwo\nthree\n\nfour",
        ),
        // No empty line before the next cue, its name still in the first one, as browsers show it.
        (format!("WEBVTT\n{cue}\none\n{cue}\ntwo\n2\n{cue}\nthree"), "one\n\ntwo\n2\n\nthree"),
        // A line of white space does not end the header, a style or a note.
        (format!("WEBVTT\n \nx\n\nSTYLE\n \n::cue {{}}\n\nNOTE\n \ny\n{cue}\none"), "one"),
        // Lines with an arrow that are not timings begin a block that is not shown.
        (format!("WEBVTT\n\n{cue}\none\ntwo --> three\nfour\n\n{cue}\nfive"), "one\n\nfive"),
        (format!("WEBVTT\n\nNOTE\n{cue}\none\n\nNOTES\n{cue}\ntwo"), "one\n\ntwo"),
        (format!("WEBVTT\r\r{cue}\rone\r \rtwo\r\rREGION\rid:x\r\r{cue}\rthree"), "one\ntwo\n\nthree"),
    ] {
        assert_eq!(vtt(&file), expected, "{file}");
    }
    assert_eq!(region("WEBVTT\n\nNOTE a\n \nb\n\nNOTED\nc", "text/vtt", Region::Comments), "a\nb");
}

#[test]
fn marks_before_numbers_and_timings_are_not_text() {
    let (first, second) = ("00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000");
    for (file, expected) in [
        (format!("\u{FEFF}\u{FEFF}1\n{first}\na\n\n\u{FEFF}2\n{second}\nb"), "a\n\nb"),
        (format!("\u{200E}1\u{200F}\n\u{200E}{first}\u{200E}\na\n\u{202A}2\u{202C}\n{second}\nb"), "a\n\nb"),
        (format!("1\n{first}\na\n\u{FEFF}\n\u{FEFF} 2 \n{second}\nb\n\u{200B}"), "a\n\nb"),
        // A number without a timing is text, and marks in a text stay in it.
        (format!("1\n{first}\n\u{200E}1984\n\u{200F}a"), "\u{200E}1984\n\u{200F}a"),
    ] {
        assert_eq!(srt(&file), expected, "{file}");
    }
}

#[test]
fn result_does_not_depend_on_where_the_input_is_split() {
    let film = "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>Größe</i>\r\n\r\n12\r\n13\r\n00:00:03,000 --> 00:00:04,000\rx";
    let declared = Declared { content_type: Some("text/srt; charset=utf-8"), name: None };
    let read =
        |size: usize| extract(film.as_bytes().chunks(size), declared, Limits::default()).expect("a film").1;
    for size in 1..10 {
        assert_eq!(read(size), read(film.len()), "pieces of {size}");
    }
}

#[test]
fn reads_only_the_events_of_substation_alpha() {
    let head = "\u{FEFF}[Script Info]\nTitle: A film\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n\
                Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n";
    let times = "0:00:01.00,0:00:02.00,Default,,0,0,0,";
    for (events, expected) in [
        (
            format!("Dialogue: 0,{times},Hello there\r\nDialogue: 0,{times},It goes, on"),
            "Hello there\n\nIt goes, on",
        ),
        (
            format!("Dialogue: 0,{times},{{\\i1}}He{{\\b1}}llo{{\\r}}\\Nthe\\hre\\n{{a note}}you"),
            "Hello\nthe\u{A0}re\nyou",
        ),
        (
            format!("Dialogue: 0,{times},{{\\pos(1,2)\\p1}}m 0 0 l 9 9{{\\p0}}shown {{no end \\x"),
            "shown {no end \\x",
        ),
        (format!("Comment: 0,{times},to do\nPicture: 0,{times},x.png\n[Fonts]\nDialogue: 0,{times},no"), ""),
        ("Format: Marked, Start, End, Text\nDialogue: Marked=0,0,1,a, b".to_owned(), "a, b"),
        ("Dialogue: cut".to_owned(), ""),
    ] {
        assert_eq!(region(&format!("{head}{events}"), "text/x-ssa", Region::Body), expected, "{events}");
    }
    let noted = format!("{head}Comment: 0,{times},to do");
    assert_eq!(region(&noted, "text/x-ass", Region::Comments), "to do");
}

#[test]
fn rejects_a_line_over_the_limit() {
    let declared = Declared { content_type: Some("text/srt"), name: None };
    let limits = Limits { line_bytes: 1000, ..Limits::default() };
    let error = extract([&[b'x'; 1001][..]], declared, limits).expect_err("too long");
    assert_eq!(error.code(), "document_too_complex");
}

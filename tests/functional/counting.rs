//! Counts over HTTP: the published cases, independent programs, regions of pages.

use serde_json::{Value, json};
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::oracle;
use tally_tests::rng::SeededRng;
use tally_tests::server::Server;

#[track_caller]
fn by(server: &Server, text: &str, definition: &str) -> u64 {
    let done = server.count_text(text);
    done["result"]["definitions"][definition].as_u64().unwrap_or_else(|| panic!("no {definition}: {done}"))
}

#[test]
fn definitions_match_their_published_cases() {
    let server = Server::start();
    for (text, definition, words) in [
        ("devil-may-care", "wc", 1),
        ("devil-may-care", "office", 1),
        (" . . . ", "wc", 3),
        (" . . . ", "office", 3),
        (" . . . ", "unicode", 0),
        ("http://www.example.com", "wc", 1),
        ("http://www.example.com", "office", 1),
        ("she/he/it", "wc", 1),
        ("she/he/it", "office", 1),
        ("L'argent de Louis-Philippe", "office", 3),
        ("一二三四五 six seven eight", "office", 8),
        ("一二三四五 six seven eight", "wc", 4),
        ("こんにちは元気ですか", "dictionary", 4),
        ("こんにちは元気ですか", "wc", 1),
        ("我喜歡喝波霸奶茶。", "wc", 1),
        ("can't 3.14", "unicode", 2),
    ] {
        assert_eq!(by(&server, text, definition), words, "{text:?} by {definition}");
    }
    let tea = by(&server, "我喜歡喝波霸奶茶。", "dictionary");
    assert!((5..=6).contains(&tea), "{tea}");
}

#[test]
fn wc_agrees_with_the_wc_of_this_machine() {
    let server = Server::start();
    for (place, bytes) in ambiguous_texts().into_iter().enumerate() {
        let Some(expected) = oracle::wc_words(&bytes) else {
            // A wc that is not GNU's has other numbers. The published cases still hold.
            assert_eq!(by(&server, "a\u{a0}b", "wc"), 2);
            return;
        };
        let answer = server.send(&Request::post("/jobs").body("text/plain; charset=utf-8", bytes.clone()));
        let done = server.finish(&answer);
        let said = &done["result"]["definitions"]["wc"];
        assert_eq!(*said, json!(expected), "case {place}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

/// Texts on which counters differ. All but the last are valid UTF-8.
fn ambiguous_texts() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [
        "",
        " ",
        "\n\n\n",
        "no line end",
        "tabs\tand\u{b}vertical\u{c}feeds\rand returns",
        "a\u{a0}b c\u{2007}d e\u{202f}f g\u{2060}h",
        "a\u{2003}b\u{3000}c\u{1680}d\u{85}e\u{2028}f",
        "zero\u{200b}width joi\u{200d}ner soft\u{ad}hyphen",
        "émigré naïve Größe ffi e\u{301}",
        "👩‍👩‍👧 🇩🇪 ☎️",
        "العربية فارسی עברית हिन्दी ไทย",
        "-- – — … . , ;",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    texts.push(SeededRng::new(11).text(5_000).into_bytes());
    texts.push(vec![b'x'; 100_000]);
    texts.push(b"a ".repeat(50_000));
    texts
}

#[test]
fn all_definitions_agree_on_plain_words() {
    let server = Server::start();
    for seed in 1..6 {
        let text = SeededRng::new(seed).text(700);
        let expected = oracle::count(&text);
        let result = server.count_text(&text)["result"].clone();
        for (definition, words) in result["definitions"].as_object().unwrap() {
            assert_eq!(*words, json!(expected.words), "{definition} of seed {seed}");
        }
        assert_eq!(result["words"], expected.words);
        assert_eq!(result["unique_words"], expected.unique_words);
        assert_eq!(result["characters"], expected.characters);
        let spaces = text.chars().filter(|c| c.is_whitespace()).count() as u64;
        assert_eq!(result["characters_without_spaces"], expected.characters - spaces);
        assert_eq!(result["graphemes"], expected.characters);
        assert_eq!(result["text_bytes"], text.len());
    }
}

#[test]
fn counts_lines_paragraphs_sentences_and_times() {
    let server = Server::start();
    let result =
        server.count_text("One line. Two sentences!\nSame paragraph?\n\nAnother one.\n")["result"].clone();
    assert_eq!(result["lines"], 4);
    assert_eq!(result["paragraphs"], 2);
    assert_eq!(result["sentences"], 4);
    let minute = server.count_text(&"word ".repeat(238))["result"].clone();
    assert_eq!(minute["reading_time_ms"], 60_000, "238 words a minute");
    let minute = server.count_text(&"word ".repeat(183))["result"].clone();
    assert_eq!(minute["speaking_time_ms"], 60_000, "183 words a minute");
}

#[test]
fn language_is_detected_or_given_and_selects_the_headline() {
    let server = Server::start();
    let english = "It was the best of times, it was the worst of times, it was the age of wisdom. ".repeat(5);
    let done = server.count_text(&english);
    assert_eq!(done["result"]["language"]["tag"], "en");
    assert!(done["result"]["definition"].as_str().unwrap().starts_with("unicode"), "{done}");
    let german =
        "Der schnelle braune Fuchs springt über den faulen Hund und läuft in den Wald zurück. ".repeat(5);
    assert_eq!(server.count_text(&german)["result"]["language"]["tag"], "de");
    let japanese = server.count_text(&"こんにちは元気ですか。今日はとても良い天気ですね。".repeat(5));
    assert!(japanese["result"]["definition"].as_str().unwrap().starts_with("dictionary"), "{japanese}");
    let said = server.finish(&server.submit(&json!({"text": english, "language": "fr"})));
    assert_eq!(said["result"]["language"], json!({"tag": "fr", "confidence": 1.0}));
}

#[test]
fn shows_ngrams_on_request() {
    let server = Server::start();
    let text = "To be, or not to be: that is the question";
    let job = server.finish(&server.submit(&json!({"text": text, "ngrams": 2, "top": 2})));
    let expected = json!([{"words": "to be", "count": 2}, {"words": "be or", "count": 1}]);
    assert_eq!(job["result"]["ngrams"], expected);
    let plain = server.count_text(text);
    assert_eq!(plain["result"]["ngrams"], json!([]), "ngrams were not requested");
}

#[test]
fn headline_definition_can_be_chosen() {
    let server = Server::start();
    let text = "devil-may-care she/he/it";
    let free = server.count_text(text)["result"].clone();
    for (definition, words) in free["definitions"].as_object().unwrap() {
        let chosen =
            server.finish(&server.submit(&json!({"text": text, "definition": definition})))["result"].clone();
        assert_eq!(chosen["words"], *words);
        assert!(chosen["definition"].as_str().unwrap().starts_with(definition.as_str()));
        assert_eq!(chosen["definitions"], free["definitions"], "a headline changes no number");
    }
}

const PAGE: &str = include_str!("../fixtures/page.html");

fn page(server: &Server, query: &str) -> Value {
    let request = Request::post(&format!("/jobs{query}")).body("text/html; charset=utf-8", PAGE);
    server.finish(&server.send(&request))
}

#[test]
fn page_counts_visible_text_and_lists_all_regions() {
    let server = Server::start();
    let done = page(&server, "");
    let result = &done["result"];
    assert_eq!(done["source"]["title"], "A page of five words", "{done}");
    let expected = json!({"title": 5, "nav": 3, "header": 2, "main": 12, "aside": 2, "footer": 4, "hidden": 6, "alt": 3, "meta": 4, "code": 2, "table": 4});
    for (region, words) in expected.as_object().unwrap() {
        assert_eq!(result["regions"][region], *words, "{region}: {result}");
    }
    let seen = 12 + 2 + 4;
    assert_eq!(result["words"], seen, "main, code and table: {result}");
}

#[test]
fn regions_can_be_chosen() {
    let server = Server::start();
    let free = page(&server, "")["result"]["regions"].clone();
    for chosen in ["main", "title,nav", "main,title,footer,alt"] {
        let result = page(&server, &format!("?regions={chosen}"))["result"].clone();
        let sum: u64 = chosen.split(',').map(|region| free[region].as_u64().unwrap()).sum();
        assert_eq!(result["words"], sum, "{chosen}");
        assert_eq!(result["regions"], free, "all regions are listed, whatever was chosen");
    }
    let wrong =
        server.send(&Request::post("/jobs?regions=main,sidebar").body("text/html", PAGE)).problem(422);
    assert_eq!(wrong["errors"][0]["pointer"], "?regions", "{wrong}");
    assert!(
        wrong["errors"][0]["detail"].as_str().unwrap().contains("aside"),
        "the regions are listed: {wrong}"
    );
}

#[test]
fn regions_can_be_changed_without_another_fetch() {
    let server = Server::start();
    let free = page(&server, "");
    let seen = |query: &str| server.get(&format!("/jobs/{}?regions={query}", id_of(&free)));
    for choice in ["main", "nav", "title,nav", "main,title,footer,alt", "hidden,meta,table", "form"] {
        let chosen = page(&server, &format!("?regions={choice}"));
        let again = seen(choice).expect(200).json();
        assert_eq!(again["options"]["regions"], chosen["options"]["regions"]);
        let sums =
            ["words", "definitions", "characters", "characters_without_spaces", "graphemes", "text_bytes"];
        let others = ["lines", "paragraphs", "sentences", "reading_time_ms", "speaking_time_ms", "regions"];
        for name in sums.iter().chain(&others) {
            assert_eq!(again["result"][name], chosen["result"][name], "{name} of {choice}");
        }
        let [most, exact] = [&again, &chosen].map(|job| job["result"]["unique_words"].as_u64().unwrap());
        assert!(most >= exact, "{most} distinct words at most, {exact} in {choice}");
        assert!(most == exact || again["result"]["unique_words_estimated"] == true, "{again}");
        assert_eq!(again["result"]["top_words"], json!([]), "only kept for the first choice");
    }
    let own = seen("table,main,code,form").expect(200).json();
    assert_eq!(own["result"], free["result"], "the same choice in other words");
    let problem = seen("main,sidebar").problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "?regions", "{problem}");
}

#[test]
fn markup_neither_joins_nor_splits_words() {
    let server = Server::start();
    for (html, words) in [
        ("<p>one</p><p>two</p>", 2),
        ("<div>one<div>two</div>three</div>", 3),
        ("one<br>two<hr>three", 3),
        ("<ul><li>one<li>two</ul>", 2),
        ("<table><tr><td>one<td>two</table>", 2),
        ("<p>w<b>o</b>r<i>d</i></p>", 1),
        ("<p>w<!-- comment -->ord</p>", 1),
        ("<p>caf&eacute; na&iuml;ve&nbsp;x</p>", 3),
        ("<p>a<script>var not = 'counted at all';</script>b</p>", 1),
        ("<p>one</p><style>p { color: red }</style><p>two</p>", 2),
        ("<select multiple><option>one<option>two</select>", 2),
        ("<select><option>one<option>two</select>", 1),
    ] {
        let request = Request::post("/jobs?definition=unicode").body("text/html; charset=utf-8", html);
        let done = server.finish(&server.send(&request));
        assert_eq!(done["result"]["words"], words, "{html}: {done}");
    }
}

#[test]
fn reports_the_charset_and_its_source() {
    let server = Server::start();
    let count = |kind: &str, body: &[u8]| {
        server.finish(&server.send(&Request::post("/jobs").body(kind, body.to_vec())))
    };
    let source = |done: &Value| {
        let part = |name: &str| done["source"][name].as_str().unwrap_or_default().to_ascii_lowercase();
        (part("charset"), part("charset_source"))
    };
    let pair = |charset: &str, by: &str| (charset.to_owned(), by.to_owned());
    let latin = count("text/plain; charset=iso-8859-1", b"caf\xe9 na\xefve");
    assert_eq!(source(&latin), pair("windows-1252", "header"));
    assert_eq!(latin["result"]["characters"], 10);
    let marked = count("text/plain; charset=iso-8859-1", b"\xef\xbb\xbfcaf\xc3\xa9");
    assert_eq!(source(&marked), pair("utf-8", "bom"), "a byte order mark overrides the header");
    assert_eq!(marked["result"]["characters"], 4);
    let wide = count("text/plain", b"\xff\xfea\0 \0b\0");
    assert_eq!(source(&wide), pair("utf-16le", "bom"));
    assert_eq!(wide["result"]["words"], 2);
    let declared = count("text/html", b"<!doctype html><meta charset=shift_jis><p>\x93\xfa\x96\x7b</p>");
    assert_eq!(source(&declared), pair("shift_jis", "document"));
    assert_eq!(declared["result"]["characters_without_spaces"], 2);
    let broken = count("text/plain; charset=utf-8", b"a \xff\xfe b");
    let warned = broken["result"]["warnings"].to_string();
    assert!(warned.contains("charset"), "replacement characters cause a warning: {broken}");
}

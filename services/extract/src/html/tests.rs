//! The rules for HTML, with one page each.

use crate::tests::{read, region};
use crate::{Declared, Extractor, Limits, Region};

fn main_of(html: &str) -> String {
    region(html, "text/html", Region::Main)
}

/// Asserts the text of the main region of each page.
fn assert_main(cases: &[(&str, &str)]) {
    for (html, expected) in cases {
        assert_eq!(main_of(html), *expected, "{html}");
    }
}

#[test]
fn blocks_separate_words() {
    assert_main(&[
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<p>one</p><p>two", "one\n\ntwo"),
        ("one<br>two<br/>three</br>four", "one\ntwo\nthree\nfour"),
        ("one<br><br>two", "one\n\ntwo"),
        ("one<hr>two", "one\n\ntwo"),
        ("<ul><li>one<li>two</ul>three", "one\ntwo\n\nthree"),
        ("<dl><dt>one<dd>two<dt>three</dl>", "one\ntwo\nthree"),
        ("<h1>one</h1>two<h2>three</h2>", "one\n\ntwo\n\nthree"),
        ("one<section>two</section>three", "one\n\ntwo\n\nthree"),
        ("one</p>two", "one\n\ntwo"),
        ("<blockquote>one</blockquote><address>two</address>three", "one\n\ntwo\nthree"),
    ]);
}

#[test]
fn cells_and_options_separate_words() {
    let table = "<table><tr><td>one<td>two<tr><th>three</th><td>four</table>";
    assert_eq!(region(table, "text/html", Region::Table), "one\ntwo\nthree\nfour");
    let form = "<select multiple><option>one<option>two</select><button>three</button>";
    assert_eq!(region(form, "text/html", Region::Form), "one\ntwo\n\nthree");
    assert_eq!(main_of("<td>one</td><td>two</td>"), "one\ntwo", "cells sent without their table");
}

#[test]
fn inline_elements_separate_nothing() {
    assert_main(&[
        ("un<b>believ</b>able", "unbelievable"),
        ("<i>a</i><em>b</em><span class='x y'>c</span><a href=/>d</a><code>e</code>", "abcde"),
        ("super<wbr>cali<wbr/>fragilistic", "supercalifragilistic"),
        ("soft\u{AD}hyphen&shy;ated", "soft\u{AD}hyphen\u{AD}ated"),
        ("a<!-- b -->c<script>d</script>e<style>f</style>g", "aceg"),
        ("a<unknown-element>b</unknown-element>c", "abc"),
        ("a</span>b</section>c", "abc"),
        ("H<sub>2</sub>O", "H2O"),
    ]);
}

#[test]
fn replaced_elements_separate_like_a_space() {
    assert_main(&[
        ("one<img src=x>two", "one two"),
        ("one<video>old browser</video>two", "one two"),
        ("one<iframe src=x>no frames</iframe>two", "one two"),
        ("one<svg><path d=x /></svg>two", "one two"),
    ]);
}

#[test]
fn collapses_white_space_except_in_preformatted_text() {
    assert_main(&[
        ("  one \n\t two\r\n three  ", "one two three"),
        ("<p> one </p> \n <p> two </p>", "one\n\ntwo"),
        ("one <b> two</b>  three", "one two three"),
        ("one&#10;two&#32; &#9;three", "one two three"),
        ("one&nbsp; two", "one\u{A0} two"),
        ("one\u{1}two \u{1} x", "one\u{1}two \u{1} x"),
    ]);
    let code = |html| region(html, "text/html", Region::Code);
    assert_eq!(code("<pre>\n  one\n\n two\t</pre>"), "  one\n\n two\t");
    assert_eq!(code("<pre>\r\none\r\ntwo\rthree</pre>"), "one\ntwo\nthree");
    assert_eq!(code("<pre>\n\none</pre>"), "\none");
    assert_eq!(code("<pre><b>\none</b><br>two</pre>"), "\none\ntwo");
    assert_eq!(code("<pre>one\n</pre><pre>two\n</pre>"), "one\n\ntwo\n");
    assert_eq!(region("<textarea>\n a\n b</textarea>", "text/html", Region::Form), " a\n b");
}

#[test]
fn omits_what_no_reader_sees() {
    for html in [
        "<script>if (a<b) document.write('<p>x</p>')</script>",
        "<script><!-- <script> x </script> y --></script>",
        "<style>p > a { content: '</p>x' }</style>",
        "<template><p>x<template>y</template></p></template>",
        "<noscript><p>x</p></noscript>",
        "<noframes>x</noframes><noembed>y</noembed><iframe>z</iframe>",
        "<!-- x > y --><!doctype x><?php x ?><![CDATA[x]]>",
        "<svg><style>x</style><script>y</script></svg>",
        "<head><meta name=keywords content=x><link title=x></head>",
        "<input type=hidden value=x><a title=x></a>",
        "</x y='z'><p x",
    ] {
        assert_eq!(read(html, "text/html"), [], "{html}");
    }
}

#[test]
fn ends_script_content_where_browsers_do() {
    assert_main(&[
        ("<script>'<!--'</script>a", "a"),
        ("<script><!--<script>x</script>-->y</script>a", "a"),
        ("<script><!-->y</script>a", "a"),
        ("<script><!-- <scripty> --></script>a", "a"),
        ("<SCRIPT>x</ScRiPt\n y='>'>a", "a"),
        ("<script>x</scripty></script >a", "a"),
        ("<style><!-- </style>a", "a"),
        ("<xmp><b>", ""),
    ]);
}

#[test]
fn hidden_elements_have_their_own_region() {
    for html in [
        "a<span hidden>x</span>b",
        "a<span hidden=until-found>x<span>y</span>z</span>b",
        "a<div style='color: red; Display : NONE !important'>x</div>b",
        "a<div style=visibility:hidden>x<div>y</div>z</div>b",
        "a<dialog>x</dialog>b",
        "a<p hidden>x</p>b",
        "a<datalist><option>x</datalist>b",
    ] {
        assert_eq!(main_of(html), "ab", "{html}");
        assert!(region(html, "text/html", Region::Hidden).starts_with('x'), "{html}");
    }
    assert_main(&[
        ("a<i aria-hidden=false>x</i>b<i aria-hidden=true>y</i>", "axby"),
        ("<div aria-hidden=true><h1>a</h1><p>b</div>", "a\n\nb"),
        ("a<dialog open>x</dialog>b", "a\n\nx\n\nb"),
        ("a<b style='xdisplay:none;background:url(x;y)'>x</b>b", "axb"),
        ("<body hidden style=display:none>a", "a"),
        ("<template shadowrootmode=open><p>a</p></template>", "a"),
    ]);
}

#[test]
fn a_closed_list_shows_one_option() {
    for (html, shown, hidden) in [
        ("<select><option>a<option>b</select>", "a", "b"),
        ("<select><option>a<option selected>b<option>c</select>", "b", "a\nc"),
        ("<select><option selected>a</option><option SELECTED=''>b</option></select>", "b", "a"),
        ("<select><option disabled>a<option>b<option>c</select>", "b", "a\nc"),
        ("<select><option disabled selected>a<option>b</select>", "a", "b"),
        ("<select><optgroup label=x><option>a<optgroup><option>b c</select>", "a", "b c"),
        ("<select size=1><option> a <b>b</b>\n<option>c</select>", "a b", "c"),
        ("<select size=3><option>a<option>b</select>", "a\nb", ""),
        ("<select size=junk><option>a<option>b</select>", "a", "b"),
        ("<select multiple><option>a<option selected>b</select>", "a\nb", ""),
        ("<select><option>a<option>b</select><select><option>c<option>d</select>", "a\n\nc", "b\nd"),
        ("<select></select><select><option></select>", "", ""),
        ("<select hidden><option>a<option>b</select>", "", "a\nb"),
        ("<datalist><option>a<option>b</datalist>", "", "a\nb"),
        ("<select><option>a<option selected>b", "b", "a"),
    ] {
        assert_eq!(region(html, "text/html", Region::Form), shown, "{html}");
        assert_eq!(region(html, "text/html", Region::Hidden), hidden, "{html}");
    }
    assert_main(&[("one<select><option>a</select>two", "one\n\ntwo"), ("<option>a<option>b", "a\nb")]);
    let form = "<form>one<select><option>a<option>b</select>two</form>";
    assert_eq!(region(form, "text/html", Region::Form), "one\na\ntwo");
}

#[test]
fn a_formula_beside_its_mathml_is_counted_once() {
    let formula = "<math><semantics><mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow>\
                   <annotation encoding='application/x-tex'>x+1</annotation></semantics></math>";
    let katex = |visual: &str| {
        format!("<p>so <span class=katex><span class=katex-mathml>{formula}</span>{visual}</span> is</p>")
    };
    let visual =
        "<span class=katex-html aria-hidden=true><span class=base><span>x</span><span>+</span></span></span>";
    assert_eq!(main_of(&katex(visual)), "so x+1 is");
    assert_eq!(main_of(&katex("")), "so x+1 is");
    assert_eq!(main_of(&katex("<span>x</span>")), "so x+1x is");
    assert_eq!(main_of("<p>so <span aria-hidden=true><span>x</span>+1</span> is"), "so x+1 is");
    assert_eq!(main_of(&format!("<span hidden>{formula}</span><span aria-hidden=true>y</span>")), "y");
    assert_eq!(main_of(&format!("{formula}<p>text</p><p aria-hidden=true>more</p>")), "x+1\n\ntext\n\nmore");
}

#[test]
fn ruby_is_counted_once() {
    let ruby = "今は<ruby><rb aria-hidden=true>竹取</rb><rp>（</rp><rt>たけとり</rt><rp>）</rp></ruby>の";
    assert_eq!(main_of(ruby), "今は竹取の");
    assert_eq!(main_of(&ruby.replace(" aria-hidden=true", "")), "今は竹取の");
    assert_eq!(region(ruby, "text/html", Region::Alt), "たけとり");
}

#[test]
fn missing_end_tags_do_not_hide_what_follows() {
    assert_main(&[
        ("<p hidden>x<p>a", "a"),
        ("<p hidden>x<div>a</div>", "a"),
        ("<div><p hidden>x</div>a", "a"),
        ("<ul><li hidden>x<li>a</ul>b", "a\n\nb"),
        ("<div><span hidden>x</div>a", "a"),
        ("<a hidden>x<a>a</a>", "a"),
        ("<dl><dt hidden>x<dd>a</dl>", "a"),
        ("<p>a<b hidden>x</p>b", "a\n\nb"),
        ("<b hidden>x<p>y</b>a</p>", "a"),
    ]);
    let table = "<table><tr><td hidden>x<td>a<tr hidden><td>y<tr><td>b</table>";
    assert_eq!(region(table, "text/html", Region::Table), "a\nb");
    assert_eq!(region("<button hidden>x<button>a</button>", "text/html", Region::Form), "a");
    assert_eq!(region("<select><option hidden>x<option>a</select>", "text/html", Region::Form), "a");
}

#[test]
fn inner_end_tags_do_not_unhide_text() {
    assert_main(&[
        ("<div hidden><div>x</div>y</div>a", "a"),
        ("<div hidden></span></p>x</b></div>a", "a"),
        ("<span hidden><span></span>x</span>a", "a"),
        ("<div hidden><table><tr><td></div>x</table></div>a", "a"),
        ("<div hidden><br><img><input>x</div>a", "a"),
    ]);
}

#[test]
fn nearest_element_decides_the_region() {
    let html = "<header>h</header><nav>n</nav><main>m<article><header>ah</header>a<footer>af</footer></article>\
                <aside>s</aside><table><tr><td>t</table><pre>c</pre><form>f<select><option>o</select></form></main>\
                <footer>z</footer>";
    let of = |wanted| region(html, "text/html", wanted);
    assert_eq!(of(Region::Header), "h");
    assert_eq!(of(Region::Nav), "n");
    assert_eq!(of(Region::Main), "m\n\nah\n\na\n\naf");
    assert_eq!(of(Region::Aside), "s");
    assert_eq!(of(Region::Table), "t");
    assert_eq!(of(Region::Code), "c");
    assert_eq!(of(Region::Form), "f\no");
    assert_eq!(of(Region::Footer), "z");
}

#[test]
fn boilerplate_keeps_what_is_inside_it() {
    let html = "<footer><table><tr><td>a</table><form>b</form><pre>c</pre></footer>";
    assert_eq!(region(html, "text/html", Region::Footer), "a\n\nb\n\nc");
    assert_eq!(main_of("<nav>x<main>a</main></nav>"), "a");
    assert_eq!(main_of("<form><header>x</header><main>a</main></form>"), "a");
    assert_eq!(main_of("<form><article>a</article></form>"), "a");
}

#[test]
fn missing_end_tags_do_not_extend_a_region() {
    assert_main(&[
        ("<div><nav>x</div>a", "a"),
        ("<main><aside>x</main>a", "a"),
        ("<nav><ul><li>x</nav>a", "a"),
        ("<nav><table><tr><td>x</nav>y</table></nav>a", "a"),
        ("<div><svg><text>x</div>a", "x\na"),
        ("<svg><p>a</p>", "a"),
        ("<ruby>a<rt>x</ruby>b", "ab"),
        ("<p>a<ruby>b<rt>x</p>c", "ab\n\nc"),
    ]);
}

#[test]
fn extracts_text_from_attributes() {
    let html = "<title> A &amp; B\n </title><meta name=Description content='about&#32;it'>\
                a<img alt='a  cat &lt;3'>b<button aria-label=Close>x</button><img alt=''><p hidden><img alt=z></p>";
    assert_eq!(region(html, "text/html", Region::Title), "A & B");
    assert_eq!(region(html, "text/html", Region::Meta), "about it");
    assert_eq!(region(html, "text/html", Region::Alt), "a cat <3\nClose");
    assert_eq!(main_of(html), "a b");
    assert_eq!(region("<meta property=description content=x>", "text/html", Region::Meta), "");
}

#[test]
fn reads_attributes_as_browsers_do() {
    let alt = |html| region(html, "text/html", Region::Alt);
    assert_eq!(alt("<img alt=one alt=two>"), "one", "the first counts");
    assert_eq!(alt("<IMG/ALT='one'title=x>"), "one");
    assert_eq!(alt("<img title='>' alt=a/b>"), "a/b");
    assert_eq!(alt("<img alt = \"a>b\"x>"), "a>b");
    assert_eq!(alt("<img alt='&copy=1 &amp;x &notit;'>"), "&copy=1 &x &notit;");
    assert_main(&[
        ("<p =hidden>a", "a"),
        ("<p x=hidden>a", "a"),
        ("<p x= hidden>a", "a"),
        ("<p x='y'hidden>x", ""),
        ("<p x/hidden>x", ""),
        ("a </p hidden>b", "a\n\nb"),
    ]);
}

#[test]
fn reads_characters_as_browsers_do() {
    assert_main(&[
        ("a &lt; b &amp;amp; c&eacute;", "a < b &amp; cé"),
        ("AT&T &copy 2024 &notin; &notit; &bogus; &", "AT&T © 2024 ∉ ¬it; &bogus; &"),
        ("1 < 2 <3 </ <", "1 < 2 <3"),
        ("a<>b", "a<>b"),
        ("a</>b", "ab"),
        ("a\0b", "ab"),
        ("<!-->a--><!--->b--><!---->c<!--x--!>d<!--!>e-->f", "a-->b-->cdf"),
        ("<!x>a<!DOCTYPE html \">\">b", "a\">b"),
    ]);
    assert_eq!(region("<title>a</b>&amp;<i></title>", "text/html", Region::Title), "a</b>&<i>");
    assert_eq!(region("<plaintext>a</plaintext>&amp;", "text/html", Region::Code), "a</plaintext>&amp;");
    assert_eq!(region("<xmp><b>&amp;</xmpx></xmp>", "text/html", Region::Code), "<b>&amp;</xmpx>");
}

#[test]
fn svg_and_mathml_follow_their_own_rules() {
    assert_main(&[
        ("<svg><text>one</text><text>two</text></svg>", "one\ntwo"),
        ("<svg><![CDATA[a<b]]]></svg>", "a<b]"),
        ("<svg><g style=display:none><g>x</g>y</g>a</svg>", "a"),
        ("<svg><defs>x</defs><desc>y</desc></svg>a", "a"),
        ("<svg><foreignObject><p>a</p></foreignObject></svg>b", "a\n\nb"),
        ("<math><mi>x</mi><mo>=</mo><mn>1</mn><annotation>y</annotation></math>", "x=1"),
        ("<svg><title>x</title></svg>a", "a"),
        ("<svg/>a<svg><path><path></svg>b", "a b"),
    ]);
    assert_eq!(region("<svg><title>x</title></svg>", "text/html", Region::Alt), "x");
    assert_eq!(
        region("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</ruby>", "text/html", Region::Main),
        "漢字"
    );
}

#[test]
fn xhtml_allows_self_closing_elements() {
    let of = |kind| region("<div hidden='hidden'/>a<script/>b<title/><![CDATA[<c>]]>", kind, Region::Main);
    assert_eq!(of("application/xhtml+xml"), "a\nb<c>".replace('\n', ""));
    assert_eq!(of("text/html"), "");
}

#[test]
fn reports_the_title() {
    let title = |html: &str| {
        let declared = Declared { content_type: Some("text/html"), name: None };
        let mut extractor = Extractor::new(&declared, Limits::default(), |_: Region, _: &str| {});
        extractor.push(html.as_bytes()).expect("a page");
        extractor.finish().expect("a page").0.title
    };
    assert_eq!(title("<title> One\n &amp; two </title><title>x</title>").as_deref(), Some("One & two"));
    assert_eq!(title("<svg><title>x</title></svg><title>y"), Some("y".to_owned()));
    assert_eq!(title("<title>\u{FFFF}</title>").as_deref(), Some("\u{FFFD}"), "bytes that are no characters");
    assert_eq!(title("<title></title>"), None);
    assert_eq!(title("no"), None);
    assert_eq!(title(&format!("<title>{}</title>", "é".repeat(5000))).map(|title| title.len()), Some(1024));
}

//! Properties of the HTML reader over generated pages: the cut of the pieces changes nothing, and a tree says the same.

use proptest::collection::vec;
use proptest::prelude::*;

use super::oracle::read_by_tree;
use crate::tests::{extract, read};
use crate::{Declared, Limits};

/// Tags whose meaning does not hang on what the standard moves elsewhere: text in tables outside cells, and
/// formatting elements with attributes that are opened again in the next block. What is hidden inside a line is closed
/// there, and forms are left out, whose content the tree keeps in them beyond their end: inline elements that change nothing are not remembered, so their end does not end it.
const TAGS: [&str; 66] = [
    "<div>",
    "</div>",
    "<div hidden>",
    "<p>",
    "</p>",
    "<p hidden>",
    "<span>s<span>t</span></span>",
    "</span>",
    "<span hidden>x</span>",
    "<b>b</b>",
    "</b>",
    "<a href='x>y'>a</a>",
    "</a>",
    "<nav>",
    "</nav>",
    "<aside>",
    "</aside>",
    "<header>",
    "</header>",
    "<footer>",
    "</footer>",
    "<main>",
    "</main>",
    "<article>",
    "</article>",
    "<section>",
    "</section>",
    "<ul>",
    "</ul>",
    "<li>",
    "</li>",
    "<li hidden>",
    "<dl>",
    "</dl>",
    "<dt>",
    "<dd>",
    "</dd>",
    "<h1>",
    "</h1>",
    "<h2>",
    "</h2>",
    "<pre>",
    "</pre>",
    "<blockquote>",
    "</blockquote>",
    "<button>",
    "</button>",
    "</form>",
    "</h3>",
    "<br>",
    "<hr>",
    "<wbr>",
    "<img alt='a &amp; b'>",
    "<table><tr><td>",
    "</table>",
    "<template>",
    "</template>",
    "<svg><text>x</text><g/>y<p>",
    "</svg>",
    "<title>",
    "</title>",
    "<object>",
    "</object>",
    "<custom-element>c</custom-element>",
    "</custom-element>",
    "</section x=y>",
];

const TEXTS: [&str; 25] = [
    "one",
    "two ",
    " three",
    " ",
    "\n\n",
    "é",
    "&eacute;",
    "&amp",
    "&#x4e16;",
    "&notit;",
    "&#0;",
    "<1",
    "</ x>",
    "< ",
    "<!-- <p> -->",
    "<!-->",
    "<!x>",
    "<?x?>",
    "<script>'<p>'</script>",
    "<script><!--<script></script>--></script>",
    "<style>a>b</style>",
    "<textarea>\nx <b> &lt;</textarea>",
    "<noscript><p>x</noscript>",
    "\r\n",
    "</br>",
];

fn page() -> impl Strategy<Value = String> {
    let tag = proptest::sample::select(&TAGS[..]);
    let text = proptest::sample::select(&TEXTS[..]);
    vec(prop_oneof![tag, text], 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_says_the_same(page in page()) {
        let page = format!("<!doctype html><body>{page}");
        prop_assert_eq!(read(&page, "text/html"), read_by_tree(&page));
    }

    #[test]
    fn the_cut_of_the_pieces_changes_nothing(page in page(), cuts in vec(1usize..8, 1..20)) {
        let declared = Declared { content_type: Some("text/html; charset=utf-8"), name: None };
        let mut pieces = Vec::new();
        let mut rest = page.as_bytes();
        for length in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at(rest.len().min(*length));
            pieces.push(piece);
            rest = behind;
        }
        let whole = extract([page.as_bytes()], declared, Limits::default());
        prop_assert_eq!(extract(pieces, declared, Limits::default()), whole);
    }
}

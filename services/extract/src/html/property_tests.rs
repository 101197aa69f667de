//! Property tests over generated pages: the result does not depend on where the page is split, and equals the tree's.

use proptest::collection::vec;
use proptest::prelude::*;

use super::oracle::read_by_tree;
use crate::tests::{extract, read};
use crate::{Declared, Limits};

/// Tags on which the tree and the stack agree by design.
///
/// Left out is what the standard moves elsewhere: text in tables outside cells, formatting elements with attributes,
/// which are reopened in the next block, and forms, whose content outlives them in the tree. Hidden inline elements are
/// closed at once: unhidden inline elements are not remembered, so their end would not end the hidden one.
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
    fn equals_the_text_of_the_tree(page in page()) {
        let page = format!("<!doctype html><body>{page}");
        prop_assert_eq!(read(&page, "text/html"), read_by_tree(&page));
    }

    #[test]
    fn result_does_not_depend_on_where_the_input_is_split(page in page(), cuts in vec(1usize..8, 1..20)) {
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
